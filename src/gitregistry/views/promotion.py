"""What ``promote`` and ``rollback`` answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gitregistry.records.alias import Alias
from gitregistry.rules.findings import Decision, Finding
from gitregistry.views.blocks import Block, Facts, Text, View
from gitregistry.views.requirements import (
    finding_blocks,
    finding_documents,
    requirement_blocks,
    requirement_documents,
)


def promoted(
    subject: str,
    commit: str | None,
    decision: Decision,
    alias: Alias,
    word: str = "promoted",
    attempts: int = 1,
) -> View:
    """A step that was lawful; ``commit`` is None after a dry run, ``alias`` is the new record."""
    emergency: dict[str, Any] | None = None
    facts: Iterable[tuple[str, str | None]] = ()
    if alias.emergency is not None:
        from gitregistry.views.emergency import emergency_document, emergency_facts  # noqa: PLC0415 - few are

        emergency, facts = emergency_document(alias.emergency), emergency_facts(alias)
    document = {
        "decision": word,
        "commit": commit,
        "dry_run": commit is None,
        "attempts": attempts,
        "model_name": alias.model_name,
        "environment": alias.environment,
        "version": alias.version,
        "sequence": alias.sequence,
        "emergency": emergency,
        "requirements": requirement_documents(decision.requirements),
    }
    blocks: list[Block] = requirement_blocks(decision.requirements)
    blocks.append(Text(verdict(subject, commit, attempts), "good"))
    name = f"{alias.model_name}@{alias.environment}"
    points = "would point at" if commit is None else "points at"
    back = (
        alias.rollback_target.version if alias.rollback_target else "nothing: there is no other good release"
    )
    pairs = (
        (points, f"{alias.model_name}:{alias.version}"),
        ("goes back to", back),
        ("commit", commit),
        *facts,
    )
    blocks.append(Facts(pairs, title=name))
    if alias.emergency is not None:
        review = f"registry review {alias.model_name} --in {alias.environment} --outcome justified --note '…'"
        blocks.append(Text(f"Another person reviews it by then, and closes it: {review}", "warn"))
    if alias.action == "rollback":
        blocks.append(
            Text(f"Serving does not move by this: registry status shows what serves {name}.", "dim")
        )
    return View(document, tuple(blocks))


def verdict(subject: str, commit: str | None, attempts: int) -> str:
    """What came of it in one line; that it was judged more than once is said, because it took longer."""
    if commit is None:
        return f"{subject}: lawful; nothing was written (dry run)"
    others = f" (judged {attempts} times: others were faster)" if attempts > 1 else ""
    return f"{subject}: done{others}"


def refused(subject: str, decision: Decision) -> View:
    """A step that was not: every requirement, met and unmet, and what would meet the unmet ones."""
    names = {item.name for item in decision.requirements if item.stops}
    other = [finding for finding in decision.findings if not restates(finding, names)]
    document = {
        "decision": "refused",
        "commit": None,
        "requirements": requirement_documents(decision.requirements),
        "findings": finding_documents(decision.findings),
    }
    blocks: list[Block] = [
        Text(f"REFUSED: {subject}. Nothing was written.", "bad"),
        *requirement_blocks(decision.requirements),
        *finding_blocks(other),
    ]
    return View(document, tuple(blocks))


def restates(finding: Finding, names: set[str]) -> bool:
    """Whether a finding only says again what the requirement's own line says."""
    return finding.message.partition(":")[0] in names
