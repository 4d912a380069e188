"""No finding without a way on: what mends it when the rule that made it knows nothing closer."""

from __future__ import annotations

from gitregistry.rules.findings import Finding
from gitregistry.rules.step import Step


def with_mend(step: Step, finding: Finding) -> Finding:
    """The same finding with a hint: what is committed is taken out; what was refused is made otherwise."""
    if finding.hint:
        return finding
    return finding._replace(hint=step.way_out or _command_for(finding.rule))


def _command_for(code: str) -> str:
    from gitregistry.rules.catalogue import CATALOGUE  # noqa: PLC0415 - only what is refused pays for it

    page = CATALOGUE.get(code)
    return page.command if page is not None and page.command else f"registry rule {code}"
