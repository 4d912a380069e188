"""``--pin``, wherever history is judged."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.storage.pins import require_pin

PinOption = Annotated[
    str | None, typer.Option("--pin", metavar="PIN", help="Else $REGISTRY_PIN, else the one kept here.")
]


def checked_pin(pin: str | None) -> str | None:
    """The pin, if it can be one."""
    return require_pin(pin) if pin is not None else None
