"""Rules for models, releases, their cards and their retirement."""

from __future__ import annotations

from collections.abc import Iterator

from gitregistry.records.model import Model
from gitregistry.records.release import Release
from gitregistry.records.retirement import Retirement
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.trust import OPERATOR, PUBLISHER
from gitregistry.rules.cards import check_card
from gitregistry.rules.common import (
    check_follows,
    check_place,
    check_registry_id,
    check_time,
    subject_release,
)
from gitregistry.rules.findings import Finding
from gitregistry.rules.step import Case


def check_release(case: Case[Release]) -> Iterator[Finding]:
    """A release comes from a publisher of its model, and its card is the one it names."""
    yield from check_registry_id(case)
    yield from check_place(case)
    yield from check_time(case)
    try:
        case.law.trust.authorise(case.opened, [PUBLISHER], case.step.time, case.record.model_name)
    except Broken as fault:
        yield case.broken(fault)
    yield from check_card(case.step, case.record.model_name, case.record.version, case.record.model_card)


def check_retirement(case: Case[Retirement]) -> Iterator[Finding]:
    """A retirement comes from an operator, about a release that exists."""
    yield from check_registry_id(case)
    yield from check_place(case)
    yield from check_time(case)
    record = case.record
    release, findings = subject_release(case, record.model_name, record.version, record.release_digest)
    yield from findings
    if release is not None:
        yield from check_follows(case, release)
    if record.scope == "retired":
        yield from _check_not_live(case)
    try:
        # It ends the release everywhere, so the role must hold everywhere.
        everywhere = [environment.name for environment in case.law.policy.record.environments]
        for environment in everywhere or ["*"]:
            case.law.trust.authorise(case.opened, [OPERATOR], case.step.time, record.model_name, environment)
    except Broken as fault:
        yield case.broken(fault)


def _check_not_live(case: Case[Retirement]) -> Iterator[Finding]:
    """Rule ``release``: what serves is not simply retired; it can be withdrawn, which says more."""
    record = case.record
    for environment in case.law.policy.record.environments:
        tip = case.step.chain(record.model_name, environment.name)
        if tip is not None and tip.opened.record.release_digest == record.release_digest:
            yield case.finding(
                "release",
                f"{record.model_name}:{record.version} is live in {environment.name}: move the alias first, "
                "or withdraw the release if it must not serve anywhere",
                f"registry rollback {record.model_name} --in {environment.name} --reason '…'",
            )


def check_model(case: Case[Model]) -> Iterator[Finding]:
    """A model's page is a versioned chain: its publishers keep it, administrators change its risk tier."""
    yield from check_registry_id(case)
    if case.record.model_name != case.location.model:
        yield case.finding("subject", f"it describes {case.record.model_name}")
    yield from check_time(case)
    try:
        before = case.step.before.open(Model, "model", case.opened.path) if case.step.before else None
    except Broken as fault:
        yield case.broken(fault)
        return
    yield from _check_page_signers(case, before)
    expected = (before.record.version + 1, before.digest) if before else (1, None)
    if (case.record.version, case.record.previous) != expected:
        yield case.finding("version", f"version {expected[0]} that follows {expected[1]} was expected")


def _check_page_signers(case: Case[Model], before: Opened[Model] | None) -> Iterator[Finding]:
    """Rules ``role`` and ``tier-threshold``: one publisher, or as many administrators as sign a policy.

    A first page is a publisher's, whatever tier it names: ``tiers.py`` counts none that nobody confirmed.
    """
    trust, needed = case.law.trust, case.law.trust.record.thresholds.policy
    agreeing = trust.agreeing(case.opened, case.step.time)
    if len(agreeing) >= needed:
        if case.record.created_by not in agreeing:
            yield case.finding("subject", f"{case.record.created_by} made it, and did not sign it")
        return
    if before is None or before.record.risk_tier == case.record.risk_tier:
        try:
            trust.authorise(case.opened, [PUBLISHER], case.step.time, case.record.model_name)
            return
        except Broken as fault:
            if not agreeing:
                yield case.broken(fault)
                return
    was = before.record.risk_tier or "none" if before is not None else "none"
    yield case.finding(
        "tier-threshold",
        f"{needed} administrators must sign a risk tier of {case.record.risk_tier or 'none'} (was {was}); "
        f"signed by {', '.join(agreeing) or 'none of them'}",
        case.step.way_out or f"registry sign {case.opened.path}",
    )
