"""Measurements that programs give: how many there may be, and that each is told apart from the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gitregistry.errors import BadInput
from gitregistry.records.evidence import Measurement
from gitregistry.records.names import shown

MAX_MEASUREMENTS: Final = 1000


def require_distinct(measurements: Sequence[Measurement], name: str, hint: str) -> None:
    """Raise BadInput when there are too many measurements, or two that nothing tells apart.

    Args:
        name: what gave them, named in faults.
        hint: how two are told apart there.
    """
    if len(measurements) > MAX_MEASUREMENTS:
        raise BadInput(
            f"gives {len(measurements):,} measurements; evidence has at most {MAX_MEASUREMENTS:,}",
            path=name,
            hint="choose those that a bound is on",
        )
    seen: set[tuple[str, str | None]] = set()
    for item in measurements:
        if (item.name, item.slice) in seen:
            where = f" in {shown(item.slice)}" if item.slice is not None else ""
            raise BadInput(f"gives {shown(item.name)}{where} twice", path=name, hint=hint)
        seen.add((item.name, item.slice))
