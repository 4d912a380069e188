"""Which models a change of profiles is told for: those of patterns, of a risk tier, or of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gitregistry.records.policy import Policy, Transition
from gitregistry.rules.patterns import covers, intersect, is_name
from gitregistry.rules.profiles import by_tier, rank_of


class Scope(NamedTuple):
    """Models that match a name or all of some patterns, that are of a risk tier, or both."""

    models: tuple[str, ...] = ()
    tier: str | None = None

    @property
    def words(self) -> str:
        """``fraud-*``, ``fraud-* that match *-eu``, ``risk tier high`` or ``fraud-* of risk tier high``."""
        tier = [f"risk tier {self.tier}"] if self.tier is not None else []
        return " of ".join([" that match ".join(self.models), *tier] if self.models else tier)


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
    known = _scopes(old, new, name)
    found = {scope: (_holding(old, scope, name), _holding(new, scope, name)) for scope in known}
    top = old.promotion_policy.get(name), new.promotion_policy.get(name)
    for place, (scope, pair) in enumerate(found.items()):
        if pair != top and not any(found[wider] == pair for wider in _wider(scope, place, known)):
            yield Changed(scope, *pair)


def _wider(scope: Scope, place: int, known: Sequence[Scope]) -> Iterator[Scope]:
    """The scopes that hold all models of this one; of two that hold the same, the first."""
    if scope.models and scope.tier is not None:
        yield from (Scope(scope.models), Scope((), scope.tier))
    elif len(scope.models) > 1:
        yield from (Scope((glob,)) for glob in scope.models)
    elif scope.models:
        (own,) = scope.models
        for earlier, other in enumerate(known):
            if other == scope or len(other.models) != 1 or other.tier is not None:
                continue
            (glob,) = other.models
            if covers(glob, own) and (earlier < place or not covers(own, glob)):
                yield other


def _scopes(old: Policy, new: Policy, transition: str) -> list[Scope]:
    """Every name, pattern and tier of profiles for a transition, and what lies in two of them.

    A model that is in two patterns may lose the one by the other; one of a tier may lose it by a pattern.
    """
    globs = [_globs(policy, transition) for policy in (old, new)]
    tiers = dict.fromkeys(
        tier
        for policy in (old, new)
        for profile in policy.profiles
        if transition in profile.promotion_policy
        for tier in profile.risk_tiers
    )
    each = [Scope((glob,)) for glob in dict.fromkeys((*globs[0], *globs[1]))]
    crossing = [
        Scope((one, other))
        for one in globs[0]
        for other in globs[1]
        if intersect(one, other) and not covers(one, other) and not covers(other, one)
    ]
    free = [scope for scope in each if any(_by_pattern(p, scope, transition) is None for p in (old, new))]
    both = [scope._replace(tier=tier) for tier in tiers for scope in free]
    return [*each, *(Scope((), tier) for tier in tiers), *crossing, *both]


def _globs(policy: Policy, transition: str) -> dict[str, None]:
    return dict.fromkeys(
        glob
        for profile in policy.profiles
        if transition in profile.promotion_policy
        for glob in profile.models
    )


def _holding(policy: Policy, scope: Scope, name: str) -> Transition | None:
    """The transition for models of a scope that no narrower pattern takes out."""
    found = _by_pattern(policy, scope, name)
    if found is None:
        of_tier = (match.profile.promotion_policy[name] for match in by_tier(policy, scope.tier, name))
        found = next(of_tier, None)
    return found if found is not None else policy.promotion_policy.get(name)


def _by_pattern(policy: Policy, scope: Scope, name: str) -> Transition | None:
    found = [
        (rank_of(glob), index)
        for index, profile in enumerate(policy.profiles)
        if name in profile.promotion_policy
        for glob in profile.models
        if any(glob == own or (not is_name(glob) and covers(glob, own)) for own in scope.models)
    ]
    return policy.profiles[max(found)[1]].promotion_policy[name] if found else None
