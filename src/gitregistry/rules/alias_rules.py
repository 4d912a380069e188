"""Rules for moving an alias: a promotion that met its requirements, or a rollback to what served there."""

from __future__ import annotations

from collections.abc import Iterator

from gitregistry.records.alias import Alias
from gitregistry.records.release import Release
from gitregistry.records.retirement import Retirement
from gitregistry.registry.chains import Link, follows
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.retirements import find_retirement
from gitregistry.registry.trust import OPERATOR, PROMOTER, PUBLISHER
from gitregistry.rules.common import (
    check_follows,
    check_place,
    check_registry_id,
    check_time,
    subject_release,
)
from gitregistry.rules.fallbacks import is_by_mover, last_good
from gitregistry.rules.findings import Finding, Requirement
from gitregistry.rules.requirements import cited, evaluate, promotion_of
from gitregistry.rules.step import Case


def check_alias(case: Case[Alias]) -> Iterator[Finding | Requirement]:
    """All rules for a new alias record; a promotion's requirements come along with the findings."""
    record = case.record
    misplaced = list(check_place(case))
    if misplaced or not case.law.trust.knows(record.registry_id):
        yield from (*check_registry_id(case), *misplaced)
        return  # it speaks of another chain: whatever else it breaks, it breaks there
    tip = case.step.chain(record.model_name, record.environment)
    if tip is not None and not follows(record, tip) and _is_of_old(case, tip):
        yield _replay(case, tip)
        return  # it was judged when it came in
    yield from check_registry_id(case)
    yield from check_time(case)
    yield from _check_signer(case)
    yield from _check_law_named(case)
    yield from _check_order(case, tip)
    release, findings = subject_release(case, record.model_name, record.version, record.release_digest)
    yield from findings
    if release is None:
        return
    yield from check_follows(case, release)
    yield from _check_alive(case)
    yield from _check_fallback(case, tip)
    if record.action == "promote":
        yield from _check_published(case, release)
        yield from _check_requirements(case, release)
    else:
        yield from _check_rollback(case, tip)


def _check_signer(case: Case[Alias]) -> Iterator[Finding]:
    role = PROMOTER if case.record.action == "promote" else OPERATOR
    try:
        case.law.trust.authorise(
            case.opened, [role], case.step.time, case.record.model_name, case.record.environment
        )
    except Broken as fault:
        yield case.broken(fault)


def _check_law_named(case: Case[Alias]) -> Iterator[Finding]:
    """Rule ``version``: the record names the trust and policy it was judged under: those in force."""
    for what, stamp, opened in (
        ("policy", case.record.policy, case.law.policy),
        ("trust", case.record.trust, case.law.trust.opened),
    ):
        if (stamp.version, stamp.digest) != (opened.record.version, opened.digest):
            yield case.finding(
                "version",
                f"it was made under {what} version {stamp.version} ({stamp.digest}); "
                f"version {opened.record.version} ({opened.digest}) is in force",
            )


def _is_of_old(case: Case[Alias], tip: Link) -> bool:
    return any(link.opened.digest == case.opened.digest for link in tip.backwards())


def _replay(case: Case[Alias], tip: Link) -> Finding:
    """Rule ``replay``: no record that was replaced once comes back."""
    return case.finding(
        "replay",
        f"an older alias record (sequence {case.record.sequence}) was put back over "
        f"sequence {tip.opened.record.sequence}",
        _mending_hint(case.record, tip),
    )


def _check_order(case: Case[Alias], tip: Link | None) -> Iterator[Finding]:
    """Rule ``sequence``: each record follows the latest one, by number and by digest."""
    record = case.record
    if not follows(record, tip):
        sequence, digest = (tip.opened.record.sequence, tip.opened.digest) if tip else (0, None)
        yield case.finding(
            "sequence",
            f"sequence {record.sequence} that follows {record.previous} was found where {sequence + 1} "
            f"that follows {digest} must come",
            _mending_hint(record, tip) if tip else None,
        )
    elif tip is not None:
        yield from check_follows(case, tip.opened)


def _mending_hint(record: Alias, tip: Link | None) -> str:
    """What makes the branch lawful again: the same move, as a signed record."""
    version = record.version if tip is None or record.version != tip.opened.record.version else None
    target = f" --to {version}" if version else ""
    return f"registry rollback {record.model_name} --in {record.environment}{target} --reason '…'"


def _check_alive(case: Case[Alias]) -> Iterator[Finding]:
    record = case.record
    try:
        retirement: Opened[Retirement] | None = find_retirement(
            case.step.after, record.model_name, record.version
        )
    except Broken as fault:
        yield case.finding("release", f"its retirement cannot be read: {fault.message}")
        return
    if retirement is None:
        return
    if retirement.record.scope == "withdrawn" or record.action == "promote":
        yield case.finding(
            "release",
            f"{record.model_name}:{record.version} was {retirement.record.scope}: {retirement.record.reason}",
        )


def _check_published(case: Case[Alias], release: Opened[Release]) -> Iterator[Finding]:
    """Rule ``release``: whoever can push can put a manifest there; only a publisher makes it a release."""
    try:
        case.law.trust.require_maker(release, [PUBLISHER], case.record.model_name)
    except Broken as fault:
        yield case.finding(
            "release",
            f"no publisher registered {case.record.model_name}:{case.record.version}: {fault.message}",
        )


def _check_fallback(case: Case[Alias], tip: Link | None) -> Iterator[Finding]:
    """Rule ``rollback``: the record names what to go back to, and it is the last release that was good."""
    record = case.record
    expected = last_good(case.law, case.step.after, tip, record)
    if record.rollback_target != expected:
        said = record.rollback_target.version if record.rollback_target else "none"
        yield case.finding(
            "rollback",
            f"its rollback target is {said}, the last good release is "
            f"{expected.version if expected else 'none'}",
        )


def _check_rollback(case: Case[Alias], tip: Link | None) -> Iterator[Finding]:
    digest = case.record.release_digest
    links = tip.backwards() if tip is not None else ()
    if not any(x.release.release_digest == digest and is_by_mover(case.law, x) for x in links):
        yield case.finding(
            "rollback",
            f"{case.record.version} never served in {case.record.environment}; promote it",
            f"registry promote {case.record.model_name}:{case.record.version} --to {case.record.environment}",
        )
    if case.record.emergency is not None:
        yield case.finding("emergency", "a rollback needs no emergency: it skips nothing")
    for digest in (*case.record.evidence, *case.record.approvals):
        yield case.finding("cited", f"a rollback rests on what served before, not on {digest}")


def _check_requirements(case: Case[Alias], release: Opened[Release]) -> Iterator[Finding | Requirement]:
    record = case.record
    asked = promotion_of(record, release, case.step.time)
    requirements = evaluate(case.law, case.step.after, case.step.chain, asked)
    for requirement in requirements:
        yield requirement._replace(path=case.opened.path)
        if requirement.stops:
            yield case.finding(
                requirement.rule,
                f"{requirement.name}: {requirement.reason}",
                case.step.way_out or requirement.hint,
            )
    if record.emergency is not None:
        from gitregistry.rules.emergency_rules import check_emergency  # noqa: PLC0415 - few promotions are one

        yield from check_emergency(case, record.emergency, requirements)
    for kind, named in (("evidence", record.evidence), ("approvals", record.approvals)):
        counted = cited(requirements, kind)
        for digest in counted:
            if digest not in named:
                yield case.finding("cited", f"it does not name the {kind} {digest} that it rests on")
        for digest in named:
            if digest not in counted:
                yield case.finding("cited", f"it rests on the {kind} {digest}, which does not count")
