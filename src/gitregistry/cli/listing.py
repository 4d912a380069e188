"""``registry list``."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.output import show
from gitregistry.cli.session_read import AtOption, BranchOption, JsonOption, now_text
from gitregistry.operations.reading import read_at, releases
from gitregistry.operations.references import parse_model
from gitregistry.operations.workspace import Workspace
from gitregistry.views.show import show_list

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("list")
def list_releases(
    ctx: typer.Context,
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]")] = None,
    branch: BranchOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """List releases, of one model or of all, with their derived states and the aliases that point at them."""
    with Workspace(ctx.obj, branch) as workspace:
        reading = read_at(workspace, at, now_text())
        rows, broken = releases(reading, parse_model(model) if model else None)
        show(show_list(rows, broken), as_json=as_json)
