"""Why profiles cannot be put in force: above all, two that are equally specific for one model."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from gitregistry.records.policy import Policy
from gitregistry.rules.patterns import intersect, is_name
from gitregistry.rules.profiles import UNCLEAR, rank_of

# Every two of them may be compared, by whoever judges a policy that anybody may have proposed.
_MOST = 1000

_Selector = tuple[str, str]


def faults_in_profiles(policy: Policy) -> Iterator[str]:
    """Faults of profiles as such; what their transitions ask is looked at with all others."""
    names = [profile.name for profile in policy.profiles]
    for doubled in sorted({name for name in names if names.count(name) > 1}):
        yield f"profiles: the name {doubled} stands twice"
    for index, profile in enumerate(policy.profiles):
        where = f"profiles[{index}]"
        if bool(profile.models) == bool(profile.risk_tiers):
            which = "both models and risk tiers" if profile.models else "neither models nor risk tiers"
            yield f"{where}: {profile.name} names {which}; it is for one or the other"
        if not profile.promotion_policy:
            yield f"{where}.promotion_policy: it is empty; {profile.name} takes the place of no transition"
    if UNCLEAR in policy.checks:
        yield f"checks.{UNCLEAR}: with profiles, this is what refuses when nobody can say which one holds"
    yield from _ambiguities(policy)


def _ambiguities(policy: Policy) -> Iterator[str]:
    number = sum(len(profile.models) + len(profile.risk_tiers) for profile in policy.profiles)
    if number > _MOST:
        yield f"profiles: they name {number} models, patterns and risk tiers; at most {_MOST} can be compared"
        return
    for transition in dict.fromkeys(name for profile in policy.profiles for name in profile.promotion_policy):
        seen: dict[_Selector, list[str]] = {}
        for profile in policy.profiles:
            if transition in profile.promotion_policy:
                selectors = [("model", glob) for glob in dict.fromkeys(profile.models)]
                selectors += [("risk tier", tier) for tier in dict.fromkeys(profile.risk_tiers)]
                for selector in selectors:
                    seen.setdefault(selector, []).append(profile.name)
        for (kind, what), profiles in seen.items():
            if len(profiles) > 1:
                yield _ambiguous(transition, profiles[:2], f"the {kind} {what}")
        yield from _crossing(transition, seen)


def _crossing(transition: str, seen: dict[_Selector, list[str]]) -> Iterator[str]:
    """Different patterns of the same length that some name matches both of."""
    by_rank: dict[tuple[int, int], list[str]] = {}
    for kind, glob in seen:
        if kind == "model" and not is_name(glob):
            by_rank.setdefault(rank_of(glob), []).append(glob)
    for alike in by_rank.values():
        for one, other in combinations(alike, 2):
            profiles = [*seen["model", one][:1], *seen["model", other][:1]]
            if profiles[0] != profiles[1] and intersect(one, other):
                yield _ambiguous(transition, profiles, f"models that match {one} and {other}")


def _ambiguous(transition: str, profiles: list[str], what: str) -> str:
    return f"profiles: {' and '.join(profiles)} are equally specific for {what} ({transition})"
