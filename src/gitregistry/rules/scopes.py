"""Which models a change of profiles is told for: those of a pattern, of a risk tier, or of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gitregistry.records.policy import Policy, Transition
from gitregistry.rules.patterns import covers, is_name
from gitregistry.rules.profiles import by_tier, rank_of


class Scope(NamedTuple):
    """Models by name or pattern, by risk tier, or by both; a scope of neither is all others."""

    models: str | None = None
    tier: str | None = None

    @property
    def words(self) -> str:
        """``fraud-*``, ``risk tier high`` or ``fraud-* of risk tier high``."""
        tier = f"risk tier {self.tier}" if self.tier is not None else None
        return " of ".join(part for part in (self.models, tier) if part is not None)


class Changed(NamedTuple):
    """What holds in a scope before and after; at least one of them by a profile."""

    scope: Scope
    before: Transition | None
    after: Transition | None


def changed_scopes(old: Policy, new: Policy, environment: str) -> Iterator[Changed]:
    """Each scope in which a promotion is asked something else than before, or than all other models are.

    What is the same as for a wider scope is told there alone.
    """
    name = f"to_{environment}"
    known = _scopes((old, new), name)
    found = {scope: (_holding(old, scope, name), _holding(new, scope, name)) for scope in known}
    top = old.promotion_policy.get(name), new.promotion_policy.get(name)
    for scope, pair in found.items():
        if pair != top and not any(found[wider] == pair for wider in _wider(scope, known)):
            yield Changed(scope, *pair)


def _wider(scope: Scope, known: Sequence[Scope]) -> Iterator[Scope]:
    """The scopes that hold all models of this one; of two that hold the same, the first."""
    if scope.models is None:
        return
    if scope.tier is not None:
        yield from (Scope(scope.models), Scope(None, scope.tier))
        return
    for place, other in enumerate(known):
        if other.models is None or other.tier is not None or other == scope or is_name(other.models):
            continue
        if covers(other.models, scope.models):
            same = covers(scope.models, other.models)
            if not same or place < known.index(scope):
                yield other


def _scopes(policies: Sequence[Policy], transition: str) -> list[Scope]:
    """Every name, pattern and tier of profiles for a transition; with every tier, where one may decide."""
    profiles = [p for policy in policies for p in policy.profiles if transition in p.promotion_policy]
    globs = [Scope(glob) for glob in dict.fromkeys(glob for p in profiles for glob in p.models)]
    tiers = [Scope(None, tier) for tier in dict.fromkeys(tier for p in profiles for tier in p.risk_tiers)]
    both = [
        Scope(glob.models, tier.tier)
        for tier in tiers
        for glob in globs
        if any(_by_pattern(policy, glob.models or "", transition) is None for policy in policies)
    ]
    return [*globs, *tiers, *both]


def _holding(policy: Policy, scope: Scope, name: str) -> Transition | None:
    """The transition for models of a scope that no narrower pattern takes out."""
    found = _by_pattern(policy, scope.models, name) if scope.models is not None else None
    if found is None:
        found = next(
            (match.profile.promotion_policy[name] for match in by_tier(policy, scope.tier, name)), None
        )
    return found if found is not None else policy.promotion_policy.get(name)


def _by_pattern(policy: Policy, models: str, name: str) -> Transition | None:
    found = [
        (rank_of(glob), index)
        for index, profile in enumerate(policy.profiles)
        if name in profile.promotion_policy
        for glob in profile.models
        if glob == models or (not is_name(glob) and covers(glob, models))
    ]
    return policy.profiles[max(found)[1]].promotion_policy[name] if found else None
