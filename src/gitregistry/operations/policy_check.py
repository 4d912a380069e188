"""A policy looked through before it is signed: what keeps it out of force, and what is hardly meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from gitregistry.operations.policies import NamedPolicy
from gitregistry.operations.reading import Reading
from gitregistry.records import paths
from gitregistry.records.policy import Policy
from gitregistry.records.strict_yaml import Value, line_of, read
from gitregistry.records.text import dotted
from gitregistry.registry.opening import Broken
from gitregistry.registry.releases import model_names
from gitregistry.rules.policy_lints import Lint, Way, policy_lints
from gitregistry.rules.policy_words import listed
from gitregistry.rules.profiles import Chosen, choose
from gitregistry.rules.step import Law
from gitregistry.rules.tiers import confirmed_tier, tiers_of, unknown_tier_words
from gitregistry.rules.trust_lints import Asked, Known, by_pattern, trust_lints, unheld_roles
from gitregistry.rules.trust_rules import faults_in_policy

_NAMED = 3


class Remark(NamedTuple):
    """A fault, which keeps a policy from being put in force, or a warning; where, and what mends it."""

    severity: Literal["fault", "warning"]
    words: str
    file: str
    line: int | None
    field: str | None
    hint: str


def remarks(reading: Reading, given: NamedPolicy) -> tuple[Remark, ...]:
    """All that there is to say of a policy, under the trust in force and for the models that there are."""
    faults = [_fault(given, words) for words in faults_in_policy(given.policy)]
    if faults:
        return tuple(faults)
    lints = [*policy_lints(given.policy), *_under_trust(reading, given.policy)]
    return tuple(_warning(given, lint) for lint in dict.fromkeys(lints))


def _fault(given: NamedPolicy, said: str) -> Remark:
    field, _, _ = said.partition(": ")
    way = _way(field, read(given.data, given.file))
    line = line_of(given.data, way) if way else None
    hint = f"registry sign {paths.POLICY}   (once it is mended)"
    return Remark("fault", said, given.file, line, dotted(way) or None, hint)


def _way(field: str, document: Value) -> Way:
    """The way that a dotted field stands for, as far as it leads: keys may hold dots themselves."""
    if isinstance(document, dict):
        for key in sorted(document, key=len, reverse=True):
            rest = field.removeprefix(key)
            if rest != field and (not rest or rest[0] in ".["):
                return (key, *_way(rest.removeprefix("."), document[key]))
    index = re.match(r"\[([0-9]{1,6})\]\.?", field)
    if index is not None and isinstance(document, list) and int(index[1]) < len(document):
        place = int(index[1])
        return (place, *_way(field[index.end() :], document[place]))
    return ()


def _warning(given: NamedPolicy, lint: Lint) -> Remark:
    way = lint.way
    while way and line_of(given.data, way) is None:  # what the file leaves out is named by what holds it
        way = way[:-1]
    line = line_of(given.data, way) if way else None
    return Remark("warning", lint.words, given.file, line, dotted(way) or None, lint.hint)


def _under_trust(reading: Reading, policy: Policy) -> Iterator[Lint]:
    """What nobody could meet: first for the patterns, then for models of which it is not said already."""
    known = Known(policy, reading.law.trust, reading.time)
    told: set[tuple[Way, Way]] = set()
    for item in by_pattern(policy):
        for lint in trust_lints(known, item):
            told.add((item.way, lint.way))
            yield lint
    yield from unheld_roles(policy, reading.law.trust)
    alike: dict[tuple[Way, Way], list[tuple[str, Lint]]] = {}
    unclear: list[Lint] = []
    for found in _by_model(reading, policy):
        if isinstance(found, Lint):
            unclear.append(found)
            continue
        for lint in trust_lints(known, found):
            alike.setdefault((found.way, lint.way), []).append((found.whom, lint))
    yield from (_merged(found) for key, found in alike.items() if key not in told)
    yield from dict.fromkeys(unclear)
    yield from _without_tier(reading, policy)


def _by_model(reading: Reading, policy: Policy) -> Iterator[Asked | Lint]:
    """The transitions of every model there is; or why it cannot be told which holds."""
    law = Law(reading.law.trust, reading.law.policy._replace(record=policy))
    for model in model_names(reading.snapshot):
        for environment in policy.environments:
            try:
                chosen = choose(law, reading.snapshot, model, None, environment.name)
            except Broken as doubt:
                words = f"nothing of {model} could go to {environment.name}: {doubt.message}"
                yield Lint(("profiles",), words, doubt.hint or "registry policy check")
                continue
            if chosen.transition is not None:
                way = _way_of_transition(policy, chosen, f"to_{environment.name}")
                yield Asked(way, environment.name, chosen.transition, model, model)


def _way_of_transition(policy: Policy, chosen: Chosen, name: str) -> Way:
    if chosen.match is None:
        return ("promotion_policy", name)
    return ("profiles", policy.profiles.index(chosen.match.profile), "promotion_policy", name)


def _merged(found: list[tuple[str, Lint]]) -> Lint:
    """One warning for all models that have it."""
    (_, lint), *others = found
    if not others:
        return lint
    return lint._replace(words=f"{lint.words} (and so for {_named([whom for whom, _ in others])})")


def _without_tier(reading: Reading, policy: Policy) -> Iterator[Lint]:
    """Models to which no profile for a risk tier could ever apply: theirs was not confirmed, or has none."""
    tiers = tiers_of(policy)
    if not tiers:
        return
    models = model_names(reading.snapshot)
    law = Law(reading.law.trust, reading.law.policy._replace(record=policy))
    confirmed = {model: confirmed_tier(law, reading.snapshot, model) for model in models}
    unknown: dict[str, list[str]] = {}
    for model, tier in confirmed.items():
        if tier is not None and tier not in tiers:
            unknown.setdefault(tier, []).append(model)
    for tier, named in sorted(unknown.items()):
        words = f"{unknown_tier_words(policy, tier)}; it is that of {_named(named)}"
        yield Lint(("profiles",), words, f"registry model {named[0]} --risk-tier TIER")
    without = [model for model, tier in confirmed.items() if tier is None]
    if without:
        words = f"no risk tier is confirmed for {_named(without)}: no profile for one can apply"
        yield Lint(("profiles",), words, f"registry model {without[0]} --risk-tier TIER")


def _named(models: list[str]) -> str:
    more = len(models) - _NAMED
    return listed([*models[:_NAMED], f"{more} more"] if more > 0 else models)
