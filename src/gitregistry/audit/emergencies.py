"""The emergency promotions of a history, and what became of each, as a replay comes upon them.

What was skipped on somebody's word is lawful, and told whatever the verdict. A review is told only when the
step that brought it was lawful, and as long as its record lies where it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from gitregistry.records.alias import Alias
from gitregistry.records.review import Review
from gitregistry.registry.opening import Opened


class ReviewAt(NamedTuple):
    """The review that closed an emergency, and the commit that brought it.

    ``promotion`` is the digest of the alias record that it is of.
    """

    commit: str
    path: str
    promotion: str
    outcome: str
    by: str
    at: str
    findings: str


class EmergencyAt(NamedTuple):
    """One emergency promotion, and the commit that made it; ``record_digest`` is that of its alias record."""

    commit: str
    record_digest: str
    model_name: str
    environment: str
    version: str
    sequence: int
    by: str
    at: str
    incident: str
    reason: str
    authorised_by: str
    review_due_at: str
    skipped: tuple[str, ...]
    review: ReviewAt | None = None

    @classmethod
    def read(cls, values: Sequence[Any]) -> EmergencyAt:
        """From what JSON made of it."""
        *single, skipped, review = values
        return cls._make((*single, tuple(skipped), ReviewAt._make(review) if review is not None else None))


class ReviewGone(NamedTuple):
    """The record of a review was taken away."""

    path: str


class Told(NamedTuple):
    """What a step had to do with emergencies, and the step's place in history."""

    position: int
    what: EmergencyAt | ReviewAt | ReviewGone


def emergency_at(opened: Opened[Alias], commit: str) -> EmergencyAt | None:
    """The emergency that an alias record is of; None for an ordinary move."""
    record, emergency = opened.record, opened.record.emergency
    if emergency is None:
        return None
    return EmergencyAt(
        commit,
        opened.digest,
        record.model_name,
        record.environment,
        record.version,
        record.sequence,
        record.created_by,
        record.created_at,
        emergency.incident,
        emergency.reason,
        emergency.authorised_by,
        emergency.review_due_at,
        emergency.skipped,
    )


def review_at(opened: Opened[Review], commit: str) -> ReviewAt:
    """A review as a lawful step brought it."""
    record = opened.record
    return ReviewAt(
        commit,
        opened.path,
        record.promotion,
        record.outcome,
        record.created_by,
        record.created_at,
        record.findings,
    )


def emergencies_told(before: Iterable[EmergencyAt], told: Iterable[Told]) -> tuple[EmergencyAt, ...]:
    """All emergencies in order of history: those of an earlier replay, and what was told since."""
    found = {item.record_digest: item for item in before}
    for _, what in sorted(told, key=lambda item: item.position):
        if isinstance(what, EmergencyAt):
            found.setdefault(what.record_digest, what)
        elif isinstance(what, ReviewGone):
            for item in found.values():
                if item.review is not None and item.review.path == what.path:
                    found[item.record_digest] = item._replace(review=None)
        elif what.promotion in found and found[what.promotion].review is None:
            found[what.promotion] = found[what.promotion]._replace(review=what)
    return tuple(found.values())
