"""The note of a step whose files the work tree does not show yet, and the lock that keeps writers apart."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from gitregistry.errors import BadInput
from gitregistry.storage import git
from gitregistry.storage.encoding import is_safe_path
from gitregistry.storage.objects import is_object_id
from gitregistry.storage.repository import Repository


class Move(NamedTuple):
    """A branch's way from one commit to the next.

    Attributes:
        ref: full name, ``refs/heads/…``.
        old: full id; None when the branch does not exist yet.
        new: full id.
        paths: every path at which the two commits differ.
    """

    ref: str
    old: str | None
    new: str
    paths: tuple[str, ...]


def merged(pending: Move | None, move: Move) -> Move:
    """One move in place of two: what an unfinished one had to bring, the later one brings too."""
    if pending is None or pending.ref != move.ref:
        return move
    paths = dict.fromkeys((*pending.paths, *move.paths))
    return move._replace(old=pending.old, paths=tuple(paths))


def journal_file(repository: Repository) -> Path:
    """Where the note is; one for each work tree."""
    return repository.git_dir / "gitregistry" / "refresh.json"


@contextmanager
def alone(repository: Repository) -> Iterator[int]:
    """Keep other writers out of this work tree; the kernel lets go of the lock whatever happens to us.

    Yields the lock's descriptor. Handed to the git commands that write, it keeps the next writer waiting
    for a git that outlives us.

    Raises:
        BadInput: the disk refuses.
    """
    folder = journal_file(repository).parent
    try:
        folder.mkdir(exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise _refused(folder, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


def note(repository: Repository, move: Move | None) -> None:
    """Write the note in one instant; None removes it.

    Raises:
        BadInput: the disk refuses.
    """
    journal = journal_file(repository)
    try:
        if move is None:
            journal.unlink(missing_ok=True)
            return
        temporary = journal.with_suffix(".new")
        temporary.write_text(json.dumps(move._asdict()), encoding="utf-8")
        temporary.replace(journal)
    except OSError as error:
        raise _refused(journal, error) from error


def noted(repository: Repository) -> Move | None:
    """The move that the note tells of; None when there is none, or none of ours."""
    try:
        found = json.loads(journal_file(repository).read_bytes())
        move = Move(found["ref"], found["old"], found["new"], tuple(found["paths"]))
        texts = (move.ref, move.old or move.new, move.new, *move.paths)
        sound = all(isinstance(text, str) for text in texts) and all(map(is_safe_path, move.paths))
        return move if sound and is_object_id(move.new) and is_object_id(move.old or move.new) else None
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _refused(path: Path, error: OSError) -> BadInput:
    fault = git.disk_fault(str(error.strerror)) or error.strerror
    return BadInput(f"cannot write to this repository: {fault}; nothing was changed", path=str(path))
