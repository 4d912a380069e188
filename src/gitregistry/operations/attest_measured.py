"""Attest what a Prometheus says: the question by the policy or by hand, the result by the policy's bounds."""

from __future__ import annotations

from typing import NamedTuple

from gitregistry.errors import BadInput
from gitregistry.operations.attest import CheckResult
from gitregistry.operations.measuring import Measured, Question, outside, question_of, typed_question
from gitregistry.records.evidence import Asked, Result, Window
from gitregistry.records.policy import Check
from gitregistry.registry.moments import duration_of, moment_of, moment_text
from gitregistry.rules.questions import Place


class Typed(NamedTuple):
    """What was typed of a question; None for what the policy says or nothing does."""

    query: str | None = None
    window: str | None = None
    measurement: str | None = None
    unit: str | None = None
    slice_label: str | None = None
    result: Result | None = None


def question_for(name: str, check: Check, place: Place, typed: Typed) -> Question:
    """What to ask for a check.

    Raises:
        BadInput: nothing says what, or what was typed is not what the policy asks.
    """
    place = place._replace(environment=place.environment or check.environment)
    fixed = question_of(check, place)
    if fixed is not None:
        _require_same(name, check, typed)
        return fixed
    if typed.query is None:
        raise BadInput(
            f"the policy names no query for {name}", hint="--query 'PROMQL', with --window 30m for {window}"
        )
    measurement = typed.measurement or check.measurement
    if measurement is None or check.measurement not in (None, measurement):
        wanted = check.measurement or "NAME"
        raise BadInput(f"the value that {name} records needs a name", hint=f"--metric {wanted}")
    asked = typed_question(typed.query, typed.window, place, measurement)
    return asked._replace(unit=typed.unit or check.unit, slice_label=typed.slice_label)


def _require_same(name: str, check: Check, typed: Typed) -> None:
    """The policy's question is asked as it stands: evidence from another one would not count."""
    wanted = check.prometheus
    for option, given, fixed in (
        ("--query", typed.query, wanted and wanted.query),
        ("--window", typed.window, wanted and wanted.window),
        ("--metric", typed.measurement, check.measurement),
        ("--unit", typed.unit, check.unit),
        ("--slice-label", typed.slice_label, wanted and wanted.slice_label),
    ):
        if given is not None and given != fixed:
            raise BadInput(
                f"the policy says what is asked for {name}, and not this: {option} {given}",
                hint=f"leave {option} out; registry policy show has the query",
            )


def measured_result(name: str, check: Check, typed: Typed, measured: Measured) -> CheckResult:
    """What came, as evidence: by the policy's bounds where it has any, else as it was typed.

    Raises:
        BadInput: the result is for the bounds to say and was typed, or is for nobody else and was not.
    """
    if check.type == "measurement":
        result: Result = "passed" if outside(measured.values, check) is None else "failed"
    elif typed.result is None:
        raise BadInput(
            f"{name} has no bounds, so say how it ended", hint="exactly one of --passed, --failed, --error"
        )
    else:
        result = typed.result
    return CheckResult(
        check=name,
        result=result,
        measurements=measured.values,
        observed=observed(measured.asked),
        query=measured.asked,
    )


def require_no_result(name: str, check: Check, typed: Typed) -> None:
    """Nobody says how a measurement ended but its bounds."""
    if check.type == "measurement" and typed.result is not None:
        raise BadInput(
            f"{name} passes or fails by the policy's bounds on what is measured",
            hint=f"leave --{typed.result} out",
        )


def observed(asked: Asked) -> Window:
    """From when to when a question looks."""
    end = moment_of(asked.evaluated_at)
    start = end - duration_of(asked.window) if asked.window is not None else end
    return Window(start=moment_text(start), end=asked.evaluated_at)
