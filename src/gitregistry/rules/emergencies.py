"""What becomes of a promotion's requirements in an emergency, and what stays due after one.

A policy says which requirements may be skipped, and in which roles a person may authorise that. Whatever else
is unmet stays so. A skipped requirement is not met: it stays what it is, and is shown as skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gitregistry.records.approval import Approval
from gitregistry.records.policy import Check, EmergencyRules, Policy
from gitregistry.registry.emergencies import EmergencyMade, emergencies, review_roles
from gitregistry.registry.opening import Opened
from gitregistry.registry.said import way_out
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import matches_any
from gitregistry.rules.approval_doubts import Decisive, Question
from gitregistry.rules.approval_requirements import approval_requirements
from gitregistry.rules.findings import Requirement, Support
from gitregistry.rules.shelf import Shelf
from gitregistry.rules.step import Law

if TYPE_CHECKING:
    from gitregistry.rules.requirements import Promotion  # which asks for these

AUTHORISED = "emergency_authorised"
REVIEWED = "no_overdue_review"


def rules_for(policy: Policy, environment: str) -> EmergencyRules | None:
    """What the policy says of emergencies in an environment; None when there can be none."""
    rules = policy.emergency
    return rules if rules is not None and matches_any(rules.environments, environment) else None


def excused(
    shelf: Shelf, promotion: Promotion, requirements: Sequence[Requirement]
) -> tuple[Requirement, ...]:
    """The requirements of an emergency promotion: its authorisation, and those that it may skip marked so."""
    rules = rules_for(shelf.law.policy.record, promotion.environment)
    if rules is None:
        reason = f"the policy says nothing of emergencies in {promotion.environment}"
        hint = "registry sign registry/policy.yaml   (with a section `emergency`; see docs/emergencies.md)"
        return (Requirement(AUTHORISED, False, reason=reason, hint=hint, rule="emergency"), *requirements)
    skipped = (
        item._replace(skipped=promotion.incident)
        if not item.met and not item.said_no and item.name in rules.may_skip
        else item
        for item in requirements
    )
    # Who authorises must have seen all evidence that decides, and above all what failed.
    decisive = [
        Decisive(item.name, support)
        for item in requirements
        for support in item.by
        if support.path.split("/")[-2:-1] == ["evidence"]
    ]
    return (_authorised(rules, shelf, promotion, decisive), *skipped)


def _authorised(
    rules: EmergencyRules, shelf: Shelf, promotion: Promotion, decisive: Sequence[Decisive]
) -> Requirement:
    """Whether a person who may authorise it does: the promoter, or by an approval that names the incident."""
    promoter, wanted = promotion.promoter, promotion.authorised_by
    desk = shelf._replace(approvals=tuple(_decisions(shelf, promotion)))
    question = Question(desk, decisive, promoter)
    asked = [
        approval_requirements({AUTHORISED: Check(type="approval", role=role)}, question)[AUTHORISED]
        for role in rules.authorised_by
    ]
    refused = next((item for item in asked if item.said_no), None)
    if refused is not None:  # the no of one who might authorise it is heard before anybody's yes
        return refused
    if wanted in (None, promoter):
        role = _own_role(rules, shelf, promotion)
        if role is not None:
            policy = shelf.law.policy
            support = Support(policy.path, policy.digest, promoter, promotion.time, f"promotes as {role}")
            return Requirement(AUTHORISED, True, (support,))
    met = next((item for item in asked if item.met and wanted in (None, item.by[0].signer)), None)
    if met is not None:
        return met
    heard = {found.record.role for found in desk.approvals}
    doubts = [item.reason for role, item in zip(rules.authorised_by, asked, strict=True) if role in heard]
    return _unauthorised(rules, shelf, promotion, "; ".join(filter(None, doubts)))


def _decisions(shelf: Shelf, promotion: Promotion) -> Iterator[Opened[Approval]]:
    """The authorisations for the incident, and whatever was said against the release there or taken back."""
    named = (None, promotion.promoter)
    for found in (*shelf.authorisations, *shelf.approvals):
        record = found.record
        if record.environment != promotion.environment:
            continue
        if record.decision != "approve" or (
            record.incident == promotion.incident
            and (promotion.authorised_by in named or promotion.authorised_by == record.created_by)
        ):
            yield found


def _own_role(rules: EmergencyRules, shelf: Shelf, promotion: Promotion) -> str | None:
    """The first role in which the promoter may authorise it; None when none, or when it is no person."""
    trust = shelf.law.trust
    principal = trust.principal(promotion.promoter)
    if principal is None or principal.kind != "person":
        return None
    model = shelf.release.record.model_name
    held = (role for role in rules.authorised_by if trust.holds(principal.id, role, model, shelf.environment))
    return next(held, None)


def _unauthorised(rules: EmergencyRules, shelf: Shelf, promotion: Promotion, doubts: str) -> Requirement:
    roles = " or ".join(rules.authorised_by)
    who = promotion.authorised_by or promotion.promoter
    reason = f"{who} may not authorise it, and nobody in the role {roles} did for {promotion.incident}"
    hint = (
        f"registry approve {shelf.reference} --to {shelf.environment} --role {rules.authorised_by[0]} "
        f"--incident {promotion.incident}"
    )
    hint += holders_words(shelf.law, rules.authorised_by, shelf.release.record.model_name, shelf.environment)
    reason = f"its authorisation does not count: {doubts}" if doubts else reason
    return Requirement(AUTHORISED, False, reason=reason, hint=hint, rule="emergency")


def review_requirement(law: Law, snapshot: Snapshot, promotion: Promotion) -> Iterator[Requirement]:
    """``no_overdue_review``, while any emergency of the model waits for its review.

    The obligation lies in the record of the emergency: a later policy does not take it away.
    """
    made, unusable = emergencies(snapshot, law.trust, law.policy, promotion.release.record.model_name)
    if unusable:
        path, broken = unusable[0]
        reason = f"{path} cannot be used: {broken.message}"
        hint = way_out(snapshot, path)
        yield Requirement(REVIEWED, False, reason=reason, hint=hint, rule="emergency")
        return
    waiting = sorted(
        (item for item in made if item.review is None), key=lambda item: item.emergency.review_due_at
    )
    if not waiting:
        return
    overdue = [item for item in waiting if item.emergency.review_due_at < promotion.time]
    if not overdue:
        yield Requirement(REVIEWED, True, tuple(_due(item) for item in waiting))
        return
    more = f" (and {len(overdue) - 1} more)" if len(overdue) > 1 else ""
    due = overdue[0].emergency.review_due_at
    reason = f"{emergency_words(overdue[0])} had to be reviewed until {due}{more}"
    yield Requirement(REVIEWED, False, reason=reason, hint=review_command(law, overdue[0]), rule="emergency")


def emergency_words(item: EmergencyMade) -> str:
    """``the emergency promotion of churn:v2 to production for INC-1``."""
    record = item.kept.record
    return (
        f"the emergency promotion of {record.model_name}:{record.version} to {record.environment} "
        f"for {item.emergency.incident}"
    )


def review_command(law: Law, item: EmergencyMade) -> str:
    """What closes an emergency, and who may type it."""
    record = item.kept.record
    command = review_line(record.model_name, record.environment, record.sequence)
    involved = (record.created_by, item.emergency.authorised_by) if law.trust.four_eyes else ()
    roles = review_roles(law.policy.record)
    return command + holders_words(law, roles, record.model_name, record.environment, involved)


def review_line(model: str, environment: str, sequence: int) -> str:
    """The command that closes an emergency, whoever may type it."""
    return f"registry review {model} --in {environment} --sequence {sequence} --outcome justified --note '…'"


def holders_words(
    law: Law, roles: Sequence[str], model: str, environment: str, without: Sequence[str] = ()
) -> str:
    """``   (as bob or carol)``: the persons who hold one of the roles."""
    persons = dict.fromkeys(
        holder.id
        for role in roles
        for holder in law.trust.holders(role, model, environment)
        if holder.kind == "person" and holder.id not in without
    )
    if persons:
        return f"   (as {' or '.join(persons)})"
    nobody = "nobody else" if without else "nobody"
    return f"   ({nobody} holds {' or '.join(roles)} here: registry trust grant ID {roles[0]})"


def _due(item: EmergencyMade) -> Support:
    kept = item.kept
    return Support(
        kept.path,
        kept.digest,
        kept.record.created_by,
        kept.record.created_at,
        f"{item.emergency.incident} waits for its review",
        f"due {item.emergency.review_due_at}",
    )
