"""``registry status``."""

from __future__ import annotations

import typer

from gitregistry.cli.output import show
from gitregistry.cli.session_read import AtOption, BranchOption, JsonOption, now_text
from gitregistry.operations.reading import places, read_at
from gitregistry.operations.review import waiting
from gitregistry.operations.workspace import Workspace
from gitregistry.views.emergency import ReviewsDue
from gitregistry.views.status import status as status_view

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def status(
    ctx: typer.Context, branch: BranchOption = None, at: AtOption = None, as_json: JsonOption = False
) -> None:
    """Compare what should be live with what the deployment records say is live; list reviews that are due."""
    with Workspace(ctx.obj, branch) as workspace:
        reading = read_at(workspace, at, now_text())
        name = reading.law.trust.record.name
        there = list(places(reading))
        reviews = ReviewsDue(reading.law, tuple(waiting(reading)), reading.time)
        show(status_view(name, reading.commit, there, reviews), as_json=as_json)
