"""The options that every reading verb takes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from gitregistry.registry.moments import moment_text

BranchOption = Annotated[
    str | None,
    typer.Option("--branch", metavar="NAME", help="The registry's branch; else the one checked out."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
AtOption = Annotated[
    str | None, typer.Option("--at", metavar="REV|DATE", help="The registry as it stood then.")
]


def now_text() -> str:
    """This machine's clock, as records write time."""
    return moment_text(datetime.now(UTC))
