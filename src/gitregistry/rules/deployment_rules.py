"""Rules for deployment records: a chain kept by operators, whose traffic adds up."""

from __future__ import annotations

from collections.abc import Iterator

from gitregistry.records.deployment import Deployment
from gitregistry.registry.opening import Broken
from gitregistry.registry.trust import OPERATOR
from gitregistry.rules.common import (
    check_follows,
    check_place,
    check_registry_id,
    check_time,
    subject_release,
)
from gitregistry.rules.findings import Finding
from gitregistry.rules.step import Case


def check_deployment(case: Case[Deployment]) -> Iterator[Finding]:
    """What serves is said by an operator, about releases that exist; it need not be what should serve."""
    record = case.record
    yield from check_registry_id(case)
    yield from check_place(case)
    yield from check_time(case)
    yield from _check_order(case)
    yield from _check_traffic(case)
    for binding in record.bindings:
        _, findings = subject_release(case, record.model_name, binding.version, binding.release_digest)
        yield from findings
    try:
        case.law.trust.authorise(
            case.opened, [OPERATOR], case.step.time, record.model_name, record.environment
        )
    except Broken as fault:
        yield case.broken(fault)


def _check_order(case: Case[Deployment]) -> Iterator[Finding]:
    try:
        before = (
            case.step.before.open(Deployment, "deployment", case.opened.path) if case.step.before else None
        )
    except Broken as fault:
        yield case.finding("sequence", f"the record that it replaces cannot be used: {fault.message}")
        return
    sequence, digest = (before.record.sequence, before.digest) if before else (0, None)
    if case.record.sequence <= sequence:
        yield case.finding("replay", f"sequence {case.record.sequence} was put back over sequence {sequence}")
    elif (case.record.sequence, case.record.previous) != (sequence + 1, digest):
        yield case.finding("sequence", f"sequence {sequence + 1} that follows {digest} must come next")
    elif before is not None:
        yield from check_follows(case, before)


def _check_traffic(case: Case[Deployment]) -> Iterator[Finding]:
    counted = [binding for binding in case.record.bindings if binding.mode != "shadow"]
    total = sum(binding.traffic_percent for binding in counted)
    if counted and total != 100:
        yield case.finding("traffic", f"live, canary and ab traffic sums to {total}, not to 100")
    revisions = [binding.revision for binding in case.record.bindings]
    for revision in sorted({name for name in revisions if revisions.count(name) > 1}):
        yield case.finding("traffic", f"revision {revision} stands twice")
