"""Rules for changes of trust and policy: versioned chains that need a threshold of administrators."""

from __future__ import annotations

from collections.abc import Iterator

from gitregistry.errors import BadInput
from gitregistry.records.common import Record
from gitregistry.records.policy import Check, Policy
from gitregistry.records.trust import Trust
from gitregistry.registry.moments import clearly_after
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.trust import ADMINISTRATOR, TrustInForce
from gitregistry.rules.check_commands import faults_in_command
from gitregistry.rules.check_faults import faults_in_expression, faults_in_measurement
from gitregistry.rules.common import check_registry_id, check_time
from gitregistry.rules.findings import Finding
from gitregistry.rules.gates import faults_in_gates
from gitregistry.rules.profile_faults import faults_in_profiles
from gitregistry.rules.profiles import every_transition
from gitregistry.rules.questions import faults_in_query
from gitregistry.rules.recovery import begins_anew, check_claim, recovery_finding
from gitregistry.rules.soak import faults_in_soaks
from gitregistry.rules.step import Case
from gitregistry.signing.keys import parse_public_key, require_strong


def check_trust(case: Case[Trust]) -> Iterator[Finding]:
    """Rules ``trust``, ``version``, ``registry-id``, ``time`` and ``recovery`` for a new trust record.

    A sound record that begins trust anew gives the finding ``recovery`` and no other.
    """
    if case.step.before is not None and case.opened == case.law.trust.opened:
        return  # what is in force was put back over something unlawful
    faults = [*check_time(case), *_check_principals(case)]
    try:
        new = TrustInForce(case.opened)
    except Broken as fault:
        yield from (*faults, case.broken(fault))
        return
    faults += _check_can_change(case, new)
    if case.step.before is None:
        faults += _check_first_trust(case, new)
    elif begins_anew(case.record):
        faults += _check_recovery(case, new)
        if not faults:
            yield recovery_finding(case, new)
    else:
        faults += _check_successor(case, new)
    yield from faults


def check_policy(case: Case[Policy]) -> Iterator[Finding]:
    """Rules ``policy``, ``version``, ``registry-id`` and ``time`` for a new policy record."""
    if case.step.before is not None and case.opened == case.law.policy:
        return  # as for trust
    yield from check_time(case)
    yield from check_registry_id(case)
    for fault in faults_in_policy(case.record):
        yield case.finding("policy", fault, case.step.way_out or "registry policy check")
    trust = case.law.trust
    if case.step.before is None:
        if case.record.version != 1 or case.record.previous is not None:
            yield case.finding("version", "the first policy must be version 1 and name no previous one")
    else:
        yield from _check_next(case, case.law.policy.record.version, case.law.policy)
    yield from _check_signed_by(case, trust, trust.record.thresholds.policy, "in force")


def faults_in_policy(policy: Policy) -> Iterator[str]:
    """Why a policy cannot be applied: it fails closed on anything that is not fully defined."""
    known = [environment.name for environment in policy.environments]
    if len(set(known)) != len(known):
        yield "environments: a name stands twice"
    for index, environment in enumerate(policy.environments):
        if environment.after is not None and environment.after not in known[:index]:
            yield f"environments: {environment.name} comes after {environment.after}, which is not above it"
        if f"to_{environment.name}" not in policy.promotion_policy:
            yield f"promotion_policy: to_{environment.name} is missing"
    yield from faults_in_gates(policy, known)
    yield from faults_in_soaks(policy, known)
    if policy.emergency is not None:
        from gitregistry.rules.emergency_words import faults_in_emergency  # noqa: PLC0415 - few policies have it

        yield from faults_in_emergency(policy, known)
    yield from _faults_in_transitions(policy, known)
    if any(rule.abort_when or rule.guard_for for _, _, rule in every_transition(policy)):
        from gitregistry.rules.guard import faults_in_guarding  # noqa: PLC0415 - few policies watch

        yield from faults_in_guarding(policy)
    if policy.profiles:
        yield from faults_in_profiles(policy)
    for name, check in policy.checks.items():
        yield from _faults_in_check(name, check, known)
        yield from faults_in_measurement(name, check, known)
        yield from faults_in_expression(name, policy)


def _faults_in_transitions(policy: Policy, known: list[str]) -> Iterator[str]:
    for where, name, transition in every_transition(policy):
        if name.removeprefix("to_") not in known:
            yield f"{where}: there is no environment {name.removeprefix('to_')}"
        if not transition.requires:
            yield f"{where}.requires: it is empty; a transition must require something"
        for required in transition.requires:
            if required not in policy.checks:
                yield f"{where}.requires: {required} is not defined under checks"


def _faults_in_check(name: str, check: Check, known: list[str]) -> Iterator[str]:
    if check.environment is not None and check.environment not in known:
        yield f"checks.{name}.environment: there is no environment {check.environment}"
    if check.type == "approval" and check.role is None:
        yield f"checks.{name}.role: an approval names the role that gives it"
    if not check.by:
        yield f"checks.{name}.by: it is empty; name a role"
    yield from faults_in_query(name, check)
    yield from faults_in_command(name, check)


def _check_principals(case: Case[Trust]) -> Iterator[Finding]:
    ids = [principal.id for principal in case.record.principals]
    for doubled in sorted({name for name in ids if ids.count(name) > 1}):
        yield case.finding("trust", f"{doubled} stands twice")
    lowered = [name.lower() for name in set(ids)]
    for alike in sorted({name for name in lowered if lowered.count(name) > 1}):
        yield case.finding("trust", f"{alike} stands twice, in upper and lower case")
    try:
        keys = [parse_public_key(key.public_key) for who in case.record.principals for key in who.keys]
    except BadInput:  # named below
        keys = []
    points = [key.raw for key in keys]  # whatever kind of key it is called: the same point is the same key
    for doubled in sorted({key.openssh for key in keys if points.count(key.raw) > 1}):
        yield case.finding("trust", f"the key {doubled} stands twice")
    for grant in case.record.grants:
        if grant.principal not in ids:
            yield case.finding("trust", f"a role is granted to {grant.principal}, who is not in trust")
    for principal in case.record.principals:
        for key in principal.keys:
            try:
                require_strong(parse_public_key(key.public_key))
            except BadInput as error:
                yield case.finding("trust", f"a key of {principal.id}: {error.message}")


def _check_keys_stay(case: Case[Trust], old: TrustInForce, new: TrustInForce) -> Iterator[Finding]:
    """Rule ``trust``: a key that signed history stays its owner's, and the owner what they were.

    Revoked, a key counts no more. A bot's key lies on a machine; it never becomes a person's.
    """
    for principal in old.record.principals:
        now = new.principal(principal.id)
        if now is not None and now.kind != principal.kind:
            yield case.finding(
                "trust",
                f"{principal.id} was entered as a {principal.kind} and cannot become a {now.kind}",
                f"registry trust add ID --key FILE.pub --kind {now.kind}   (under another name)",
            )
        for key in principal.keys:
            known = parse_public_key(key.public_key)
            owner = new.owner(known)
            if owner is None or owner.id != principal.id:
                yield case.finding(
                    "trust",
                    f"the key {known.fingerprint} of {principal.id} was taken away, and with it who signed "
                    "what in history",
                    f"registry trust revoke {principal.id} --key {known.fingerprint} --reason '…'",
                )


def _check_can_change(case: Case[Trust], new: TrustInForce) -> Iterator[Finding]:
    administrators = [
        principal
        for principal in new.holders(ADMINISTRATOR, "*", "*")
        if principal.kind == "person" and any(key.revoked is None for key in principal.keys)
    ]
    needed = max(case.record.thresholds.trust, case.record.thresholds.policy)
    if len(administrators) < needed:
        yield case.finding(
            "trust",
            f"{needed} administrators must agree, but only {len(administrators)} are named: "
            "nobody could ever change it again",
        )


def _check_first_trust(case: Case[Trust], new: TrustInForce) -> Iterator[Finding]:
    record = case.record
    before = (record.previous, record.registry_id, record.recovers)
    if record.version != 1 or any(named is not None for named in before):
        yield case.finding(
            "version",
            "the first trust must be version 1, name no registry and no previous one, and recover none",
        )
    yield from _check_signed_by(case, new, case.record.thresholds.trust, "proposed")


def _check_recovery(case: Case[Trust], new: TrustInForce) -> Iterator[Finding]:
    old = case.law.trust
    yield from check_claim(case)
    yield from _check_keys_stay(case, old, new)
    yield from _check_signed_by(case, new, case.record.thresholds.trust, "proposed", also=old)


def _check_successor(case: Case[Trust], new: TrustInForce) -> Iterator[Finding]:
    old = case.law.trust
    yield from check_registry_id(case)
    yield from _check_next(case, old.record.version, old.opened)
    yield from _check_keys_stay(case, old, new)
    if case.record.recovers != old.record.recovers:
        yield case.finding("trust", "what trust was recovered from is part of its past, and never changes")
    yield from _check_signed_by(case, old, old.record.thresholds.trust, "in force", also=new)
    yield from _check_signed_by(case, new, case.record.thresholds.trust, "proposed", also=old)


def _check_next(case: Case[Record], present: int, opened: Opened[Record]) -> Iterator[Finding]:
    """Rule ``version``: n is followed by n + 1 that names n's digest, so no older one can come back."""
    version, previous = getattr(case.record, "version", None), getattr(case.record, "previous", None)
    if version != present + 1:
        yield case.finding(
            "version", f"version {present} must be followed by {present + 1}, not by {version}"
        )
    if previous != opened.digest:
        yield case.finding("version", f"it follows {previous}, but {opened.digest} is in force")
    if clearly_after(opened.record.created_at, case.record.created_at):
        yield case.finding(
            "time",
            f"it is dated {case.record.created_at}, before the one it follows ({opened.record.created_at})",
        )


def _check_signed_by(
    case: Case[Record], trust: TrustInForce, threshold: int, which: str, also: TrustInForce | None = None
) -> Iterator[Finding]:
    """Rules ``trust-threshold``, ``policy-threshold``: enough distinct administrators signed."""
    agreeing = trust.agreeing(case.opened, case.step.time, also)
    if which == "in force" and also is not None:
        agreeing = sorted({*agreeing, *_handing_over(case, trust, also)})
    if len(agreeing) < threshold:
        signed = ", ".join(agreeing) or "nobody"
        yield case.finding(
            f"{case.location.kind}-threshold",
            f"{threshold} administrators of the trust {which} must sign it; signed by {signed}",
            case.step.way_out or f"registry sign {case.opened.path}",
        )


def _handing_over(case: Case[Record], old: TrustInForce, new: TrustInForce) -> list[str]:
    """Administrators whose key ends by this very change, who signed it with that key and with their next one.

    Otherwise a lone administrator could never rotate their key. Whoever signs with the ending key alone does
    not count: it may have been stolen, which is why it ends.
    """
    next_keys = new.signing(case.opened, case.step.time, old)
    return [who for who in old.agreeing(case.opened, case.step.time) if who in next_keys]
