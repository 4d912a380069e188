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
from gitregistry.records.digests import digest_of
from gitregistry.records.encoding import encode
from gitregistry.registry.opening import Opened
from gitregistry.rules.baselines import compared_evidence
from gitregistry.rules.shelf import Shelf

_DONE = {"approve": "Approve", "reject": "Reject", "withdraw": "Withdraw the decision on"}


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided, as it is given to ``approve``. ``role`` of None means the only one they hold."""

    environment: str
    role: str | None
    decision: DecisionWord
    note: str | None = None
    evaluation_report: str | None = None
    expires_at: str | None = None


def approval(name: ReleaseName, decided: Decided) -> Proposer:
    """Propose a decision, bound to the policy in force and to all evidence on file, also of what is live."""

    def propose(present: Present) -> Proposal:
        present.environment(decided.environment)
        release = require_release(present.snapshot, name.model, name.version)
        role = _asked_role(present, decided.role) or _only_role(present, name.model, decided.environment)
        earlier = _earlier(present, name, decided.environment, role)
        if decided.decision == "withdraw" and not earlier:
            raise NotFound(
                f"{present.principal} has decided nothing as {role} on {name} for {decided.environment}",
                hint=f"registry show {name}",
            )
        shelf = Shelf.of(
            present.law, present.snapshot, present.chain, release, decided.environment, present.now
        )
        evidence = {*(found.digest for found in shelf.evidence), *compared_evidence(shelf)}
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
            policy=present.policy_stamp,
            reviewed=tuple(sorted(evidence)),
            evaluation_report=decided.evaluation_report,
            note=decided.note,
            expires_at=decided.expires_at,
            supersedes=tuple(earlier),
        )
        stem = f"{decided.environment}-{present.principal}-{digest_of(encode(record))[7:19]}"
        path = f"{paths.approvals_folder(name.model, name.version)}/{stem}.yaml"
        return Proposal(
            f"{_DONE[decided.decision]} {name} for {decided.environment} as {role}",
            {path: record},
            trailers=release_trailers(decided.decision, str(name), decided.environment),
        )

    return propose


def _earlier(present: Present, name: ReleaseName, environment: str, role: str) -> list[str]:
    """The digests of this person's decisions so far in this role."""
    folder = paths.approvals_folder(name.model, name.version)
    return [
        found.digest
        for found in present.snapshot.open_folder(Approval, "approval", folder)
        if isinstance(found, Opened)
        and found.record.created_by == present.principal
        and (found.record.environment, found.record.role) == (environment, role)
    ]


def _approver_roles(present: Present) -> list[str]:
    checks = present.law.policy.record.checks.values()
    return sorted({check.role for check in checks if check.type == "approval" and check.role is not None})


def _asked_role(present: Present, role: str | None) -> str | None:
    """The role that was named, if the policy asks for approvals in it: any other would never count."""
    wanted = _approver_roles(present)
    if role is not None and role not in wanted:
        raise NotFound(
            f"the policy asks for no approval in the role {names.shown(role)}; "
            + (f"it asks for {', '.join(wanted)}" if wanted else "it asks for none"),
            hint="registry policy show",
        )
    return role


def _only_role(present: Present, model: str, environment: str) -> str:
    wanted = _approver_roles(present)
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
