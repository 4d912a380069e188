"""``registry mirror``: what the registry says, told to others who keep aliases of their own."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from gitregistry.cli.fleet import ModelsOption
from gitregistry.cli.output import show
from gitregistry.cli.session_read import BranchOption, JsonOption
from gitregistry.operations.pointings import pointings
from gitregistry.operations.workspace import Workspace
from gitregistry.views.mirror import How, differing, failed, mirror_view

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Tell others what environments point at.",
)


@app.callback()
def mirror() -> None:
    """Tell others what environments point at: one way, from the registry to them."""


@app.command()
def mlflow(
    ctx: typer.Context,
    tracking_uri: Annotated[
        str | None,
        typer.Option("--tracking-uri", metavar="URI", help="MLflow's server; else $MLFLOW_TRACKING_URI."),
    ] = None,
    models: ModelsOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; end with 1 when anything differs.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
    known_only: Annotated[
        bool, typer.Option("--known-only", help="Leave out releases that did not come from MLflow.")
    ] = False,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set the aliases of registered models in MLflow to what the registry's environments point at.

    The same again changes nothing. Each model stands for itself: ends with 1 when one could not be told,
    although others were.
    """
    from gitregistry.integrations.mlflow import tracking_server  # noqa: PLC0415 - help needs no network
    from gitregistry.integrations.mlflow_mirror import mirror as mirrored  # noqa: PLC0415 - as above
    from gitregistry.integrations.mlflow_rest import Client  # noqa: PLC0415 - as above

    server = tracking_server(tracking_uri, os.environ)
    how: How = "check" if check else "dry-run" if dry_run else "write"
    with Workspace(ctx.obj, branch) as workspace:
        found = pointings(workspace, models or [])
        told = list(mirrored(Client(server), found, write=how == "write", known_only=known_only))
    show(mirror_view(told, server.address, found.commit, how), as_json=as_json)
    if failed(told) or (check and differing(told)):
        raise typer.Exit(1)
