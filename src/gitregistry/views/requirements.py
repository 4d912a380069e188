"""Requirements, met and unmet, as every command shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitregistry.rules.findings import Finding, Requirement, Support
from gitregistry.views.blocks import Block, Row, Table, Text, short


def requirement_documents(requirements: Sequence[Requirement]) -> list[dict[str, Any]]:
    """Each with ``name``, ``met``, ``by``, ``reason`` and ``hint``."""
    return [
        {
            "name": item.name,
            "met": item.met,
            "by": [_support(support) for support in item.by],
            "reason": item.reason,
            "hint": item.hint,
        }
        for item in requirements
    ]


def _support(support: Support) -> dict[str, Any]:
    return {
        "path": support.path,
        "digest": support.digest,
        "signer": support.signer,
        "time": support.time,
        "measured": support.measured,
        "bound": support.bound,
    }


def requirement_table(requirements: Sequence[Requirement], title: str) -> Table:
    """One line a record that met a requirement; one line for a requirement that is not met."""
    rows = []
    for item in requirements:
        if not item.met:
            rows.append(Row(("✗", item.name, item.reason or "", "", ""), "bad"))
            continue
        for support in item.by:
            value = support.measured or ""
            if support.bound:
                value += f" ({support.bound})"
            record = f"{support.path.rsplit('/', 1)[-1]} {short(support.digest)}"
            rows.append(Row(("✓", item.name, value, f"{support.signer} {support.time}", record), "good"))
    return Table(("", "requirement", "value", "signed by", "record"), tuple(rows), title)


def unmet_hints(requirements: Sequence[Requirement]) -> list[Block]:
    """For each unmet requirement, the command that would meet it."""
    unmet = [item for item in requirements if not item.met and item.hint]
    if not unmet:
        return []
    lines = "\n".join(f"  {item.hint}" for item in unmet)
    return [Text(f"To meet what is missing:\n{lines}")]


def finding_documents(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Each with ``rule``, ``commit``, ``path``, ``line``, ``message`` and ``hint``."""
    return [
        {
            "rule": finding.rule,
            "commit": finding.commit,
            "path": finding.path,
            "line": finding.line,
            "message": finding.message,
            "hint": finding.hint,
        }
        for finding in findings
    ]


def finding_blocks(findings: Sequence[Finding]) -> list[Block]:
    """Each finding as a short paragraph: rule and place, what is wrong, what to do."""
    blocks: list[Block] = []
    for finding in findings:
        place = finding.path + (f":{finding.line}" if finding.line else "")
        where = f"{finding.commit[:12]} {place}" if finding.commit else place
        text = f"[{finding.rule}] {where}\n  {finding.message}"
        if finding.hint:
            text += f"\n  mend: {finding.hint}"
        blocks.append(Text(text, "bad"))
    return blocks
