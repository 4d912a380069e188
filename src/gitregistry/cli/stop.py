"""``registry stop``."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.line import set_line, subject
from gitregistry.cli.session import KeyOption, PushOption
from gitregistry.cli.session_read import BranchOption, JsonOption
from gitregistry.operations import line

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def stop(
    ctx: typer.Context,
    reason: Annotated[str, typer.Option("--reason", help="Why, for those who are refused.")],
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", show_default=False)] = None,
    fleet: Annotated[bool, typer.Option("--fleet", help="Of no model at all is anything promoted.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge only; write nothing.")] = False,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: JsonOption = False,
) -> None:
    """Stop all promotions of a model, or of the whole fleet. Rollbacks, evidence and approvals go on.

    Needs the operator's role; for the fleet, over all models.
    """
    proposer = line.stop(subject(model, fleet, "stop"), reason)
    set_line(ctx.obj, proposer, key=key, branch=branch, push=push, dry_run=dry_run, as_json=as_json)
