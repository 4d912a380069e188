"""Artifacts in files and folders on this machine. No link is followed inside a folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from gitregistry.errors import BadInput
from gitregistry.storage.artifacts import Member, NothingThere, changed
from gitregistry.storage.ranges import Lost, Piece


def local_path(address: str) -> Path:
    """Where a local path or ``file://`` address points.

    Raises:
        BadInput: to another machine.
    """
    if not address.startswith("file://"):
        return Path(address)
    parts = urlsplit(address)
    if parts.netloc not in ("", "localhost"):
        raise BadInput("a file on another machine cannot be reached", path=address, hint="file:///path")
    return Path(unquote(parts.path))


def _place_of(address: str) -> Path:
    """Where an address leads; links on the way are followed."""
    try:
        return local_path(address).resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise NothingThere("no such file or folder", path=address) from error


class LocalSource:
    """A local path or ``file://`` address. The path itself may be a link; a folder may hold none."""

    def __init__(self, address: str) -> None:
        self._top = _place_of(address)

    @property
    def uri(self) -> str:
        return self._top.as_uri()

    def members(self) -> list[Member]:
        if not self._top.is_dir():
            return [_member("", self._top, self._top.stat())]
        found = []
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            with _readable(self._top / folder), os.scandir(self._top / folder) as entries:
                for entry in entries:
                    path = f"{folder}{entry.name}"
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(f"{path}/")
                    else:
                        found.append(_member(path, Path(entry.path), entry.stat(follow_symlinks=False)))
        return found

    @contextmanager
    def open(self, member: Member) -> Iterator[IO[bytes]]:
        path = self._top / member.path
        with _readable(path), open(path, "rb", buffering=0, opener=_without_links) as file:
            before = os.fstat(file.fileno())
            yield file
            after = os.fstat(file.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise changed(self.uri, member)


class LocalRanges:
    """The same place, read range by range."""

    def __init__(self, address: str) -> None:
        self._top = _place_of(address)

    @property
    def uri(self) -> str:
        return self._top.as_uri()

    def fetch(self, pieces: Sequence[Piece]) -> list[bytes | Lost]:
        return [self._read(piece) for piece in pieces]

    def _read(self, piece: Piece) -> bytes:
        path = self._top / piece.path
        with _readable(path), open(path, "rb", buffering=0, opener=_without_links) as file:
            return os.pread(file.fileno(), piece.end - piece.start, piece.start)


def _member(path: str, place: Path, facts: os.stat_result) -> Member:
    if stat.S_ISLNK(facts.st_mode):
        raise BadInput("a folder with symbolic links cannot be an artifact", path=str(place), hint="cp -rL")
    if not stat.S_ISREG(facts.st_mode):
        raise BadInput("this is not a plain file", path=str(place))
    return Member(path, facts.st_size)


def _without_links(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", path=str(path)) from error
