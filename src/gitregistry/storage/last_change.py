"""When a folder last changed."""

from __future__ import annotations

from gitregistry.storage import git
from gitregistry.storage.commit_info import commit_info
from gitregistry.storage.encoding import seconds_of
from gitregistry.storage.history import require_whole
from gitregistry.storage.objects import Objects
from gitregistry.storage.trees import CommitTree

# Nearly always it is the last commit or one of the few before it, which takes less than starting a process.
_NEAR = 16


def last_change(objects: Objects, commit: str, folder: str) -> int | None:
    """The committer's time, in seconds since 1970, of the last first-parent step that changed a folder.

    None when none did.

    Args:
        commit: full id; where to start looking.
        folder: a path such as ``registry``.
    """
    require_whole(objects.repository)
    here = CommitTree(objects, commit).entry(folder)
    for _ in range(_NEAR):
        info = commit_info(objects, [commit])[commit]
        before = CommitTree(objects, info.parents[0]).entry(folder) if info.parents else None
        if before != here:
            return info.committer.time
        if not info.parents:
            return None
        commit = info.parents[0]
    arguments = ("log", "--first-parent", "-n1", "--format=%ct", "--no-show-signature", "--end-of-options")
    found = git.read(objects.repository.git_dir, *arguments, commit, "--", folder).decode("ascii").strip()
    return seconds_of(found) if found else None
