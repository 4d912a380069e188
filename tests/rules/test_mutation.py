"""Every rule is switched off, one at a time, and a test turns red.

Here one attack for each rule, in this process. ``make mutation`` runs all attacks that name a rule, as a
pytest of their own, with it switched off.
"""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

from gitregistry.rules.catalogue import CATALOGUE
from tests.attacks import (
    test_attack_08_registry_id,
    test_attack_12_approval_subject,
    test_attack_14_separation,
    test_attack_49_risk_tier,
)
from tests.rules.killers import KILLERS
from tests.support.without_rule import without_rule

# Fixtures of the attacks' own modules, under names of their own.
elsewhere = test_attack_08_registry_id.elsewhere
waiting_12 = test_attack_12_approval_subject.waiting
waiting_14 = test_attack_14_separation.waiting
tiered = test_attack_49_risk_tier.tiered
LOCAL = {
    ("attack_12_approval_subject", "waiting"): "waiting_12",
    ("attack_14_separation", "waiting"): "waiting_14",
}


def test_every_rule_has_its_killer() -> None:
    assert set(KILLERS) == set(CATALOGUE)


@pytest.mark.parametrize("code", CATALOGUE)
def test_without_the_rule_an_attack_is_no_longer_stopped(code: str, request: pytest.FixtureRequest) -> None:
    killer = KILLERS[code]
    attack = getattr(import_module(f"tests.attacks.test_{killer.module}"), killer.test)
    arguments = {
        name: killer.given[name]
        if name in killer.given
        else request.getfixturevalue(LOCAL.get((killer.module, name), name))
        for name in inspect.signature(attack).parameters
    }
    with without_rule(code), pytest.raises((AssertionError, StopIteration)):
        attack(**arguments)


@pytest.mark.parametrize("code", ["replay", "pin"])
def test_once_switched_on_again_it_is_stopped(code: str, request: pytest.FixtureRequest) -> None:
    """What turned red is green otherwise: it was the rule and not the way of asking."""
    killer = KILLERS[code]
    attack = getattr(import_module(f"tests.attacks.test_{killer.module}"), killer.test)
    with without_rule(code):
        pass
    attack(*(request.getfixturevalue(name) for name in inspect.signature(attack).parameters))
