"""What a change of a measurement or an expression means, and which cannot be applied: cases as data."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from gitregistry.errors import BadInput
from gitregistry.records.policy import Policy
from gitregistry.records.shapes import read_record
from gitregistry.rules.policy_diff import differences
from gitregistry.rules.policy_words import asked
from gitregistry.rules.trust_rules import faults_in_policy
from tests.rules.test_cases import CASES

CHECKS = yaml.safe_load((CASES / "check_changes.yaml").read_text("utf-8"))
TURNED = {"looser": "stricter", "stricter": "looser", "other": "other"}


def policy(edits: list[list[str]]) -> Policy:
    text: str = CHECKS["policy"]
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return read_record(Policy, text.encode(), "policy.yaml")


def test_the_policy_of_the_cases_can_be_applied() -> None:
    assert list(faults_in_policy(policy([]))) == []


@pytest.mark.parametrize("case", CHECKS["changes"], ids=lambda case: str(case["name"]))
def test_a_change_is_said_in_words(case: dict[str, Any]) -> None:
    found = differences(policy([]), policy(case["edits"]))
    assert [f"{item.direction} | {item.words}" for item in found] == case["said"]


@pytest.mark.parametrize("case", CHECKS["changes"], ids=lambda case: str(case["name"]))
def test_back_again_goes_the_other_way(case: dict[str, Any]) -> None:
    there, back = policy([]), policy(case["edits"])
    forth = {(item.aspect, TURNED[item.direction]) for item in differences(there, back)}
    assert forth == {(item.aspect, item.direction) for item in differences(back, there)}


@pytest.mark.parametrize("case", CHECKS["faults"], ids=lambda case: str(case["name"]))
def test_what_cannot_be_applied_is_a_fault(case: dict[str, Any]) -> None:
    found = list(faults_in_policy(policy(case["edits"])))
    assert len(found) == len(case["said"]), found
    for fault, words in zip(found, case["said"], strict=True):
        assert words in fault


def test_what_is_asked_is_said_in_words() -> None:
    known = policy([])
    staging, production = known.environments
    to_staging, to_production = (known.promotion_policy[f"to_{each.name}"] for each in (staging, production))
    assert asked(known, staging, to_staging) == {
        "bands": (
            "evidence that passed, with auc at least 0.8, in every age (old, young among them), "
            "no more than 0.02 below what is live in production, signed by attester"
        ),
        "lean": (
            "evidence for quick and kept counts, and it is true that evidence.quick.values.p95 < 50; "
            "quick: evidence that passed, with p95 1 to 60 ms, signed by attester; "
            "kept: evidence that passed, with auc no more than 2% below and 0.5 above what is live in "
            "production, signed by attester"
        ),
    }
    assert asked(known, production, to_production) == {
        "quick": "evidence that passed, with p95 1 to 60 ms, signed by attester",
        "signed": "evidence that passed, with a model-signing bundle of a named key, signed by attester",
    }


@pytest.mark.parametrize("text", ["-0.02", "2 %", "'%'", "2%%", "1e-2", ".5", "two", "0.02ms", "[1]"])
def test_a_distance_is_a_number_or_a_share(text: str) -> None:
    with pytest.raises(BadInput, match=r"a number like 0\.02 or a share like 2%"):
        policy([["max_drop: 0.02", f"max_drop: {text}"]])
