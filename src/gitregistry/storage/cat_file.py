"""One lasting ``git cat-file --batch``: questions in, answers out, each answer hashed again on arrival."""

from __future__ import annotations

import os
import subprocess
from typing import IO, NamedTuple

from gitregistry.storage import git
from gitregistry.storage.encoding import DamagedObject, object_id
from gitregistry.storage.repository import Repository

LONGEST_NAME = 400
_CHUNK = 1 << 16
_ENDS = b"\n\r\0"  # of a line, for one reader or another


class Object(NamedTuple):
    """An object whose bytes hash to its id. ``kind`` is blob, tree, commit or tag."""

    oid: str
    kind: str
    data: bytes


class TooLarge(NamedTuple):
    """An object over the limit: its size in bytes is known, its content was thrown away unread."""

    oid: str
    kind: str
    size: int


class CatFile:
    """A running child. It answers in the order asked; whoever asks takes every answer, or closes it."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        command = git.reading_command(repository.git_dir, "cat-file", "--batch")
        # What it complains of is asked again, once, when it dies; a pipe that nobody reads could fill up.
        self._process = git.start(command, git.pinned_environment(os.environ), stderr=subprocess.DEVNULL)
        self._answers = _pipe(self._process.stdout)
        self.owed = 0

    def close(self) -> None:
        """End the child: killed, not asked, since in the middle of an object it would go on writing."""
        self._process.kill()
        self._process.communicate()

    def ask(self, lines: list[bytes]) -> None:
        """Send questions (of ``question``). Together they must fit a pipe, or both sides wait for ever."""
        self.owed += len(lines)
        try:
            _pipe(self._process.stdin).write(b"".join(lines))
            _pipe(self._process.stdin).flush()
        except BrokenPipeError:
            raise DamagedObject("git cat-file stopped answering", hint="git fsck") from None

    def answer(self, name: str, limit: int) -> Object | TooLarge | None:
        """The next answer; None when there is no such object here.

        Raises:
            DamagedObject: what came is not what its id says. The child is of no more use.
            EOFError: the child died of this question.
        """
        self.owed -= 1
        stdout = self._answers
        header = stdout.readline()
        if not header:
            raise EOFError
        if header.endswith((b" missing\n", b" ambiguous\n")):
            return None
        oid, kind, digits = header.decode("ascii").split()
        size = int(digits)
        if size > limit:
            remaining = size + 1
            while remaining and (chunk := stdout.read(min(remaining, _CHUNK))):
                remaining -= len(chunk)
            return TooLarge(oid, kind, size)
        data = stdout.read(size)
        stdout.read(1)
        if object_id(self._repository.object_format, kind, data) != oid:
            raise DamagedObject(f"object {oid} is not what its id says", path=name, hint="git fsck")
        return Object(oid, kind, data)


def question(name: str) -> bytes:
    """The line that asks for a name; empty for one that would end its line early and ask for more."""
    line = name.encode("utf-8", "surrogateescape")
    if not line or len(line) > LONGEST_NAME or line.translate(None, _ENDS) != line:
        return b""
    return line + b"\n"


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    assert end is not None  # noqa: S101 - git.start makes both pipes
    return end
