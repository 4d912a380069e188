"""``registry advance``."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.fleet import How, ModelsOption, move_fleet
from gitregistry.cli.session import KeyOption, PushOption
from gitregistry.cli.session_read import BranchOption, JsonOption
from gitregistry.operations.advance import advance as advancing

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def advance(
    ctx: typer.Context,
    models: ModelsOption = None,
    to: Annotated[str | None, typer.Option("--to", metavar="ENV", help="Only into this environment.")] = None,
    reason: Annotated[str | None, typer.Option("--reason")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge only; write nothing.")] = False,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: JsonOption = False,
) -> None:
    """Promote what the policy marks automatic and is ready, in one signed commit; for CI on a schedule.

    A model moves into one environment a run. After a rollback nothing of it moves until somebody promotes
    it. Ends with 0 when all that is ready moved or nothing is ready, with 1 when a check failed or the judge
    refused.
    """
    words = f"advance{' to ' + to if to is not None else ''}"
    nothing = "nothing to do: every model stands where automatic promotions can bring it"
    proposer = advancing(models or [], to, reason)
    move_fleet(ctx.obj, proposer, (words, nothing), How(key, branch, push, dry_run, as_json))
