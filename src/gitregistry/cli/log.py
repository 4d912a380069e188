"""``registry log``."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.output import show
from gitregistry.cli.replay_note import warn_if_replayed
from gitregistry.cli.session_read import AtOption, BranchOption, JsonOption, now_text
from gitregistry.errors import BadInput
from gitregistry.operations.reading import read_at, require_tip, steps
from gitregistry.operations.references import AliasName, parse_model, parse_reference
from gitregistry.operations.workspace import Workspace
from gitregistry.records.names import shown
from gitregistry.views.log import alias_log, step_log

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def log(
    ctx: typer.Context,
    reference: Annotated[
        str | None, typer.Argument(metavar="[REF]", help="MODEL@ALIAS, MODEL, or nothing for all steps.")
    ] = None,
    most: Annotated[int, typer.Option("-n", metavar="N", min=1, help="At most this many steps.")] = 100,
    branch: BranchOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show who moved an alias, when, from where and to where; or the steps of a model or of the registry."""
    with Workspace(ctx.obj, branch) as workspace:
        reading = read_at(workspace, at, now_text())
        if reference is not None and "@" in reference:
            name = parse_reference(reference)
            if isinstance(name, AliasName):
                tip = require_tip(reading, name.model, name.environment)
                warn_if_replayed(reading, name.model, name.environment)
                show(alias_log(str(name), tip), as_json=as_json)
                return
        if reference is not None and ":" in reference:
            raise BadInput(
                f"{shown(reference)} is a release; a log is that of an alias or of a model",
                hint=f"registry log {reference.partition(':')[0]}; registry show {reference}",
            )
        model = parse_model(reference) if reference is not None else None
        show(step_log(steps(reading, model, most)), as_json=as_json)
