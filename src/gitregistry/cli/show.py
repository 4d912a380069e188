"""``registry show``."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.output import show as print_view
from gitregistry.cli.replay_note import warn_if_replayed
from gitregistry.cli.session_read import AtOption, BranchOption, JsonOption, now_text
from gitregistry.operations.reading import read_at, release_of, releases
from gitregistry.operations.references import AliasName, parse_model, parse_reference
from gitregistry.operations.stops import rolled_back, stops
from gitregistry.operations.workspace import Workspace
from gitregistry.views.show import show_list, show_release

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def show(
    ctx: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="REF", help="MODEL:VERSION, MODEL@ALIAS or MODEL.")],
    branch: BranchOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one release: its derived state, artifact, lineage, evidence and approvals."""
    with Workspace(ctx.obj, branch) as workspace:
        reading = read_at(workspace, at, now_text())
        if ":" not in reference and "@" not in reference:
            print_view(show_list(*releases(reading, parse_model(reference))), as_json=as_json)
            return
        name = parse_reference(reference)
        release = release_of(reading, name)
        if isinstance(name, AliasName):
            warn_if_replayed(reading, name.model, name.environment)
        view = show_release(
            reading.snapshot,
            release,
            reading.standing(release),
            rolled_back(reading, release),
            stops(reading, name.model),
        )
        print_view(view, as_json=as_json)
