"""Every window of the past in which promotions had to meet less than before, or something else.

Such a change was lawful: enough administrators signed it. But a policy that is weakened just before a
promotion and restored just after is what nobody should have to find by reading old versions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from gitregistry.audit.verdict import MadeUnder, PolicyInForce
from gitregistry.records.policy import Policy
from gitregistry.registry.trust import matches_any
from gitregistry.rules.aspects import Direction
from gitregistry.rules.policy_diff import Difference, everywhere, in_environment, placed_words
from gitregistry.rules.scopes import Scope

# What, when it changes, leaves nothing of a requirement to compare: all of its other windows stay open.
_WHOLE = ("asked", "type", "role", "measurement", "unit")

_Key = tuple[tuple[Scope, ...], str, str]
Compare = Callable[[Policy, Policy], Iterable[Difference]]


class Promotions(NamedTuple):
    """How many promotions to one alias were made in a window, and the first and the last one's commit."""

    alias: str
    number: int
    first: str
    last: str


class Window(NamedTuple):
    """From the policy that weakened a requirement until the one that restored it; None while it is open.

    ``environment`` is None when it concerns all, ``scope`` when it does whatever the model. ``ends`` is when
    it ended by itself, if it did.
    """

    environment: str | None
    requirement: str
    aspect: str
    direction: Direction
    words: str
    since: PolicyInForce
    until: PolicyInForce | None = None
    ends: str | None = None
    scope: Scope | None = None
    promotions: tuple[Promotions, ...] = ()


def windows(policies: Sequence[PolicyInForce], made: MadeUnder) -> tuple[Window, ...]:
    """All of them, by when they began.

    Args:
        policies: every policy that was in force, oldest first.
        made: the promotions under each of them but the first.
    """
    found = list(_followed(policies, None, everywhere))
    names = dict.fromkeys(item.name for brought in policies for item in brought.policy.record.environments)
    for name in names:
        # Across a time when the environment was not there: to take it out and put it back hides nothing.
        knowing = [
            brought
            for brought in policies
            if name in {environment.name for environment in brought.policy.record.environments}
        ]
        found += _followed(knowing, name, partial(in_environment, environment=name))
    found.sort(key=lambda window: window.since.policy.record.version)
    return tuple(window._replace(promotions=_promotions(window, made)) for window in found)


class _Open(NamedTuple):
    """A window that is not closed yet, and the policy that last asked for what is missing."""

    asked: Policy
    window: Window


def _followed(
    policies: Sequence[PolicyInForce], environment: str | None, compare: Compare
) -> Iterator[Window]:
    """The windows of one environment, or of what holds in all."""
    still: dict[_Key, _Open] = {}
    for before, brought in pairwise(policies):
        said = _weaker(compare, before.policy.record, brought.policy.record)
        restored = set()
        for key, opened in list(still.items()):
            left = _weaker(compare, opened.asked, brought.policy.record)
            if key in said and key in left:  # weaker still
                still[key] = opened._replace(window=opened.window._replace(words=placed_words(left[key])))
            if _persists(key, left):
                continue
            yield _ended(still.pop(key).window, brought)
            restored.add(key)  # which may be said as one thing instead of another
            for other, item in left.items():  # what came back may be less than what was lost
                if other[:2] == key[:2] and other not in still:
                    still[other] = _Open(opened.asked, _begun(item, environment, brought))
        for key, item in said.items():
            if key not in still and key not in restored:
                still[key] = _Open(before.policy.record, _begun(item, environment, brought))
    yield from (_ended(opened.window, None) for opened in still.values())


def _weaker(compare: Compare, old: Policy, new: Policy) -> dict[_Key, Difference]:
    """What the new policy asks less or otherwise, by models, requirement and aspect.

    What may be promoted without a person who starts it must meet as much as ever.
    """
    return {
        (item.scopes, item.requirement or "", item.aspect): item
        for item in compare(old, new)
        if item.direction != "stricter" and item.aspect not in ("over", "automatic")
    }


def _persists(key: _Key, left: Mapping[_Key, Difference]) -> bool:
    return any(other[:2] == key[:2] and other[2] in (key[2], *_WHOLE) for other in left)


def _begun(item: Difference, environment: str | None, brought: PolicyInForce) -> Window:
    return Window(
        environment,
        item.requirement or "",
        item.aspect,
        item.direction,
        placed_words(item),
        since=brought,
        ends=item.ends,
        scope=item.scopes[0] if item.scopes else None,
    )


def _ended(window: Window, until: PolicyInForce | None) -> Window:
    """Closed by a policy, unless what it lacked would have ended before anyway."""
    if window.ends is not None and (until is None or window.ends < until.time):
        return window
    return window._replace(until=until, ends=None)


def _concerns(scope: Scope | None, model: str) -> bool:
    """Whether a promotion of a model may be one of those; which tier it had then, no alias record says."""
    return scope is None or all(matches_any((glob,), model) for glob in scope.models)


def _promotions(window: Window, made: MadeUnder) -> tuple[Promotions, ...]:
    """Each record names the policy that it was made under, so no clock is asked where one window ends."""
    first = window.since.policy.record.version
    last = window.until.policy.record.version if window.until else None
    found = []
    for alias, versions in sorted(made.items()):
        model, _, environment = alias.rpartition("@")
        if window.environment not in (None, environment) or not _concerns(window.scope, model):
            continue
        within = [
            versions[version]
            for version in sorted(versions)
            if version >= first
            and (last is None or version < last)
            and (window.ends is None or versions[version].since < window.ends)
        ]
        if within:
            count = sum(promoted.number for promoted in within)
            found.append(Promotions(alias, count, within[0].first, within[-1].last))
    return tuple(found)
