"""The index of a work tree: what it says of a few paths, and setting just those."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gitregistry.storage import git
from gitregistry.storage.encoding import Entry
from gitregistry.storage.repository import Repository

_AT_ONCE = 500
_PATIENCE = 1.0  # seconds to wait for another git's index.lock


class Staged(NamedTuple):
    """What the index says of a path.

    Attributes:
        entry: None when the path is not in it, or in conflict.
        conflict: a merge left several versions.
        skipped: a sparse checkout leaves its file out.
    """

    entry: Entry | None = None
    conflict: bool = False
    skipped: bool = False


class IndexBusy(Exception):
    """Another git process holds the index."""


def staged(repository: Repository, work_tree: Path, paths: Sequence[str]) -> dict[str, Staged]:
    """What the index says of each of these paths."""
    found = dict.fromkeys(paths, Staged())
    if not paths:
        return found
    # Git holds every entry against every path asked for: beyond so many, it is asked for all in their folder.
    asked = paths if len(paths) <= _AT_ONCE else [os.path.commonpath(paths) or "."]
    arguments = ("ls-files", "--stage", "-v", "-z", "--", *asked)
    for line in git.read(repository.git_dir, *arguments, work_tree=work_tree).split(b"\0"):
        meta, _, name = line.decode("utf-8", "surrogateescape").partition("\t")
        if name in found:
            flag, mode, oid, stage = meta.split(" ")
            clean = stage == "0"
            found[name] = Staged(Entry(mode, oid) if clean else None, not clean, flag in ("S", "s"))
    return found


def wait_until_free(repository: Repository) -> None:
    """Wait a second at most for another git to let go of the index.

    Raises:
        IndexBusy: it did not.
    """
    end = time.monotonic() + _PATIENCE
    while (repository.git_dir / "index.lock").exists():
        if time.monotonic() > end:
            raise IndexBusy
        time.sleep(0.02)


def set_entries(
    repository: Repository,
    work_tree: Path,
    entries: Mapping[str, Entry | None],
    skipped: Sequence[str],
    lock: int,
) -> None:
    """Set these paths in the index, None removing one; all at once, whatever else is staged staying so.

    Args:
        skipped: those among them whose files a sparse checkout leaves out; they stay left out.
        lock: as for ``git.write``.

    Raises:
        IndexBusy: another git holds the index.
    """
    sparse = [path for path in skipped if entries.get(path) is not None]
    plain = {path: entry for path, entry in entries.items() if path not in sparse}
    lines = [_line(repository, path, entry) for path, entry in plain.items()]
    if lines:
        _update(repository, work_tree, ["-z", "--index-info"], b"".join(lines), lock)
    if sparse:
        # In one go: an entry set first and marked later would for a moment look like a file deleted.
        values = (f"{entry.mode},{entry.oid},{path}" for path in sparse if (entry := entries[path]))
        arguments = [word for value in values for word in ("--cacheinfo", value)]
        _update(repository, work_tree, ["--add", *arguments, "--skip-worktree", "--", *sparse], b"", lock)


def _line(repository: Repository, path: str, entry: Entry | None) -> bytes:
    mode, oid = entry or ("0", repository.no_object)
    return f"{mode} {oid}\t{path}\0".encode("utf-8", "surrogateescape")


def _update(repository: Repository, work_tree: Path, arguments: list[str], stdin: bytes, lock: int) -> None:
    try:
        git.write(repository.git_dir, "update-index", *arguments, stdin=stdin, work_tree=work_tree, lock=lock)
    except git.GitFailed as error:
        if "index.lock" in error.stderr:
            raise IndexBusy from error
        raise
