"""Whether a release meets what a transition requires, and with which records.

Every requirement is evaluated over all records of the release, so that a failure, a rejection or a newer
decision is never overlooked; what meets it must then be among the records that the promotion cites.
No data never passes, and neither does an empty list of requirements.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gitregistry.records import paths
from gitregistry.records.release import Release
from gitregistry.registry.chains import ChainReader
from gitregistry.registry.opening import Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.rules.approval_requirements import approval_requirement
from gitregistry.rules.evidence_requirements import evidence_requirement
from gitregistry.rules.fallbacks import is_by_mover
from gitregistry.rules.findings import Requirement, Support
from gitregistry.rules.shelf import Shelf
from gitregistry.rules.step import Law


class Promotion(NamedTuple):
    """What is asked for: this release into that environment, by this principal, at this moment.

    ``incident`` for an emergency promotion, authorised by ``authorised_by``; None for whoever may and did.
    """

    release: Opened[Release]
    environment: str
    promoter: str
    time: str
    incident: str | None = None
    authorised_by: str | None = None


def evaluate(
    law: Law, snapshot: Snapshot, chain: ChainReader, promotion: Promotion
) -> tuple[Requirement, ...]:
    """Every requirement of the transition, met and unmet, in the policy's order."""
    policy = law.policy.record
    environment = next((e for e in policy.environments if e.name == promotion.environment), None)
    transition = policy.promotion_policy.get(f"to_{promotion.environment}")
    if environment is None or transition is None or not transition.requires:
        reason = f"the policy has no requirements for {promotion.environment}, so nothing may go there"
        return (Requirement("policy", False, reason=reason, rule="policy", hint="registry policy check"),)
    shelf = Shelf.of(law, snapshot, promotion.release, promotion.environment, promotion.time)
    found: dict[str, Requirement] = {}
    for name in transition.requires:
        check = policy.checks.get(name)
        if check is None:
            reason = f"{name} is not defined under checks"
            found[name] = Requirement(name, False, reason=reason, rule="policy", hint="registry policy check")
        elif check.type != "approval":
            found[name] = evidence_requirement(name, check, shelf)
    decisive = [support for requirement in found.values() for support in requirement.by]
    for name in transition.requires:
        if name not in found:
            found[name] = approval_requirement(name, policy.checks[name], shelf, decisive, promotion.promoter)
    ordered = tuple(found[name] for name in dict.fromkeys(transition.requires))
    if environment.after is not None:
        ordered = (_came_from(law, chain, promotion, environment.after), *ordered)
    if policy.freeze_windows or environment.artifact_formats or policy.artifact_formats:
        from gitregistry.rules.gates import gates  # noqa: PLC0415 - few policies have any

        ordered = (*gates(law, promotion, environment), *ordered)
    return _in_view_of_emergencies(shelf, snapshot, promotion, ordered)


def _in_view_of_emergencies(
    shelf: Shelf, snapshot: Snapshot, promotion: Promotion, requirements: tuple[Requirement, ...]
) -> tuple[Requirement, ...]:
    """What an emergency makes of the requirements; and what earlier ones add to an ordinary promotion."""
    if promotion.incident is not None:
        from gitregistry.rules.emergencies import excused  # noqa: PLC0415 - few promotions are emergencies

        return excused(shelf, promotion, requirements)
    if snapshot.tree.children(paths.emergencies_folder(promotion.release.record.model_name)):
        from gitregistry.rules.emergencies import review_requirement  # noqa: PLC0415 - few models had one

        return (*review_requirement(shelf.law, snapshot, promotion), *requirements)
    return requirements


def _came_from(law: Law, chain: ChainReader, promotion: Promotion, earlier: str) -> Requirement:
    release = promotion.release.record
    name = f"promoted_to_{earlier}"
    tip = chain(release.model_name, earlier)
    for link in tip.backwards() if tip is not None else ():
        alias = link.opened.record
        if alias.release_digest == promotion.release.digest and is_by_mover(law, link.opened):
            support = Support(
                paths.alias(release.model_name, earlier),
                link.opened.digest,
                alias.created_by,
                alias.created_at,
                measured=f"sequence {alias.sequence}",
            )
            return Requirement(name, True, (support,))
    return Requirement(
        name,
        False,
        reason=f"it was never promoted to {earlier}",
        hint=f"registry promote {release.model_name}:{release.version} --to {earlier}",
    )


def cited(requirements: Sequence[Requirement], kind: str) -> tuple[str, ...]:
    """The digests of all ``evidence`` or ``approvals`` that met the requirements, sorted, each once."""
    return tuple(
        sorted(
            {
                support.digest
                for item in requirements
                if item.skipped is None
                for support in item.by
                if support.path.split("/")[-2:-1] == [kind]
            }
        )
    )
