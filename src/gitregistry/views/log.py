"""Log: the promotions and rollbacks of an alias; the steps of a model or of the whole registry."""

from __future__ import annotations

from collections.abc import Sequence

from gitregistry.records.alias import Alias
from gitregistry.registry.answers import LoggedStep
from gitregistry.registry.chains import Link
from gitregistry.views.blocks import Row, Table, View
from gitregistry.views.emergency import emergency_document


def alias_log(name: str, tip: Link | None) -> View:
    """Who moved an alias, when, from where, to where; the latest first."""
    moves = []
    links = list(tip.backwards()) if tip is not None else []
    for link in links:
        record = link.opened.record
        before = link.previous.opened.record.version if link.previous else None
        moves.append(
            {
                "sequence": record.sequence,
                "action": record.action,
                "from": before,
                "to": record.version,
                "by": record.created_by,
                "at": record.created_at,
                "commit": link.commit,
                "reason": record.emergency.reason if record.emergency is not None else record.reason,
                "emergency": emergency_document(record.emergency),
                "record_digest": link.opened.digest,
            }
        )
    rows = tuple(
        Row(
            (
                str(move["sequence"]),
                str(move["action"]),
                f"{move['from'] or '-'} → {move['to']}",
                str(move["by"]),
                str(move["at"]),
                str(move["commit"])[:12],
                _told(link.opened.record),
            ),
            "warn" if link.opened.record.action == "rollback" or link.opened.record.emergency else "plain",
        )
        for move, link in zip(moves, links, strict=True)
    )
    columns = ("#", "action", "from → to", "by", "when", "commit", "reason")
    return View({"alias": name, "moves": moves}, (Table(columns, rows, name, "it never moved"),))


def _told(alias: Alias) -> str:
    """Why it moved; an emergency is named first."""
    if alias.emergency is not None:
        return f"EMERGENCY {alias.emergency.incident}: {alias.emergency.reason}"
    return alias.reason or ""


def step_log(steps: Sequence[LoggedStep]) -> View:
    """Steps, the latest first."""
    documents = [
        {
            "commit": step.commit,
            "at": step.time,
            "author": step.author,
            "subject": step.subject,
            "trailers": dict(step.trailers),
        }
        for step in steps
    ]
    rows = tuple(Row((step.time, step.commit[:12], step.author, step.subject)) for step in steps)
    return View({"steps": documents}, (Table(("when", "commit", "author", "step"), rows, empty="no step"),))
