"""The registry as a replay carries it from step to step: what lies where, and what once lay there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gitregistry.records.paths import SIGNATURE
from gitregistry.registry.snapshot import TreeEntry, is_file
from gitregistry.storage.cat_file import Object, TooLarge
from gitregistry.storage.encoding import Entry
from gitregistry.storage.history import Change
from gitregistry.storage.objects import Objects
from gitregistry.storage.registry_tree import RegistryTree, Version

# No branch has so many steps.
_AFTER_THE_BASE = 1 << 60
_FOLDER = Entry("40000", "folder")


class ReplayTree:
    """A tree that grows with the steps; blobs come from Git.

    Args:
        objects: where blobs are read.
        base: the tree that the first of these steps is made on; None at the beginning of history.
    """

    def __init__(self, objects: Objects, base: RegistryTree | None = None) -> None:
        self._objects = objects
        self._base = base
        self._entries: dict[str, Entry | None] = {}
        self._folders: dict[str, dict[str, Entry | None]] = {}
        self._versions: dict[str, list[Version]] = {}
        self._ahead: dict[str, bytes | TooLarge] = {}
        self._places: dict[str, int] = {}

    def apply(self, commit: str, time: int, entries: Mapping[str, Entry | None]) -> None:
        """Make a step's changes part of the tree; None takes a path away."""
        self._places[commit] = len(self._places)
        for path, entry in entries.items():
            if entry is None:
                self._remove(path)
            else:
                self._entries[path] = entry
                self._file(path, entry)
        for path in dict.fromkeys(path.removesuffix(SIGNATURE) for path in entries):
            record, signature = self.entry(path), self.entry(path + SIGNATURE)
            version = Version(commit, _blob(record), _blob(signature), time)
            self._versions.setdefault(path, []).append(version)

    def entry(self, path: str) -> Entry | None:
        found = self._entries.get(path, _FOLDER)
        if found is not _FOLDER:
            return found
        if path in self._folders:
            return _FOLDER
        return self._base.entry(path) if self._base is not None else None

    def existed(self, path: str) -> bool:
        """Whether a path ever held something.

        Nothing was ever removed before a replay that begins in the middle: such a removal is a finding, and
        only a history without findings is taken up again.
        """
        return path in self._versions or (self._base is not None and self._base.entry(path) is not None)

    def blob(self, oid: str) -> bytes | None:
        found = self._ahead.get(oid)
        if found is None:
            found = self._objects.blob(oid)
        return None if isinstance(found, TooLarge) else found

    def read_ahead(self, oids: Sequence[str]) -> None:
        """Read these blobs in one go, in place of those read ahead before.

        Asking git for one at a time and waiting for it is a fifth of a long replay.
        """
        self._ahead = {}
        for oid, found in zip(oids, self._objects.read_many(oids), strict=True):
            if isinstance(found, Object) and found.kind == "blob":
                self._ahead[oid] = found.data

    def children(self, folder: str) -> Mapping[str, TreeEntry]:
        found = self._folders.get(folder, {})
        merged = {**self._base.children(folder), **found} if self._base is not None else found
        return {name: entry for name, entry in merged.items() if entry is not None}

    def versions(self, path: str) -> Sequence[Version]:
        found = self._versions.get(path, [])
        if self._base is None:
            return found
        return [*self._base.versions(path), *found]

    def position(self, commit: str) -> int:
        """The steps of this replay come after all of the base's; only their order means anything."""
        place = self._places.get(commit)
        if self._base is None:
            return place if place is not None else 0
        return self._base.position(commit) if place is None else _AFTER_THE_BASE + place

    def gather_versions(self, *places: str) -> None:
        """As in the base; what was replayed is here."""
        if self._base is not None:
            self._base.gather_versions(*places)

    def past(self, path: str) -> Iterator[Version]:
        return reversed(self.versions(path))

    def _file(self, path: str, entry: Entry) -> None:
        folder, _, name = path.rpartition("/")
        siblings = self._folders.get(folder)
        if siblings is None:
            siblings = self._folders[folder] = {}
            if folder:
                self._entries.pop(folder, None)
                self._file(folder, _FOLDER)
        siblings[name] = entry

    def _remove(self, path: str) -> None:
        self._entries[path] = None
        self._folders.pop(path, None)
        folder, _, name = path.rpartition("/")
        self._folders.setdefault(folder, {})[name] = None
        if folder and not self.children(folder):
            self._remove(folder)


def _blob(entry: Entry | None) -> str | None:
    return entry.oid if entry is not None and is_file(entry.mode) else None


def entries_of(changes: Sequence[Change]) -> dict[str, Entry | None]:
    """The changes of a step as entries by path; None where a path was taken away."""
    return {
        change.path: Entry(change.new_mode, change.new_oid) if change.new_oid.strip("0") else None
        for change in changes
    }
