"""Rehearse promotions: each case judged by the real requirements, and held against what it expects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gitregistry.operations.case_file import Case, CaseFile
from gitregistry.operations.stage import Stage
from gitregistry.records.policy import Policy
from gitregistry.rules.findings import Requirement


class Outcome(NamedTuple):
    """One case as it came out; ``differences`` say in sentences how it is not as expected."""

    file: str
    line: int | None
    name: str
    expected: str
    decision: str
    requirements: tuple[Requirement, ...]
    differences: tuple[str, ...]


def rehearse(policy: Policy, given: CaseFile) -> tuple[Outcome, ...]:
    """Every case of a file under a policy, in order.

    Raises:
        BadInput: a case names somebody or something that is not there; with line and field.
    """
    return tuple(_outcome(policy, given, index) for index in range(len(given.cases.cases)))


def _outcome(policy: Policy, given: CaseFile, index: int) -> Outcome:
    case = given.cases.cases[index]
    requirements = Stage(policy, given, index).requirements()
    unmet = {item.name: item.reason or "not met" for item in requirements if not item.met}
    decision = "refused" if unmet else "promoted"
    differences = tuple(_differences(case, decision, unmet))
    line = given.line("cases", index)
    return Outcome(given.file, line, case.name, case.expect, decision, requirements, differences)


def _differences(case: Case, decision: str, unmet: Mapping[str, str]) -> Iterator[str]:
    if decision != case.expect:
        yield f"expected {case.expect}, it is {decision}"
    expected = _expected(case)
    for name, reason in unmet.items():
        if expected is not None and name not in expected:
            yield f"{name} is unmet: {reason}"
    for name in expected or ():
        if name not in unmet:
            yield f"{name} is met, or not asked for"
    for name, words in case.reasons.items():
        if words not in unmet.get(name, words):
            yield f"{name} is unmet for another reason than «{words}»: {unmet[name]}"


def _expected(case: Case) -> Sequence[str] | None:
    """All that is to be unmet; None where a case says only that something is."""
    if case.expect == "refused" and case.unmet is None:
        return list(case.reasons) or None
    return list(dict.fromkeys((*(case.unmet or ()), *case.reasons)))
