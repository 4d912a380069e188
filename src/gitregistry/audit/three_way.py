"""A merge of the registry's files: each taken whole, from the one side that changed it.

Computed here and not by ``git merge``: no driver, attribute or configuration has a say, nothing is written,
and bytes that were signed are never merged inside. Renames are not followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gitregistry.records import paths
from gitregistry.storage.encoding import Entry
from gitregistry.storage.objects import Objects
from gitregistry.storage.trees import CommitTree

# Stands for whatever the target has at a place that the merge leaves alone.
_KEPT = Entry("", "")


class Merged(NamedTuple):
    """What a merge does to the target's files: new entries by path (None takes one away), and conflicts."""

    entries: Mapping[str, Entry | None]
    conflicts: tuple[str, ...]


class _Sides(NamedTuple):
    target: CommitTree
    proposal: CommitTree
    bases: tuple[CommitTree, ...]


def merged_files(objects: Objects, target: str, proposal: str, bases: Sequence[str]) -> Merged:
    """The registry's files after merging ``proposal`` into ``target``; all are full commit ids.

    Where the bases are several and would have it differently, it is a conflict.
    """
    sides = _Sides(
        CommitTree(objects, target),
        CommitTree(objects, proposal),
        tuple(CommitTree(objects, base) for base in bases),
    )
    touched = {path for base in sides.bases for path in sides.proposal.differing(base)}
    entries: dict[str, Entry | None] = {}
    conflicts = []
    for path in sorted(path for path in touched if paths.concerns_registry(path)):
        ours, new = _file(sides.target, path), _file(sides.proposal, path)
        outcomes = {_outcome(ours, new, _file(base, path)) for base in sides.bases}
        if outcomes == {"proposal"}:
            entries[path] = new
        elif outcomes != {"target"}:
            conflicts.append(path)
    clashing = set(_clashes(sides.target, entries))
    kept = {path: entry for path, entry in entries.items() if path not in clashing}
    return Merged(kept, tuple(sorted({*conflicts, *clashing})))


def _file(tree: CommitTree, path: str) -> Entry | None:
    entry = tree.entry(path)
    return None if entry is None or entry.is_folder else entry


def _outcome(target: Entry | None, proposal: Entry | None, base: Entry | None) -> str:
    if proposal in (base, target):
        return "target"
    return "proposal" if base == target else "conflict"


def _clashes(target: CommitTree, entries: Mapping[str, Entry | None]) -> Iterator[str]:
    """The new files at a place where the merge would also have a folder, or below one where it has a file."""
    for path in (path for path, entry in entries.items() if entry is not None):
        above = ["/".join(path.split("/")[:depth]) for depth in range(1, path.count("/") + 1)]
        files = (folder for folder in above if _file(target, folder) is not None)
        below = (file for file, _ in target.walk(path))
        if any(entries.get(place, _KEPT) is not None for place in (*files, *below)):
            yield path
