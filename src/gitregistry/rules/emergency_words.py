"""A policy's rules for emergencies: why they cannot be applied, what they say, and how two differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gitregistry.records.policy import EmergencyRules, Policy
from gitregistry.registry.moments import duration_of
from gitregistry.registry.trust import matches_any
from gitregistry.rules.aspects import Aspect, Direction, narrowing
from gitregistry.rules.emergencies import AUTHORISED, REVIEWED, rules_for
from gitregistry.rules.gates import FORMAT, FREEZE
from gitregistry.rules.images import IMAGE
from gitregistry.rules.policy_words import duration_words, listed

# What says whose bytes these are, that they may be loaded, and that nobody has stopped the line.
NEVER_SKIPPED = (
    *("artifact_signature_verified", FORMAT, IMAGE, "not_held", "line_running"),
    *(AUTHORISED, REVIEWED),
)
_OF_AN_ENVIRONMENT = ("promoted_to_", "min_time_in_")


def faults_in_emergency(policy: Policy, known: Sequence[str]) -> Iterator[str]:
    """Why they cannot be applied."""
    rules = policy.emergency
    if rules is None:
        return
    for field in ("authorised_by", "review_by", "may_skip"):
        if not getattr(rules, field):
            yield f"emergency.{field}: it is empty; without the section there are no emergencies"
    for name in rules.may_skip:
        if name in NEVER_SKIPPED:
            yield f"emergency.may_skip: {name} is never skipped, in no emergency"
        elif name in policy.checks and any(over in NEVER_SKIPPED for over in policy.checks[name].over):
            yield f"emergency.may_skip: {name} is over a check that is never skipped"
        elif name not in policy.checks and not _is_gate(name, known):
            yield f"emergency.may_skip: {name} is not defined under checks"
    if not any(matches_any(rules.environments, name) for name in known):
        yield "emergency.environments: it holds in no environment that there is"


def _is_gate(name: str, known: Sequence[str]) -> bool:
    """Whether it is a requirement that no check defines."""
    if name == FREEZE:
        return True
    return any(name == f"{gate}{environment}" for gate in _OF_AN_ENVIRONMENT for environment in known)


def emergency_sentence(policy: Policy, environment: str, asked: Iterable[str]) -> str:
    """What an emergency changes for promotions to an environment that ask for these requirements."""
    rules = rules_for(policy, environment)
    skipped = [name for name in asked if rules is not None and name in rules.may_skip]
    if rules is None or not skipped:
        return "In an emergency: the same; the policy lets nothing of it be skipped."
    return (
        f"In an emergency: a person in the role {' or '.join(rules.authorised_by)} may authorise going "
        f"without {listed(skipped)}; never against a rejection. A person in the role "
        f"{' or '.join(rules.review_by)} reviews it within {duration_words(rules.review_within)}; while "
        "that is overdue, the model is promoted nowhere but in another emergency."
    )


def emergency_aspects(old: Policy, new: Policy) -> Iterator[Aspect]:
    """What becomes of emergencies when a policy changes."""
    before, after = old.emergency, new.emergency
    if before is None or after is None:
        if after is not None:
            yield Aspect("section", "looser", f"there may now be emergencies: {_words(after)}")
        elif before is not None:
            yield Aspect(
                "section", "stricter", f"there may no longer be emergencies (were: {_words(before)})"
            )
        return
    yield from _list_aspect("authorised_by", "emergencies are authorised as", before, after)
    yield from _list_aspect("may_skip", "emergencies may go without", before, after)
    yield from _list_aspect("review_by", "emergencies are reviewed as", before, after)
    yield from _list_aspect("environments", "there may be emergencies in", before, after)
    was, now = (duration_of(rules.review_within) for rules in (before, after))
    if was != now:
        words = (
            f"emergencies are now reviewed within {duration_words(after.review_within)} "
            f"(was {duration_words(before.review_within)})"
        )
        yield Aspect("review_within", "looser" if now > was else "stricter", words)


def _list_aspect(field: str, words: str, old: EmergencyRules, new: EmergencyRules) -> Iterator[Aspect]:
    before, after = getattr(old, field), getattr(new, field)
    if set(before) == set(after):
        return
    direction = _globs(before, after) if field == "environments" else narrowing(before, after)
    now, was = (_listed(field, names) for names in (after, before))
    yield Aspect(field, direction, f"{words} {now} now (was {was})")


def _globs(old: Sequence[str], new: Sequence[str]) -> Direction:
    if "*" in old or "*" in new:
        return "stricter" if "*" in old else "looser"
    return narrowing(old, new)


def _listed(field: str, names: Sequence[str]) -> str:
    if field == "environments":
        return "every environment" if "*" in names else listed(tuple(sorted(names)))
    return " or ".join(sorted(names))


def _words(rules: EmergencyRules) -> str:
    may, must = " or ".join(rules.authorised_by), " or ".join(rules.review_by)
    where = _listed("environments", rules.environments)
    return (
        f"in {where}, authorised as {may}, without {listed(rules.may_skip)}; reviewed within "
        f"{duration_words(rules.review_within)} as {must}"
    )
