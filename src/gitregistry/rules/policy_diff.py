"""What a change of policy means, in sentences that say which way each part of it goes.

Only what a promotion has to meet is compared; comments, descriptions and the order of lists mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import NamedTuple

from gitregistry.records.policy import Policy, PolicyEnvironment, Transition
from gitregistry.registry.moments import duration_of
from gitregistry.rules.aspects import Aspect, Direction, narrowing
from gitregistry.rules.check_diff import check_aspects
from gitregistry.rules.emergency_words import emergency_aspects
from gitregistry.rules.freeze_diff import freeze_aspects
from gitregistry.rules.gates import FORMAT, format_words, formats_for
from gitregistry.rules.images import IMAGE
from gitregistry.rules.policy_words import listed, requirement_words
from gitregistry.rules.profiles import every_transition
from gitregistry.rules.scopes import Scope, changed_scopes
from gitregistry.rules.soak import SOAK, lasted_words


class Difference(NamedTuple):
    """One difference of two policies.

    Attributes:
        direction: ``looser``, ``stricter``, or ``other`` where neither can be said.
        words: a sentence.
        environments: where it matters; empty when it does everywhere.
        scopes: the models of profiles for which it does; empty for all that no profile is for.
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
    scopes: tuple[Scope, ...] = ()


def differences(old: Policy, new: Policy) -> tuple[Difference, ...]:
    """Every difference in meaning, in the order of the policies."""
    alike: dict[Difference, list[str]] = {}  # each check is defined once, whichever environments require it
    for environment in shared_environments(old, new):
        for said in _together(in_environment(old, new, environment)):
            apart = said.environments if said.aspect in _OF_ENVIRONMENT else ()
            alike.setdefault(said._replace(environments=apart), []).append(environment)
    shared = [said._replace(environments=tuple(where)) for said, where in alike.items()]
    found = (*_environments(old, new), *shared, *everywhere(old, new), *_unused(old, new))
    return tuple(said._replace(words=placed_words(said)) for said in found)


def _together(found: Iterable[Difference]) -> list[Difference]:
    """What is the same for the models of several profiles is said once."""
    alike: dict[tuple[Difference, bool], list[Scope]] = {}
    for said in found:
        alike.setdefault((said._replace(scopes=()), bool(said.scopes)), []).extend(said.scopes)
    return [said._replace(scopes=tuple(scopes)) for (said, _), scopes in alike.items()]


def placed_words(said: Difference) -> str:
    """Its sentence with the models and the environments in front, unless it names these itself."""
    words = said.words
    if said.aspect not in _OF_ENVIRONMENT and said.environments:
        words = f"{listed(said.environments)}: {words}"
    return f"for {_shortened([scope.words for scope in said.scopes])}: {words}" if said.scopes else words


def _shortened(words: list[str]) -> str:
    more = len(words) - _NAMED
    return listed([*words[:_NAMED], f"{more} more"] if more > 1 else words)


def shared_environments(old: Policy, new: Policy) -> list[str]:
    """The environments that both know."""
    known = {environment.name for environment in old.environments}
    return [environment.name for environment in new.environments if environment.name in known]


def in_environment(old: Policy, new: Policy, environment: str) -> Iterator[Difference]:
    """What differs for promotions to one environment that both policies know."""
    before, after = _environment(old, environment), _environment(new, environment)
    yield from _after(before, after)
    yield from _formats(old, new, environment)
    name = f"to_{environment}"
    transitions = old.promotion_policy.get(name), new.promotion_policy.get(name)
    told = list(_asked(old, new, environment, transitions))
    yield from told
    if not old.profiles and not new.profiles:
        return
    for scope, *changed in changed_scopes(old, new, environment):
        for said in _asked(old, new, environment, (changed[0], changed[1])):
            if said.aspect == "asked" or said not in told:  # a check is defined once for all models
                yield said._replace(scopes=(scope,))


def _asked(
    old: Policy, new: Policy, environment: str, transitions: tuple[Transition | None, Transition | None]
) -> Iterator[Difference]:
    """What differs in what a transition asks, of whichever models it holds for."""
    here = (environment,)
    wanted, asks = (required(transition) for transition in transitions)
    for name in wanted:
        if name not in asks:
            words = f"{environment} no longer needs {requirement_words(name, old.checks.get(name))}"
            yield Difference("looser", words, here, name, "asked")
    for name in asks:
        if name not in wanted:
            words = f"{environment} now also needs {requirement_words(name, new.checks.get(name))}"
            yield Difference("stricter", words, here, name, "asked")
    for name in dict.fromkeys((*asks, *_read_by(new, asks))):
        if name in (*wanted, *_read_by(old, wanted)) and name in old.checks and name in new.checks:
            for aspect, direction, words in check_aspects(name, old.checks[name], new.checks[name]):
                yield Difference(direction, words, here, name, aspect)

    yield from _soaks(transitions, environment)
    yield from _images(transitions, environment)
    yield from _automatic(transitions, environment)
    for name, (aspect, direction, words) in _watched(transitions, environment):
        yield Difference(direction, words, here, f"abort_when {name}", aspect)


def _read_by(policy: Policy, names: Iterable[str]) -> tuple[str, ...]:
    """The checks that expressions among these are over: each must be met as if it were required itself."""
    return tuple(over for name in names if name in policy.checks for over in policy.checks[name].over)


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
_OF_ENVIRONMENT = (
    "asked",
    "after",
    "allowed",
    "automatic",
    "environment",
    "abort",
    "breached_rounds",
    "no_data_rounds",
    "guard_for",
    "soak",
)
_NAMED = 5
_DUTIES = {
    "release_author": "whoever registered the release",
    "evidence_signer": "whoever signed evidence that decides",
    "promoter": "whoever promotes",
}


def _environment(policy: Policy, name: str) -> PolicyEnvironment:
    return next(environment for environment in policy.environments if environment.name == name)


def required(transition: Transition | None) -> tuple[str, ...]:
    """The names that a transition requires, each once."""
    return tuple(dict.fromkeys(transition.requires)) if transition else ()


def _watched(
    transitions: tuple[Transition | None, Transition | None], environment: str
) -> Iterator[tuple[str, Aspect]]:
    if any(transition is not None and transition.abort_when for transition in transitions):
        from gitregistry.rules.guard_words import guard_aspects  # noqa: PLC0415 - few policies watch

        yield from guard_aspects(*transitions, environment)


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


def _images(
    transitions: tuple[Transition | None, Transition | None], environment: str
) -> Iterator[Difference]:
    was, now = (transition is not None and transition.image_digest is not None for transition in transitions)
    if was != now:
        words = f"{environment} {'now also' if now else 'no longer'} needs a digest of the image ({IMAGE})"
        yield Difference("stricter" if now else "looser", words, (environment,), IMAGE, "asked")


def _automatic(
    transitions: tuple[Transition | None, Transition | None], environment: str
) -> Iterator[Difference]:
    before, after = (transition is not None and transition.automatic for transition in transitions)
    if before != after:
        words = f"{environment}: registry advance may {'now' if after else 'no longer'} promote by itself"
        yield Difference("looser" if after else "stricter", words, (environment,), aspect="automatic")


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


def _soaks(
    transitions: tuple[Transition | None, Transition | None], environment: str
) -> Iterator[Difference]:
    before, after = (_min_times(transition) for transition in transitions)
    for place in dict.fromkeys((*before, *after)):
        was, now = before.get(place), after.get(place)
        if was == now:
            continue
        about = ((environment,), f"{SOAK}{place}")
        if now is None:
            words = f"{environment} no longer needs {lasted_words(before[place])} in {place} before"
            yield Difference("looser", words, *about, "asked")
        elif was is None:
            words = f"{environment} now also needs {lasted_words(now)} in {place} before"
            yield Difference("stricter", words, *about, "asked")
        else:
            words = f"{environment} now needs {lasted_words(now)} in {place} before (was {lasted_words(was)})"
            yield Difference("looser" if now < was else "stricter", words, *about, "soak")


def _min_times(transition: Transition | None) -> dict[str, timedelta]:
    given = transition.min_time_in.items() if transition else ()
    return {place: duration_of(duration) for place, duration in given}


def _environments(old: Policy, new: Policy) -> Iterator[Difference]:
    before, after = ([item.name for item in policy.environments] for policy in (old, new))
    for name in before:
        if name not in after:
            words = f"{name} is no longer an environment: nothing may be promoted there"
            yield Difference("stricter", words, (name,), aspect="environment")
    for name in after:
        if name not in before:
            needs = _needed(new, new.promotion_policy.get(f"to_{name}"))
            yield Difference("other", f"{name} is a new environment; {needs}", (name,), aspect="environment")
            for scope, _, transition in changed_scopes(new, new, name):
                words = f"{name} is a new environment; {_needed(new, transition)}"
                yield Difference("other", words, (name,), aspect="environment", scopes=(scope,))
    kept, now = [name for name in before if name in after], [name for name in after if name in before]
    if kept != now:
        yield Difference(
            "other", f"the environments now stand in the order {', '.join(after)}", aspect="order"
        )
    if old.lifecycle != new.lifecycle:
        yield Difference("other", f"the states are now called {', '.join(new.lifecycle)}", aspect="lifecycle")


def _needed(policy: Policy, transition: Transition | None) -> str:
    needs = [requirement_words(item, policy.checks.get(item)) for item in required(transition)]
    return f"it needs {listed(needs) if needs else 'nothing'}"


def _unused(old: Policy, new: Policy) -> Iterator[Difference]:
    """Checks that no transition of either requires; they still say who may file evidence under them."""
    used = {
        name for policy in (old, new) for _, _, rule in every_transition(policy) for name in rule.requires
    }
    used |= {over for policy in (old, new) for over in _read_by(policy, used)}
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
