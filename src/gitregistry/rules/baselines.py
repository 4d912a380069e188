"""A candidate's measurements against those of the release that is live: slice by slice, exactly.

The live release's evidence counts by the same rules as the candidate's, at the same moment: a key that was
revoked, evidence that is too old, a failure that stands are no baseline. Doubt is against passing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from gitregistry.records.evidence import Evidence, Measurement
from gitregistry.records.policy import Check
from gitregistry.records.tolerance import difference, tolerance_of
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.releases import find_release
from gitregistry.rules.bounds import number, range_words, where_words
from gitregistry.rules.commands import attest_command
from gitregistry.rules.filed_evidence import Filed, filed_for
from gitregistry.rules.findings import Requirement
from gitregistry.rules.measured import support, values_of
from gitregistry.rules.shelf import Doubt, Shelf

_VERIFY = "registry verify names the step"


class _Fault(NamedTuple):
    rule: str
    words: str
    hint: str


def compared(name: str, check: Check, shelf: Shelf, standing: Sequence[Opened[Evidence]]) -> Requirement:
    """Evaluate a check with a baseline for a candidate whose own evidence is in order.

    Args:
        standing: the candidate's evidence that decides.
    """
    environment = check.baseline or ""
    live = live_shelf(shelf, environment)
    if isinstance(live, Doubt):
        return Requirement(name, False, reason=live.words, hint=_VERIFY, rule=live.rule)
    if live is None:
        bounded = [range_words(check)] if check.min is not None or check.max is not None else []
        words = "; ".join([*bounded, f"no release is live in {environment}"])
        return Requirement(name, True, tuple(support(found, check, words) for found in standing))
    filed = filed_for(name, check, live)
    fault = _no_baseline(name, check, live, filed)
    by = tuple(support(found, check) for found in standing)
    if fault is None:
        there = f"live in {environment}"
        by = (*by, *(support(found, check, there) for found in filed.standing))
        base = [item for found in filed.standing for item in values_of(found.record, check)]
        faults = (_fault(name, check, found, base, (shelf, live)) for found in standing)
        fault = next((found for found in faults if found is not None), None)
    if fault is not None:
        return Requirement(name, False, by, reason=fault.words, hint=fault.hint, rule=fault.rule)
    return Requirement(name, True, by)


def live_shelf(shelf: Shelf, environment: str) -> Shelf | Doubt | None:
    """All that was filed for the release an environment points at; None when it points at none."""
    model = shelf.release.record.model_name
    tip = shelf.chain(model, environment)
    if tip is None:
        return None
    version = tip.opened.record.version
    try:
        release = find_release(shelf.snapshot, model, version)
    except Broken as broken:
        return Doubt(broken.code, f"{version}, live in {environment}, cannot be used: {broken.message}")
    if release is None or release.digest != tip.opened.record.release_digest:
        return Doubt("release", f"{version}, live in {environment}, is not what was promoted there")
    return shelf.beside(release)


def _no_baseline(name: str, check: Check, live: Shelf, filed: Filed) -> _Fault | None:
    """Why the live release's evidence is nothing to compare with."""
    who = f"{live.reference}, live in {check.baseline},"
    hint = attest_command(name, check, live.reference)
    if filed.unreadable is not None:
        return _Fault(filed.unreadable.rule, filed.unreadable.words, _VERIFY)
    for found in (*filed.refusing, *filed.standing):
        record = found.record
        if record.result != "passed":
            words = f"{who} has no usable {check.measurement}: its result is {record.result} ({found.path})"
            return _Fault("evidence", words, hint)
        if not values_of(record, check):
            return _Fault("evidence", f"{who} has no {check.measurement} ({found.path})", hint)
    if filed.standing:
        return None
    doubt = next((doubt for doubt in reversed(filed.doubts) if doubt is not None), None)
    why = f": {doubt.words}" if doubt is not None else ""
    return _Fault("evidence", f"{who} has no usable {check.measurement} to compare with{why}", hint)


def _fault(
    name: str,
    check: Check,
    found: Opened[Evidence],
    base: Sequence[Measurement],
    shelves: tuple[Shelf, Shelf],
) -> _Fault | None:
    """Why one of the candidate's records does not compare well enough, if it does not."""
    candidate, live = shelves
    values = values_of(found.record, check)
    here, there = {item.slice for item in values}, {item.slice for item in base}
    who = f"{live.reference}, live in {check.baseline}"
    for missing, lacking, other in (
        (there - here, candidate, who),
        (here - there, live, candidate.reference),
    ):
        if missing:
            named = ", ".join(sorted(given or "the whole" for given in missing))
            words = (
                f"no data: {lacking.reference} has no {check.measurement} for {named}, which {other} "
                f"has ({found.path})"
            )
            asked = sorted(here | there, key=lambda given: given or "")
            return _Fault("evidence", words, attest_command(name, check, lacking.reference, asked))
    for item in values:
        for other_item in base:
            if item.slice == other_item.slice:
                words = next(_too_far(item, other_item, check), "")
                if words:
                    words = f"{words} {number(other_item.value, other_item.unit)} of {who} ({found.path})"
                    return _Fault("requirement", words, attest_command(name, check, candidate.reference))
    return None


def _too_far(item: Measurement, base: Measurement, check: Check) -> Iterator[str]:
    """What is wrong of two values of one slice; the baseline's value and its release follow the words."""
    value = f"{item.name} = {number(item.value, item.unit)}{where_words(item.slice)}"
    if item.unit != base.unit:
        yield f"{value} is not in the same unit as the"
        return
    fell = difference(base.value, item.value)
    ways = (
        ("below", check.max_drop, fell),
        ("above", check.max_increase, difference(item.value, base.value)),
    )
    for way, text, by in ways:
        if text is None:
            continue
        tolerance = tolerance_of(text)
        if tolerance.relative and base.value <= Decimal(0):
            yield f"{value} cannot be compared by {text}, which needs a baseline above zero, with the"
        elif tolerance.is_exceeded(by, base.value):
            allowed = text if tolerance.relative else number(tolerance.amount, check.unit)
            yield f"{value}, more than {allowed} {way} the"
