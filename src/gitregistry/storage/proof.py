"""Proof that the steps that git tells of are those of the history that a commit's id stands for.

Git checks the hash of what arrives, not of what it reads: in a prepared clone an object, a pack's index or a
store named as an alternate can give other bytes for an id, and ``git log`` would show a history without a
step. Here every commit is hashed again, and the folder of the registry is built up from the changes alone:
after each step its id must be the one that the commit names.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, islice

from gitregistry.storage.cat_file import Object
from gitregistry.storage.commit_info import CommitFrame, commit_frames
from gitregistry.storage.encoding import FOLDER, DamagedObject, Entry, Hash, ObjectFormat, hash_of, parse_tree
from gitregistry.storage.history import Change, Step
from gitregistry.storage.objects import LARGEST_OBJECT, MissingObject, Objects
from gitregistry.storage.trees import CommitTree

_AT_ONCE = 500
# Bytes of a folder hashed at a time.
_BLOCK = 1 << 12


class _Folder:
    """A folder's entries, and the tree object that they are: rows in Git's order."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self.entries = dict(entries)
        spelled = sorted(_spelled(name, entry) for name, entry in entries.items())
        self._keys = [key for key, _ in spelled]
        self._rows = [row for _, row in spelled]
        # The object's bytes and where each row begins in them; no bytes until they are asked for.
        self._data = bytearray()
        self._starts: list[int] = []
        # The hash as it stands before each block of bytes, as far as none before it changed.
        self._before: list[Hash] = []

    def set(self, name: str, entry: Entry | None) -> None:
        """Put an entry in place of what has the name; None takes it away."""
        old = self.entries.get(name)
        if old is not None and (entry is None or old.is_folder != entry.is_folder):
            place = bisect_left(self._keys, _spelled(name, old)[0])
            del self._keys[place], self._rows[place], self.entries[name]
            self._before = []
        if entry is None:
            return
        key, row = _spelled(name, entry)
        place = bisect_left(self._keys, key)
        if self._before and name in self.entries and len(row) == len(self._rows[place]):
            start = self._starts[place]
            self._data[start : start + len(row)] = row
            del self._before[start // _BLOCK + 1 :]
            self._rows[place] = row
        else:
            at = slice(place, place + (name in self.entries))
            self._keys[at], self._rows[at] = [key], [row]
            self._before = []
        self.entries[name] = entry

    def oid(self, object_format: ObjectFormat) -> str:
        """The id of the tree object; where one row changed, what comes before it is not hashed again."""
        if not self._before:
            self._data = bytearray().join(self._rows)
            self._starts = [0, *accumulate(map(len, self._rows))]
            self._before = [hash_of(object_format, "tree", len(self._data))]
        done = self._before[-1]
        for start in range((len(self._before) - 1) * _BLOCK, len(self._data), _BLOCK):
            done = done.copy()
            done.update(self._data[start : start + _BLOCK])
            self._before.append(done)
        return done.hexdigest()


def _spelled(name: str, entry: Entry) -> tuple[bytes, bytes]:
    """What Git orders an entry by, and its row in the tree object."""
    raw = name.encode("utf-8", "surrogateescape")
    row = b"%s %s\0%s" % (entry.mode.encode("ascii"), raw, bytes.fromhex(entry.oid))
    return (raw + b"/" if entry.mode == FOLDER else raw), row


def proven(objects: Objects, steps: Iterable[Step], folder: str) -> Iterator[Step]:
    """The same steps, each once it is proven, as far as it concerns a folder.

    Args:
        steps: of ``first_parent_steps``, from the first commit or after a known one, with no paths left out.
        folder: at the top, in any spelling of upper and lower case; what changes elsewhere is not looked at.

    Raises:
        DamagedObject: the steps are not those of this history.
        MissingObject: what would prove them is not here.
    """
    proof = _Proof(objects, folder)
    waiting = iter(steps)
    while batch := list(islice(waiting, _AT_ONCE)):
        told = commit_frames(objects, [step.commit for step in batch])
        looked_at = [told[step.commit].tree for step in batch if not proof.tells_all(step)]
        tops = _tops(objects, looked_at)
        for step in batch:
            proof.follow(step, told[step.commit], tops.get(told[step.commit].tree))
        yield from batch


def _tops(objects: Objects, oids: Sequence[str]) -> dict[str, dict[str, Entry]]:
    """The entries of each of these folders, asked for in one go: waiting for each takes the longest."""
    found: dict[str, dict[str, Entry]] = {}
    for oid, answer in zip(oids, objects.read_many(oids, LARGEST_OBJECT), strict=True):
        if answer is None:
            raise MissingObject(f"object {oid} is missing from this clone", hint="git fetch --unshallow")
        if not isinstance(answer, Object) or (answer.oid, answer.kind) != (oid, "tree"):
            raise DamagedObject(f"object {oid} is not a folder of a bearable size", hint="git fsck")
        found[oid] = parse_tree(objects.repository.object_format, oid, answer.data)
    return found


class _Proof:
    """What is carried from step to step: the top folder, and of ours all that changed, as changes made it."""

    def __init__(self, objects: Objects, folder: str) -> None:
        self._objects = objects
        self._format = objects.repository.object_format
        self._folder = folder.lower()
        self._last: str | None = None
        self._folders = {"": _Folder({})}

    @property
    def _top(self) -> _Folder:
        return self._folders[""]

    def tells_all(self, step: Step) -> bool:
        """Whether the step changes nothing beside our folder: then its top folder need not be read."""
        return all(self._concerns(change.path) for change in step.changes)

    def follow(self, step: Step, told: CommitFrame, top: Mapping[str, Entry] | None) -> None:
        """Prove the next step; ``top`` are the entries of its top folder where they were read."""
        if self._last is None and told.parents:
            self._folders = {"": _Folder(CommitTree(self._objects, told.parents[0]).children(""))}
        elif told.parents[:1] != ((self._last,) if self._last else ()):
            raise _damaged(step, "it does not follow the step before")
        if (step.parents, step.time) != (told.parents, told.time):
            raise _damaged(step, "git told of it what it does not say")
        self._apply([change for change in step.changes if self._concerns(change.path)])
        # An id says all that lies below it: one that is right leaves nothing to compare.
        if self._top.oid(self._format) != told.tree:
            self._look(step, told, top if top is not None else _tops(self._objects, [told.tree])[told.tree])
        self._last = step.commit

    def _look(self, step: Step, told: CommitFrame, top: Mapping[str, Entry]) -> None:
        """Compare our folder with that of the commit, and take over what lies beside it."""
        if self._ours(self._top.entries) != self._ours(top):
            self._compare(step, told)
            self._folders = {"": _Folder(top)}
            return
        for name in {*self._top.entries, *top}:
            if self._top.entries.get(name) != top.get(name):
                self._top.set(name, top.get(name))

    def _ours(self, top: Mapping[str, Entry]) -> dict[str, Entry]:
        return {name: entry for name, entry in top.items() if name.lower() == self._folder}

    def _concerns(self, path: str) -> bool:
        return path.partition("/")[0].lower() == self._folder

    def _apply(self, changes: Sequence[Change]) -> None:
        """Make changes part of the folders, then give each folder on the way its new id, innermost first."""
        ways: dict[str, int] = {}
        # A file that becomes a folder is both: first what goes, then what comes.
        for change in sorted(changes, key=lambda change: change.new_oid.strip("0") != ""):
            way, _, name = change.path.rpartition("/")
            entry = Entry(change.new_mode, change.new_oid) if change.new_oid.strip("0") else None
            self._open(way).set(name, entry)
            while way and way not in ways:
                ways[way] = way.count("/")
                way = way.rpartition("/")[0]
        for way in sorted(ways, key=ways.__getitem__, reverse=True):
            above, _, name = way.rpartition("/")
            here = self._open(way)
            self._open(above).set(name, Entry(FOLDER, here.oid(self._format)) if here.entries else None)
            if not here.entries:
                del self._folders[way]

    def _open(self, way: str) -> _Folder:
        """The folder at a path, read and hashed where the changes have not made it."""
        found = self._folders.get(way)
        if found is None:
            above, _, name = way.rpartition("/")
            entry = self._open(above).entries.get(name)
            known = self._objects.tree(entry.oid) if entry and entry.is_folder else {}
            found = self._folders[way] = _Folder(known)
        return found

    def _compare(self, step: Step, told: CommitFrame) -> None:
        """Folders written in a way of their own (odd modes, empty ones) have other ids: compare the files."""
        before = CommitTree(self._objects, told.parents[0]) if told.parents else None
        after = CommitTree(self._objects, step.commit)
        claimed = {
            change.path: Entry(change.new_mode, change.new_oid) if change.new_oid.strip("0") else None
            for change in step.changes
            if self._concerns(change.path)
        }
        true = {path: after.entry(path) for path in after.differing(before) if self._concerns(path)}
        if {path: None if entry and entry.is_folder else entry for path, entry in true.items()} != claimed:
            raise _damaged(step, "its files are not those that git told of")


def _damaged(step: Step, message: str) -> DamagedObject:
    return DamagedObject(
        f"commit {step.commit}: {message}: no git wrote it so, or this clone was tampered with",
        hint="git fsck",
    )
