"""The registry as a replay carries it from step to step: what lies where, and what once lay there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gitregistry.records.paths import SIGNATURE
from gitregistry.storage.cat_file import Object, TooLarge
from gitregistry.storage.encoding import Entry
from gitregistry.storage.history import Change
from gitregistry.storage.objects import Objects

_FOLDER = Entry("40000", "folder")


class Version(NamedTuple):
    """A record and its signature as some commit left them; object ids, None where absent."""

    commit: str
    record: str | None
    signature: str | None


class ReplayTree:
    """A tree that grows with the steps; blobs come from Git."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._entries: dict[str, Entry] = {}
        self._folders: dict[str, dict[str, Entry]] = {}
        self._versions: dict[str, list[Version]] = {}
        self._ahead: dict[str, bytes | TooLarge] = {}

    def apply(self, commit: str, entries: Mapping[str, Entry | None]) -> None:
        """Make a step's changes part of the tree; None takes a path away."""
        for path, entry in entries.items():
            if entry is None:
                self._remove(path)
            else:
                self._entries[path] = entry
                self._file(path, entry)
        for path in dict.fromkeys(path.removesuffix(SIGNATURE) for path in entries):
            record, signature = self._entries.get(path), self._entries.get(path + SIGNATURE)
            version = Version(commit, record and record.oid, signature and signature.oid)
            self._versions.setdefault(path, []).append(version)

    def entry(self, path: str) -> Entry | None:
        found = self._entries.get(path)
        return found if found is not None or path not in self._folders else _FOLDER

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

    def children(self, folder: str) -> Mapping[str, Entry]:
        return self._folders.get(folder, {})

    def versions(self, path: str) -> Sequence[Version]:
        return self._versions.get(path, ())

    def _file(self, path: str, entry: Entry) -> None:
        folder, _, name = path.rpartition("/")
        siblings = self._folders.get(folder)
        if siblings is None:
            siblings = self._folders[folder] = {}
            if folder:
                self._file(folder, _FOLDER)
        siblings[name] = entry

    def _remove(self, path: str) -> None:
        self._entries.pop(path, None)
        folder, _, name = path.rpartition("/")
        siblings = self._folders.get(folder, {})
        siblings.pop(name, None)
        if folder and not siblings:
            self._folders.pop(folder, None)
            self._remove(folder)


def entries_of(changes: Sequence[Change]) -> dict[str, Entry | None]:
    """The changes of a step as entries by path; None where a path was taken away."""
    return {
        change.path: Entry(change.new_mode, change.new_oid) if change.new_oid.strip("0") else None
        for change in changes
    }
