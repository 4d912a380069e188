"""The files within archives and compressed files, one after the other and never under their names.

Each is unpacked into a nameless temporary file that is gone when the next one comes. How much comes out is
counted as it comes, whatever the archive says of itself.
"""

from __future__ import annotations

import bz2
import lzma
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from os import SEEK_END
from typing import IO, Any, Final, NamedTuple, cast

from gitregistry.errors import BadInput
from gitregistry.storage.file_formats import Kind

MAX_DEPTH: Final = 3
MAX_MEMBERS: Final = 20_000
MAX_RATIO: Final = 100
# What may come out of a small file in any case.
SLACK_BYTES: Final = 128 << 20
_TWICE = "two of its members have the same name: which of them is loaded is not known"
_END_OF_ZIP = 22  # bytes, and a comment
_CHUNK = 1 << 20
_IN_MEMORY = 4 << 20
# Whatever the libraries raise on an archive that is damaged, encrypted or packed in a way unknown to them.
_FAULTS = (zipfile.BadZipFile, tarfile.TarError, OSError, EOFError, zlib.error, lzma.LZMAError)
_ODD = (NotImplementedError, RuntimeError, ValueError, OverflowError, UnicodeDecodeError)


class Unsafe(Exception):
    """An archive that nobody makes by accident: it bombs, or writes elsewhere when it is unpacked."""


class Member(NamedTuple):
    """A file within an archive: its name there, its bytes, how many, and the names of all its neighbours."""

    path: str
    file: IO[bytes]
    size: int
    beside: frozenset[str]


class Budget:
    """What may still come out of one artifact's file, however deep."""

    def __init__(self, size: int) -> None:
        self._bytes = size * MAX_RATIO + SLACK_BYTES
        self._members = MAX_MEMBERS

    def take(self, size: int) -> None:
        self._bytes -= size
        if self._bytes < 0:
            raise Unsafe(f"more than {MAX_RATIO} times its size comes out of it: it is a bomb")

    def take_member(self) -> None:
        self._members -= 1
        if self._members < 0:
            raise Unsafe(f"it has more than {MAX_MEMBERS:,} members")


def members(kind: Kind, file: IO[bytes], path: str, budget: Budget) -> Iterator[Member]:
    """The files within an archive of that kind.

    Raises:
        Unsafe: it is an attack.
        BadInput: it cannot be unpacked.
    """
    file.seek(0)
    try:
        if kind == "zip":
            yield from _zip_members(file, budget)
        elif kind == "tar":
            yield from _tar_members(file, budget)
        else:
            budget.take_member()
            stream = cast("IO[bytes]", _Unpacking(kind, file))
            yield from _unpacked(path.rpartition(".")[0] or path, stream, budget)
    except (*_FAULTS, *_ODD) as error:
        raise BadInput(f"cannot be unpacked: {error}", path=path) from None


def _zip_members(file: IO[bytes], budget: Budget) -> Iterator[Member]:
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if entries and min(entry.header_offset for entry in entries) > 0:
            raise Unsafe("something lies before its first member")
        file.seek(-(_END_OF_ZIP + len(archive.comment)), SEEK_END)
        if file.read(4) != b"PK\x05\x06":
            raise ValueError("something follows its end")
        names = _checked_names([entry.orig_filename for entry in entries])
        for entry in entries:
            budget.take_member()
            mode = entry.external_attr >> 16
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise Unsafe(f"{entry.filename!r} is a link or a device")
            if not entry.is_dir() or entry.file_size:
                with archive.open(entry) as stream:
                    yield from _unpacked(entry.filename, stream, budget, names)


def _tar_members(file: IO[bytes], budget: Budget) -> Iterator[Member]:
    seen: set[str] = set()
    with tarfile.open(fileobj=file, mode="r:") as archive:
        for entry in archive:
            budget.take_member()
            _checked_names([entry.name])
            if entry.name in seen:
                raise Unsafe(_TWICE)
            seen.add(entry.name)
            if not (entry.isfile() or entry.isdir()):
                raise Unsafe(f"{entry.name!r} is a link or a device")
            stream = archive.extractfile(entry) if entry.isfile() else None
            if stream is not None:
                yield from _unpacked(entry.name, stream, budget)
        # The library stops without a word where a header is none.
        file.seek(archive.offset)
    while chunk := file.read(_CHUNK):
        if chunk.strip(b"\0"):
            raise ValueError("something follows its end")


def _checked_names(names: list[str]) -> frozenset[str]:
    for name in names:
        parts = name.replace("\\", "/").split("/")
        if name.startswith(("/", "\\")) or ".." in parts or "\0" in name or name[1:2] == ":":
            raise Unsafe(f"{name!r} would land outside the folder that it is unpacked in")
    if len(set(names)) != len(names):
        raise Unsafe(_TWICE)
    return frozenset(names)


def _unpacked(
    path: str, stream: IO[bytes], budget: Budget, beside: frozenset[str] = frozenset()
) -> Iterator[Member]:
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as unpacked:
        size = 0
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            budget.take(len(chunk))
            unpacked.write(chunk)
        unpacked.seek(0)
        yield Member(path, cast("IO[bytes]", unpacked), size, beside)


class _Unpacking:
    """What comes out of a compressed file, a bounded piece at a time; one stream, and nothing behind it."""

    def __init__(self, kind: Kind, file: IO[bytes]) -> None:
        self._file = file
        self._stream = _STREAMS[kind]()
        self._ended = False

    def read(self, size: int) -> bytes:
        while not self._stream.eof:
            found: bytes = self._stream.decompress(self._input(size), size)
            if found:
                return found
            if self._ended and not self._stream.eof:
                raise EOFError("it is cut short")
        if self._stream.unused_data or self._file.read(1):
            raise ValueError("something follows its end")
        return b""

    def _input(self, size: int) -> bytes:
        """The next bytes to unpack; none while there is more to come out of those before."""
        left: bytes = getattr(self._stream, "unconsumed_tail", b"")  # of zlib alone
        if left or not getattr(self._stream, "needs_input", True):
            return left
        data = self._file.read(size)
        self._ended = not data
        return data


_STREAMS: Final[dict[Kind, Callable[[], Any]]] = {
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lzma.LZMADecompressor,
    "zlib": zlib.decompressobj,
}
