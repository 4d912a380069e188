"""What a policy asks for that nobody could give under the trust in force, as far as that is certain.

Each transition is looked at for the models of its pattern, for which it is enough that somebody could act for
some of them; and for each model that there is, by its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gitregistry.records.policy import Check, Policy, Transition
from gitregistry.registry.trust import ATTESTER, PROMOTER, PUBLISHER, TrustInForce, matches_any
from gitregistry.rules.matching import can_fill
from gitregistry.rules.patterns import ANY, intersect
from gitregistry.rules.policy_lints import Lint, Way, way_of
from gitregistry.rules.policy_words import listed
from gitregistry.rules.profiles import every_transition


class Asked(NamedTuple):
    """A transition as it is asked of some models: by a pattern for what there may be, or of one by name."""

    way: Way
    environment: str
    transition: Transition
    models: str
    whom: str

    @property
    def scope(self) -> str:
        """The options of a grant that would do: no wider than it must be."""
        models = f" --model '{self.models}'" if self.models != ANY else ""
        return f"{models} --environment {self.environment}"


class Slot(NamedTuple):
    """One approval that a transition needs, and who could give it."""

    name: str
    persons: frozenset[str]


def by_pattern(policy: Policy) -> Iterator[Asked]:
    """Every transition, for the models that it is for."""
    for where, name, transition in every_transition(policy):
        way = way_of(where)
        environment = name.removeprefix("to_")
        if way[0] != "profiles":
            yield Asked(way, environment, transition, ANY, "any model")
            continue
        profile = policy.profiles[int(way[1])]
        for glob in profile.models:
            yield Asked(way, environment, transition, glob, glob)
        for tier in profile.risk_tiers:
            yield Asked(way, environment, transition, ANY, f"models of risk tier {tier}")


def trust_lints(known: Known, asked: Asked) -> Iterator[Lint]:
    """What could be met for none of the models that a transition is asked of."""
    yield from _promoting(known, asked)
    yield from _evidence(known, asked)
    slots = _slots(known, asked)
    yield from list(_approvals(known, asked, slots)) or _together(known, asked, slots)


def unheld_roles(policy: Policy, trust: TrustInForce) -> Iterator[Lint]:
    """Roles that may sign evidence, beside others, or act in an emergency, and that nobody holds."""
    for name, check in policy.checks.items():
        for place, role in enumerate(check.by if check.type != "approval" else ()):
            if len(check.by) > 1 and not trust.holders(role):
                words = f"{name}: nobody holds the role {role}"
                yield Lint(("checks", name, "by", place), words, f"registry trust grant ID {role}")
    rules = policy.emergency
    for field in ("authorised_by", "review_by") if rules is not None else ():
        for place, role in enumerate(getattr(rules, field)):
            if not any(holder.kind == "person" for holder in trust.holders(role)):
                words = f"emergency.{field}: no person holds the role {role}"
                yield Lint(("emergency", field, place), words, f"registry trust grant ID {role}")


class Known:
    """A policy and the trust in force, asked who could do what; ``now`` is when keys must count."""

    def __init__(self, policy: Policy, trust: TrustInForce, now: str) -> None:
        self.policy = policy
        self._trust = trust
        self._alive = {
            who.id: who.kind
            for who in trust.record.principals
            if any(key.revoked is None and (key.valid_until or now) >= now for key in who.keys)
        }
        self.four_eyes = trust.four_eyes
        self.principals = len(self._alive)

    def holders(
        self, roles: Sequence[str], models: str, environment: str | None, *, persons: bool = False
    ) -> frozenset[str]:
        """Whoever could act in one of the roles, for some model of a pattern."""
        return frozenset(
            grant.principal
            for grant in self._trust.record.grants
            if grant.role in roles
            and grant.principal in self._alive
            and (not persons or self._alive[grant.principal] == "person")
            and any(intersect(glob, models) for glob in grant.models)
            and matches_any(grant.environments, environment)
        )

    def evidence(self, transition: Transition) -> list[tuple[str, Check]]:
        """The requirements of a transition that somebody's evidence meets."""
        return [
            (n, check) for n, check in self._checks(transition) if check.type in ("evidence", "measurement")
        ]

    def approvals(self, transition: Transition) -> list[tuple[str, Check]]:
        """Those that persons' approvals meet."""
        return [(name, check) for name, check in self._checks(transition) if check.type == "approval"]

    def _checks(self, transition: Transition) -> Iterator[tuple[str, Check]]:
        for name in dict.fromkeys(transition.requires):
            check = self.policy.checks.get(name)
            if check is not None:
                yield name, check


def _promoting(known: Known, asked: Asked) -> Iterator[Lint]:
    if not known.holders([PROMOTER], asked.models, asked.environment):
        words = f"nobody may promote {asked.whom} to {asked.environment}: no one holds {PROMOTER} there"
        yield Lint(asked.way, words, f"registry trust grant ID {PROMOTER}{asked.scope}")


def _evidence(known: Known, asked: Asked) -> Iterator[Lint]:
    for name, check in known.evidence(asked.transition):
        where = check.environment or asked.environment
        if not known.holders(check.by, asked.models, where):
            roles = " or ".join(check.by)
            words = (
                f"nobody may sign evidence for {name} of {asked.whom} in {where}: no one holds {roles} there"
            )
            role = ATTESTER if ATTESTER in check.by else (*check.by, ATTESTER)[0]
            scope = asked._replace(environment=where).scope
            yield Lint(("checks", name), words, f"registry trust grant ID {role}{scope}")


def _slots(known: Known, asked: Asked) -> list[Slot]:
    return [
        Slot(name, known.holders([check.role or ""], asked.models, asked.environment, persons=True))
        for name, check in known.approvals(asked.transition)
        for _ in range(min(check.count, known.principals + 1))
    ]


def _approvals(known: Known, asked: Asked, slots: Sequence[Slot]) -> Iterator[Lint]:
    """Approvals for which there are fewer persons than must give them."""
    persons = {slot.name: slot.persons for slot in slots}
    for name, check in known.approvals(asked.transition):
        there = sorted(persons[name])
        if len(there) >= check.count:
            continue
        hint = f"registry trust grant ID {check.role}{asked.scope}"
        if there:
            words = (
                f"{name} needs {check.count} persons in the role {check.role} for {asked.whom} in "
                f"{asked.environment}; there {'is' if len(there) == 1 else 'are'} {listed(there)}"
            )
        else:
            words = (
                f"no one holds {check.role} for {asked.whom} in {asked.environment}: nobody can meet {name}"
            )
        yield Lint(("checks", name, "role"), words, hint)


def _together(known: Known, asked: Asked, slots: Sequence[Slot]) -> Iterator[Lint]:
    """Approvals that there are persons for one by one, and not for all at once."""
    if not slots or not known.four_eyes:
        return
    needed = [slot.persons for slot in slots]
    what = f"{listed(list(dict.fromkeys(slot.name for slot in slots)))} for {asked.whom}"
    hint = f"registry trust grant ID {known.policy.checks[slots[-1].name].role}{asked.scope}"
    everybody = sorted(frozenset().union(*needed))
    if not can_fill(needed):
        words = (
            f"{what} in {asked.environment} need {len(needed)} persons, for one person fills one place; "
            f"there are {listed(everybody)}"
        )
        yield Lint((*asked.way, "requires"), words, hint)
        return
    for doing, who in _others(known, asked):
        if who and not any(can_fill([persons - {one} for persons in needed]) for one in who):
            words = (
                f"{what} in {asked.environment} cannot be met: whoever {doing} does not count, and "
                f"{listed(sorted(who))} would be needed"
            )
            yield Lint((*asked.way, "requires"), words, hint)


def _others(known: Known, asked: Asked) -> Iterator[tuple[str, frozenset[str]]]:
    """What is done by somebody whose approval does not count, and by whom it could be."""
    if "promoter" in known.policy.separation_of_duties:
        yield "promotes", known.holders([PROMOTER], asked.models, asked.environment)
    if "release_author" in known.policy.separation_of_duties:
        yield "registered the release", known.holders([PUBLISHER], asked.models, None)
    if "evidence_signer" in known.policy.separation_of_duties:
        for name, check in known.evidence(asked.transition):
            where = check.environment or asked.environment
            yield f"signs the evidence for {name}", known.holders(check.by, asked.models, where)
