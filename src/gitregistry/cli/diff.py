"""``registry diff``."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.output import show
from gitregistry.cli.replay_note import warn_if_replayed
from gitregistry.cli.session_read import AtOption, BranchOption, JsonOption, now_text
from gitregistry.operations.reading import read_at, release_of
from gitregistry.operations.references import AliasName, parse_reference
from gitregistry.operations.workspace import Workspace
from gitregistry.registry.comparison import compare
from gitregistry.views.comparison import comparison

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def diff(
    ctx: typer.Context,
    before: Annotated[str, typer.Argument(metavar="A", help="MODEL:VERSION or MODEL@ALIAS.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The same.")],
    branch: BranchOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two releases: every field of the manifests that differs, and all evaluated values."""
    named = [parse_reference(before), parse_reference(after)]
    with Workspace(ctx.obj, branch) as workspace:
        reading = read_at(workspace, at, now_text())
        old, new = (release_of(reading, name).record for name in named)
        for name in named:
            if isinstance(name, AliasName):
                warn_if_replayed(reading, name.model, name.environment)
        names = (f"{old.model_name}:{old.version}", f"{new.model_name}:{new.version}")
        show(comparison(*names, compare(old, new)), as_json=as_json)
