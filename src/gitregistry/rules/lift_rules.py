"""Rules for lifts when they are recorded. Whether one still counts is for ``holds.py``."""

from __future__ import annotations

from collections.abc import Iterator

from gitregistry.records.lift import Lift
from gitregistry.registry.opening import Broken
from gitregistry.rules.common import (
    check_file_name,
    check_follows,
    check_place,
    check_registry_id,
    check_time,
    subject_release,
)
from gitregistry.rules.findings import Finding
from gitregistry.rules.holds import require_lifter
from gitregistry.rules.step import Case


def check_lift(case: Case[Lift]) -> Iterator[Finding]:
    """A lift comes from a person who operates there, about a rollback that left the release."""
    record = case.record
    yield from check_registry_id(case)
    yield from check_place(case)
    yield from check_file_name(case, f"{record.environment}-{record.created_by}")
    yield from check_time(case)
    release, findings = subject_release(case, record.model_name, record.version, record.release_digest)
    yield from findings
    yield from _check_rollback(case)
    if release is None:
        return
    yield from check_follows(case, release)
    try:
        require_lifter(case.law, case.opened, release, case.step.time)
    except Broken as fault:
        if fault.code != "registry-id":
            yield case.broken(fault)


def _check_rollback(case: Case[Lift]) -> Iterator[Finding]:
    """Rule ``hold``: there is such a rollback, and it left this release."""
    record = case.record
    tip = case.step.chain(record.model_name, record.environment)
    links = tip.backwards() if tip is not None else ()
    found = next((link for link in links if link.opened.digest == record.rollback), None)
    if found is None or not found.leaves(record.release_digest):
        yield case.finding(
            "hold",
            f"no rollback {record.rollback} left {record.model_name}:{record.version} in "
            f"{record.environment}",
            case.step.way_out or f"registry show {record.model_name}:{record.version}",
        )
    else:
        yield from check_follows(case, found.opened)
