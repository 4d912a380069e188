"""Profiles: which can be put in force, and that the winner does not hang on the order in the file."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gitregistry.records.policy import Check, Policy, Profile, Transition
from gitregistry.registry.opening import Broken
from gitregistry.registry.trust import matches_any
from gitregistry.rules.patterns import covers, intersect
from gitregistry.rules.policy_diff import differences
from gitregistry.rules.profiles import by_model, by_tier, choose
from gitregistry.rules.scopes import Scope
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


def test_no_check_passes_for_what_refuses_when_nobody_can_say() -> None:
    """Else whoever may go without that check could go without all."""
    checks = {**checks_of(DATA["checks"]), "profile": Check(type="evidence")}
    policy = replace(policy_with(profiles_of(DATA["cases"][0]["with"])), checks=checks)
    (fault,) = faults_in_policy(policy)
    assert fault.startswith("checks.profile: ")
    assert list(faults_in_policy(replace(policy, profiles=()))) == []


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


asked = st.lists(st.sampled_from(["smoke", "deep", "short"]), min_size=1, max_size=3, unique=True).map(tuple)
few_selectors = st.sampled_from(
    [{"models": (glob,)} for glob in ("*", "a*", "*b", "ab*", "*bb", "a*b", "ab", "abb")]
    + [{"risk_tiers": (tier,)} for tier in ("high", "low")]
)
asking_sets = st.lists(st.tuples(few_selectors, asked), max_size=3, unique_by=lambda item: str(item[0]))


@FEW
@given(asking_sets, asking_sets, asked, asked)
def test_nobody_is_asked_less_without_a_word(old: Any, new: Any, top: Any, new_top: Any) -> None:
    """Whatever a model is no longer asked is told for a scope that it is in."""
    base = World(checks_of(DATA["checks"]), DATA["requires"]).law.policy.record
    policies = [_asking(base, *sides) for sides in ((old, top), (new, new_top))]
    assume(not any(list(faults_in_policy(policy)) for policy in policies))
    told = [
        said
        for said in differences(*policies)
        if (said.direction, said.aspect) == ("looser", "asked") and "staging" in said.environments
    ]
    for model, tier in product((*MODELS, "abb", "a-bb", "ab-b"), (None, "high", "low")):
        before, after = (_transition(policy, model, tier).requires for policy in policies)
        for lost in set(before) - set(after):
            assert any(
                said.requirement == lost
                and (not said.scopes or any(_is_in(model, tier, scope) for scope in said.scopes))
                for said in told
            ), (model, tier, lost)


def _asking(base: Policy, profiles: Any, top: tuple[str, ...]) -> Policy:
    made = [
        Profile(name=f"p{index}", promotion_policy={"to_staging": Transition(requires=requires)}, **selector)
        for index, (selector, requires) in enumerate(profiles)
    ]
    transitions = {**base.promotion_policy, "to_staging": Transition(requires=top)}
    return replace(base, profiles=tuple(made), promotion_policy=transitions)


def _transition(policy: Policy, model: str, tier: str | None) -> Transition:
    matches = by_model(policy, model, "to_staging") or by_tier(policy, tier, "to_staging")
    if not matches:
        return policy.promotion_policy["to_staging"]
    return max(matches, key=lambda match: match.rank).profile.promotion_policy["to_staging"]


def _is_in(model: str, tier: str | None, scope: Scope) -> bool:
    return scope.tier in (None, tier) and all(matches_any((glob,), model) for glob in scope.models)
