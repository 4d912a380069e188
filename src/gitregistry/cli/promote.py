"""``registry promote``."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.moving import move
from gitregistry.cli.session import KeyOption, PushOption
from gitregistry.cli.session_read import BranchOption, JsonOption
from gitregistry.operations.promote import promotion
from gitregistry.operations.references import parse_release

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def promote(
    ctx: typer.Context,
    release: Annotated[str, typer.Argument(metavar="MODEL:VERSION")],
    to: Annotated[str, typer.Option("--to", metavar="ENV", help="The environment whose alias moves.")],
    reason: Annotated[str | None, typer.Option("--reason")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge only; write nothing.")] = False,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: JsonOption = False,
) -> None:
    """Judge a release against the policy, then move the alias in one signed commit.

    A refusal lists every requirement, met and unmet, and the command that would meet each unmet one.
    """
    name = parse_release(release)
    move(
        ctx.obj,
        promotion(name, to, reason),
        f"promote {name} to {to}",
        key=key,
        branch=branch,
        push=push,
        dry_run=dry_run,
        as_json=as_json,
    )
