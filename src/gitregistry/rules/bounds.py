"""What a check holds evidence against, in words."""

from __future__ import annotations

from decimal import Decimal

from gitregistry.records.policy import Check

_SHOWN = 200


def bound_words(check: Check) -> str:
    """``at most 60 ms, in every age_band, no more than 2% above what is live in production``."""
    live = f"{_tolerance_words(check)} what is live in {check.baseline}" if check.baseline is not None else ""
    return ", ".join(filter(None, (own_words(check), live)))


def own_words(check: Check) -> str:
    """The same without what is live; empty where nothing else is asked."""
    parts = [range_words(check)] if check.min is not None or check.max is not None else []
    if check.every_slice_of is not None:
        among = f" ({', '.join(check.slices)} among them)" if check.slices else ""
        parts.append(f"in every {check.every_slice_of}{among}")
    return ", ".join(parts)


def range_words(check: Check) -> str:
    """``at most 60 ms``, ``at least 0.9``, ``0 to 1``; for a check that has one of both."""
    if check.min is not None and check.max is not None:
        return f"{number(check.min, None)} to {number(check.max, check.unit)}"
    if check.max is not None:
        return f"at most {number(check.max, check.unit)}"
    return f"at least {number(check.min or Decimal(0), check.unit)}"


def _tolerance_words(check: Check) -> str:
    """``no more than 0.02 ratio below and 2% above``; a name of the baseline follows."""
    ways = ((check.max_drop, "below"), (check.max_increase, "above"))
    return "no more than " + " and ".join(
        f"{tolerance if tolerance.endswith('%') or not check.unit else f'{tolerance} {check.unit}'} {way}"
        for tolerance, way in ways
        if tolerance is not None
    )


def number(value: Decimal, unit: str | None) -> str:
    """``60 ms``."""
    return f"{value} {unit}" if unit else str(value)


def where_words(given: str | None) -> str:
    """`` in age_band=18-25``; nothing for the whole."""
    return f" in {given}" if given else ""


def shown(text: str) -> str:
    """An expression in one line, as far as there is room."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
