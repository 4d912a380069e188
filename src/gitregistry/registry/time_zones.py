"""Time zones by their IANA names, from the package ``tzdata`` alone.

Whatever rules a machine has of its own, all who judge with one version of that package judge alike.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo


@cache
def zone_names() -> frozenset[str]:
    """Every name that there is; nothing else is ever looked for as a file."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())


@cache
def zone_of(name: str) -> ZoneInfo | None:
    """The zone of a name; None when there is none."""
    if name not in zone_names():
        return None
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as stream:
        return ZoneInfo.from_file(stream, key=name)
