"""The remote behind ``--push``."""

from __future__ import annotations

from gitregistry.cli.output import note
from gitregistry.operations.submit import Remote
from gitregistry.operations.workspace import Workspace


def remote_for(workspace: Workspace, push: bool) -> Remote | None:
    """The remote to build on and push to; None keeps the step in this clone."""
    if not push:
        return None
    from gitregistry.operations.pushing import PushRemote  # noqa: PLC0415 - GitPython costs as much as all else

    return PushRemote(workspace, _tell)


def _tell(writers: int) -> None:
    others = f"{writers} other writers" if writers > 1 else "one other writer"
    note(f"waiting for {others} at the remote")
