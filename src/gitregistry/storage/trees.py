"""The files of one commit, read as far as a question goes and no farther."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gitregistry.errors import CannotTell
from gitregistry.storage.cat_file import Object, TooLarge
from gitregistry.storage.encoding import FOLDER, Entry
from gitregistry.storage.objects import LARGEST_OBJECT, RECORD_LIMIT, MissingObject, Objects

# A few small objects can name each other so that they unfold to billions of paths.
MOST_ENTRIES = 1_000_000
DEEPEST = 64


class CommitTree:
    """A view of one commit. Every look-up walks down from the commit, each object hashed on the way.

    Args:
        objects: where to read; must stay open as long as this is asked.
        commit: full id of a commit.

    Raises:
        MissingObject: there is no such commit here.
    """

    def __init__(self, objects: Objects, commit: str) -> None:
        self.commit = commit
        self._objects = objects
        self._folders: dict[str, dict[str, Entry]] = {}
        self._ways: dict[str, dict[str, Entry]] = {}
        found = objects.read(commit, LARGEST_OBJECT)
        if not isinstance(found, Object) or found.kind != "commit":
            raise MissingObject(f"commit {commit} is not in this clone", hint="git fetch")
        self.root = found.data[5 : found.data.index(b"\n")].decode("ascii", "replace")

    def entry(self, path: str) -> Entry | None:
        """What lies at a path (``registry/trust.yaml``), empty for the top; None when nothing does."""
        if not path:
            return Entry(FOLDER, self.root)
        folder, slash, name = path.rpartition("/")
        return self._inside(folder).get(name) if folder or not slash else None

    def blob(self, oid: str, limit: int = RECORD_LIMIT) -> bytes | TooLarge:
        """As ``Objects.blob``."""
        return self._objects.blob(oid, limit)

    def children(self, folder: str) -> dict[str, Entry]:
        """The entries of a folder by name; empty when there is no such folder."""
        return dict(self._inside(folder))

    def gather(self, folders: Sequence[str]) -> None:
        """Read all that lies in some folders ahead, level by level, for questions that will ask for it.

        Raises:
            CannotTell: more than a million entries, or more than 64 folders deep.
        """
        top = Entry(FOLDER, self.root)
        level: list[tuple[Entry, tuple[str, ...]]] = [(top, tuple(path.split("/"))) for path in folders]
        for _ in range(DEEPEST):
            self._objects.gather(entry.oid for entry, way in level if entry.is_folder or not way)
            below: list[tuple[Entry, tuple[str, ...]]] = []
            for entry, way in level:
                inside = self._folder(entry.oid) if entry.is_folder else {}
                if not way:
                    below += [(found, ()) for found in inside.values()]
                elif way[0] in inside:
                    below.append((inside[way[0]], way[1:]))
            if len(below) > MOST_ENTRIES:
                break
            level = below
            if not level:
                return
        raise CannotTell("more files, or more deeply nested, than a registry can have")

    def walk(self, folder: str) -> Iterator[tuple[str, Entry]]:
        """Everything under a folder that is not itself a folder, with its full path, in Git's order.

        Raises:
            CannotTell: more than a million entries, or more than 64 folders deep.
        """
        prefix = f"{folder}/" if folder else ""
        waiting = [(prefix + name, entry) for name, entry in reversed(self.children(folder).items())]
        count = 0
        while waiting:
            path, entry = waiting.pop()
            count += 1
            if count > MOST_ENTRIES or path.count("/") > DEEPEST:
                raise CannotTell("more files, or more deeply nested, than a registry can have", path=folder)
            if entry.is_folder:
                inside = self._folder(entry.oid)
                waiting += [(f"{path}/{name}", found) for name, found in reversed(inside.items())]
            else:
                yield path, entry

    def differing(self, other: CommitTree | None) -> list[str]:
        """The paths at which this commit's files are not those of the other one; all when there is none.

        Raises:
            CannotTell: more than a million, or more than 64 folders deep.
        """
        found: list[str] = []
        waiting: list[tuple[str, str | None, str | None]] = [("", other.root if other else None, self.root)]
        while waiting:
            prefix, before, after = waiting.pop()
            old, new = (self._folder(oid) if oid else {} for oid in (before, after))
            for name in old.keys() | new.keys():
                was, now = old.get(name), new.get(name)
                if was == now:
                    continue
                path = prefix + name
                folders = [entry.oid if entry and entry.is_folder else None for entry in (was, now)]
                if any(folders):
                    waiting.append((f"{path}/", folders[0], folders[1]))
                if any(entry and not entry.is_folder for entry in (was, now)):
                    found.append(path)
            if len(found) + len(waiting) > MOST_ENTRIES or prefix.count("/") > DEEPEST:
                raise CannotTell("more files, or more deeply nested, than a registry can have")
        return sorted(found)

    def _inside(self, folder: str) -> Mapping[str, Entry]:
        """The entries of a folder at a path; a question about many files comes by the same folders again."""
        known = self._ways.get(folder)
        if known is None:
            known = self._folder(self.root)
            for name in folder.split("/") if folder else ():
                entry = known.get(name)
                known = self._folder(entry.oid) if entry and entry.is_folder else {}
            self._ways[folder] = known
        return known

    def _folder(self, oid: str) -> dict[str, Entry]:
        known = self._folders.get(oid)
        if known is None:
            known = self._folders[oid] = self._objects.tree(oid)
        return known
