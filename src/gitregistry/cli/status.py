"""``registry status``."""

from __future__ import annotations

import typer

from gitregistry.cli.output import show
from gitregistry.cli.session_read import AtOption, BranchOption, JsonOption, now_text
from gitregistry.operations.reading import places, read_at
from gitregistry.operations.stops import stops
from gitregistry.operations.workspace import Workspace
from gitregistry.views.status import status as status_view

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def status(
    ctx: typer.Context, branch: BranchOption = None, at: AtOption = None, as_json: JsonOption = False
) -> None:
    """Compare what should be live with what the deployment records say is live."""
    with Workspace(ctx.obj, branch) as workspace:
        reading = read_at(workspace, at, now_text())
        name = reading.law.trust.record.name
        found = list(places(reading))
        show(status_view(name, reading.commit, found, stops(reading)), as_json=as_json)
