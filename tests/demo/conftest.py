"""The demo, played once in a folder and a home of its own. In processes of their own: ``test_replay.py``."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest

from gitregistry.cli.main import main
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
        patch.chdir(folder)
        printed = io.StringIO()
        start = monotonic()
        with redirect_stdout(printed), redirect_stderr(printed):
            code = main(["demo"])
        seconds = monotonic() - start
    return Played(home, folder, printed.getvalue(), code, seconds)
