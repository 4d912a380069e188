"""Letting the user's work tree follow the branch, without ever touching the user's work.

After the branch has moved, index and files still show what was before. Exactly the files that the step
changed, and of these exactly the ones that the user has not, are brought up to date:

1. A note names the step before the branch moves.
2. The branch moves, or does not; if not, the note goes.
3. Where the index has a path as the old commit did: if the file is as the old commit had it too, it is
   written; then the index entry is set. Files come first, so that after a kill the index still tells what
   is left to do.
4. The note goes. A note found by the next write is carried out first.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from gitregistry.errors import BadInput
from gitregistry.storage import git
from gitregistry.storage.cat_file import TooLarge
from gitregistry.storage.commits import BranchMoved, move_branch
from gitregistry.storage.encoding import FILE, PROGRAM, SUBMODULE, Entry, object_id
from gitregistry.storage.index import IndexBusy, Staged, set_entries, staged, wait_until_free
from gitregistry.storage.journal import Move, alone, journal_file, merged, note, noted
from gitregistry.storage.objects import Objects
from gitregistry.storage.open_folder import Obstructed, parent_of, read_in, remove_file, write_file, write_in
from gitregistry.storage.repository import Repository, read_head
from gitregistry.storage.trees import CommitTree

_LARGEST_FILE = 64 << 20


class Left(NamedTuple):
    """A file, or another work tree, that was not brought up to date: why, and what its user may do."""

    path: str
    reason: str
    hint: str


class Refreshed(NamedTuple):
    """What became of the work tree. The commit is made in any case."""

    updated: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()


class _Wish(NamedTuple):
    """What is to become of one path: from the old commit's entry to the new one's, given the index."""

    path: str
    before: Entry | None
    after: Entry | None
    staged: Staged


def land(
    repository: Repository, objects: Objects, ref: str, old: str | None, new: str, reason: str
) -> Refreshed:
    """Move a branch from one commit to another, if it is still at the one, and let the work tree follow.

    Writers in one work tree wait for each other here; a step that was interrupted is finished first.

    Args:
        ref: full name, ``refs/heads/…``.
        old: full id; None when the branch must not exist yet.
        new: full id.
        reason: for the reflog.

    Raises:
        BranchMoved: it is elsewhere. Nothing was changed.
        BadInput: the disk refuses. Nothing was changed.
    """
    paths = CommitTree(objects, new).differing(CommitTree(objects, old) if old else None)
    move = Move(ref, old, new, tuple(paths))
    with alone(repository) as lock:
        _finish(repository, objects, lock)
        pending = noted(repository)
        note(repository, merged(pending, move))
        try:
            move_branch(repository, ref, new, old, reason, lock)
        except (BranchMoved, BadInput):
            note(repository, pending)
            raise
        return _refresh(repository, objects, merged(pending, move), lock)


def finish_refresh(repository: Repository, objects: Objects) -> Refreshed | None:
    """Bring to its end what a killed command left half done; None when there is nothing."""
    if not journal_file(repository).exists():
        return None
    with alone(repository) as lock:
        return _finish(repository, objects, lock)


def _finish(repository: Repository, objects: Objects, lock: int) -> Refreshed | None:
    move = noted(repository)
    commits = [move.new, move.old or move.new, move.ref] if move else []
    if move is None or None in map(objects.resolve, commits):
        note(repository, None)
        return None
    return _refresh(repository, objects, move, lock)


def _refresh(repository: Repository, objects: Objects, move: Move, lock: int) -> Refreshed:
    if repository.work_tree is None or read_head(repository.git_dir) != move.ref:
        note(repository, None)
        return _elsewhere(repository, move)
    try:
        wait_until_free(repository)
        done = _follow(repository, objects, move, lock)
    except IndexBusy:
        # The note stays: the next command that writes will finish this.
        busy = repository.git_dir / "index.lock"
        hint = f"if no git is running: rm '{busy}', then: {_catch_up(move)}"
        return Refreshed(
            left=tuple(Left(path, "another git has locked the index", hint) for path in move.paths)
        )
    note(repository, None)
    return done


def _follow(repository: Repository, objects: Objects, move: Move, lock: int) -> Refreshed:
    assert repository.work_tree is not None  # noqa: S101 - the only caller has looked
    entries: dict[str, Entry | None] = {}
    skipped: list[str] = []
    left: list[Left] = []
    for wish in _wishes(repository, objects, move):
        if wish.staged.entry != wish.before or wish.staged.conflict:
            left.append(Left(wish.path, "you have staged changes to it", f"git diff --cached -- {wish.path}"))
            continue
        entries[wish.path] = wish.after
        if wish.staged.skipped:
            skipped.append(wish.path)
        elif obstacle := _bring(repository, objects, wish):
            left.append(Left(wish.path, obstacle, f"git diff -- {wish.path}"))
    set_entries(repository, repository.work_tree, entries, skipped, lock)
    updated = tuple(path for path in entries if path not in {item.path for item in left})
    return Refreshed(updated, tuple(left))


def _wishes(repository: Repository, objects: Objects, move: Move) -> list[_Wish]:
    """The paths still to be brought up to date; not those that a later commit changed again."""
    assert repository.work_tree is not None  # noqa: S101 - as above
    now, new = CommitTree(objects, objects.resolve(move.ref) or move.new), CommitTree(objects, move.new)
    old = CommitTree(objects, move.old) if move.old else None
    index = staged(repository, repository.work_tree, move.paths)
    wishes = []
    for path in move.paths:
        before, after = old.entry(path) if old else None, new.entry(path)
        if now.entry(path) == after and (index[path].entry != after or index[path].conflict):
            wishes.append(_Wish(path, before, after, index[path]))
    return wishes


def _bring(repository: Repository, objects: Objects, wish: _Wish) -> str | None:
    """Write or remove one file, if it is as the old commit had it; otherwise say what is in the way."""
    assert repository.work_tree is not None  # noqa: S101 - as above
    if wish.after and wish.after.mode == SUBMODULE:
        return None  # git itself leaves what is in there alone
    try:
        with parent_of(repository.work_tree, wish.path, create=False) as place:
            here = read_in(*place, _LARGEST_FILE) if place is not None else None
            mine = None if here is None else object_id(repository.object_format, "blob", here)
            if mine == (wish.after and wish.after.oid):
                return None
            if mine != (wish.before and wish.before.oid):
                return "you have changed it" if wish.before else "a file of yours is there"
            return _replace(objects, repository.work_tree, wish, place)
    except Obstructed:
        return "a link or a folder is in its place"
    except OSError as error:
        return f"it cannot be written: {error.strerror}"


def _replace(objects: Objects, top: Path, wish: _Wish, place: tuple[int, str] | None) -> str | None:
    """Write or remove a file; ``place`` is its folder, open, and its name there, where there is a folder."""
    if wish.after is None:
        remove_file(top, wish.path)
        return None
    content = objects.blob(wish.after.oid, _LARGEST_FILE)
    if isinstance(content, TooLarge):
        return "it is too large"
    if wish.after.mode not in (FILE, PROGRAM):
        return "it is a symbolic link"
    program = wish.after.mode == PROGRAM
    if place is not None:
        write_in(*place, content, program=program)
    else:
        write_file(top, wish.path, content, program=program)
    return None


def _elsewhere(repository: Repository, move: Move) -> Refreshed:
    """What to say of other work trees that have the branch checked out and now lag behind."""
    if not (repository.common_dir / "worktrees").is_dir() and repository.work_tree is not None:
        return Refreshed()
    listing = os.fsdecode(git.read(repository.git_dir, "worktree", "list", "--porcelain"))
    left = []
    for block in listing.split("\n\n"):
        lines = block.split("\n")
        if f"branch {move.ref}" in lines and "bare" not in lines:
            place = lines[0].removeprefix("worktree ")
            reason = "the branch is checked out there; it was not touched"
            left.append(Left(place, reason, f"cd '{place}' && {_catch_up(move)}"))
    return Refreshed(left=tuple(left))


def _catch_up(move: Move) -> str:
    if move.old is None:
        return f"git reset --keep {move.new}"
    return f"git status --short && git read-tree -m -u {move.old} {move.new}"
