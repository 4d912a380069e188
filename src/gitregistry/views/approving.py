"""What is approved, shown before it is signed: what changes, what was measured, what others said."""

from __future__ import annotations

from typing import Any, NamedTuple

from gitregistry.rules.approving import Grounds, Opinion
from gitregistry.views.blocks import Block, Facts, Row, Table, Text, Tone, View
from gitregistry.views.comparison import field_documents, field_table
from gitregistry.views.requirements import requirement_blocks, requirement_documents


class Signing(NamedTuple):
    """What the person is about to put their name to."""

    decision: str
    by: str
    role: str
    policy_version: int
    note: str | None
    expires_at: str | None
    incident: str | None = None


def approving(grounds: Grounds, signing: Signing) -> View:
    """Everything a person should have seen who decides on a release for one environment."""
    name = f"{grounds.release.record.model_name}:{grounds.release.record.version}"
    document = {
        "release": name,
        "environment": grounds.environment,
        "ended": grounds.ended,
        "live": grounds.live,
        "fields": field_documents(grounds.fields or ()),
        "requirements": requirement_documents(grounds.requirements),
        "decisions": [_opinion(item) for item in grounds.opinions],
        "signs": {
            "decision": signing.decision,
            "incident": signing.incident,
            "by": signing.by,
            "role": signing.role,
            "policy_version": signing.policy_version,
            "evidence": len(grounds.reviewed),
            "note": signing.note,
            "expires_at": signing.expires_at,
            "max_age": grounds.lasting.get(signing.role),
        },
    }
    blocks: list[Block] = [_release(grounds, name), _changes(grounds, name)]
    if grounds.ended is not None:
        blocks.insert(1, Text(f"Nothing promotes it any more: {grounds.ended}", "bad"))
    blocks.append(Text(f"What {grounds.environment} asks for:"))
    blocks += requirement_blocks(grounds.requirements)
    blocks += [_opinions(grounds), _signing(grounds, signing, name)]
    return View(document, tuple(blocks))


def _release(grounds: Grounds, name: str) -> Facts:
    record = grounds.release.record
    pairs = (
        ("registered", f"{record.created_at} by {record.created_by}"),
        ("artifact", record.artifact_uri),
        ("artifact digest", record.artifact_digest),
        ("code", record.git_commit),
        ("data", record.dataset_snapshot),
        ("notes", record.release_notes),
    )
    return Facts(pairs, f"{name}, to be decided on for {grounds.environment}")


def _decision(signing: Signing, name: str, grounds: Grounds) -> str:
    if signing.incident is None:
        return f"{signing.decision} {name} for {grounds.environment}"
    skipped = [item.name for item in grounds.requirements if not item.met and item.name in grounds.may_skip]
    without = f", which goes without {', '.join(skipped)}" if skipped else ""
    where = f"{name} to {grounds.environment}"
    return f"authorise an EMERGENCY promotion of {where} for {signing.incident}{without}"


def _changes(grounds: Grounds, name: str) -> Block:
    where = grounds.environment
    if grounds.live is None:
        return Text(f"Nothing is live in {where} yet, so there is nothing to compare it with.", "warn")
    live = f"{grounds.release.record.model_name}:{grounds.live}"
    if live == name:
        return Text(f"It is what {where} points at now.", "warn")
    if grounds.fields is None:
        return Text(f"{live} is live in {where}, and its manifest cannot be used: registry verify", "bad")
    return field_table(live, name, grounds.fields, f"What changes against {live}, live in {where}")


def _opinion(item: Opinion) -> dict[str, Any]:
    record = item.opened.record
    return {
        "by": record.created_by,
        "role": record.role,
        "decision": record.decision,
        "at": record.created_at,
        "note": record.note,
        "expires_at": record.expires_at,
        "counts": item.counts,
        "worth": item.worth,
    }


def _opinions(grounds: Grounds) -> Table:
    rows = []
    for item in grounds.opinions:
        record = item.opened.record
        cells = (record.created_by, record.role, record.decision, record.created_at, item.worth)
        tone: Tone = "good" if item.counts else "bad" if record.decision == "reject" else "dim"
        rows.append(Row((*cells, record.note or ""), tone))
    columns = ("who", "role", "decision", "when", "worth", "note")
    return Table(columns, tuple(rows), f"What was said of it for {grounds.environment}", "nothing yet")


def _signing(grounds: Grounds, signing: Signing, name: str) -> Facts:
    lasts = grounds.lasting.get(signing.role)
    until = signing.expires_at or "never by itself"
    if lasts:
        until += f"; the policy lets it count for {lasts}"
    pairs = (
        ("decision", _decision(signing, name, grounds)),
        ("as", f"{signing.by}, {signing.role}"),
        ("under", f"policy version {signing.policy_version}"),
        ("evidence seen", str(len(grounds.reviewed))),
        ("note", signing.note),
        ("expires", until),
    )
    return Facts(pairs, "What you sign")
