"""``--pin``, wherever history is judged."""

from __future__ import annotations

from typing import Annotated

import typer

from gitregistry.errors import BadInput

PinOption = Annotated[
    str | None, typer.Option("--pin", metavar="PIN", help="Else $REGISTRY_PIN, else the one kept here.")
]


def checked_pin(pin: str | None) -> str | None:
    """The pin, if it can be one."""
    digits = (pin or "").removeprefix("sha256:")
    if pin is not None and (len(digits) != 64 or not pin.startswith("sha256:")):
        raise BadInput(f"{pin!r} is not a pin", hint="a pin looks like sha256: and 64 hex digits")
    return pin
