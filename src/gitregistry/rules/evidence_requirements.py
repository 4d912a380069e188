"""What evidence meets a requirement: standing, applicable, passed, and measured within its bounds."""

from __future__ import annotations

from collections.abc import Sequence

from gitregistry.records.policy import Check
from gitregistry.rules.commands import attest_command
from gitregistry.rules.filed_evidence import filed_for
from gitregistry.rules.findings import Requirement
from gitregistry.rules.measured import fault_in, support
from gitregistry.rules.shelf import Doubt, Shelf


def evidence_requirement(name: str, check: Check, shelf: Shelf) -> Requirement:
    """Evaluate a check of the type ``evidence`` or ``measurement``."""
    filed = filed_for(name, check, shelf)
    if filed.unreadable is not None:
        rule, words, hint = filed.unreadable
        return Requirement(name, False, reason=words, hint=hint, rule=rule)
    for found in (*filed.refusing, *filed.standing):
        fault = fault_in(found.record, check)
        if fault is not None:
            return Requirement(
                name,
                False,
                (support(found, check),),
                reason=f"{fault.words} ({found.path}, by {found.record.created_by})",
                hint=attest_command(name, check, shelf.reference),
                rule=fault.rule,
            )
    if not filed.standing:
        return _nothing(name, check, shelf, filed.doubts)
    if check.baseline is not None:
        from gitregistry.rules.baselines import compared  # noqa: PLC0415 - few checks have one

        return compared(name, check, shelf, filed.standing)
    return Requirement(name, True, tuple(support(found, check) for found in filed.standing))


def _nothing(name: str, check: Check, shelf: Shelf, doubts: Sequence[Doubt | None]) -> Requirement:
    last = next((doubt for doubt in reversed(doubts) if doubt is not None), None)
    reason = "no evidence" if last is None else f"its evidence does not count: {last.words}"
    return Requirement(
        name,
        False,
        reason=reason,
        hint=attest_command(name, check, shelf.reference),
        rule="requirement" if last is None else last.rule,
    )
