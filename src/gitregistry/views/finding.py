"""What a check found, as it is shown before anybody signs it."""

from __future__ import annotations

from collections.abc import Sequence

from gitregistry.operations.attest import CheckResult
from gitregistry.records.shapes import plain
from gitregistry.views.blocks import Facts, Row, Table, Text, View

_RESULT_OF_BOUNDS = "as the policy's bounds say"


def finding_view(finding: CheckResult, remarks: Sequence[str] = ()) -> View:
    """One finding: its result, what was measured, where it comes from."""
    report, tool, window = finding.report, finding.tool, finding.observed
    facts = Facts(
        (
            ("result", finding.result or _RESULT_OF_BOUNDS),
            ("report", f"{report.uri} ({report.format or 'as it is'})" if report else None),
            ("report digest", report.digest if report else None),
            ("mapping digest", report.mapping if report else None),
            ("tool", f"{tool.name} {tool.version or ''}".rstrip() if tool else None),
            ("observed", f"{window.start} to {window.end}" if window else None),
            ("note", finding.note),
        ),
        title=f"{finding.check}:",
    )
    rows = tuple(
        Row((item.name, str(item.value), item.unit or "", item.slice or "")) for item in finding.measurements
    )
    table = Table(("measured", "value", "unit", "slice"), rows, empty="nothing was measured")
    said = tuple(Text(words, "warn") for words in remarks)
    return View({**plain(finding), "remarks": list(remarks)}, (facts, table, *said))
