"""Building on the remote's tip and pushing there: a lost race is judged again, never blindly rebased."""

from __future__ import annotations

from gitregistry.errors import BadInput
from gitregistry.operations.workspace import Workspace
from gitregistry.storage.ancestry import is_ancestor
from gitregistry.storage.remotes import fetch, push, upstream


class PushRemote:
    """The remote branch that the workspace's branch follows."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._remote, self._branch = upstream(workspace.ref, workspace.config)

    def base(self) -> str:
        """Fetch; the remote's tip, or the local one when that contains it.

        Raises:
            BadInput: both have steps that the other has not.
        """
        workspace = self._workspace
        there = fetch(workspace.repository, workspace.objects, self._remote, self._branch)
        here = workspace.commit()
        if there is None or is_ancestor(workspace.repository, there, here):
            return here
        if is_ancestor(workspace.repository, here, there):
            return there
        raise BadInput(
            f"this branch and {self._remote}/{self._branch} have gone different ways",
            path=workspace.ref,
            hint=f"keep what is only here elsewhere (git branch mine), then "
            f"git reset --keep {self._remote}/{self._branch} and make the step again",
        )

    def push(self, commit: str) -> None:
        """Push a commit; not forced, it lands only on an ancestor of it."""
        push(self._workspace.repository, self._remote, self._branch, commit)
