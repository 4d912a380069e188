"""What was filed for a check, and what of it counts: standing, by who may attest, of here and now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gitregistry.records import paths
from gitregistry.records.evidence import Evidence
from gitregistry.records.policy import Check
from gitregistry.registry.moments import clearly_after, duration_of, moment_of
from gitregistry.registry.opening import Broken, Opened
from gitregistry.rules.shelf import Doubt, Shelf


class Filed(NamedTuple):
    """What was filed for one check of one release.

    Attributes:
        refusing: failures that nothing overruled, whatever became of their signer's key and however old.
        standing: what counts and was not replaced.
        doubts: why each of those filed that do not count does not; None for one that does.
        unreadable: set when a record filed under the check's name cannot be used, and nobody can tell.
    """

    refusing: Sequence[Opened[Evidence]] = ()
    standing: Sequence[Opened[Evidence]] = ()
    doubts: Sequence[Doubt | None] = ()
    unreadable: Doubt | None = None


def filed_for(name: str, check: Check, shelf: Shelf) -> Filed:
    """Everything filed for a check under its own name, sorted out."""
    model, version = shelf.release.record.model_name, shelf.release.record.version
    unreadable = shelf.unreadable(f"{paths.evidence_folder(model, version)}/{name}-")
    if unreadable is not None:
        return Filed(unreadable=unreadable)
    filed = [found for found in shelf.evidence if found.record.check == name]
    foreign = {found.digest: _doubt_maker(found, check, shelf) for found in filed}
    made = [found for found in filed if foreign[found.digest] is None]
    doubts = foreign | {found.digest: _doubt_relevance(found.record, check, shelf) for found in made}
    usable = [found for found in made if doubts[found.digest] is None]
    return Filed(
        _refusing(filed, usable, check, shelf),
        _standing(made, usable),
        tuple(doubts.values()),
    )


def _refusing(
    filed: list[Opened[Evidence]], usable: list[Opened[Evidence]], check: Check, shelf: Shelf
) -> list[Opened[Evidence]]:
    """Failures that nothing overruled, whatever became of their signer's key and however old they are.

    One of elsewhere refuses nothing here, unless it replaces what was measured here: a failure never helps.
    """
    overruled = {digest for found in usable for digest in found.record.supersedes}
    here = {found.digest for found in filed if found.record.environment == check.environment}
    refusing = []
    for found in filed:
        record = found.record
        elsewhere = check.environment is not None and record.environment != check.environment
        elsewhere = elsewhere and here.isdisjoint(record.supersedes)
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
    if check.prometheus is not None:
        from gitregistry.rules.questions import other_question  # noqa: PLC0415 - few checks name a query

        fault = other_question(record, check)
        if fault is not None:
            return Doubt("evidence", fault)
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
