"""A tree with some paths changed: the snapshot that a proposal or a step makes of the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from gitregistry.records.strict_yaml import MAX_BYTES
from gitregistry.registry.snapshot import PastVersion, TreeEntry, TreeView


class ProposedEntry(NamedTuple):
    """An entry not yet in Git; its id names its bytes and can be nothing's object id."""

    mode: str
    oid: str


_A_FOLDER = ProposedEntry("40000", "folder")


class OverlayTree:
    """A tree with entries added, changed, or taken away (None) on top of another.

    Args:
        base: the tree before; None before the first step.
        entries: by path.
        blobs: the bytes behind the ids that the base does not know.
    """

    def __init__(
        self,
        base: TreeView | None,
        entries: Mapping[str, TreeEntry | None],
        blobs: Mapping[str, bytes] | None = None,
    ) -> None:
        self._base = base
        self._entries = entries
        self._blobs = blobs or {}
        self._folders: dict[str, dict[str, TreeEntry | None]] = {}
        for path, entry in entries.items():
            self._file(path, entry)

    def _file(self, path: str, entry: TreeEntry | None) -> None:
        """Put an entry into its folder, and that into its own, up to the first that was there already."""
        while True:
            path, _, name = path.rpartition("/")
            siblings = self._folders.setdefault(path, {})
            known = siblings.get(name)
            if entry is not None or name not in siblings:
                siblings[name] = entry
            if not path or entry is None or known is not None:
                return
            entry = _A_FOLDER

    def entry(self, path: str) -> TreeEntry | None:
        if path in self._entries:
            return self._entries[path]
        return self._base.entry(path) if self._base is not None else None

    def blob(self, oid: str) -> bytes | None:
        if oid in self._blobs:
            data = self._blobs[oid]
            return data if len(data) <= MAX_BYTES else None
        if self._base is None:
            raise KeyError(oid)
        return self._base.blob(oid)

    def children(self, folder: str) -> Mapping[str, TreeEntry]:
        base = self._base.children(folder) if self._base is not None else {}
        changed = self._folders.get(folder)
        if changed is None:
            return base
        merged = {**base, **changed}
        return {name: entry for name, entry in merged.items() if entry is not None}

    def versions(self, path: str) -> Sequence[PastVersion]:
        """The past, which a proposal does not change."""
        return self._base.versions(path) if self._base is not None else ()

    def gather_versions(self, *places: str) -> None:
        """As in the base."""
        if self._base is not None:
            self._base.gather_versions(*places)

    def position(self, commit: str) -> int:
        """As in the base: a proposal has no place yet."""
        return self._base.position(commit) if self._base is not None else 0

    def past(self, path: str) -> Iterator[PastVersion]:
        """The same, newest first."""
        return self._base.past(path) if self._base is not None else iter(())


def proposed_tree(base: TreeView | None, files: Mapping[str, bytes]) -> OverlayTree:
    """The tree that placing these files would make."""
    entries = {
        path: ProposedEntry("100644", "proposed:" + sha256(data).hexdigest()) for path, data in files.items()
    }
    return OverlayTree(base, entries, {entries[path].oid: data for path, data in files.items()})
