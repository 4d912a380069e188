"""Running a command that must fail, and seeing that it fails well."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.registry import Registry, Result


def fails(
    registry: Registry,
    *arguments: str,
    code: int,
    says: str | tuple[str, ...],
    key: str | None = "alice",
) -> Result:
    """Run a command in this process; see its exit code, its words, and that it changed nothing."""
    before = everything(registry.folder)
    result = registry.run(*arguments, key=key, expect=code)
    assert everything(registry.folder) == before, "a command that failed changed the repository"
    check_words(result, says)
    return result


def check_words(result: Result, says: str | tuple[str, ...]) -> None:
    """One message that says these things, and no trace of the program behind it."""
    told = result.out + result.err
    for words in (says,) if isinstance(says, str) else says:
        assert words in told, f"{words!r} is not in\n{told}"
    assert "Traceback" not in told
    assert "fault of registry itself" not in told
    assert told.count("error: ") <= 1


def everything(folder: Path) -> dict[str, str]:
    """Digest of every file of a repository but its objects, our lock, and the note of what was judged."""
    found = {}
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "objects"]
        for name in files:
            path = Path(parent, name)
            if path.parts[-2:] not in (("gitregistry", "lock"), ("gitregistry", "judged.json")):
                found[str(path.relative_to(folder))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


@dataclass(frozen=True)
class Process:
    """A whole process: what users have, with its streams, its PATH and its limits."""

    folder: Path
    key: Path | None = None

    def run(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        before: tuple[str, ...] = (),
    ) -> Result:
        """Run ``registry`` for real.

        Args:
            environment: variables on top of this process's own.
            before: a command that starts it, such as ``unshare``.
        """
        variables = (
            os.environ | ({"REGISTRY_KEY": str(self.key)} if self.key else {}) | dict(environment or {})
        )
        done = subprocess.run(
            [*before, *self.command(*arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env=variables,
            timeout=60,
        )
        return Result(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode())

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "gitregistry", "-C", str(self.folder), *arguments]


def sound(registry: Registry) -> None:
    """Git finds no fault in the repository, and no temporary file of ours is left."""
    registry.git("fsck", "--strict", "--no-dangling")
    assert not list(registry.folder.rglob("*.registry-new"))
