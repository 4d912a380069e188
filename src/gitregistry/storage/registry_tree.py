"""One commit's tree as the layers above ask for it: records by path, and what once lay there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gitregistry.storage.cat_file import TooLarge
from gitregistry.storage.encoding import Entry
from gitregistry.storage.history import first_parent_steps, first_parents, require_whole
from gitregistry.storage.objects import Objects
from gitregistry.storage.trees import CommitTree

_RECORD = ".yaml"
_SIGNATURE = ".sig"
# How the modes of files and links begin: a folder or a submodule has no bytes.
_FILES = ("10", "12")


class Version(NamedTuple):
    """A record and its signature as one first-parent commit left them; object ids, None where absent.

    ``time`` is the committer's, in seconds since 1970.
    """

    commit: str
    record: str | None
    signature: str | None
    time: int


class RegistryTree:
    """A view of one commit and of the first parents behind it.

    Args:
        objects: where to read; must stay open as long as this is asked.
        commit: full id of a commit.
    """

    def __init__(self, objects: Objects, commit: str) -> None:
        self.commit = commit
        self._objects = objects
        self._tree = CommitTree(objects, commit)
        self._versions: dict[str, list[Version]] = {}
        self._gathered: list[str] = []
        self._brought: list[str] = []
        self._places: dict[str, int] | None = None

    def at(self, commit: str) -> RegistryTree:
        """The tree of another commit of the same repository."""
        return RegistryTree(self._objects, commit)

    def entry(self, path: str) -> Entry | None:
        """What lies at a path; None when nothing does."""
        return self._tree.entry(path)

    def children(self, folder: str) -> dict[str, Entry]:
        """The entries of a folder by name; empty when there is no such folder."""
        return self._tree.children(folder)

    def blob(self, oid: str) -> bytes | None:
        """A file's bytes; None when it is larger than a record may be."""
        found = self._tree.blob(oid)
        return None if isinstance(found, TooLarge) else found

    def versions(self, path: str) -> Sequence[Version]:
        """All that ever lay at a record's path and its ``.sig`` along first parents, oldest first."""
        known = self._versions.get(path)
        if known is None and not self._is_gathered(path):
            self._read_versions((path, path + _SIGNATURE))
        return self._versions.setdefault(path, [])

    def past(self, path: str) -> Iterator[Version]:
        """The same, newest first: git walks back no farther than it is asked."""
        require_whole(self._objects.repository)
        signature_path = path + _SIGNATURE
        record, signature = self.entry(path), self.entry(signature_path)
        present = {path: record and record.oid, signature_path: signature and signature.oid}
        steps = first_parent_steps(
            self._objects.repository, self.commit, paths=(path, signature_path), newest_first=True
        )
        for step in steps:
            yield Version(step.commit, present[path], present[signature_path], step.time)
            for change in step.changes:
                present[change.path] = change.old_oid if change.old_mode.startswith(_FILES) else None

    def gather_versions(self, *places: str) -> None:
        """Read the past of records, and of all that lies in folders, at once."""
        new = tuple(place for place in places if not self._is_gathered(place))
        if new:
            self._brought += self._read_versions((*new, *(place + _SIGNATURE for place in new)))
            self._gathered += new

    def _is_gathered(self, path: str) -> bool:
        return any(path == place or path.startswith(f"{place}/") for place in self._gathered)

    def brought(self, name: str) -> list[str]:
        """Every path that ends in a file name and whose past was gathered, the one that came first first."""
        return [path for path in self._brought if path.endswith(f"/{name}")]

    def gather(self, folders: Sequence[str], pasts: Sequence[str]) -> None:
        """Read ahead all that lies in some folders, and all that ever lay at some paths.

        A chain is read from its first record on: each would be asked for by itself otherwise.
        """
        self._tree.gather(folders)
        past = (version for path in pasts for version in self.versions(path))
        self._objects.gather(oid for version in past for oid in (version.record, version.signature) if oid)

    def signed_at(self, place: str) -> Iterator[tuple[str, str, str]]:
        """What has a ``.sig`` beside it, as path and both blobs' ids.

        Of a record's path all that ever lay there, the oldest first; of a folder what lies in it and below.
        """
        for version in self.versions(place) if place.endswith(_RECORD) else ():
            if version.record is not None and version.signature is not None:
                yield place, version.record, version.signature
        found = {path: entry.oid for path, entry in self._tree.walk(place) if entry.mode.startswith(_FILES)}
        for path, oid in found.items():
            signature = found.get(path + _SIGNATURE)
            if signature is not None:
                yield path, oid, signature

    def position(self, commit: str) -> int:
        """The place in history of a commit along first parents; all are read when one is asked for."""
        if self._places is None:
            self._places = self.places()
        return self._places[commit]

    def places(self) -> dict[str, int]:
        """The place in history of every commit along first parents, counted from the first."""
        require_whole(self._objects.repository)
        newest_first = list(first_parents(self._objects.repository, self.commit))
        return {commit: place for place, commit in enumerate(reversed(newest_first))}

    def _read_versions(self, paths: tuple[str, ...]) -> list[str]:
        """Read them, and give their paths in the order in which history brought them."""
        require_whole(self._objects.repository)
        present: dict[str, str | None] = {}
        found: dict[str, list[Version]] = {}
        for step in first_parent_steps(self._objects.repository, self.commit, paths=paths):
            for change in step.changes:
                present[change.path] = change.new_oid if change.new_mode.startswith(_FILES) else None
            for path in dict.fromkeys(change.path.removesuffix(_SIGNATURE) for change in step.changes):
                version = Version(step.commit, present.get(path), present.get(path + _SIGNATURE), step.time)
                found.setdefault(path, []).append(version)
        self._versions.update(found)
        return list(found)
