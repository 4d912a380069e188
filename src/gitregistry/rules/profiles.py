"""Which transition holds for a model: that of the most specific profile, else the policy's own.

A model's own name goes before a pattern, a pattern with more letters before one with fewer, any pattern
before a risk tier, and that before the top level. The winner takes the transition's place as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitregistry.records.policy import Policy, Profile, Transition
from gitregistry.records.release import Release
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import matches_any
from gitregistry.rules.patterns import is_name, literal_length
from gitregistry.rules.step import Law
from gitregistry.rules.tiers import claimed_tier

Rank = tuple[int, int]
BY_TIER: Rank = (0, 0)
# The requirement that stands in the place of all when nobody can say which profile holds; no check's name.
UNCLEAR = "profile"


class Match(NamedTuple):
    """A profile that defines a transition and matches: by which name, pattern or tier, and how specific."""

    profile: Profile
    by: str
    rank: Rank

    @property
    def words(self) -> str:
        """``the name fraud-eu``, ``the pattern fraud-*`` or ``the risk tier high``."""
        kind = "risk tier" if self.rank == BY_TIER else "name" if is_name(self.by) else "pattern"
        return f"the {kind} {self.by}"


class Chosen(NamedTuple):
    """A transition for a model, and why this one.

    Attributes:
        transition: None where nothing may go.
        match: the profile that says so; None for the policy's own transition.
        beaten: the other profiles that match its name, most specific first.
    """

    transition: Transition | None
    match: Match | None = None
    beaten: tuple[Match, ...] = ()


def transition_for(
    law: Law, snapshot: Snapshot, release: Opened[Release], environment: str
) -> Transition | None:
    """What a promotion of a release to an environment asks; None where nothing may go.

    Raises:
        Broken: as ``choose`` does.
    """
    return choose(law, snapshot, release.record.model_name, release.record.risk_tier, environment).transition


def choose(law: Law, snapshot: Snapshot, model: str, claimed: str | None, environment: str) -> Chosen:
    """The transition to an environment that holds for a model.

    Args:
        claimed: the risk tier that the release gives itself, which decides nothing and must not differ.

    Raises:
        Broken: ``policy`` when two profiles are equally specific; ``tier`` when the tier would decide, and
            what the model's page or the release says of it is not what administrators signed.
    """
    policy = law.policy.record
    name = f"to_{environment}"
    matches = by_model(policy, model, name)
    if not matches and any(name in p.promotion_policy for p in policy.profiles if p.risk_tiers):
        matches = by_tier(policy, claimed_tier(law, snapshot, model, claimed), name)
    matches.sort(key=lambda match: match.rank, reverse=True)
    if not matches:
        return Chosen(policy.promotion_policy.get(name))
    first, *others = matches
    if others and others[0].rank == first.rank:
        both = f"{first.profile.name} and {others[0].profile.name}"
        words = f"the profiles {both} are equally specific for {model}"
        raise Broken("policy", words, hint="registry policy check")
    return Chosen(first.profile.promotion_policy[name], first, tuple(others))


def by_model(policy: Policy, model: str, transition: str) -> list[Match]:
    """The profiles that define a transition and match a model's name, each by its most specific pattern."""
    found = []
    for profile in policy.profiles:
        if transition in profile.promotion_policy:
            globs = [glob for glob in profile.models if matches_any((glob,), model)]
            if globs:
                best = max(globs, key=rank_of)
                found.append(Match(profile, best, rank_of(best)))
    return found


def by_tier(policy: Policy, tier: str | None, transition: str) -> list[Match]:
    """The profiles that define a transition for a risk tier."""
    return [
        Match(profile, tier, BY_TIER)
        for profile in policy.profiles
        if tier is not None and tier in profile.risk_tiers and transition in profile.promotion_policy
    ]


def rank_of(glob: str) -> Rank:
    """How specific a pattern is: greater wins."""
    return (2 if is_name(glob) else 1, literal_length(glob))


def every_transition(policy: Policy) -> Iterator[tuple[str, str, Transition]]:
    """All transitions: where each stands in the file, its name, and what it asks."""
    for name, transition in policy.promotion_policy.items():
        yield f"promotion_policy.{name}", name, transition
    for index, profile in enumerate(policy.profiles):
        for name, transition in profile.promotion_policy.items():
            yield f"profiles[{index}].promotion_policy.{name}", name, transition
