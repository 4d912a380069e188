"""Approve, reject, withdraw: a person's signed decision on one release for one environment."""

from __future__ import annotations

from dataclasses import dataclass

from gitregistry.errors import BadInput, NotFound
from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal, Proposer, release_trailers
from gitregistry.operations.references import ReleaseName
from gitregistry.operations.require import require_release
from gitregistry.records import names, paths
from gitregistry.records.approval import Approval, DecisionWord
from gitregistry.records.common import Stamp
from gitregistry.records.digests import digest_of
from gitregistry.records.encoding import encode
from gitregistry.registry.opening import Opened
from gitregistry.rules.approving import Grounds, grounds_for

_DONE = {"approve": "Approve", "reject": "Reject", "withdraw": "Withdraw the decision on"}


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided, as it is given to ``approve``. ``role`` of None means the only one they hold.

    With ``incident``, an emergency promotion is authorised, and nothing else is approved.
    """

    environment: str
    role: str | None
    decision: DecisionWord
    note: str | None = None
    evaluation_report: str | None = None
    expires_at: str | None = None
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person saw before they decided, and the role that they decide in.

    Their decision is bound to this: evidence or a policy that comes in while they look is none of it.
    """

    role: str
    policy: Stamp
    grounds: Grounds


def shown_for(present: Present, name: ReleaseName, decided: Decided) -> Shown:
    """All that is to be seen of a release by whoever decides on it.

    Raises:
        NotFound: there is no such environment, release or role.
        BadInput: no role was named, and the person holds none or several.
    """
    environment = present.environment(decided.environment)
    release = require_release(present.snapshot, name.model, name.version)
    wanted = _asked_roles(present, decided)
    role = _asked_role(wanted, decided) or _only_role(present, wanted, name.model, environment)
    grounds = grounds_for(present.law, present.snapshot, present.chain, release, environment, present.now)
    return Shown(role, present.policy_stamp, grounds)


def approval(name: ReleaseName, decided: Decided, shown: Shown) -> Proposer:
    """Propose a decision, bound to the evidence and the policy that its person was shown."""

    def propose(present: Present) -> Proposal:
        release, role = require_release(present.snapshot, name.model, name.version), shown.role
        earlier = _earlier(present, name, decided, role)
        if decided.decision == "withdraw" and not earlier:
            raise NotFound(
                f"{present.principal} has decided nothing as {role} on {name} for {decided.environment}",
                hint=f"registry show {name}",
            )
        record = Approval(
            registry_id=present.registry_id,
            created_at=present.now,
            created_by=present.principal,
            model_name=name.model,
            version=name.version,
            release_digest=release.digest,
            environment=decided.environment,
            role=role,
            decision=decided.decision,
            policy=shown.policy,
            reviewed=shown.grounds.reviewed,
            evaluation_report=decided.evaluation_report,
            note=decided.note,
            expires_at=decided.expires_at,
            supersedes=tuple(earlier),
            incident=decided.incident,
        )
        stem = f"{decided.environment}-{present.principal}-{digest_of(encode(record))[7:19]}"
        path = f"{paths.approvals_folder(name.model, name.version)}/{stem}.yaml"
        trailers = release_trailers(decided.decision, str(name), decided.environment)
        done = _DONE[decided.decision]
        if decided.incident is not None:
            trailers = (*trailers, ("Registry-Incident", decided.incident))
            done = f"Authorise an emergency ({decided.incident}) with"
        return Proposal(
            f"{done} {name} for {decided.environment} as {role}", {path: record}, trailers=trailers
        )

    return propose


def _earlier(present: Present, name: ReleaseName, decided: Decided, role: str) -> list[str]:
    """The digests of this person's decisions so far in this role that this one replaces.

    An authorisation and an approval leave each other alone; a rejection or withdrawal is replaced by either.
    """
    folder = paths.approvals_folder(name.model, name.version)
    return [
        found.digest
        for found in present.snapshot.open_folder(Approval, "approval", folder)
        if isinstance(found, Opened)
        and found.record.created_by == present.principal
        and (found.record.environment, found.record.role) == (decided.environment, role)
        and (
            (decided.decision, found.record.decision) != ("approve", "approve")
            or decided.incident == found.record.incident
        )
    ]


def _approver_roles(present: Present) -> list[str]:
    checks = present.law.policy.record.checks.values()
    return sorted({check.role for check in checks if check.type == "approval" and check.role is not None})


def _asked_roles(present: Present, decided: Decided) -> list[str]:
    """The roles in which such a decision can mean anything: a rejection or withdrawal concerns both kinds."""
    rules = present.law.policy.record.emergency
    authorising = set(rules.authorised_by) if rules is not None else set()
    if decided.incident is not None:
        return sorted(authorising)
    approving = set(_approver_roles(present))
    return sorted(approving if decided.decision == "approve" else approving | authorising)


def _asked_role(wanted: list[str], decided: Decided) -> str | None:
    """The role that was named, if the policy asks for such approvals in it: any other would never count."""
    role = decided.role
    if role is not None and role not in wanted:
        what = "approval" if decided.incident is None else "authorisation of an emergency"
        raise NotFound(
            f"the policy asks for no {what} in the role {names.shown(role)}; "
            + (f"it asks for {', '.join(wanted)}" if wanted else "it asks for none"),
            hint="registry policy show",
        )
    return role


def _only_role(present: Present, wanted: list[str], model: str, environment: str) -> str:
    held = sorted(
        role for role in wanted if present.law.trust.holds(present.principal, role, model, environment)
    )
    if len(held) == 1:
        return held[0]
    raise BadInput(
        f"{present.principal} holds {len(held)} approver roles here"
        + (f": {', '.join(held)}" if held else ""),
        hint=f"name the role: --role {held[0] if held else wanted[0] if wanted else 'ROLE'}",
    )
