"""Rules for line records: a chain kept by operators; anyone of them stops it, a person resumes it."""

from __future__ import annotations

from collections.abc import Iterator

from gitregistry.records.line import Line
from gitregistry.registry.lines import follows, require_resumer
from gitregistry.registry.opening import Broken
from gitregistry.registry.trust import OPERATOR
from gitregistry.rules.common import check_follows, check_registry_id, check_time
from gitregistry.rules.findings import Finding
from gitregistry.rules.step import Case


def check_line(case: Case[Line]) -> Iterator[Finding]:
    """Who stops needs the role somewhere; who resumes is a person who holds it everywhere."""
    yield from check_registry_id(case)
    if case.record.model_name != case.location.model:
        said, place = case.record.model_name or "the fleet", case.location.model or "the fleet"
        yield case.finding("subject", f"it is about {said}, but it lies where {place} is")
    yield from check_time(case)
    yield from _check_order(case)
    yield from _check_signer(case)


def _check_order(case: Case[Line]) -> Iterator[Finding]:
    chain = case.step.chain.line(case.location.model)
    record = case.record
    if follows(record, chain):
        if chain:
            yield from check_follows(case, chain[-1].opened)
        return
    sequence, digest = (chain[-1].opened.record.sequence, chain[-1].opened.digest) if chain else (0, None)
    if any(case.opened.digest == earlier.opened.digest for earlier in chain):
        words = f"an older line record (sequence {record.sequence}, {record.state}) was put back over "
        yield case.finding("replay", f"{words}sequence {sequence}")
    else:
        words = f"sequence {record.sequence} that follows {record.previous} was found where "
        yield case.finding("sequence", f"{words}{sequence + 1} that follows {digest} must come")


def _check_signer(case: Case[Line]) -> Iterator[Finding]:
    """A grant over all models is needed for the fleet, and to resume one over all environments."""
    stops = case.record.state == "stopped"
    try:
        trust, time, model = case.law.trust, case.step.time, case.location.model
        signer = (
            trust.authorise(case.opened, [OPERATOR], time, model or "*")
            if stops
            else require_resumer(case.opened, trust, case.law.policy.record, time, model)
        )
    except Broken as fault:
        yield case.broken(fault)
        return
    if not stops and signer.kind != "person":
        yield case.finding(
            "principal-kind", f"{signer.id} is a {signer.kind}; only a person can resume what was stopped"
        )
