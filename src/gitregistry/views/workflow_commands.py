"""Findings as the workflow commands that GitHub's runners show beside the file.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions. A runner takes any line that
begins with ``::`` for a command, so nothing that a record says may begin a line here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitregistry.records import names
from gitregistry.rules.findings import Finding

_DATA = {ord("%"): "%25", ord("\r"): "%0D", ord("\n"): "%0A"}
_PROPERTY = {**_DATA, ord(":"): "%3A", ord(","): "%2C"}


def workflow_lines(
    facts: dict[str, Any],
    findings: Sequence[Finding],
    mended: Sequence[tuple[Finding, str]] = (),
    unknown: str | None = None,
) -> list[str]:
    """One line a finding, one an emergency, and one for the verdict; arguments as for ``verdict_view``."""
    lines = [_line("error", finding, _words(finding)) for finding in findings]
    lines += [_line("notice", finding, f"mended by {commit[:12]}") for finding, commit in mended]
    if facts.get("emergencies"):
        from gitregistry.views.emergencies_listed import emergency_notes  # noqa: PLC0415 - most have none

        lines += [_line("notice", note, _words(note)) for note in emergency_notes(facts["emergencies"])]
    if facts.get("outside"):
        level = "error" if facts["verdict"] == "fail" else "warning"
        lines.append(_verdict(level, f"{facts['outside']} more findings lie on other steps"))
    if facts["verdict"] == "unknown":
        lines.append(_verdict("error", f"cannot tell: {unknown}"))
    else:
        lines.append(_verdict("notice" if facts["verdict"] == "pass" else "error", facts["verdict"]))
    return lines


def _words(finding: Finding) -> str:
    place = f"{finding.commit[:12]}: " if finding.commit else ""
    mend = f"\nmend: {finding.hint}" if finding.hint else ""
    return f"{place}{finding.message}{mend}"


def _line(level: str, finding: Finding, words: str) -> str:
    properties = [f"file={_property(names.plain_or_shown(finding.path))}"]
    if finding.line is not None:
        properties.append(f"line={finding.line}")
    properties.append(f"title={_property(finding.rule)}")
    return f"::{level} {','.join(properties)}::{_data(words)}"


def _verdict(level: str, words: str) -> str:
    return f"::{level} title=registry verify::{_data(words)}"


def _data(text: str) -> str:
    return text.translate(_DATA)


def _property(text: str) -> str:
    return text.translate(_PROPERTY)
