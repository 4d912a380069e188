"""The check ``expression``: the evidence it is over counts, and what it says of that evidence is true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from gitregistry.records.evidence import Evidence
from gitregistry.records.policy import Check
from gitregistry.records.release import Release
from gitregistry.registry.opening import Opened
from gitregistry.rules.baselines import live_shelf, no_baseline
from gitregistry.rules.bounds import shown
from gitregistry.rules.cel import is_true
from gitregistry.rules.commands import attest_command
from gitregistry.rules.evidence_requirements import evidence_requirement
from gitregistry.rules.expression_text import ExpressionFault, Extent, extent_of
from gitregistry.rules.filed_evidence import filed_for
from gitregistry.rules.findings import Requirement, Support
from gitregistry.rules.measured import support
from gitregistry.rules.shelf import Doubt, Shelf

# Words times rounds times values: one to two seconds at the most.
MOST_COST = 100_000_000
MOST_ROUNDS = 10_000  # where the library itself stops


class _Read(NamedTuple):
    """What an expression is given of one release and the records that it comes from; or why it gets none."""

    values: dict[str, Any]
    by: tuple[Support, ...] = ()
    unmet: Requirement | None = None


def expression_requirement(name: str, check: Check, shelf: Shelf) -> Requirement:
    """Evaluate a check of the type ``expression``.

    Raises:
        CannotTell: the library that reads CEL is not installed here.
    """
    text = check.expression or ""
    try:
        extent = extent_of(text)
        own = _candidate(name, check, shelf)
        if own.unmet is not None:
            return own.unmet
        live = _incumbent(name, check, shelf) if "incumbent" in extent.names else None
        if live is not None and live.unmet is not None:
            return live.unmet._replace(by=own.by)
        by = tuple(dict.fromkeys(own.by + (live.by if live is not None else ())))
        values = {**own.values, "incumbent": live.values if live is not None else None}
        _limit(extent, values)
        true = is_true(text, values)
    except ExpressionFault as fault:
        return _unmet(name, check, shelf, f"it cannot be judged: {fault.message}")
    if not true:
        return _unmet(name, check, shelf, f"it is not true: {shown(text)}")._replace(by=by)
    return Requirement(name, True, tuple(record._replace(bound=shown(text)) for record in by))


def _candidate(name: str, check: Check, shelf: Shelf) -> _Read:
    """The release, and the evidence for each check that the expression is over; each of them must be met.

    So no failure can ever make an expression true by taking something out of its sight.
    """
    checks = shelf.law.policy.record.checks
    by: list[Support] = []
    for over in check.over:
        found = evidence_requirement(over, checks[over], shelf)
        if not found.met:
            return _Read({}, unmet=found._replace(name=name, reason=f"{over}: {found.reason}"))
        by += found.by
    return _Read(_values(check, shelf), tuple(by))


def _incumbent(name: str, check: Check, shelf: Shelf) -> _Read | None:
    """The same of what is live in the baseline's environment; None when nothing is."""
    environment = check.baseline or shelf.environment
    live = live_shelf(shelf, environment)
    if live is None:
        return None
    if isinstance(live, Doubt):
        hint = "registry verify names the step"
        return _Read({}, unmet=Requirement(name, False, reason=live.words, hint=hint, rule=live.rule))
    by: list[Support] = []
    for over in check.over:
        asked = shelf.law.policy.record.checks[over]
        fault = no_baseline(over, asked, live, environment)
        if fault is not None:
            unmet = Requirement(name, False, reason=fault.words, hint=fault.hint, rule=fault.rule)
            return _Read({}, unmet=unmet)
        by += (support(found, asked) for found in filed_for(over, asked, live).standing)
    return _Read(_values(check, live), tuple(by))


def _values(check: Check, shelf: Shelf) -> dict[str, Any]:
    checks = shelf.law.policy.record.checks
    evidence = {over: _measured(over, filed_for(over, checks[over], shelf).standing) for over in check.over}
    return {"release": _release(shelf.release.record), "evidence": evidence}


def _release(release: Release) -> dict[str, Any]:
    return {
        "model_name": release.model_name,
        "version": release.version,
        "created_at": release.created_at,
        "created_by": release.created_by,
        "artifact_format": release.artifact_format,
        "artifact_size_bytes": release.artifact_size_bytes,
        "dataset_snapshot": release.dataset_snapshot,
        "feature_set_version": release.feature_set_version,
        "license": release.license,
        "risk_tier": release.risk_tier,
        "labels": {
            name: _double(value, f"the label {name}") if isinstance(value, Decimal) else value
            for name, value in release.labels.items()
        },
    }


def _measured(check: str, standing: Sequence[Opened[Evidence]]) -> dict[str, Any]:
    """``values`` of the whole, ``slices`` of parts, and ``units``, all by the measurement's name."""
    values: dict[str, float] = {}
    slices: dict[str, dict[str, float]] = {}
    units: dict[str, str] = {}
    for found in standing:
        for item in found.record.measurements:
            target, key = (
                (values, item.name) if item.slice is None else (slices.setdefault(item.name, {}), item.slice)
            )
            what = f"{item.name} of {check}"
            _set(target, key, _double(item.value, what), what)
            _set(units, item.name, item.unit or "", what)
    return {"values": values, "slices": slices, "units": units}


def _set(target: dict[str, Any], key: str, value: Any, what: str) -> None:
    if target.setdefault(key, value) != value:
        raise ExpressionFault(f"{what} stands there twice, as {target[key]} and as {value}")


def _double(value: Decimal, what: str) -> float:
    """The double that reads back as the same number; any other would be compared as what it is not."""
    double = float(value)
    if Decimal(repr(double)) != value:
        raise ExpressionFault(f"{what} is {value}, which CEL's numbers cannot hold exactly")
    return double


def _limit(extent: Extent, values: Mapping[str, Any]) -> None:
    """Bound what it can cost, by count: no clock may decide what others must find again."""
    number, largest = _size(values)
    rounds = extent.loops * max(largest, extent.longest) ** extent.nested
    if rounds > MOST_ROUNDS:
        raise ExpressionFault(f"its loops could go round {rounds} times; {MOST_ROUNDS} is the most")
    cost = extent.words * max(rounds, 1) * number
    if cost > MOST_COST:
        words = f"{extent.words} words, {rounds} rounds, {number} values"
        raise ExpressionFault(f"it could cost {cost} steps ({words}); {MOST_COST} is the most")


def _size(value: Any) -> tuple[int, int]:
    """How many values there are in all, a text counted by its length, and how many the largest map has."""
    if not isinstance(value, dict):
        return 1 + (len(value) // 16 if isinstance(value, str) else 0), 1
    inner = [_size(item) for item in value.values()]
    keys = sum(1 + len(key) // 16 for key in value)
    return keys + sum(number for number, _ in inner), max([len(value), *(largest for _, largest in inner)])


def _unmet(name: str, check: Check, shelf: Shelf, reason: str) -> Requirement:
    over = check.over[0]
    hint = attest_command(over, shelf.law.policy.record.checks[over], shelf.reference)
    return Requirement(name, False, reason=reason, hint=hint)
