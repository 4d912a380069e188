"""``registry retire``."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.recorded import recorded
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import KeyOption, PushOption, actor, tell_left
from gitregistry.cli.session_read import BranchOption, JsonOption
from gitregistry.operations.references import parse_release
from gitregistry.operations.retire import retirement
from gitregistry.operations.submit import submit
from gitregistry.operations.workspace import Workspace

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def retire(
    ctx: typer.Context,
    release: Annotated[str, typer.Argument(metavar="MODEL:VERSION")],
    reason: Annotated[str, typer.Option("--reason")],
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Quarantine it: nothing may point at it any more.")
    ] = False,
    replacement: Annotated[str | None, typer.Option("--replacement", metavar="VERSION")] = None,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: JsonOption = False,
) -> None:
    """End a release's life. A withdrawn one may be neither promoted nor rolled back to."""
    name = parse_release(release)
    proposer = retirement(name, withdraw=withdraw, reason=reason, replacement=replacement)
    with Workspace(ctx.obj, branch) as workspace:
        done = submit(workspace, actor(workspace, key), proposer, remote=remote_for(workspace, push))
        tell_left(done)
    recorded(done, as_json=as_json)
