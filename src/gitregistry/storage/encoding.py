"""How Git writes ids and folders (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Literal, NamedTuple, Protocol, Self

from gitregistry.errors import CannotTell

ObjectFormat = Literal["sha1", "sha256"]

FOLDER = "40000"
FILE = "100644"
PROGRAM = "100755"
LINK = "120000"
SUBMODULE = "160000"

_ENTRY = {
    "sha1": re.compile(rb"([0-7]{5,6}) ([^\0/]+)\0(.{20})", re.DOTALL),
    "sha256": re.compile(rb"([0-7]{5,6}) ([^\0/]+)\0(.{32})", re.DOTALL),
}
_HASH = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
LAST_MOMENT = 253_402_300_799  # 9999-12-31T23:59:59Z, the last that datetime knows
_MODES = {mode.encode(): mode for mode in (FOLDER, FILE, PROGRAM, LINK, SUBMODULE)}
_FORBIDDEN = frozenset({".", "..", ".git"})


class DamagedObject(CannotTell):
    """An object that is not what its id says, or that git cannot read."""


class MalformedTree(DamagedObject):
    """A folder no honest git wrote: one name twice, names out of order, ``..``; or no folder at all."""


class Hash(Protocol):
    """What ``hashlib`` makes."""

    def update(self, data: bytes | bytearray, /) -> None: ...
    def copy(self) -> Self: ...
    def hexdigest(self) -> str: ...


class Entry(NamedTuple):
    """What a folder says of one name: the mode in octal (``100644``, ``40000``, ``120000``…) and the id."""

    mode: str
    oid: str

    @property
    def is_folder(self) -> bool:
        return self.mode == FOLDER


def is_safe_path(path: str) -> bool:
    """Whether a path with slashes names a file inside the repository and nowhere in ``.git``."""
    parts = path.split("/")
    return "\0" not in path and not any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)


def object_id(object_format: ObjectFormat, kind: str, data: bytes) -> str:
    """The id that Git gives to these bytes as an object of this kind, in hex."""
    digest = hash_of(object_format, kind, len(data))
    digest.update(data)
    return digest.hexdigest()


def hash_of(object_format: ObjectFormat, kind: str, size: int) -> Hash:
    """The hash of an object of so many bytes, before it has seen the first of them."""
    return _HASH[object_format](b"%s %d\0" % (kind.encode("ascii"), size), usedforsecurity=False)


def parse_tree(object_format: ObjectFormat, oid: str, data: bytes) -> dict[str, Entry]:
    """The entries of a folder by name, in Git's order. Names that are not UTF-8 carry surrogate escapes.

    Raises:
        MalformedTree: no honest git wrote it.
    """
    entries: dict[str, Entry] = {}
    end, count, last = 0, 0, b""
    for match in _ENTRY[object_format].finditer(data):
        mode, name, identity = match.groups()
        key = name + b"/" if mode.endswith(b"40000") else name
        # Rising order leaves no two of a kind with one name; counting finds a file and a folder of one name.
        if match.start() != end or key <= last:
            break
        entries[name.decode("utf-8", "surrogateescape")] = Entry(
            _MODES.get(mode) or _mode(mode), identity.hex()
        )
        end, count, last = match.end(), count + 1, key
    if end != len(data) or len(entries) != count or not _FORBIDDEN.isdisjoint(entries):
        raise MalformedTree(f"folder {oid} is malformed: names out of order, doubled or forbidden")
    return entries


def format_tree(entries: Mapping[str, Entry]) -> bytes:
    """The bytes of a folder with these entries."""
    rows = []
    for name, (mode, oid) in entries.items():
        raw = name.encode("utf-8", "surrogateescape")
        rows.append((raw + b"/" if mode == FOLDER else raw, mode.encode("ascii"), raw, bytes.fromhex(oid)))
    return b"".join(b"%s %s\0%s" % (mode, raw, oid) for _, mode, raw, oid in sorted(rows))


def _mode(written: bytes) -> str:
    """The mode that git takes an unusual one for (``canon_mode`` in its cache.h): 100664, 040000."""
    number = int(written, 8)
    match number & 0o170000:
        case 0o100000:
            return PROGRAM if number & 0o100 else FILE
        case 0o120000:
            return LINK
        case 0o040000:
            return FOLDER
    return SUBMODULE


def seconds_of(text: str) -> int:
    """A commit's time from its digits, between 0 and the year 9999; a longer number is cut to that."""
    return (
        min(int(text), LAST_MOMENT)
        if text.isascii() and text.isdigit() and len(text) <= 12
        else (LAST_MOMENT if text.isdigit() else 0)
    )
