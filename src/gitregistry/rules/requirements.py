"""Whether a release meets what a transition requires, and with which records.

Every requirement is evaluated over all records of the release, so that a failure, a rejection or a newer
decision is never overlooked; what meets it must then be among the records that the promotion cites.
No data never passes, and neither does an empty list of requirements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.policy import PolicyEnvironment, Transition
from gitregistry.records.release import Release
from gitregistry.registry.chains import ChainReader, Link, follows, linked
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.rules.evidence_requirements import evidence_requirement
from gitregistry.rules.fallbacks import is_by_mover
from gitregistry.rules.findings import Requirement, Support
from gitregistry.rules.shelf import Shelf
from gitregistry.rules.step import Law

if TYPE_CHECKING:
    from gitregistry.rules.approval_doubts import Decisive  # as where it is made
    from gitregistry.rules.holds import Departure  # little was ever rolled back


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


def promotion_of(alias: Alias, release: Opened[Release], time: str) -> Promotion:
    """What an alias record asks for at the time of its step."""
    asked = Promotion(release, alias.environment, alias.created_by, time)
    emergency = alias.emergency
    if emergency is None:
        return asked
    return asked._replace(incident=emergency.incident, authorised_by=emergency.authorised_by)


def evaluate(
    law: Law, snapshot: Snapshot, chain: ChainReader, promotion: Promotion
) -> tuple[Requirement, ...]:
    """Every requirement of the transition, met and unmet, in the policy's order."""
    policy = law.policy.record
    asked = _asked(law, snapshot, promotion)
    if isinstance(asked, Requirement):
        return (asked,)
    environment, transition = asked
    departed = _departed(policy.environments, chain, snapshot, promotion)
    shelf = _shelf(law, snapshot, chain, promotion, departed)
    found: dict[str, Requirement] = {}
    for name in transition.requires:
        check = policy.checks.get(name)
        if check is None:
            reason = f"{name} is not defined under checks"
            found[name] = Requirement(name, False, reason=reason, rule="policy", hint="registry policy check")
        elif check.type == "expression":
            from gitregistry.rules.expressions import expression_requirement  # noqa: PLC0415 - few are

            found[name] = expression_requirement(name, check, shelf)
        elif check.type != "approval":
            found[name] = evidence_requirement(name, check, shelf)
    approvals = {name: policy.checks[name] for name in transition.requires if name not in found}
    if approvals:
        # Few environments ask for any of those that are promoted to most often.
        from gitregistry.rules.approval_doubts import Question  # noqa: PLC0415
        from gitregistry.rules.approval_requirements import approval_requirements  # noqa: PLC0415

        decisive = decisive_evidence(tuple(found.values()))
        question = Question(shelf, decisive, promotion.promoter, _spared(law, promotion))
        found |= approval_requirements(approvals, question)
    ordered = tuple(found[name] for name in dict.fromkeys(transition.requires))
    ordered = (*_ways(law, chain, promotion, environment, transition), *ordered)
    if transition.image_digest is not None:
        from gitregistry.rules.images import image_requirement  # noqa: PLC0415 - few transitions ask for it

        ordered = (image_requirement(promotion.release), *ordered)
    if departed:
        from gitregistry.rules.holds import hold_requirement  # noqa: PLC0415 - little was ever rolled back

        ordered = (hold_requirement(law, snapshot, promotion, departed), *ordered)
    ordered = (*_line(snapshot, chain, promotion.release.record.model_name), *ordered)
    if policy.freeze_windows or environment.artifact_formats or policy.artifact_formats:
        from gitregistry.rules.gates import gates  # noqa: PLC0415 - few policies have any

        ordered = (*gates(law, promotion, environment), *ordered)
    return _in_view_of_emergencies(shelf, snapshot, promotion, ordered)


def _spared(law: Law, promotion: Promotion) -> tuple[str, ...]:
    """What an emergency promotion may go without; nothing for an ordinary one."""
    if promotion.incident is None:
        return ()
    from gitregistry.rules.emergencies import rules_for  # noqa: PLC0415 - few promotions are emergencies

    rules = rules_for(law.policy.record, promotion.environment)
    return rules.may_skip if rules is not None else ()


def _in_view_of_emergencies(
    shelf: Shelf, snapshot: Snapshot, promotion: Promotion, requirements: tuple[Requirement, ...]
) -> tuple[Requirement, ...]:
    """What an emergency makes of the requirements; and what earlier ones add to an ordinary promotion."""
    if promotion.incident is not None:
        from gitregistry.rules.emergencies import excused  # noqa: PLC0415 - few promotions are emergencies

        return excused(shelf, promotion, requirements)
    if snapshot.tree.children(paths.emergencies_folder(promotion.release.record.model_name)):
        from gitregistry.rules.emergencies import review_requirement  # noqa: PLC0415 - few models had one

        return (*review_requirement(shelf.law, shelf.snapshot, promotion), *requirements)
    return requirements


def _asked(
    law: Law, snapshot: Snapshot, promotion: Promotion
) -> tuple[PolicyEnvironment, Transition] | Requirement:
    """The environment and the transition that holds there; or what is unmet where nobody can say which."""
    policy, name = law.policy.record, promotion.environment
    environment = next((e for e in policy.environments if e.name == name), None)
    transition = policy.promotion_policy.get(f"to_{name}")
    if policy.profiles:
        from gitregistry.rules.profiles import UNCLEAR, transition_for  # noqa: PLC0415 - few policies have any

        try:
            transition = transition_for(law, snapshot, promotion.release, name)
        except Broken as doubt:
            return Requirement(UNCLEAR, False, reason=doubt.message, rule=doubt.code, hint=doubt.hint)
    if environment is None or transition is None or not transition.requires:
        reason = f"the policy has no requirements for {name}, so nothing may go there"
        return Requirement("policy", False, reason=reason, rule="policy", hint="registry policy check")
    return environment, transition


def _line(snapshot: Snapshot, chain: ChainReader, model: str) -> Iterator[Requirement]:
    if any(chain.line(one) or snapshot.tree.entry(paths.line(one)) is not None for one in (None, model)):
        from gitregistry.rules.lines import line_requirement  # noqa: PLC0415 - seldom is anything stopped

        stopped = line_requirement(snapshot, chain, model)
        if stopped is not None:
            yield stopped


def _departed(
    environments: Sequence[PolicyEnvironment], chain: ChainReader, snapshot: Snapshot, promotion: Promotion
) -> list[Departure]:
    """Where on its way the release was ever rolled back from, by the promotion's own step as well."""
    model = promotion.release.record.model_name
    found = []
    for name in way_to(environments, promotion.environment):
        tip = _moved(snapshot, chain(model, name), promotion.time)
        if tip is not None and tip.rolled_back:
            from gitregistry.rules.holds import departure  # noqa: PLC0415 - little was ever rolled back

            found.append(departure(tip, promotion.release))
    return [one for one in found if one is not None]


def _moved(snapshot: Snapshot, tip: Link | None, time: str) -> Link | None:
    """An alias's chain with the rollback that lies in the tree and is not of history yet."""
    if tip is None:
        return None
    try:
        opened = snapshot.open(Alias, "alias", tip.opened.path)
    except Broken:  # the judge reports it
        return tip
    if opened is None or opened.record.action != "rollback" or not follows(opened.record, tip):
        return tip
    return linked(opened, None, tip, time)


def shelf_of(law: Law, snapshot: Snapshot, chain: ChainReader, promotion: Promotion) -> Shelf:
    """All that was filed for the release, as far as it is asked where it is to go."""
    return _shelf(
        law, snapshot, chain, promotion, _departed(law.policy.record.environments, chain, snapshot, promotion)
    )


def _shelf(
    law: Law, snapshot: Snapshot, chain: ChainReader, promotion: Promotion, departed: Sequence[Departure]
) -> Shelf:
    shelf = Shelf.of(law, snapshot, chain, promotion.release, promotion.environment, promotion.time)
    return shelf._replace(left_at=max(one.time for one in departed)) if departed else shelf


def way_to(environments: Sequence[PolicyEnvironment], name: str) -> list[str]:
    """An environment and those that a release must have come through before it, nearest first."""
    after = {environment.name: environment.after for environment in environments}
    found: list[str] = []
    here: str | None = name
    while here is not None and here not in found:
        found.append(here)
        here = after.get(here)
    return found


def _ways(
    law: Law,
    chain: ChainReader,
    promotion: Promotion,
    environment: PolicyEnvironment,
    transition: Transition,
) -> Iterator[Requirement]:
    """What is asked of the way that the release came: where it was promoted to before, and for how long."""
    if environment.after is not None:
        yield _came_from(law, chain, promotion, environment.after)
    if transition.min_time_in:
        from gitregistry.rules.soak import soak_requirements  # noqa: PLC0415 - few transitions ask for it

        yield from soak_requirements(law, chain, promotion, transition.min_time_in)


def _came_from(law: Law, chain: ChainReader, promotion: Promotion, earlier: str) -> Requirement:
    release = promotion.release.record
    name = f"promoted_to_{earlier}"
    tip = chain(release.model_name, earlier)
    reason = f"it was never promoted to {earlier}"
    for link in tip.backwards() if tip is not None else ():
        alias = link.opened.record
        if alias.action == "rollback":  # to come back by one is no promotion
            if link.leaves(promotion.release.digest):
                reason = f"it was rolled back from {earlier} since it was last promoted there"
                break
        elif alias.release_digest == promotion.release.digest and is_by_mover(law, link):
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
        reason=reason,
        hint=f"registry promote {release.model_name}:{release.version} --to {earlier}",
    )


def decisive_evidence(requirements: Sequence[Requirement]) -> list[Decisive]:
    """All evidence that requirements rest on, or fail by, also that of a release compared with."""
    from gitregistry.rules.approval_doubts import Decisive  # noqa: PLC0415 - as for the approvals

    return [
        Decisive(item.name, support)
        for item in requirements
        for support in item.by
        if is_filed_as(support, "evidence")
    ]


def is_filed_as(support: Support, kind: str) -> bool:
    """Whether it lies in a release's folder of that name: ``evidence`` or ``approvals``."""
    return support.path.rpartition("/")[0].endswith(f"/{kind}")


def cited(requirements: Sequence[Requirement], kind: str) -> tuple[str, ...]:
    """The digests of all ``evidence`` or ``approvals`` that met the requirements, sorted, each once.

    An unmet one names the records that speak against it. ``kind`` is the folder that the records lie in.
    """
    return tuple(
        sorted(
            {
                support.digest
                for item in requirements
                if item.skipped is None
                for support in item.by
                if is_filed_as(support, kind)
            }
        )
    )
