"""Why a measurement or an expression in a policy cannot be applied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitregistry.records.policy import Check, Policy

_OF_MEASUREMENT = (
    "measurement",
    "min",
    "max",
    "unit",
    "every_slice_of",
    "slices",
    "max_drop",
    "max_increase",
)
_OF_EXPRESSION = ("expression", "over")
_OF_EVIDENCE = ("environment", "max_age")


def faults_in_measurement(name: str, check: Check, known: Sequence[str]) -> Iterator[str]:
    """What is missing, does not belong or contradicts itself in what is to be measured."""
    if check.baseline is not None and check.baseline not in known:
        yield f"checks.{name}.baseline: there is no environment {check.baseline}"
    if check.type != "measurement":
        yield from _misplaced(name, check, _OF_MEASUREMENT, "the type measurement")
        if check.baseline is not None and check.type != "expression":
            yield f"checks.{name}.baseline: it belongs to the types measurement and expression"
        return
    yield from _faults_in_baseline(name, check)
    if check.measurement is None:
        yield f"checks.{name}.measurement: it names what is measured"
    if check.min is None and check.max is None and check.baseline is None:
        yield f"checks.{name}: a measurement has a min or a max, or a baseline with max_drop or max_increase"
    if check.min is not None and check.max is not None and check.min > check.max:
        yield f"checks.{name}: min {check.min} is above max {check.max}, and no value is both"
    if check.slices and check.every_slice_of is None:
        yield f"checks.{name}.slices: name their dimension with every_slice_of"
    if len(set(check.slices)) != len(check.slices):
        yield f"checks.{name}.slices: a slice stands twice"


def _faults_in_baseline(name: str, check: Check) -> Iterator[str]:
    compares = check.max_drop is not None or check.max_increase is not None
    if compares and check.baseline is None:
        yield f"checks.{name}.baseline: max_drop and max_increase need it; name an environment"
    if check.baseline is not None and not compares:
        yield f"checks.{name}.baseline: say how far from it with max_drop or max_increase"


def faults_in_expression(name: str, policy: Policy) -> Iterator[str]:
    """The same of an expression; one that CEL cannot read is a fault with its line and column.

    Raises:
        CannotTell: there is an expression, and the library that reads CEL is not installed here.
    """
    check = policy.checks[name]
    if check.type != "expression":
        yield from _misplaced(name, check, _OF_EXPRESSION, "the type expression")
        return
    yield from _misplaced(name, check, _OF_EVIDENCE, "the checks that it is over")
    if check.role is not None:
        yield f"checks.{name}.role: it belongs to the type approval"
    if not check.over:
        yield f"checks.{name}.over: name the checks whose evidence it reads; without any there is no data"
    for over in check.over:
        read = policy.checks.get(over)
        if read is None or read.type not in ("evidence", "measurement"):
            yield f"checks.{name}.over: {over} is no check of the type evidence or measurement"
    if check.expression is None:
        yield f"checks.{name}.expression: it says what must be true"
        return
    if check.baseline is not None and "incumbent" not in check.expression:
        yield f"checks.{name}.baseline: its release is called incumbent, which the expression never asks for"
    from gitregistry.rules.cel import compile_expression  # noqa: PLC0415 - few policies have one
    from gitregistry.rules.expression_text import ExpressionFault  # noqa: PLC0415

    try:
        compile_expression(check.expression)
    except ExpressionFault as fault:
        place = f":{fault.place}" if fault.place else ""
        yield f"checks.{name}.expression{place}: {fault.message}"


def _misplaced(name: str, check: Check, fields: Sequence[str], where: str) -> Iterator[str]:
    for field in fields:
        if getattr(check, field) not in (None, ()):
            yield f"checks.{name}.{field}: it belongs to {where}"
