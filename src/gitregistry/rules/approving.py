"""What a person has before them who decides on a release: all that changes, is known, and was said of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gitregistry.records.approval import Approval
from gitregistry.records.release import Release
from gitregistry.registry.chains import ChainReader
from gitregistry.registry.comparison import Field, compare
from gitregistry.registry.moments import duration_of
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.releases import find_release
from gitregistry.registry.retirements import find_retirement
from gitregistry.registry.snapshot import Snapshot
from gitregistry.rules.approval_doubts import Question, Said, said_in_role
from gitregistry.rules.baselines import compared_evidence
from gitregistry.rules.findings import Requirement
from gitregistry.rules.requirements import Promotion, decisive_evidence, evaluate, shelf_of
from gitregistry.rules.shelf import Shelf
from gitregistry.rules.step import Law


class Opinion(NamedTuple):
    """One decision on file for the environment, and in words what it is worth now."""

    opened: Opened[Approval]
    worth: str
    counts: bool


class Grounds(NamedTuple):
    """What is shown before somebody signs.

    Attributes:
        ended: in words, that its life is over; None while it lives.
        live: the version that the environment points at; None when nothing is live there.
        fields: what differs from it; None when there is nothing to compare with.
        requirements: those of the promotion, met and unmet.
        opinions: what anybody decided for the environment, the oldest first.
        reviewed: the digests of all evidence on file, and of all that decides.
        lasting: how old an approval in a role may be at the promotion, where the policy says so.
        may_skip: what the policy lets an emergency promotion go without.
    """

    release: Opened[Release]
    environment: str
    ended: str | None
    live: str | None
    fields: tuple[Field, ...] | None
    requirements: tuple[Requirement, ...]
    opinions: tuple[Opinion, ...]
    reviewed: tuple[str, ...]
    lasting: Mapping[str, str]
    may_skip: tuple[str, ...] = ()


def grounds_for(
    law: Law, snapshot: Snapshot, chain: ChainReader, release: Opened[Release], where: str, time: str
) -> Grounds:
    """Gather it for a release that may go to the environment ``where``."""
    # Who will promote is not known yet: nobody's approval is left out for it.
    promotion = Promotion(release, where, promoter="", time=time)
    requirements = evaluate(law, snapshot, chain, promotion)
    shelf = shelf_of(law, snapshot, chain, promotion)
    live = chain(release.record.model_name, where)
    version = live.opened.record.version if live is not None else None
    reviewed = {*(found.digest for found in shelf.evidence), *compared_evidence(shelf)}
    reviewed |= {item.support.digest for item in decisive_evidence(requirements)}
    return Grounds(
        release,
        where,
        _ended(snapshot, release),
        version,
        _differences(snapshot, release, version) if version is not None else None,
        requirements,
        tuple(_opinions(shelf, requirements)),
        tuple(sorted(reviewed)),
        dict(_lasting(law, requirements)),
        may_skip=law.policy.record.emergency.may_skip if law.policy.record.emergency is not None else (),
    )


def _ended(snapshot: Snapshot, release: Opened[Release]) -> str | None:
    try:
        found = find_retirement(snapshot, release.record.model_name, release.record.version)
    except Broken as broken:  # one that cannot be read still says that the release is over
        return f"its retirement cannot be used: {broken.message}"
    return f"it was {found.record.scope}: {found.record.reason}" if found is not None else None


def _differences(snapshot: Snapshot, release: Opened[Release], live: str) -> tuple[Field, ...] | None:
    try:
        before = find_release(snapshot, release.record.model_name, live)
    except Broken:  # verify reports it; there is nothing that could be compared with
        return None
    return compare(before.record, release.record) if before is not None else None


def _lasting(law: Law, requirements: Sequence[Requirement]) -> Iterator[tuple[str, str]]:
    """Role and age; where a role is asked for several times, the shortest comes last."""
    asked = (law.policy.record.checks.get(item.name) for item in requirements)
    aged = [(check.role, check.max_age) for check in asked if check and check.role and check.max_age]
    yield from sorted(aged, key=lambda pair: duration_of(pair[1]), reverse=True)


def _opinions(shelf: Shelf, requirements: Sequence[Requirement]) -> Iterator[Opinion]:
    question = Question(shelf, decisive_evidence(requirements), promoter="")
    checks = shelf.law.policy.record.checks
    asked = [(item, checks[item.name]) for item in requirements if item.name in checks]
    approvals = [(item, check) for item, check in asked if check.type == "approval"]
    slots = {support.digest: item.name for item, _ in approvals for support in item.by}
    persons = {support.signer: item.name for item, _ in approvals for support in item.by}
    worth: dict[str, str] = {}
    for _, check in approvals:
        for said in said_in_role(check, question):
            worth.setdefault(said.opened.digest, _worth(said, persons))
    here = [found for found in shelf.approvals if found.record.environment == shelf.environment]
    for found in sorted(here, key=lambda found: (found.record.created_at, found.digest)):
        slot = slots.get(found.digest)
        words = f"counts for {slot}" if slot else worth.get(found.digest, "replaced, or in no role asked for")
        yield Opinion(found, words, slot is not None)


def _worth(said: Said, persons: Mapping[str, str]) -> str:
    """What a decision is worth that fills no slot; ``persons`` are those who fill one, and where."""
    if said.rejects:
        return "outweighs all approvals"
    if said.doubt is not None:
        return said.doubt.words
    return f"{said.who} counts for {persons[said.who]} already" if said.who in persons else "not needed"
