"""The emergency promotions of a history, as ``verify`` lists them in every format: lawful, but to be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitregistry.audit.emergencies import EmergencyAt
from gitregistry.records import paths
from gitregistry.rules.emergencies import review_line
from gitregistry.rules.findings import Finding
from gitregistry.views.blocks import Block, Text


def emergency_documents(found: Sequence[EmergencyAt], now: str) -> list[dict[str, Any]]:
    """Each with what was skipped and on whose word, and its ``review``; null while it waits.

    ``overdue`` says whether it waits too long by now, ``hint`` is what closes it.
    """
    return [
        {
            **item._asdict(),
            "skipped": list(item.skipped),
            "review": _review(item),
            "overdue": item.review is None and item.review_due_at < now,
            "hint": review_line(item.model_name, item.environment, item.sequence)
            if item.review is None
            else None,
        }
        for item in found
    ]


def emergency_blocks(documents: Sequence[Mapping[str, Any]]) -> list[Block]:
    """A paragraph for each of ``emergency_documents``."""
    return [Text(_paragraph(item), "bad" if item["overdue"] else "warn") for item in documents]


def emergency_notes(documents: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """The same for formats that know findings alone. They are none: no verdict counts them."""
    for item in documents:
        path = paths.emergency(item["model_name"], item["environment"], item["sequence"])
        words = f"{_what(item)}\n{_by(item)}\n{_without(item)}\n{_review_words(item)}"
        yield Finding("emergency", path, words, item["hint"], commit=item["commit"])


def _review(item: EmergencyAt) -> dict[str, Any] | None:
    if item.review is None:
        return None
    document = item.review._asdict()
    del document["promotion"]  # which is the emergency's own digest
    return document


def _paragraph(item: Mapping[str, Any]) -> str:
    hint = f"\n     → {item['hint']}" if item["hint"] else ""
    return (
        f"[emergency] {item['commit'][:12]} {_what(item)}\n"
        f"  {_by(item)}\n  {_without(item)}\n  {_review_words(item)}{hint}"
    )


def _what(item: Mapping[str, Any]) -> str:
    name = f"{item['model_name']}:{item['version']}"
    return f"{name} to {item['environment']} for {item['incident']}: {_line(item['reason'])}"


def _by(item: Mapping[str, Any]) -> str:
    return f"promoted by {item['by']}, {item['at']}, authorised by {item['authorised_by']}"


def _without(item: Mapping[str, Any]) -> str:
    return f"went without {', '.join(item['skipped']) or 'nothing'}"


def _review_words(item: Mapping[str, Any]) -> str:
    review = item["review"]
    if review is not None:
        return f"reviewed by {review['by']}, {review['at']}: {review['outcome']}, {_line(review['findings'])}"
    return f"review {'OVERDUE since' if item['overdue'] else 'due'} {item['review_due_at']}"


def _line(prose: str) -> str:
    """What a person wrote, on one line: no line of it is taken for one of ours."""
    return " ".join(prose.split())
