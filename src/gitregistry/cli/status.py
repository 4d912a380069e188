"""``registry status``."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.output import show
from gitregistry.cli.session_read import AtOption, BranchOption, JsonOption, now_text
from gitregistry.operations.artifact_looks import artifacts_of
from gitregistry.operations.expiring import expiring_soon
from gitregistry.operations.reading import places, read_at
from gitregistry.operations.review import waiting
from gitregistry.operations.stops import stops
from gitregistry.operations.workspace import Workspace
from gitregistry.registry.moments import parse_duration
from gitregistry.views.emergency import ReviewsDue
from gitregistry.views.status import Status
from gitregistry.views.status import status as status_view

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def status(
    ctx: typer.Context,
    expiring: Annotated[
        str, typer.Option("--expiring", metavar="TIME", help="How far to look ahead, such as 24h or 7d.")
    ] = "3d",
    branch: BranchOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare what should be live with what the deployment records say is live.

    Then list the reviews that emergencies wait for, and what releases on their way rest on and will soon
    count no more: approvals and evidence.
    """
    within = parse_duration(expiring)
    with Workspace(ctx.obj, branch) as workspace:
        reading = read_at(workspace, at, now_text())
        served = list(places(reading))
        name = reading.law.trust.record.name
        found = Status(
            name,
            reading.commit,
            served,
            list(expiring_soon(reading, within)),
            ReviewsDue(reading.law, tuple(waiting(reading)), reading.time),
            stops(reading),
            artifacts_of(reading, served),
        )
        show(status_view(found, expiring), as_json=as_json)
