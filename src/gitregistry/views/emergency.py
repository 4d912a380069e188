"""Emergencies: what was skipped, on whose word, and whether somebody reviewed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from gitregistry.records.alias import Alias, Emergency
from gitregistry.registry.emergencies import EmergencyMade
from gitregistry.rules.emergencies import emergency_words, review_command
from gitregistry.rules.findings import Requirement
from gitregistry.rules.step import Law
from gitregistry.views.blocks import Block, Facts, Row, Table, Text, Tone, View
from gitregistry.views.requirements import requirement_blocks, requirement_documents


def emergency_document(emergency: Emergency | None) -> dict[str, Any] | None:
    """With ``incident``, ``reason``, ``authorised_by``, ``review_due_at`` and ``skipped``."""
    if emergency is None:
        return None
    return {
        "incident": emergency.incident,
        "reason": emergency.reason,
        "authorised_by": emergency.authorised_by,
        "review_due_at": emergency.review_due_at,
        "skipped": list(emergency.skipped),
    }


def emergency_facts(alias: Alias, review: str | None = None) -> tuple[tuple[str, str | None], ...]:
    """Pairs for a list of facts; none for an ordinary move. ``review`` says in words what became of that."""
    emergency = alias.emergency
    if emergency is None:
        return ()
    return (
        ("EMERGENCY", f"{emergency.incident}: {emergency.reason}"),
        ("authorised by", emergency.authorised_by),
        ("skipped", ", ".join(emergency.skipped)),
        ("review", review or f"due {emergency.review_due_at}"),
    )


def review_document(found: EmergencyMade) -> dict[str, Any] | None:
    """Who closed it and what they found; None while it is open."""
    if found.review is None:
        return None
    record = found.review.record
    return {
        "outcome": record.outcome,
        "by": record.created_by,
        "at": record.created_at,
        "findings": record.findings,
        "path": found.review.path,
    }


def made_document(found: EmergencyMade) -> dict[str, Any]:
    """One emergency with where it was and its review."""
    record = found.kept.record
    return {
        "model_name": record.model_name,
        "environment": record.environment,
        "version": record.version,
        "sequence": record.sequence,
        "by": record.created_by,
        "at": record.created_at,
        **(emergency_document(found.emergency) or {}),
        "record_digest": found.kept.digest,
        "review": review_document(found),
    }


def review_words(found: EmergencyMade, now: str = "") -> str:
    """``due 2026-05-04T12:00:00Z``, ``OVERDUE since …``, ``justified: carol, …``."""
    if found.review is not None:
        record = found.review.record
        return f"{record.outcome}: {record.created_by}, {record.created_at}"
    due = found.emergency.review_due_at
    return f"OVERDUE since {due}" if due < now else f"due {due}"


def emergency_table(made: Sequence[EmergencyMade]) -> Table:
    """The emergencies of a release."""
    rows = tuple(
        Row(
            (
                item.kept.record.environment,
                item.emergency.incident,
                ", ".join(item.emergency.skipped),
                item.emergency.authorised_by,
                item.kept.record.created_at,
                review_words(item),
            ),
            "dim" if item.review is not None else "warn",
        )
        for item in made
    )
    return Table(
        ("environment", "incident", "skipped", "authorised by", "when", "review"), rows, "Emergencies"
    )


class ReviewsDue(NamedTuple):
    """The emergencies that wait for their review ``now``, and the law that says who may close them."""

    law: Law
    waiting: tuple[EmergencyMade, ...]
    now: str

    @property
    def documents(self) -> list[dict[str, Any]]:
        """Each with ``overdue`` and the ``hint`` that closes it."""
        return [
            {
                **made_document(item),
                "overdue": item.emergency.review_due_at < self.now,
                "hint": review_command(self.law, item),
            }
            for item in self.waiting
        ]

    @property
    def blocks(self) -> list[Block]:
        """Each in a line, and the command that closes it."""
        return [
            Text(
                f"review {review_words(item, self.now)}: {emergency_words(item)} went without "
                f"{', '.join(item.emergency.skipped)}\n     → {review_command(self.law, item)}",
                _tone(item, self.now),
            )
            for item in self.waiting
        ]


def _tone(item: EmergencyMade, now: str) -> Tone:
    return "bad" if item.emergency.review_due_at < now else "warn"


def to_review(found: EmergencyMade, now: Sequence[Requirement]) -> View:
    """What a reviewer sees first: the emergency, and how what it skipped stands now."""
    record = found.kept.record
    facts = Facts(
        (
            ("promoted", f"{record.model_name}:{record.version}, {record.created_at} by {record.created_by}"),
            *emergency_facts(record),
        ),
        title=f"{record.model_name}@{record.environment}, sequence {record.sequence}",
    )
    blocks: list[Block] = [facts, Text("What it skipped, as it stands now:")]
    blocks += requirement_blocks(now)
    document = {**made_document(found), "now": requirement_documents(now)}
    return View(document, tuple(blocks))
