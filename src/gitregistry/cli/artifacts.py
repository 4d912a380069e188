"""``registry artifacts``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from gitregistry.cli.output import show
from gitregistry.cli.progress import progress_bar
from gitregistry.cli.session import now
from gitregistry.cli.session_read import BranchOption, JsonOption, now_text
from gitregistry.errors import BadInput
from gitregistry.operations.artifact_care import examine
from gitregistry.operations.artifact_needs import needed
from gitregistry.operations.artifact_notes import begin_run, end_run
from gitregistry.operations.artifact_waste import waste
from gitregistry.operations.reading import read_at
from gitregistry.operations.workspace import Workspace
from gitregistry.registry.moments import parse_duration
from gitregistry.views.artifacts import examined, wasted

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="See that artifacts are whole where they lie, and what nobody needs.",
)


@app.command()
def verify(
    ctx: typer.Context,
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", help="One model; else all.")] = None,
    live: Annotated[bool, typer.Option("--live", help="Only what an environment serves.")] = False,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read artifacts again from where they lie, and compare every byte's digest.

    When each was last seen whole is kept in this clone, and shown by `registry status`. A run that was broken
    off goes on within a day when the same command is given again. Ends with 1 when one is missing or holds
    other bytes, with 5 when one could not be read.
    """
    with Workspace(ctx.obj, branch) as workspace:
        reading = read_at(workspace, None, now_text())
        wanted = needed(reading, model, live=live)
        scope = f"{reading.law.trust.record.registry_id} {model or '*'} {'live' if live else 'all'}"
        since = begin_run(workspace.repository, os.environ, scope, reading.time)
        with progress_bar("reading artifacts") as on_progress:
            found = examine(reading, wanted, since, on_progress)
        end_run(workspace.repository, os.environ)
    show(examined(found, since), as_json=as_json)
    verdicts = {item.verdict for item in found}
    if verdicts & {"missing", "other"}:
        raise typer.Exit(1)
    if "unknown" in verdicts:
        raise typer.Exit(5)


@app.command()
def gc(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="URI", help="Where to look, and all below it.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List only; must be given, for nothing else is done.")
    ] = False,
    older_than: Annotated[
        str,
        typer.Option("--older-than", metavar="TIME", help="Leave out what is younger, such as 24h or 7d."),
    ] = "7d",
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what lies under an address and no release names. Nothing is ever removed.

    Removing is left to the store's own tools. Releases on other branches are not known here.
    """
    if not dry_run:
        raise BadInput(
            "nothing is removed by this command: that is left to the store's own tools",
            hint=f"registry artifacts gc {address} --dry-run",
        )
    age = parse_duration(older_than)
    with Workspace(ctx.obj, branch) as workspace:
        reading = read_at(workspace, None, now_text())
        show(wasted(waste(reading, address, now(), age), address), as_json=as_json)
