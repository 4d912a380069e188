"""``registry rule``."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.cli.output import show
from gitregistry.cli.session_read import JsonOption
from gitregistry.views.rules import rule_view, rules_view

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def rule(
    code: Annotated[
        str | None, typer.Argument(metavar="[CODE]", help="As findings name it; else all are listed.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a rule demands, why there is one, what breaks it, and what mends it."""
    show(rules_view() if code is None else rule_view(code), as_json=as_json)
