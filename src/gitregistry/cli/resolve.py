"""``registry resolve``: stands in serving start scripts, so it imports as little as it can."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.output import print_json
from gitregistry.cli.session_read import AtOption, BranchOption, JsonOption
from gitregistry.operations.resolve import resolve_reference
from gitregistry.operations.workspace import Workspace
from gitregistry.views.resolve import resolved

app = typer.Typer(rich_markup_mode=None)


@app.command()
def resolve(
    ctx: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="REF", help="MODEL@ALIAS or MODEL:VERSION.")],
    branch: BranchOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the artifact's uri. Signature, trust and binding of the records on the way are checked."""
    with Workspace(ctx.obj, branch) as workspace:
        release, alias, commit = resolve_reference(workspace, reference, at)
    document = resolved(release, alias, commit)
    if as_json:
        print_json(document)
    else:
        typer.echo(document["artifact_uri"])
