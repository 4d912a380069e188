"""What ``promote --batch`` answers: each promotion by itself, whether all of them came to pass or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from gitregistry.records.alias import Alias
from gitregistry.rules.findings import Decision, Finding, Requirement
from gitregistry.views.blocks import Block, Row, Table, Text, View
from gitregistry.views.promotion import restates, verdict
from gitregistry.views.requirements import (
    finding_blocks,
    finding_documents,
    requirement_blocks,
    requirement_documents,
)


class _One(NamedTuple):
    """One promotion of the batch with what the judge said of it."""

    alias: Alias
    requirements: list[Requirement]
    findings: list[Finding]

    @property
    def document(self) -> dict[str, Any]:
        return {
            "model_name": self.alias.model_name,
            "environment": self.alias.environment,
            "version": self.alias.version,
            "sequence": self.alias.sequence,
            "lawful": not self.findings,
            "requirements": requirement_documents(self.requirements),
            "findings": finding_documents(self.findings),
        }

    @property
    def words(self) -> str:
        return f"{self.alias.model_name}:{self.alias.version} to {self.alias.environment}"


def batch_promoted(
    subject: str, commit: str | None, decision: Decision, aliases: Mapping[str, Alias], attempts: int
) -> View:
    """A batch that was lawful; ``commit`` is None after a dry run, ``aliases`` are its records by path."""
    document = {
        "decision": "promoted",
        "commit": commit,
        "dry_run": commit is None,
        "attempts": attempts,
        "promotions": [one.document for one in _apart(decision, aliases)[0]],
        "findings": [],
    }
    rows = (
        Row((f"{alias.model_name}@{alias.environment}", alias.version, str(alias.sequence), _back(alias)))
        for alias in aliases.values()
    )
    blocks: list[Block] = [
        Table(("alias", "points at", "sequence", "goes back to"), tuple(rows)),
        Text(verdict(subject, commit, attempts), "good"),
    ]
    if commit is not None:
        blocks.append(Text(f"commit {commit}"))
    return View(document, tuple(blocks))


def batch_refused(subject: str, decision: Decision, aliases: Mapping[str, Alias]) -> View:
    """A batch that was not: what each promotion meets and lacks, and which lack nothing."""
    each, others = _apart(decision, aliases)
    document = {
        "decision": "refused",
        "commit": None,
        "promotions": [one.document for one in each],
        "findings": finding_documents(others),
    }
    blocks: list[Block] = [Text(f"REFUSED: {subject}. Nothing was written.", "bad")]
    for one in each:
        if one.findings:
            blocks.append(Text(f"\n{one.words}:"))
            blocks += requirement_blocks(one.requirements)
            unmet = {item.name for item in one.requirements if not item.met}
            blocks += finding_blocks([finding for finding in one.findings if not restates(finding, unmet)])
    blocks += finding_blocks(others)
    passing = [one.words for one in each if not one.findings]
    if passing and not others:
        words = "\n".join(f"  {name}" for name in passing)
        blocks.append(Text(f"\n{len(passing)} of {len(each)} would have passed without the rest:\n{words}"))
    elif not others:
        blocks.append(Text("\nNone of them would have passed by itself."))
    return View(document, tuple(blocks))


def _apart(decision: Decision, aliases: Mapping[str, Alias]) -> tuple[list[_One], list[Finding]]:
    """The decision promotion by promotion, and the findings that are about none of them."""
    each = {path: _One(alias, [], []) for path, alias in aliases.items()}
    others = []
    for requirement in decision.requirements:
        each[requirement.path].requirements.append(requirement)
    for finding in decision.findings:
        one = each.get(finding.path)
        if one is None:
            others.append(finding)
        else:
            one.findings.append(finding)
    return list(each.values()), others


def _back(alias: Alias) -> str:
    return alias.rollback_target.version if alias.rollback_target else "nothing"
