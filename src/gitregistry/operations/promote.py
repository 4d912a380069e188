"""Promote: judge a release against the policy, then move the alias in one commit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal, Proposer, release_trailers
from gitregistry.operations.references import ReleaseName
from gitregistry.operations.require import require_release
from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.registry.chains import Link
from gitregistry.rules.fallbacks import last_good
from gitregistry.rules.findings import Requirement
from gitregistry.rules.requirements import Promotion, cited, evaluate

if TYPE_CHECKING:
    from gitregistry.operations.emergency import Claim  # few promotions are emergencies


def promotion(
    name: ReleaseName, environment: str, reason: str | None, claim: Claim | None = None
) -> Proposer:
    """Propose that an environment's alias points at a release, on all the evidence that counts.

    Args:
        claim: that it is an emergency, which has a reason of its own.
    """

    def propose(present: Present) -> Proposal:
        alias = promoted_alias(present, name, environment, reason, claim)
        subject = f"Promote {name} to {environment}"
        if claim is None:
            return alias_proposal(subject, alias)
        return alias_proposal(f"{subject} in an emergency: {claim.incident}", alias, claim.reason)

    return propose


def promoted_alias(
    present: Present, name: ReleaseName, environment: str, reason: str | None, claim: Claim | None = None
) -> Alias:
    """The record that points an environment's alias at a release.

    Raises:
        NotFound: there is no such environment or release.
    """
    return asked_promotion(present, name, environment, reason, claim)[0]


def asked_promotion(
    present: Present, name: ReleaseName, environment: str, reason: str | None, claim: Claim | None = None
) -> tuple[Alias, tuple[Requirement, ...]]:
    """The same, with every requirement that the promotion meets or does not."""
    present.environment(environment)
    release = require_release(present.snapshot, name.model, name.version)
    present.read_chains_of(name.model)
    incident = claim.incident if claim is not None else None
    asked = Promotion(release, environment, present.principal, present.now, incident)
    requirements = evaluate(present.law, present.snapshot, present.chain, asked)
    tip = present.chain(name.model, environment)
    alias = Alias(
        registry_id=present.registry_id,
        created_at=present.now,
        created_by=present.principal,
        model_name=name.model,
        environment=environment,
        version=name.version,
        release_digest=release.digest,
        action="promote",
        sequence=tip.opened.record.sequence + 1 if tip else 1,
        previous=tip.opened.digest if tip else None,
        policy=present.policy_stamp,
        trust=present.trust_stamp,
        evidence=cited(requirements, "evidence"),
        approvals=cited(requirements, "approvals"),
        reason=reason,
        mends=unlawful_moves(present, tip, paths.alias(name.model, environment)),
    )
    if claim is not None:
        from gitregistry.operations.emergency import emergency_of  # noqa: PLC0415 - few promotions are one

        alias = replace(alias, emergency=emergency_of(present, environment, claim, requirements))
    return with_fallback(present, tip, alias), requirements


def with_fallback(present: Present, tip: Link | None, alias: Alias) -> Alias:
    """The same record, naming what to go back to from it."""
    return replace(alias, rollback_target=last_good(present.law, present.snapshot, tip, alias))


def alias_proposal(subject: str, alias: Alias, body: str = "") -> Proposal:
    """The step that puts one alias record in place."""
    trailers = (
        *release_trailers(alias.action, f"{alias.model_name}:{alias.version}", alias.environment),
        ("Registry-Sequence", str(alias.sequence)),
    )
    path = paths.alias(alias.model_name, alias.environment)
    copies = {}
    if alias.emergency is not None:
        trailers = (*trailers, ("Registry-Incident", alias.emergency.incident))
        copies = {paths.emergency(alias.model_name, alias.environment, alias.sequence): path}
    return Proposal(subject, {path: alias}, copies=copies, trailers=trailers, body=body)


def unlawful_moves(present: Present, tip: Link | None, path: str) -> tuple[str, ...]:
    """The commits that moved this alias since its chain's latest record without adding to the chain.

    A record that names them settles them: its signer has seen that they happened.
    """
    commits = [version.commit for version in present.snapshot.tree.versions(path)]
    if tip is not None and tip.commit in commits:
        return tuple(commits[commits.index(tip.commit) + 1 :])
    return tuple(commits)
