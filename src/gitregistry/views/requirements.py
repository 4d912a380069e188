"""Requirements, met and unmet, as every command shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitregistry.records import names
from gitregistry.rules.findings import Finding, Requirement, Support
from gitregistry.views.blocks import Block, Text, short


def requirement_documents(requirements: Sequence[Requirement]) -> list[dict[str, Any]]:
    """Each with ``name``, ``met``, ``skipped``, ``by``, ``reason`` and ``hint``."""
    return [
        {
            "name": item.name,
            "met": item.met,
            "skipped": item.skipped,
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


def requirement_blocks(requirements: Sequence[Requirement]) -> list[Block]:
    """Each requirement: met, with every record that met it; or unmet, with why and the command that would.

    One that an emergency skipped is unmet, and says so.
    """
    return [
        _met(item) if item.met else _unmet(item) if item.stops else _skipped(item) for item in requirements
    ]


def _met(item: Requirement) -> Text:
    lines = []
    for support in item.by:
        value = support.measured or "met"
        bound = f" ({support.bound})" if support.bound else ""
        record = f"{support.path.rsplit('/', 1)[-1]}  {short(support.digest)}"
        lines.append(f"✓  {item.name}  {value}{bound}")
        lines.append(f"     {support.signer}  {support.time}  {record}")
    return Text("\n".join(lines), "good")


def _skipped(item: Requirement) -> Text:
    return Text(f"!  {item.name}  SKIPPED for {item.skipped}: {item.reason}", "warn")


def _unmet(item: Requirement) -> Text:
    hint = f"\n     → {item.hint}" if item.hint else ""
    return Text(f"✗  {item.name}  {item.reason}{hint}", "bad")


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
    """Each finding as a short paragraph: rule and place, what is wrong, what to do; then where to read on."""
    blocks: list[Block] = []
    for finding in findings:
        place = names.plain_or_shown(finding.path) + (f":{finding.line}" if finding.line else "")
        where = f"{finding.commit[:12]} {place}" if finding.commit else place
        text = f"[{finding.rule}] {where}\n  {finding.message}"
        if finding.hint:
            text += f"\n  mend: {finding.hint}"
        blocks.append(Text(text, "bad"))
    if blocks:
        blocks.append(Text("registry rule CODE explains each", "dim"))
    return blocks
