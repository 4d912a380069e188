"""Fetching from and pushing to another repository, with progress: the only module that loads GitPython.

GitPython is trusted with nothing but this: it runs ``git fetch`` and ``git push`` in the user's own clone,
with the user's own credentials, and reports how far they are. What arrived is read elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import git as gitpython

from gitregistry.errors import BadInput
from gitregistry.storage.commits import BranchMoved
from gitregistry.storage.objects import Objects
from gitregistry.storage.repository import Repository

# Called with the work done, the work there is (None while unknown), and what git says it is doing.
Progress = Callable[[float, float | None, str], None]

_MOVED = ("non-fast-forward", "fetch first", "stale info", "cannot lock ref", "failed to update ref")
_ABSENT = ("couldn't find remote ref", "find remote ref")


def upstream(ref: str, config: Mapping[str, str]) -> tuple[str, str]:
    """The remote and the branch there (short name) that a local branch (full name) follows.

    Without configuration it is the branch of the same name at ``origin``.
    """
    branch = ref.removeprefix("refs/heads/")
    remote = config.get(f"branch.{branch}.remote", "origin")
    if remote == ".":
        return "origin", branch
    return remote, config.get(f"branch.{branch}.merge", ref).removeprefix("refs/heads/")


def fetch(
    repository: Repository, objects: Objects, remote: str, branch: str, on_progress: Progress | None = None
) -> str | None:
    """Fetch a branch into ``refs/remotes/<remote>/<branch>``; return its tip, None when it is not there.

    Raises:
        BadInput: there is no such remote, or it cannot be reached.
    """
    tracking = f"refs/remotes/{remote}/{branch}"
    with _opened(repository, remote) as there:
        try:
            there.fetch(f"+refs/heads/{branch}:{tracking}", progress=_Reporter(on_progress), no_tags=True)
        except gitpython.GitCommandError as error:
            if any(sign in str(error.stderr) for sign in _ABSENT):
                return None
            raise _unreachable(remote, str(error.stderr)) from error
    return objects.resolve(tracking)


def push(
    repository: Repository, remote: str, branch: str, commit: str, on_progress: Progress | None = None
) -> None:
    """Push exactly this commit to a branch, forcing nothing.

    Raises:
        BranchMoved: the branch there does not lead to this commit's parents any more. Nothing was changed.
        BadInput: there is no such remote, it cannot be reached, or it refuses; with its own words.
    """
    reporter = _Reporter(on_progress)
    with _opened(repository, remote) as there:
        results = there.push(f"{commit}:refs/heads/{branch}", progress=reporter)
    said = "\n".join([*reporter.other_lines, *reporter.error_lines, *(item.summary for item in results)])
    failed = gitpython.PushInfo.ERROR
    if results.error is None and results and not any(item.flags & failed for item in results):
        return
    if any(sign in said for sign in _MOVED):
        raise BranchMoved(f"{remote}/{branch}")
    if "rejected]" in said or any(item.flags & gitpython.PushInfo.REMOTE_REJECTED for item in results):
        lines = [
            line.removeprefix("remote:").strip() for line in said.splitlines() if line.startswith("remote:")
        ]
        words = "\n".join(line for line in lines if line) or said.strip()
        raise BadInput(f"{remote} refuses the push: {words}", path=f"{remote}/{branch}")
    raise _unreachable(remote, said or str(results.error))


class _Reporter(gitpython.RemoteProgress):
    """Hands git's progress on, and keeps the lines that are not progress."""

    def __init__(self, on_progress: Progress | None) -> None:
        super().__init__()
        self._tell = on_progress

    def update(
        self,
        op_code: int,  # noqa: ARG002 - GitPython's signature
        cur_count: str | float,
        max_count: str | float | None = None,
        message: str = "",
    ) -> None:
        if self._tell:
            self._tell(float(cur_count or 0), float(max_count) if max_count else None, message)


@contextmanager
def _opened(repository: Repository, remote: str) -> Iterator[Any]:
    with gitpython.Repo(repository.work_tree or repository.git_dir) as clone:
        # Whatever a surrounding hook says about its own repository, this is the one that is meant.
        clone.git.update_environment(GIT_DIR=str(repository.git_dir))
        try:
            there = clone.remote(remote)
            exists = there.exists()
        except ValueError as error:
            raise _no_remote(remote) from error
        if not exists:
            raise _no_remote(remote)
        yield there


def _no_remote(remote: str) -> BadInput:
    return BadInput(f"there is no remote called {remote}", hint=f"git remote add {remote} URL")


def _unreachable(remote: str, said: str) -> BadInput:
    words = " / ".join(line.strip() for line in said.strip().strip("'").splitlines() if line.strip())
    return BadInput(f"{remote} cannot be reached: {words}", hint=f"git ls-remote {remote}")
