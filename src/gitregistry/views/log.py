"""Log: the promotions and rollbacks of an alias; the steps of a model or of the whole registry."""

from __future__ import annotations

from collections.abc import Sequence

from gitregistry.registry.answers import LoggedStep
from gitregistry.registry.chains import Link
from gitregistry.views.blocks import Row, Table, View


def alias_log(name: str, tip: Link | None) -> View:
    """Who moved an alias, when, from where, to where; the latest first."""
    moves = []
    for link in tip.backwards() if tip is not None else ():
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
                "reason": record.reason,
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
                str(move["reason"] or ""),
            ),
            "warn" if move["action"] == "rollback" else "plain",
        )
        for move in moves
    )
    columns = ("#", "action", "from → to", "by", "when", "commit", "reason")
    return View({"alias": name, "moves": moves}, (Table(columns, rows, name, "it never moved"),))


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
