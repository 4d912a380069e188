"""What a change of policy means, in sentences that say which way each part of it goes.

Only what a promotion has to meet is compared; comments, descriptions and the order of lists mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitregistry.records.policy import Policy, PolicyEnvironment
from gitregistry.rules.check_diff import Direction, check_aspects, narrowing
from gitregistry.rules.emergency_words import emergency_aspects
from gitregistry.rules.freeze_diff import freeze_aspects
from gitregistry.rules.gates import FORMAT, format_words, formats_for
from gitregistry.rules.policy_words import listed, requirement_words


class Difference(NamedTuple):
    """One difference of two policies.

    Attributes:
        direction: ``looser``, ``stricter``, or ``other`` where neither can be said.
        words: a sentence.
        environments: where it matters; empty when it does everywhere.
        requirement: which one it is about; None when about none.
        aspect: what of it differs, such as ``asked``, ``max`` or ``count``.
        ends: when it stops mattering by itself, for what was limited in time.
    """

    direction: Direction
    words: str
    environments: tuple[str, ...] = ()
    requirement: str | None = None
    aspect: str = ""
    ends: str | None = None


def differences(old: Policy, new: Policy) -> tuple[Difference, ...]:
    """Every difference in meaning, in the order of the policies."""
    alike: dict[Difference, list[str]] = {}  # each check is defined once, whichever environments require it
    for environment in shared_environments(old, new):
        for said in in_environment(old, new, environment):
            apart = said.environments if said.aspect in _OF_ENVIRONMENT else ()
            alike.setdefault(said._replace(environments=apart), []).append(environment)
    shared = [said._replace(environments=tuple(where)) for said, where in alike.items()]
    found = (*_environments(old, new), *shared, *everywhere(old, new), *_unused(old, new))
    return tuple(said._replace(words=placed_words(said)) for said in found)


def placed_words(said: Difference) -> str:
    """Its sentence with the environments in front, unless it names them itself."""
    if said.aspect in _OF_ENVIRONMENT or not said.environments:
        return said.words
    return f"{listed(said.environments)}: {said.words}"


def shared_environments(old: Policy, new: Policy) -> list[str]:
    """The environments that both know."""
    known = {environment.name for environment in old.environments}
    return [environment.name for environment in new.environments if environment.name in known]


def in_environment(old: Policy, new: Policy, environment: str) -> Iterator[Difference]:
    """What differs for promotions to one environment that both policies know."""
    here = (environment,)
    before, after = _environment(old, environment), _environment(new, environment)
    yield from _after(before, after)
    yield from _formats(old, new, environment)
    wanted, asks = _required(old, environment), _required(new, environment)
    for name in wanted:
        if name not in asks:
            words = f"{environment} no longer needs {requirement_words(name, old.checks.get(name))}"
            yield Difference("looser", words, here, name, "asked")
    for name in asks:
        if name not in wanted:
            words = f"{environment} now also needs {requirement_words(name, new.checks.get(name))}"
            yield Difference("stricter", words, here, name, "asked")
        elif name in old.checks and name in new.checks:
            for aspect, direction, words in check_aspects(name, old.checks[name], new.checks[name]):
                yield Difference(direction, words, here, name, aspect)


def everywhere(old: Policy, new: Policy) -> Iterator[Difference]:
    """What differs whatever the environment: freeze windows, emergencies and separation of duties."""
    for name, aspect, ends in freeze_aspects(old, new):
        yield Difference(aspect.direction, aspect.words, (), name, aspect.name, ends)
    for aspect in emergency_aspects(old, new):
        yield Difference(aspect.direction, aspect.words, (), "emergency", aspect.name)
    for duty, who in _DUTIES.items():
        before, after = duty in old.separation_of_duties, duty in new.separation_of_duties
        if before != after:
            now = "no longer counts" if after else "now counts"
            words = f"an approval by {who} {now}, in every environment"
            yield Difference("stricter" if after else "looser", words, (), "separation_of_duties", duty)


# Sentences that name their environment themselves.
_OF_ENVIRONMENT = ("asked", "after", "allowed", "environment")
_DUTIES = {
    "release_author": "whoever registered the release",
    "evidence_signer": "whoever signed evidence that decides",
    "promoter": "whoever promotes",
}


def _environment(policy: Policy, name: str) -> PolicyEnvironment:
    return next(environment for environment in policy.environments if environment.name == name)


def _required(policy: Policy, environment: str) -> tuple[str, ...]:
    transition = policy.promotion_policy.get(f"to_{environment}")
    return tuple(dict.fromkeys(transition.requires)) if transition else ()


def _after(old: PolicyEnvironment, new: PolicyEnvironment) -> Iterator[Difference]:
    name, before, after = new.name, old.after, new.after
    if before == after:
        return
    if after is None:
        words = f"{name} no longer needs a promotion to {before} before"
        yield Difference("looser", words, (name,), f"promoted_to_{before}", "after")
    elif before is None:
        words = f"{name} now also needs a promotion to {after} before"
        yield Difference("stricter", words, (name,), f"promoted_to_{after}", "after")
    else:
        words = f"{name} now needs a promotion to {after} before, instead of one to {before}"
        yield Difference("other", words, (name,), f"promoted_to_{before}", "after")


def _formats(old: Policy, new: Policy, environment: str) -> Iterator[Difference]:
    before, after = (formats_for(policy, _environment(policy, environment)) for policy in (old, new))
    if set(before.allowed if before else ()) == set(after.allowed if after else ()) and bool(before) == bool(
        after
    ):
        return
    was = format_words(before) if before else "any"
    if after is None:
        direction: Direction = "looser"
        words = f"{environment} now takes artifacts of any format (was {was})"
    else:
        direction = narrowing(before.allowed, after.allowed) if before else "stricter"
        only = "" if direction == "looser" else " only"
        words = f"{environment} now takes artifacts as {format_words(after)}{only} (was {was})"
    yield Difference(direction, words, (environment,), FORMAT, "allowed")


def _environments(old: Policy, new: Policy) -> Iterator[Difference]:
    before, after = ([item.name for item in policy.environments] for policy in (old, new))
    for name in before:
        if name not in after:
            words = f"{name} is no longer an environment: nothing may be promoted there"
            yield Difference("stricter", words, (name,), aspect="environment")
    for name in after:
        if name not in before:
            needs = [requirement_words(item, new.checks.get(item)) for item in _required(new, name)]
            words = f"{name} is a new environment; it needs {listed(needs) if needs else 'nothing'}"
            yield Difference("other", words, (name,), aspect="environment")
    kept, now = [name for name in before if name in after], [name for name in after if name in before]
    if kept != now:
        yield Difference(
            "other", f"the environments now stand in the order {', '.join(after)}", aspect="order"
        )
    if old.lifecycle != new.lifecycle:
        yield Difference("other", f"the states are now called {', '.join(new.lifecycle)}", aspect="lifecycle")


def _unused(old: Policy, new: Policy) -> Iterator[Difference]:
    """Checks that no transition of either requires; they still say who may file evidence under them."""
    used = {
        name for policy in (old, new) for rule in policy.promotion_policy.values() for name in rule.requires
    }
    for name in dict.fromkeys((*old.checks, *new.checks)):
        if name in used:
            continue
        before, after = old.checks.get(name), new.checks.get(name)
        if before is None or after is None:
            words = f"{name}, which nothing requires, is {'no longer' if after is None else 'now'} defined"
            yield Difference("other", words, requirement=name, aspect="unused")
        elif list(check_aspects(name, before, after)):
            words = f"{name}, which nothing requires, is defined anew"
            yield Difference("other", words, requirement=name, aspect="unused")
