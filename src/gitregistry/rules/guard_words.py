"""When a release goes back by itself, in words, and what becomes of that from one policy to another."""

from __future__ import annotations

from collections.abc import Iterator

from gitregistry.records.policy import AbortCondition, Check, Policy, Transition
from gitregistry.registry.moments import duration_of
from gitregistry.rules.aspects import Aspect, Direction
from gitregistry.rules.bounds import bound_words
from gitregistry.rules.policy_words import duration_words

_NOTHING = Transition(requires=())


def watched(policy: Policy, transition: Transition) -> dict[str, str]:
    """Each condition under which a release goes back, with what breaks it."""
    return {
        condition.fails: condition_words(condition, policy.checks.get(condition.fails))
        for condition in transition.abort_when
    }


def condition_words(condition: AbortCondition, check: Check | None) -> str:
    """``error_rate is not at most 0.01 ratio in 2 rounds in a row, or nothing is known in 3``."""
    breached, silent = condition.breached_rounds, condition.no_data_rounds
    return f"{_fault_words(check)} {_in_rounds(breached)}, or there is no data {_in_rounds(silent)}"


def _fault_words(check: Check | None) -> str:
    if check is None or check.type != "measurement":
        return "its evidence fails"
    source = "by Prometheus" if check.prometheus else "by evidence"
    return f"{check.measurement} is not {bound_words(check)} {source}"


def _in_rounds(rounds: int) -> str:
    return "in one round" if rounds == 1 else f"in {rounds} rounds in a row"


def guard_aspects(
    old: Transition | None, new: Transition | None, environment: str
) -> Iterator[tuple[str, Aspect]]:
    """Every difference in what is watched in an environment, by the check that it is about."""
    before, after = old or _NOTHING, new or _NOTHING
    was = {condition.fails: condition for condition in before.abort_when}
    now = {condition.fails: condition for condition in after.abort_when}
    for name in was:
        if name not in now:
            words = f"a release no longer goes back from {environment} when {name} fails"
            yield name, Aspect("abort", "looser", words)
    for name, condition in now.items():
        if name not in was:
            words = f"a release now goes back from {environment} when {name} fails"
            yield name, Aspect("abort", "stricter", words)
        else:
            yield from _rounds(name, was[name], condition, environment)
    if before.guard_for != after.guard_for and was and now:
        yield "guard", _length(before, after, environment)


def _rounds(
    name: str, old: AbortCondition, new: AbortCondition, environment: str
) -> Iterator[tuple[str, Aspect]]:
    for field, what, before, after in (
        ("breached_rounds", "failing", old.breached_rounds, new.breached_rounds),
        ("no_data_rounds", "without data", old.no_data_rounds, new.no_data_rounds),
    ):
        if before != after:
            direction: Direction = "looser" if after > before else "stricter"
            rounds = f"{after} round{'' if after == 1 else 's'}"
            words = f"{rounds} {what} instead of {before} take a release back from {environment} ({name})"
            yield name, Aspect(field, direction, words)


def _length(before: Transition, after: Transition, environment: str) -> Aspect:
    longer = after.guard_for is None or (
        before.guard_for is not None and duration_of(after.guard_for) > duration_of(before.guard_for)
    )
    was, now = watched_for(before), watched_for(after)
    words = f"a release is now watched in {environment} {now} (was {was})"
    return Aspect("guard_for", "stricter" if longer else "looser", words)


def watched_for(rule: Transition) -> str:
    """``for 2 h``, or ``until the alias moves on``."""
    return f"for {duration_words(rule.guard_for)}" if rule.guard_for else "until the alias moves on"
