"""A warning beside every answer that history gives about an alias whose file says otherwise."""

from __future__ import annotations

from gitregistry.cli.output import note
from gitregistry.operations.reading import Reading


def warn_if_replayed(reading: Reading, model: str, environment: str) -> None:
    """Say so when the alias file is not the latest record of its chain."""
    words = reading.replayed(model, environment)
    if words is not None:
        note(f"warning: {words}")
