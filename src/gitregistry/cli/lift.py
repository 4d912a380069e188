"""``registry lift``."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.recorded import recorded
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import KeyOption, PushOption, actor, tell_left
from gitregistry.cli.session_read import BranchOption, JsonOption
from gitregistry.operations.lift import lift as lifted
from gitregistry.operations.references import parse_release
from gitregistry.operations.submit import submit
from gitregistry.operations.workspace import Workspace

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def lift(
    ctx: typer.Context,
    release: Annotated[str, typer.Argument(metavar="MODEL:VERSION")],
    environment: Annotated[str, typer.Option("--in", metavar="ENV", help="Where it was rolled back.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it may come back.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge only; write nothing.")] = False,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: JsonOption = False,
) -> None:
    """Let a release come back to an environment that it was rolled back from.

    Needs a person with the operator's role, who did not register the release. Approvals from before the
    rollback do not count again: whoever approved looks again.
    """
    proposer = lifted(parse_release(release), environment, reason)
    with Workspace(ctx.obj, branch) as workspace:
        done = submit(
            workspace,
            actor(workspace, key),
            proposer,
            dry_run=dry_run,
            remote=remote_for(workspace, push),
        )
        tell_left(done)
    recorded(done, as_json=as_json)
