"""What evidence meets a requirement: standing, applicable, passed, and measured within its bounds."""

from __future__ import annotations

from decimal import Decimal

from gitregistry.records import paths
from gitregistry.records.evidence import Evidence, Measurement
from gitregistry.records.policy import Check
from gitregistry.registry.moments import clearly_after, duration_of, moment_of
from gitregistry.registry.opening import Broken, Opened
from gitregistry.rules.findings import Requirement, Support
from gitregistry.rules.shelf import Doubt, Shelf


def evidence_requirement(name: str, check: Check, shelf: Shelf) -> Requirement:
    """Evaluate a check of the type ``evidence`` or ``measurement``."""
    model, version = shelf.release.record.model_name, shelf.release.record.version
    unreadable = shelf.unreadable(f"{paths.evidence_folder(model, version)}/{name}-")
    if unreadable is not None:
        return Requirement(
            name, False, reason=unreadable.words, hint="registry verify names the step", rule=unreadable.rule
        )
    filed = [found for found in shelf.evidence if found.record.check == name]
    foreign = {found.digest: _doubt_maker(found, check, shelf) for found in filed}
    made = [found for found in filed if foreign[found.digest] is None]
    doubts = foreign | {found.digest: _doubt_relevance(found.record, check, shelf) for found in made}
    usable = [found for found in made if doubts[found.digest] is None]
    standing = _standing(made, usable)
    for found in (*_refusing(filed, usable, check, shelf), *standing):
        fault = _fault(found.record, check)
        if fault is not None:
            return Requirement(
                name,
                False,
                (_support(found, check),),
                reason=f"{fault.words} ({found.path}, by {found.record.created_by})",
                hint=_hint(name, check, shelf),
                rule=fault.rule,
            )
    if standing:
        return Requirement(name, True, tuple(_support(found, check) for found in standing))
    return _nothing(name, check, shelf, [doubts[found.digest] for found in filed])


def _refusing(
    filed: list[Opened[Evidence]], usable: list[Opened[Evidence]], check: Check, shelf: Shelf
) -> list[Opened[Evidence]]:
    """Failures that nothing overruled, whatever became of their signer's key and however old they are."""
    overruled = {digest for found in usable for digest in found.record.supersedes}
    refusing = []
    for found in filed:
        record = found.record
        elsewhere = check.environment is not None and record.environment != check.environment
        if record.result == "passed" or elsewhere or found.digest in overruled:
            continue
        if shelf.doubt_subject(record) is not None:
            continue
        try:
            for environment in _asked_environments(record, check, shelf):
                shelf.law.trust.require_maker(found, check.by, record.model_name, environment)
        except Broken:  # a stranger's word refuses nothing, nor does another team's
            continue
        refusing.append(found)
    return refusing


def _standing(made: list[Opened[Evidence]], usable: list[Opened[Evidence]]) -> list[Opened[Evidence]]:
    """The usable evidence that nothing replaced, with doubt always against passing.

    What passed stops counting when any evidence by who may attest supersedes it, even one that has expired
    since. What failed stops refusing only when evidence that counts here and now supersedes it.
    """
    replaced = {digest for found in made for digest in found.record.supersedes}
    overruled = {digest for found in usable for digest in found.record.supersedes}
    return [
        found
        for found in usable
        if found.digest not in (replaced if found.record.result == "passed" else overruled)
    ]


def _nothing(name: str, check: Check, shelf: Shelf, doubts: list[Doubt | None]) -> Requirement:
    last = next((doubt for doubt in reversed(doubts) if doubt is not None), None)
    reason = "no evidence" if last is None else f"its evidence does not count: {last.words}"
    return Requirement(
        name,
        False,
        reason=reason,
        hint=_hint(name, check, shelf),
        rule="requirement" if last is None else last.rule,
    )


def _doubt_maker(found: Opened[Evidence], check: Check, shelf: Shelf) -> Doubt | None:
    """Whether somebody who may attest said this, about this release."""
    record = found.record
    subject = shelf.doubt_subject(record)
    if subject is not None:
        return subject
    try:
        for environment in _asked_environments(record, check, shelf):
            shelf.law.trust.authorise(found, check.by, shelf.time, record.model_name, environment)
    except Broken as broken:
        return Doubt(broken.code, broken.message)
    return None


def _asked_environments(record: Evidence, check: Check, shelf: Shelf) -> tuple[str, ...]:
    """Where its signer must hold the role: where it was measured, and where it decides.

    A check that names an environment is about that one. A check that names none is about the release itself,
    and its evidence decides wherever it is asked for: who attests for one environment does not open another.
    """
    if check.environment is not None:
        return (record.environment or check.environment,)
    return (record.environment, shelf.environment) if record.environment else (shelf.environment,)


def _doubt_relevance(record: Evidence, check: Check, shelf: Shelf) -> Doubt | None:
    """Whether it counts here and now, whatever it found."""
    if check.environment is not None and record.environment != check.environment:
        where = record.environment or "no environment"
        return Doubt("evidence", f"it was measured in {where}, not in {check.environment}")
    return _doubt_time(record, check, shelf)


def _doubt_time(record: Evidence, check: Check, shelf: Shelf) -> Doubt | None:
    measured = record.observed.end if record.observed else record.created_at
    begun = record.observed.start if record.observed else record.created_at
    if clearly_after(shelf.release.record.created_at, begun):
        return Doubt(
            "evidence",
            f"it was measured from {begun}, before the release was registered "
            f"({shelf.release.record.created_at})",
        )
    if measured < begun or clearly_after(measured, record.created_at):
        return Doubt("evidence", f"its window from {begun} to {measured} cannot be")
    if record.valid_until is not None and record.valid_until < shelf.time:
        return Doubt("evidence", f"it was valid until {record.valid_until}")
    if check.max_age is not None:
        age = moment_of(shelf.time) - moment_of(measured)
        if age > duration_of(check.max_age):
            return Doubt("evidence", f"it is of {measured}, older than {check.max_age}")
    return None


def _fault(record: Evidence, check: Check) -> Doubt | None:
    """Whether standing evidence refuses: only *passed*, and only within the bounds, satisfies."""
    values = [item for item in record.measurements if item.name == check.measurement]
    outside = next((fault for item in values if (fault := _out_of_bounds(item, check))), None)
    if record.result != "passed":
        why = f": {outside}" if outside else ""
        return Doubt("requirement", f"its result is {record.result}{why}")
    if check.type != "measurement":
        return None
    if not values:
        return Doubt("evidence", f"no data: it has no measurement {check.measurement}")
    return Doubt("requirement", outside) if outside else None


def _out_of_bounds(item: Measurement, check: Check) -> str | None:
    if check.unit is not None and item.unit != check.unit:
        given = f"in {item.unit}" if item.unit else "without a unit"
        return f"{item.name} is given {given}, the policy asks for {check.unit}"
    where = f" in {item.slice}" if item.slice else ""
    over = check.max is not None and item.value > check.max
    under = check.min is not None and item.value < check.min
    if over or under:
        value = _number(item.value, item.unit or check.unit)
        return f"{item.name} = {value}{where}, the policy asks for {bound_words(check)}"
    return None


def bound_words(check: Check) -> str:
    """``at most 60 ms``, ``at least 0.9``, ``from 0 to 1``."""
    if check.min is not None and check.max is not None:
        return f"{_number(check.min, None)} to {_number(check.max, check.unit)}"
    if check.max is not None:
        return f"at most {_number(check.max, check.unit)}"
    return f"at least {_number(check.min or Decimal(0), check.unit)}"


def _number(value: Decimal, unit: str | None) -> str:
    return f"{value} {unit}" if unit else str(value)


def _support(found: Opened[Evidence], check: Check) -> Support:
    record = found.record
    values = [item for item in record.measurements if item.name == check.measurement]
    measured = ", ".join(
        f"{item.name} = {_number(item.value, item.unit or check.unit)}"
        + (f" in {item.slice}" if item.slice else "")
        for item in values
    )
    return Support(
        found.path,
        found.digest,
        record.created_by,
        record.created_at,
        measured=measured or record.result,
        bound=bound_words(check) if check.type == "measurement" else None,
    )


def _hint(name: str, check: Check, shelf: Shelf) -> str:
    if check.run:
        return f"registry check {shelf.reference} {name}"
    metric = f" --metric {check.measurement}=VALUE" if check.type == "measurement" else ""
    where = f" --environment {check.environment}" if check.environment else ""
    return f"registry attest {shelf.reference} {name} --passed{metric}{where}"
