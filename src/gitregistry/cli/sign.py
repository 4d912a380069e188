"""``registry sign``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gitregistry.cli.awaiting import answer
from gitregistry.cli.session import KeyOption, actor
from gitregistry.cli.session_read import BranchOption, JsonOption
from gitregistry.operations.cosign import chained_path, sign_file
from gitregistry.operations.workspace import Workspace

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def sign(
    ctx: typer.Context,
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="registry/policy.yaml or registry/trust.yaml.")
    ],
    key: KeyOption = None,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add your signature to the policy or trust in the work tree; once enough have signed, it is committed.

    Version, previous, time and author are filled in by the first to sign; comments stay as they are.
    """
    with Workspace(ctx.obj, branch) as workspace:
        outcome = sign_file(workspace, actor(workspace, key), chained_path(path))
    answer(outcome, as_json=as_json)
