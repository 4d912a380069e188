"""What a pusher reads when the registry's branch does not take a push."""

from __future__ import annotations

from collections.abc import Sequence

from gitregistry.records import names
from gitregistry.rules.findings import Finding


def push_lines(branch: str, findings: Sequence[Finding], unknown: str | None, note: str | None) -> list[str]:
    """Plain lines, each of which stays one line whatever names and messages hold; none when all is well."""
    lines = []
    if findings:
        many = f"{len(findings)} findings" if len(findings) > 1 else "1 finding"
        lines.append(f"registry: refused, {many} on {_line(branch)}")
        for finding in findings:
            place = names.plain_or_shown(finding.path) + (f":{finding.line}" if finding.line else "")
            commit = f"{finding.commit[:12]} " if finding.commit else ""
            lines += [f"[{finding.rule}] {commit}{place}", f"  {_line(finding.message)}"]
            if finding.hint:
                lines.append(f"  mend: {_line(finding.hint)}")
    if unknown:
        lines.append(f"registry: refused, since it cannot be told: {_line(unknown)}")
    if note and not findings and not unknown:
        lines.append(f"registry: note: {_line(note)}")
    return lines


def _line(text: str) -> str:
    return " ".join(text.splitlines())
