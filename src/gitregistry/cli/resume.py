"""``registry resume``."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.line import set_line, subject
from gitregistry.cli.session import KeyOption, PushOption
from gitregistry.cli.session_read import BranchOption, JsonOption
from gitregistry.operations import line

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def resume(
    ctx: typer.Context,
    reason: Annotated[str, typer.Option("--reason", help="Why it may go on.")],
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", show_default=False)] = None,
    fleet: Annotated[bool, typer.Option("--fleet", help="The stop of the whole fleet ends.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge only; write nothing.")] = False,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: JsonOption = False,
) -> None:
    """End a stop, so that promotions go on.

    Needs a person with the operator's role in every environment; for the fleet, over all models.
    """
    proposer = line.resume(subject(model, fleet, "resume"), reason)
    set_line(ctx.obj, proposer, key=key, branch=branch, push=push, dry_run=dry_run, as_json=as_json)
