"""``registry resolve`` as typer declares it; ``direct.py`` reads its plain command lines faster."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.resolving import answer
from gitregistry.cli.session_read import AtOption, BranchOption, JsonOption

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def resolve(
    ctx: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="REF", help="MODEL@ALIAS or MODEL:VERSION.")],
    branch: BranchOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the artifact's uri. Signature, trust and binding of the records on the way are checked."""
    answer(ctx.obj, reference, branch, at, as_json=as_json)
