"""A registry in memory: for what is tried, and lies in no repository."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gitregistry.records.digests import digest_of
from gitregistry.records.paths import SIGNATURE
from gitregistry.registry.moments import to_epoch


class MemoryEntry(NamedTuple):
    """As Git would hold it; the id is the content's own digest."""

    mode: str
    oid: str


class MemoryVersion(NamedTuple):
    """A record as the one step that brought it left it; ``time`` is the step's, in seconds since 1970."""

    commit: str
    record: str | None
    signature: str | None
    time: int


class MemoryTree:
    """Files by path, each brought by a step of its own and never changed."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files = dict(files or {})
        self._blobs: dict[str, bytes] = {digest_of(data): data for data in self.files.values()}
        self._times: dict[str, str] = {}
        self._places: dict[str, int] = {}

    def place(self, path: str, data: bytes, signature: bytes, time: str) -> str:
        """Put a record and its signature at a path, as of a moment; the record's digest."""
        for name, content in ((path, data), (path + SIGNATURE, signature)):
            self.files[name] = content
            self._blobs[digest_of(content)] = content
        self._times[path] = time
        self._places[path] = len(self._places) + 1
        return digest_of(data)

    def entry(self, path: str) -> MemoryEntry | None:
        return MemoryEntry("100644", digest_of(self.files[path])) if path in self.files else None

    def blob(self, oid: str) -> bytes | None:
        return self._blobs[oid]

    def children(self, folder: str) -> Mapping[str, MemoryEntry]:
        found = {}
        for path, data in self.files.items():
            name = path.removeprefix(f"{folder}/")
            if name != path:
                here, below, _ = name.partition("/")
                found[here] = (
                    MemoryEntry("40000", "folder") if below else MemoryEntry("100644", digest_of(data))
                )
        return found

    def versions(self, path: str) -> Sequence[MemoryVersion]:
        record, signature = self.entry(path), self.entry(path + SIGNATURE)
        if record is None or path not in self._times:
            return ()
        time = to_epoch(self._times[path])
        return (
            MemoryVersion(
                f"{self._places[path]:040x}", record.oid, signature.oid if signature else None, time
            ),
        )

    def gather_versions(self, *places: str) -> None:
        """All are here."""

    def position(self, commit: str) -> int:
        """In the order in which they were placed."""
        return int(commit, 16)

    def past(self, path: str) -> Iterator[MemoryVersion]:
        return iter(self.versions(path))
