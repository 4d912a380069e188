"""Findings as SARIF 2.1.0, which code-scanning tools read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from gitregistry.rules.catalogue import CATALOGUE
from gitregistry.rules.findings import Finding

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_document(
    facts: dict[str, Any],
    findings: Sequence[Finding],
    mended: Sequence[tuple[Finding, str]] = (),
    unknown: str | None = None,
) -> dict[str, Any]:
    """One run with every finding; arguments as for ``verdict_view``.

    A finding that was mended is a note, and so is an emergency promotion, which is no finding. A verdict that
    could not be reached is a failed invocation, so that no reader takes an empty list for a pass.
    """
    invocation: dict[str, Any] = {"executionSuccessful": unknown is None}
    if unknown is not None:
        invocation["toolExecutionNotifications"] = [{"level": "error", "message": {"text": unknown}}]
    results = [_result(finding, "error", {}) for finding in findings]
    results += [_result(finding, "note", {"mended_by": commit}) for finding, commit in mended]
    if facts.get("emergencies"):
        from gitregistry.views.emergencies_listed import emergency_notes  # noqa: PLC0415 - most have none

        results += [_result(note, "note", {}) for note in emergency_notes(facts["emergencies"])]
    run = {
        "tool": {"driver": {"name": "registry", "rules": _rules()}},
        "invocations": [invocation],
        "results": results,
        "columnKind": "unicodeCodePoints",
        "properties": {name: value for name, value in facts.items() if value is not None},
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules() -> list[dict[str, Any]]:
    return [
        {
            "id": code,
            "shortDescription": {"text": page.law},
            "fullDescription": {"text": page.why},
            "help": {
                "text": f"Broken by, for example: {page.example} Mend: {page.mend}",
                "markdown": f"- **Broken by, for example:** {page.example}\n- **Mend:** {page.mend}",
            },
        }
        for code, page in CATALOGUE.items()
    ]


def _result(finding: Finding, level: str, more: dict[str, str]) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.path)}}
    if finding.line is not None:
        place["region"] = {"startLine": finding.line}
    mend = f"\nmend: {finding.hint}" if finding.hint else ""
    properties = {"commit": finding.commit, "hint": finding.hint, **more}
    return {
        "ruleId": finding.rule,
        "ruleIndex": list(CATALOGUE).index(finding.rule),
        "level": level,
        "message": {"text": finding.message + mend},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"finding/v1": _fingerprint(finding)},
        "properties": {name: value for name, value in properties.items() if value is not None},
    }


def _uri(path: str) -> str:
    """A path as a relative URI; never one with a scheme or a host, whatever the path is."""
    uri = quote(path.encode("utf-8", "surrogateescape"), safe="/-._~")
    return f"./{uri}" if uri.startswith("/") else uri


def _fingerprint(finding: Finding) -> str:
    """What stays the same when the same finding is found again: its rule, step and file, not its words."""
    parts = (finding.rule, finding.commit or "", finding.path)
    return sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
