"""``registry why``."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.output import show
from gitregistry.cli.replay_note import warn_if_replayed
from gitregistry.cli.session_read import AtOption, BranchOption, JsonOption, now_text
from gitregistry.errors import BadInput
from gitregistry.operations.reading import grounds, read_at, require_tip
from gitregistry.operations.references import AliasName, parse_reference
from gitregistry.operations.review import made_by
from gitregistry.operations.stops import stops
from gitregistry.operations.workspace import Workspace
from gitregistry.views.why import Since
from gitregistry.views.why import why as why_view

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def why(
    ctx: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="MODEL@ALIAS")],
    branch: BranchOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show each requirement of the promotion behind an alias, with the very record that met it."""
    name = parse_reference(reference)
    if not isinstance(name, AliasName):
        raise BadInput(f"{reference} is no alias", hint=f"registry why {name.model}@production")
    with Workspace(ctx.obj, branch) as workspace:
        reading = read_at(workspace, at, now_text())
        tip = require_tip(reading, name.model, name.environment)
        warn_if_replayed(reading, name.model, name.environment)
        promotion, requirements = grounds(reading, tip)
        since = Since(made_by(reading, promotion), stops(reading, name.model), reading.time)
        view = why_view(str(name), tip, promotion, requirements, since)
        show(view, as_json=as_json)
