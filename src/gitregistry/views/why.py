"""Why: each requirement of the promotion that put a release where it is, with the record that met it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gitregistry.records.line import Line
from gitregistry.registry.chains import Link
from gitregistry.registry.emergencies import EmergencyMade
from gitregistry.rules.findings import Requirement
from gitregistry.views.blocks import Block, Facts, Text, View
from gitregistry.views.emergency import (
    emergency_document,
    emergency_facts,
    review_document,
    review_words,
)
from gitregistry.views.requirements import requirement_blocks, requirement_documents
from gitregistry.views.stops import stop_blocks, stop_documents


class Since(NamedTuple):
    """What happened after a promotion: what became of it if it was an emergency; what is stopped ``now``."""

    made: EmergencyMade | None
    stops: Sequence[Line]
    now: str


def why(
    name: str,
    tip: Link,
    promotion: Link,
    requirements: Sequence[Requirement],
    since: Since,
) -> View:
    """On one screen, why an alias points where it does.

    Args:
        tip: the alias record in force.
        promotion: the record that promoted its release here: the same one, or one before a rollback to it.
        requirements: those of that promotion, evaluated under the law it was judged by.
        since: what became of it.
    """
    made, stops, now = since
    record, promoted = tip.opened.record, promotion.opened.record
    target = record.rollback_target
    document = {
        "alias": name,
        "model_name": record.model_name,
        "environment": record.environment,
        "version": record.version,
        "release_digest": record.release_digest,
        "action": record.action,
        "sequence": record.sequence,
        "by": record.created_by,
        "at": record.created_at,
        "commit": tip.commit,
        "reason": record.reason,
        "promoted_by": promoted.created_by,
        "promoted_at": promoted.created_at,
        "promotion_commit": promotion.commit,
        "policy_version": promoted.policy.version,
        "trust_version": promoted.trust.version,
        "emergency": emergency_document(promoted.emergency),
        "review": review_document(made) if made is not None else None,
        "requirements": requirement_documents(requirements),
        "rollback_target": target.version if target else None,
        "stopped": stop_documents(stops),
    }
    facts = Facts(
        (
            ("points at", f"{record.model_name}:{record.version}"),
            (record.action, f"{record.created_at} by {record.created_by} (sequence {record.sequence})"),
            ("reason", record.reason),
            ("commit", tip.commit),
            (
                "judged under",
                f"policy version {promoted.policy.version}, trust version {promoted.trust.version}",
            ),
            ("goes back to", target.version if target else "nothing: it is the first good release here"),
        ),
        title=name,
    )
    blocks: list[Block] = [*stop_blocks(stops), facts]
    if record.action == "rollback":
        words = f"{record.version} was promoted here {promoted.created_at} by {promoted.created_by}, because:"
        blocks.append(Text(words))
    if promoted.emergency is not None:
        review = review_words(made, now) if made is not None else None
        blocks.append(Facts(emergency_facts(promoted, review)))
    blocks += requirement_blocks(requirements)
    return View(document, tuple(blocks))
