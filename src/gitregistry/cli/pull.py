"""``registry pull``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gitregistry.cli.output import show
from gitregistry.cli.progress import progress_bar
from gitregistry.cli.session_read import AtOption, BranchOption, JsonOption
from gitregistry.operations.pull import pull as deliver
from gitregistry.operations.workspace import Workspace
from gitregistry.views.pull import pulled

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def pull(
    ctx: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="REF", help="MODEL@ALIAS or MODEL:VERSION.")],
    target: Annotated[
        Path, typer.Argument(metavar="DEST", help="Where it is to lie; a single file may go into a folder.")
    ],
    cache: Annotated[
        Path | None,
        typer.Option(
            "--cache",
            metavar="DIR",
            envvar="REGISTRY_CACHE",
            help="Keep a copy of what comes in this folder, and take from it what is there.",
        ),
    ] = None,
    branch: BranchOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch the artifact, hashing it as it comes; nothing is left at DEST unless every byte is right.

    A pull that was broken off goes on where it was when the same command is given again.
    """
    with Workspace(ctx.obj, branch) as workspace, progress_bar("pulling") as on_progress:
        done = deliver(workspace, reference, target, at=at, cache=cache, on_progress=on_progress)
    record, delivered = done.release.record, done.delivered
    show(
        pulled(record, done.release.digest, done.commit, delivered.place, delivered.fetched_bytes),
        as_json=as_json,
    )
