"""What a record measured, against what its check asks: the bounds, and the slices that must be there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gitregistry.records.evidence import Evidence, Measurement
from gitregistry.records.policy import Check
from gitregistry.registry.opening import Opened
from gitregistry.rules.bounds import bound_words, number, range_words, where_words
from gitregistry.rules.findings import Support
from gitregistry.rules.shelf import Doubt


def values_of(record: Evidence, check: Check) -> list[Measurement]:
    """The values that a check is about, in every slice."""
    if not record.measurements:
        return []
    return [item for item in record.measurements if item.name == check.measurement]


def fault_in(record: Evidence, check: Check) -> Doubt | None:
    """Why evidence refuses: only *passed*, with all that is asked for and within bounds, satisfies."""
    if check.type != "measurement" and record.result == "passed":
        return None
    values = values_of(record, check)
    outside = next((fault for item in values if (fault := out_of_bounds(item, check))), None)
    if record.result != "passed":
        why = f": {outside}" if outside else ""
        return Doubt("requirement", f"its result is {record.result}{why}")
    if outside:
        return Doubt("requirement", outside)
    missing = _missing(values, check)
    return Doubt("evidence", f"no data: {missing}") if missing else None


def support(found: Opened[Evidence], check: Check, bound: str | None = None) -> Support:
    """The record with what it measured, and what it was held against."""
    record = found.record
    measured = values_words(values_of(record, check), check)
    if bound is None and check.type == "measurement":
        bound = bound_words(check)
    return Support(
        found.path,
        found.digest,
        record.created_by,
        record.created_at,
        measured=measured or record.result,
        bound=bound,
    )


def values_words(values: Iterable[Measurement], check: Check) -> str:
    """``error_rate = 0.004 ratio in age_band=18-25``."""
    return ", ".join(
        f"{item.name} = {number(item.value, item.unit or check.unit)}{where_words(item.slice)}"
        for item in values
    )


def _missing(values: Sequence[Measurement], check: Check) -> str | None:
    """What was not measured; None when all that must be there is."""
    if not values:
        return f"it has no measurement {check.measurement}"
    if check.every_slice_of is None:
        if all(item.slice for item in values):
            return f"it has {check.measurement} for slices only, not for the whole"
        return None
    given = {name for item in values if (name := name_in(check.every_slice_of, item.slice))}
    if not given:
        return f"it has {check.measurement} for no {check.every_slice_of}"
    missing = [f"{check.every_slice_of}={name}" for name in check.slices if name not in given]
    return f"it has no {check.measurement} for {', '.join(missing)}" if missing else None


def name_in(dimension: str, given: str | None) -> str | None:
    """``18-25`` of ``age_band=18-25`` when asked for ``age_band``; None for a slice of anything else."""
    found, _, name = (given or "").partition("=")
    return name if found == dimension and name else None


def out_of_bounds(item: Measurement, check: Check) -> str | None:
    """Why a value does not lie within a check's bounds, in words; None when it does."""
    if check.unit is not None and item.unit != check.unit:
        given = f"in {item.unit}" if item.unit else "without a unit"
        return f"{item.name} is given {given}, the policy asks for {check.unit}"
    over = check.max is not None and item.value > check.max
    under = check.min is not None and item.value < check.min
    if over or under:
        value = number(item.value, item.unit or check.unit)
        return f"{item.name} = {value}{where_words(item.slice)}, the policy asks for {range_words(check)}"
    return None
