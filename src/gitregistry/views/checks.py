"""What ``registry check`` answers: each check that was made, and where its evidence lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gitregistry.operations.attest import CheckResult
from gitregistry.operations.submit import Submitted
from gitregistry.records.digests import digest_of
from gitregistry.views.blocks import Facts, Row, Table, Tone, View

_CELLS = ("check", "result", "exit_code", "seconds")


def checks_view(done: Submitted, findings: Sequence[CheckResult], unmet: Mapping[str, str]) -> View:
    """Each check with its result, its command's end, its record, and why it meets no requirement yet."""
    places = list(done.proposal.records)
    documents = [
        _document(finding, unmet.get(finding.check), path, done)
        for finding, path in zip(findings, places, strict=True)
    ]
    rows = tuple(_row(document) for document in documents)
    table = Table(("check", "result", "exit code", "seconds", "why"), rows)
    facts = Facts((("done", done.proposal.subject), ("by", done.principal), ("commit", done.commit)))
    document = {
        "action": done.proposal.subject,
        "by": done.principal,
        "commit": done.commit,
        "checks": documents,
    }
    return View(document, (table, facts))


def _document(finding: CheckResult, unmet: str | None, path: str, done: Submitted) -> dict[str, Any]:
    run = finding.run
    return {
        "check": finding.check,
        "result": finding.result,
        "exit_code": run.exit_code if run is not None else None,
        "seconds": run.duration_seconds if run is not None else None,
        "note": finding.note,
        "unmet": unmet,
        "path": path,
        "digest": digest_of(done.files[path]),
    }


def _row(document: dict[str, Any]) -> Row:
    tone: Tone = "good" if document["result"] == "passed" and not document["unmet"] else "bad"
    cells = ["" if document[name] is None else str(document[name]) for name in _CELLS]
    why = document["note"] or document["unmet"] or ""
    return Row((*cells, why.partition("\n")[0]), tone)  # all of it was shown as the check ended
