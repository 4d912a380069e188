"""What a promoter claims in an emergency, and the part of the alias record that tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gitregistry.operations.present import Present
from gitregistry.records.alias import Emergency
from gitregistry.registry.moments import after
from gitregistry.rules.emergencies import AUTHORISED, rules_for
from gitregistry.rules.findings import Requirement


class Claim(NamedTuple):
    """That a promotion cannot wait: for which incident, and why."""

    incident: str
    reason: str


def emergency_of(
    present: Present, environment: str, claim: Claim, requirements: Sequence[Requirement]
) -> Emergency:
    """What the policy in force makes of a claim. Where it allows none, the judge says so."""
    rules = rules_for(present.law.policy.record, environment)
    due = after(present.now, rules.review_within) if rules is not None else None
    answering = [item.by[0].signer for item in requirements if item.name == AUTHORISED and item.met]
    return Emergency(
        incident=claim.incident,
        reason=claim.reason,
        authorised_by=answering[0] if answering else present.principal,
        review_due_at=due or present.now,
        skipped=tuple(item.name for item in requirements if item.skipped is not None),
    )
