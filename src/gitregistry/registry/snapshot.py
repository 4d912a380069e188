"""A snapshot: the registry as it stands at one commit.

A mapping from path to blob, and a way to read a blob. At a commit Git backs it and only the few files that
a question touches are read; in a replay it is a dictionary carried from step to step. What is above
cannot tell the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from gitregistry.records import paths
from gitregistry.records.common import Record
from gitregistry.records.strict_yaml import MAX_BYTES
from gitregistry.registry.opening import Broken, Opened, open_signed
from gitregistry.signing.sshsig import Check, require

RecordType = TypeVar("RecordType", bound=Record)


class TreeEntry(Protocol):
    """What Git holds at a path: mode such as ``100644``, and object id."""

    @property
    def mode(self) -> str: ...
    @property
    def oid(self) -> str: ...


class PastVersion(Protocol):
    """A record and its signature as some first-parent commit left them; object ids, None where absent.

    ``time`` is the commit's, in seconds since 1970.
    """

    @property
    def commit(self) -> str: ...
    @property
    def record(self) -> str | None: ...
    @property
    def signature(self) -> str | None: ...
    @property
    def time(self) -> int: ...


def is_file(mode: str) -> bool:
    """Whether an entry of this mode has bytes of its own: neither a folder nor a submodule."""
    return mode.startswith(("10", "12"))


class TreeView(Protocol):
    """What a snapshot needs of wherever the registry is kept."""

    def entry(self, path: str) -> TreeEntry | None:
        """The entry at a path; None when there is none."""

    def blob(self, oid: str) -> bytes | None:
        """A blob's bytes; None when they are over the size limit of a record."""

    def children(self, folder: str) -> Mapping[str, TreeEntry]:
        """The entries directly in a folder by name; empty when there is no such folder."""

    def versions(self, path: str) -> Sequence[PastVersion]:
        """All that ever lay at a record's path and its ``.sig`` along the first parents, oldest first."""

    def past(self, path: str) -> Iterator[PastVersion]:
        """The same, newest first, read as far as it is asked for."""

    def gather_versions(self, *places: str) -> None:
        """Read the past of these records and folders at once, where that is cheaper than one by one."""

    def position(self, commit: str) -> int:
        """The place of a first-parent commit in history: a later one has a greater place."""


class Cache:
    """Opened records by what was opened: exact bytes have one meaning, however often they are asked for."""

    def __init__(self) -> None:
        self._opened: dict[tuple[str, str, str], Opened[Any] | Broken] = {}
        # What other modules of this folder work out of a record, by their own name and the record's digest.
        self.derived: dict[tuple[str, str], Any] = {}
        # Who asks Ed25519: this process, unless another one is at it already (``signing/ahead.py``).
        self.require: Callable[[Check], None] = require

    def apart(self) -> Cache:
        """The same opened records and nothing that was worked out of them: for another law over them."""
        other = Cache()
        other._opened = self._opened
        return other

    def open(
        self, record: type[RecordType], kind: str, path: str, tree: TreeView, oids: tuple[str, str]
    ) -> Opened[RecordType]:
        key = (path, *oids)
        found = self._opened.get(key)
        if found is None:
            found = self._open(record, kind, path, tree, oids)
            self._opened[key] = found
        if isinstance(found, Broken):
            raise found
        return found

    def _open(
        self, record: type[RecordType], kind: str, path: str, tree: TreeView, oids: tuple[str, str]
    ) -> Opened[RecordType] | Broken:
        data = tree.blob(oids[0])
        signatures = tree.blob(oids[1]) if oids[1] else None
        if oids[1] and signatures is None:
            return Broken("signature-format", f"its signature is longer than {MAX_BYTES} bytes")
        try:
            return open_signed(record, kind, path, data, signatures, self.require)
        except Broken as broken:
            return broken


class Snapshot:
    """Records by where they lie. Every method that returns a record has checked its signatures."""

    def __init__(self, tree: TreeView, cache: Cache | None = None) -> None:
        self.tree = tree
        self.cache = cache or Cache()
        # What ``chains.py`` read of each alias, by model and environment: a commit's past does not change.
        self.chains: dict[tuple[str, str], Any] = {}
        # What ``joined.py`` found: since which commit trust knows a key that it did not know at first.
        self.joined: dict[Any, str] | None = None
        # What ``past_law.py`` read of the law that was in force, by the digest of what is in force now.
        self.law_lines: dict[str, Any] = {}

    def open(self, record: type[RecordType], kind: str, path: str) -> Opened[RecordType] | None:
        """The record at a path; None when nothing lies there.

        Raises:
            Broken: it is there and cannot be used.
        """
        entry = self.tree.entry(path)
        if entry is None:
            return None
        signature = self.tree.entry(path + paths.SIGNATURE)
        if not is_file(entry.mode):
            raise Broken("tree", f"no file lies there, but something of the mode {entry.mode}")
        if signature is None:
            return self.open_version(record, kind, path, (entry.oid, ""))
        if not is_file(signature.mode):
            raise Broken("tree", f"its signature is no file, but something of the mode {signature.mode}")
        return self.open_version(record, kind, path, (entry.oid, signature.oid))

    def open_version(
        self, record: type[RecordType], kind: str, path: str, oids: tuple[str, str]
    ) -> Opened[RecordType]:
        """The record made of the blobs ``(record, signature)``, which may be of the past."""
        return self.cache.open(record, kind, path, self.tree, oids)

    def left_by(self, path: str) -> PastVersion | None:
        """The step that first left a record as it lies there now; None when it has no past."""
        record, signature = (self.tree.entry(path + suffix) for suffix in ("", paths.SIGNATURE))
        lies = (record and record.oid, signature and signature.oid)
        versions = self.tree.versions(path)
        return next((one for one in versions if (one.record, one.signature) == lies), None)

    def open_folder(
        self, record: type[RecordType], kind: str, folder: str
    ) -> Iterator[Opened[RecordType] | tuple[str, Broken]]:
        """Every record in a folder, by name; one that cannot be used comes as its path and why."""
        for name in sorted(self.tree.children(folder)):
            if not name.endswith(paths.SIGNATURE):
                path = f"{folder}/{name}"
                try:
                    opened = self.open(record, kind, path)
                except Broken as broken:
                    yield path, broken
                    continue
                if opened is not None:
                    yield opened

    def names_in(self, folder: str) -> list[str]:
        """The names directly in a folder, sorted."""
        return sorted(self.tree.children(folder))
