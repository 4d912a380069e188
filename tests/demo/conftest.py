"""The demo, played once as a user plays it: a process of its own, in a folder and a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest

from tests.support.isolation import isolate


@dataclass(frozen=True)
class Played:
    """What came of it: where, what was printed on both streams in order, the exit code, and the seconds."""

    home: Path
    folder: Path
    text: str
    code: int
    seconds: float

    @property
    def registry(self) -> Path:
        return self.folder / "demo-registry"

    @property
    def typed(self) -> list[str]:
        """The commands, as they were printed."""
        return [line.removeprefix("$ ") for line in self.text.splitlines() if line.startswith("$ ")]

    def said(self, command: str) -> str:
        """What the last command that begins with these words printed."""
        _, _, after = self.text.rpartition(f"\n$ {command}")
        return after.partition("\n$ ")[0]


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    home = tmp_path_factory.mktemp("demo-home")
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch, home)
        start = monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "gitregistry", "demo"],
            cwd=folder,
            env=os.environ.copy(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    return Played(home, folder, done.stdout, done.returncode, monotonic() - start)
