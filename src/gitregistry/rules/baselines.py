"""A candidate's measurements against those of the release that is live: slice by slice, exactly.

The live release's evidence counts by the same rules as the candidate's, at the same moment: a key that was
revoked, evidence that is too old, a failure that stands are no baseline. Doubt is against passing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from typing import NamedTuple

from gitregistry.records.evidence import Evidence, Measurement
from gitregistry.records.policy import Check
from gitregistry.records.tolerance import difference, tolerance_of
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.releases import find_release
from gitregistry.rules.bounds import number, own_words, where_words
from gitregistry.rules.commands import attest_command
from gitregistry.rules.filed_evidence import filed_for
from gitregistry.rules.findings import Requirement
from gitregistry.rules.measured import support, values_of
from gitregistry.rules.shelf import Doubt, Shelf

_VERIFY = "registry verify names the step"


class Fault(NamedTuple):
    """Why nothing can be compared, or not well enough, and the command that would change it."""

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
        words = "; ".join(filter(None, (own_words(check), f"no release is live in {environment}")))
        return Requirement(name, True, tuple(support(found, check, words) for found in standing))
    fault = no_baseline(name, check, live, environment)
    by = tuple(support(found, check) for found in standing)
    if fault is None:
        own, there = {found.digest for found in standing}, filed_for(name, check, live).standing
        by += tuple(
            support(found, check, f"live in {environment}") for found in there if found.digest not in own
        )
        base = _by_slice([item for found in there for item in values_of(found.record, check)])
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


def no_baseline(name: str, check: Check, live: Shelf, environment: str) -> Fault | None:
    """Why the evidence of the release that is live there is nothing to compare with, if it is not.

    It counts and passed; whether it lies within the candidate's bounds is not asked of it.
    """
    filed = filed_for(name, check, live)
    if filed.unreadable is not None:
        return Fault(filed.unreadable.rule, filed.unreadable.words, filed.unreadable.hint or _VERIFY)
    what = check.measurement or name
    why = next((doubt.words for doubt in reversed(filed.doubts) if doubt is not None), "there is none")
    decisive = (*filed.refusing, *filed.standing)
    for found in decisive:
        record = found.record
        if record.result != "passed":
            why = f"its result is {record.result} ({found.path})"
        elif check.measurement is not None and not values_of(record, check):
            why = f"no {what} was measured ({found.path})"
        else:
            continue
        break
    else:
        if decisive:
            return None
    words = f"{live.reference}, live in {environment}, has no usable {what} to compare with: {why}"
    return Fault("evidence", words, attest_command(name, check, live.reference))


def compared_evidence(shelf: Shelf) -> list[str]:
    """The digests of all evidence of the releases that the policy's checks compare this one with."""
    environments = set()
    for check in shelf.law.policy.record.checks.values():
        if check.baseline is not None:
            environments.add(check.baseline)
        elif check.expression is not None and "incumbent" in check.expression:
            environments.add(shelf.environment)
    lives = (live_shelf(shelf, environment) for environment in sorted(environments))
    return [found.digest for live in lives if isinstance(live, Shelf) for found in live.evidence]


def _by_slice(values: Iterable[Measurement]) -> dict[str | None, list[Measurement]]:
    """The least and the greatest value in each slice and unit: what lies between decides nothing."""
    ends: dict[tuple[str | None, str | None], tuple[Measurement, Measurement]] = {}
    for item in values:
        least, greatest = ends.get((item.slice, item.unit), (item, item))
        least = item if item.value < least.value else least
        greatest = item if item.value > greatest.value else greatest
        ends[item.slice, item.unit] = least, greatest
    found: dict[str | None, list[Measurement]] = {}
    for (given, _), pair in ends.items():
        found.setdefault(given, []).extend(pair)
    return found


def _fault(
    name: str,
    check: Check,
    found: Opened[Evidence],
    base: Mapping[str | None, Sequence[Measurement]],
    shelves: tuple[Shelf, Shelf],
) -> Fault | None:
    """Why one of the candidate's records does not compare well enough, if it does not."""
    candidate, live = shelves
    values = _by_slice(values_of(found.record, check))
    who = f"{live.reference}, live in {check.baseline}"
    for lacking, missing, other in (
        (candidate, base.keys() - values.keys(), who),
        (live, values.keys() - base.keys(), candidate.reference),
    ):
        if missing:
            named = ", ".join(sorted(given or "the whole" for given in missing))
            words = f"no data: {lacking.reference} has no {check.measurement} for {named}, which {other} has"
            asked = sorted(base.keys() | values.keys(), key=lambda given: given or "")
            hint = attest_command(name, check, lacking.reference, asked)
            return Fault("evidence", f"{words} ({found.path})", hint)
    for given, items in values.items():
        for item, other_item in product(items, base[given]):
            words = next(_too_far(item, other_item, check), "")
            if words:
                words = f"{words} {number(other_item.value, other_item.unit)} of {who} ({found.path})"
                return Fault("requirement", words, attest_command(name, check, candidate.reference))
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
