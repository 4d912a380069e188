"""``registry rollback``."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.moving import move
from gitregistry.cli.session import KeyOption, PushOption
from gitregistry.cli.session_read import BranchOption, JsonOption
from gitregistry.operations.law import law_for_rollback
from gitregistry.operations.references import parse_model
from gitregistry.operations.rollback import rollback as rolled_back

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def rollback(
    ctx: typer.Context,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    environment: Annotated[str, typer.Option("--in", metavar="ENV", help="The environment to go back in.")],
    reason: Annotated[str, typer.Option("--reason", help="What went wrong.")],
    to: Annotated[
        str | None, typer.Option("--to", metavar="VERSION", help="Else the last release that was good there.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge only; write nothing.")] = False,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: JsonOption = False,
) -> None:
    """Go back to the last good release, in one signed commit shaped as a revert.

    Needs the operator's role and nothing else: no approval, no artifact, no network.
    """
    move(
        ctx.obj,
        rolled_back(parse_model(model), environment, to, reason),
        f"roll {model} back in {environment}",
        key=key,
        branch=branch,
        push=push,
        dry_run=dry_run,
        as_json=as_json,
        done_word="rolled back",
        law_there=law_for_rollback,
    )
