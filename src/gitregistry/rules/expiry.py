"""Which of the records that a promotion rests on will soon count no more, though nobody takes them back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

from gitregistry.records.approval import Approval
from gitregistry.records.evidence import Evidence
from gitregistry.registry.moments import duration_of, moment_of, moment_text
from gitregistry.registry.opening import Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.rules.findings import Requirement
from gitregistry.rules.requirements import is_filed_as
from gitregistry.rules.step import Law

Reason = Literal["expires_at", "valid_until", "max_age"]


class Ending(NamedTuple):
    """One record that counts for a requirement, when it stops to, and which field says so."""

    requirement: str
    kind: Literal["approval", "evidence"]
    path: str
    signer: str
    ends: str
    because: Reason


class Expiring(NamedTuple):
    """A record that will soon count no more, for a release on its way to an environment."""

    model: str
    version: str
    environment: str
    ending: Ending


def endings(
    law: Law, snapshot: Snapshot, requirements: Sequence[Requirement], now: str, within: timedelta
) -> Iterator[Ending]:
    """What the requirements rest on at ``now`` and no longer will within a while."""
    checks = law.policy.record.checks
    for item in requirements:
        check = checks.get(item.name)
        age = check.max_age if check is not None else None
        for support in item.by:
            found: Opened[Approval] | Opened[Evidence] | None = None
            if is_filed_as(support, "approvals"):
                found = snapshot.open(Approval, "approval", support.path)
            elif item.met and is_filed_as(support, "evidence"):  # what fails it is no loss
                found = snapshot.open(Evidence, "evidence", support.path)
            ends = _first_end(found.record, age, now, within) if found is not None else None
            if found is not None and ends is not None:
                yield Ending(item.name, found.record.kind, support.path, support.signer, *ends)


def _first_end(
    record: Approval | Evidence, max_age: str | None, now: str, within: timedelta
) -> tuple[str, Reason] | None:
    """The earliest of its ends that lies ahead and not too far."""
    here = moment_of(now)
    left: list[tuple[timedelta, Reason]] = []
    since = record.created_at
    if isinstance(record, Evidence):
        since = record.observed.end if record.observed else since
        if record.valid_until is not None:
            left.append((moment_of(record.valid_until) - here, "valid_until"))
    elif record.expires_at is not None:
        left.append((moment_of(record.expires_at) - here, "expires_at"))
    if max_age is not None:
        left.append((duration_of(max_age) - (here - moment_of(since)), "max_age"))
    ahead = [end for end in left if timedelta(0) <= end[0] <= within]
    if not ahead:
        return None
    # Only then: a moment that lies far ahead may not fit into the calendar.
    first, because = min(ahead)
    return moment_text(here + first), because
