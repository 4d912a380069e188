"""Profiles: which can be put in force, and that the winner does not hang on the order in the file."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gitregistry.records.policy import Policy, Profile, Transition
from gitregistry.registry.opening import Broken
from gitregistry.registry.trust import matches_any
from gitregistry.rules.patterns import covers, intersect
from gitregistry.rules.profiles import choose
from gitregistry.rules.step import Law
from gitregistry.rules.trust_rules import faults_in_policy
from tests.rules.filing import checks_of, profiles_of
from tests.rules.test_cases import CASES
from tests.rules.world import World

DATA = yaml.safe_load((CASES / "profiles.yaml").read_text("utf-8"))
MODELS = ("a", "b", "ab", "aba", "abab", "bb", "a-b")
FEW = settings(max_examples=100, deadline=None)


def policy_with(profiles: tuple[Profile, ...]) -> Policy:
    world = World(checks_of(DATA["checks"]), DATA["requires"])
    return replace(world.law.policy.record, profiles=profiles)


@pytest.mark.parametrize("case", DATA["faults"], ids=lambda case: str(case["name"]))
def test_what_cannot_be_put_in_force(case: dict[str, Any]) -> None:
    assert list(faults_in_policy(policy_with(profiles_of(case["with"])))) == case["faults"]


def test_more_than_anybody_would_compare_are_refused() -> None:
    transition = {"to_staging": Transition(requires=("smoke",))}
    globs = tuple(f"m{number}-*" for number in range(1001))
    (fault,) = faults_in_policy(
        policy_with((Profile(name="many", models=globs, promotion_policy=transition),))
    )
    assert "they name 1001 models, patterns and risk tiers" in fault


globs = st.text("ab*-", min_size=1, max_size=4).filter(lambda glob: glob.count("*") <= 3)
profile_sets = st.lists(
    st.one_of(
        st.fixed_dictionaries({"models": st.lists(globs, min_size=1, max_size=2).map(tuple)}),
        st.fixed_dictionaries(
            {"risk_tiers": st.lists(st.sampled_from(["high", "low"]), min_size=1, max_size=2).map(tuple)}
        ),
    ),
    min_size=1,
    max_size=5,
)


@FEW
@given(profile_sets, st.randoms(use_true_random=False), st.sampled_from([None, "high", "low"]))
def test_the_winner_does_not_hang_on_the_order(drawn: list[Any], random: Any, tier: str | None) -> None:
    """And what the policy's faults do not name is never ambiguous."""
    profiles = [
        Profile(
            name=f"p{index}", promotion_policy={"to_staging": Transition(requires=("smoke",))}, **selector
        )
        for index, selector in enumerate(drawn)
    ]
    world = World(checks_of(DATA["checks"]), DATA["requires"], profiles=tuple(profiles))
    if tier is not None:
        world.page(risk_tier=tier)
    law, snapshot = world.law, world.snapshot
    shuffled = random.sample(profiles, len(profiles))
    other = law._replace(
        policy=law.policy._replace(record=replace(law.policy.record, profiles=tuple(shuffled)))
    )
    sound = not list(faults_in_policy(law.policy.record))
    for model in (*MODELS, "churn"):
        winners = [_winner(one, snapshot, model) for one in (law, other)]
        assert winners[0] == winners[1]
        assert not sound or winners[0] != "policy"


def _winner(law: Law, snapshot: Any, model: str) -> str | None:
    try:
        match = choose(law, snapshot, model, None, "staging").match
    except Broken as fault:
        return fault.code
    return match.profile.name if match else None


@FEW
@given(globs, globs)
def test_patterns_are_compared_as_they_match(one: str, other: str) -> None:
    texts = ["".join(letters) for size in range(9) for letters in product("ab-", repeat=size) if size < 7]
    assume(texts)
    both = [text for text in texts if matches_any((one,), text) and matches_any((other,), text)]
    assert intersect(one, other) == intersect(other, one)
    if both:
        assert intersect(one, other)
    if intersect(one, other):
        shortest = one.replace("*", "") + other.replace("*", "")
        assert both or len(shortest) > 6
    if covers(one, other):
        assert all(matches_any((one,), text) for text in texts if matches_any((other,), text))
