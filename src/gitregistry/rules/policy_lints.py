"""What in a policy can be applied and is hardly meant: contradictions, and what never decides anything.

A lint is a function from a policy to what it finds; ``LINTS`` has them all. What keeps a policy out of
force is in ``trust_rules.py``; what nobody could meet under the trust in force is in ``trust_lints.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from gitregistry.records import names, paths
from gitregistry.records.policy import Policy, Profile
from gitregistry.registry.moments import duration_of
from gitregistry.rules.built_in_checks import ARTIFACT
from gitregistry.rules.patterns import ANY, is_name, literal_length
from gitregistry.rules.profiles import every_transition

Way = tuple[str | int, ...]
_SIGNERS = ("model_signing_keys", "model_signing_identities", "model_signing_root")
_EDIT = f"registry sign {paths.POLICY}   (once it is mended)"


class Lint(NamedTuple):
    """A warning: the way to the field in the file, a sentence, and the command that mends it."""

    way: Way
    words: str
    hint: str = _EDIT


def policy_lints(policy: Policy) -> Iterator[Lint]:
    """Everything that can be said of a policy by itself."""
    for lint in LINTS:
        yield from lint(policy)


def _asked_twice(policy: Policy) -> Iterator[Lint]:
    for where, transition, asked in every_transition(policy):
        for name in dict.fromkeys(n for n in asked.requires if asked.requires.count(n) > 1):
            yield Lint(way_of(where, "requires"), f"{transition} asks for {name} twice, which is once")


def _measured_too_late(policy: Policy) -> Iterator[Lint]:
    """Evidence of an environment in which no release is before the promotion that asks for the evidence."""
    before = {item.name: item.after for item in policy.environments}
    for where, transition, asked in every_transition(policy):
        target = transition.removeprefix("to_")
        for name in dict.fromkeys(asked.requires):
            check = policy.checks.get(name)
            if check is None or check.environment is None:
                continue
            if target in _up_to(check.environment, before):
                words = (
                    f"{transition} asks for {name}, which is measured in {check.environment}: "
                    "a release comes there only by that promotion or after it"
                )
                yield Lint(way_of(where, "requires"), words)


def _up_to(environment: str, before: dict[str, str | None]) -> list[str]:
    """An environment and all that a release must have been promoted to before."""
    found: list[str] = []
    step: str | None = environment
    while step is not None and step not in found:
        found.append(step)
        step = before.get(step)
    return found


def _never_required(policy: Policy) -> Iterator[Lint]:
    used = {name for _, _, asked in every_transition(policy) for name in asked.requires}
    used |= {over for name in used if name in policy.checks for over in policy.checks[name].over}
    used |= {watched.fails for _, _, asked in every_transition(policy) for watched in asked.abort_when}
    for name in policy.checks:
        if name not in used:
            yield Lint(("checks", name), f"{name} is defined, and no transition requires it")


def _older_than_the_soak(policy: Policy) -> Iterator[Lint]:
    """Evidence that counts for less time than the release must wait has to be made again while it waits."""
    for where, _, asked in every_transition(policy):
        for place, soak in asked.min_time_in.items():
            for name in asked.requires:
                check = policy.checks.get(name)
                if check and check.max_age and duration_of(check.max_age) < duration_of(soak):
                    words = (
                        f"{name} counts for {check.max_age}; it must be made again after {soak} in {place}"
                    )
                    yield Lint(way_of(where, "requires"), words)


def _never_deciding(policy: Policy) -> Iterator[Lint]:
    """Profiles, and transitions of the policy, that another profile takes every model from."""
    for transition in dict.fromkeys(name for _, name, _ in every_transition(policy)):
        everybody = next(
            (p for p in policy.profiles if transition in p.promotion_policy and _is_for_all(p)), None
        )
        if everybody is None:
            continue
        because = f"the profile {everybody.name} is for every model"
        if transition in policy.promotion_policy:
            yield Lint(("promotion_policy", transition), f"{transition} never decides: {because}")
        for index, profile in enumerate(policy.profiles):
            if profile.risk_tiers and transition in profile.promotion_policy:
                words = f"the profile {profile.name} never decides about {transition}: {because}"
                yield Lint(("profiles", index, "promotion_policy", transition), words)


def _is_for_all(profile: Profile) -> bool:
    return any(literal_length(glob) == 0 for glob in profile.models)


def _never_matching(policy: Policy) -> Iterator[Lint]:
    for index, profile in enumerate(policy.profiles):
        for place, glob in enumerate(profile.models):
            begin = glob.partition(ANY)[0]
            if names.fault_in_name(glob) if is_name(glob) else begin and not begin[0].isalnum():
                words = f"no model can ever be called {glob} (profile {profile.name})"
                yield Lint(("profiles", index, "models", place), words)


def _signers_that_nothing_reads(policy: Policy) -> Iterator[Lint]:
    for name, check in policy.checks.items():
        for field in _SIGNERS:
            if getattr(check, field) and (name != ARTIFACT or check.run):
                words = f"{name} names {field}, which only the built-in {ARTIFACT} reads"
                yield Lint(("checks", name, field), words)
        if check.model_signing_root and not check.model_signing_identities:
            words = f"{name} names model_signing_root, which counts for model_signing_identities alone"
            yield Lint(("checks", name, "model_signing_root"), words)


def way_of(where: str, *more: str) -> Way:
    """The way to a transition, as ``every_transition`` says where it is, and on."""
    place, _, rest = where.partition("].")
    if rest:
        head, _, index = place.partition("[")
        section, _, name = rest.partition(".")
        return (head, int(index), section, name, *more)
    section, _, name = where.partition(".")
    return (section, name, *more)


LINTS: tuple[Callable[[Policy], Iterator[Lint]], ...] = (
    _asked_twice,
    _measured_too_late,
    _never_required,
    _older_than_the_soak,
    _never_deciding,
    _never_matching,
    _signers_that_nothing_reads,
)
