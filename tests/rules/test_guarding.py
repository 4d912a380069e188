"""What a policy watches, and what a guard makes of each round: cases as data."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from gitregistry.records.policy import AbortCondition, Policy
from gitregistry.records.shapes import read_record
from gitregistry.registry.moments import moment_text
from gitregistry.rules.guard import Seen, Sight, after_round, begun, is_passed
from gitregistry.rules.guard_words import watched, watched_for
from gitregistry.rules.policy_diff import differences
from gitregistry.rules.trust_rules import faults_in_policy
from tests.rules.test_cases import CASES

GUARDING = yaml.safe_load((CASES / "guarding.yaml").read_text("utf-8"))
ROUNDS = yaml.safe_load((CASES / "guard_rounds.yaml").read_text("utf-8"))
SIGHTS: dict[str, Sight] = {"o": "ok", "b": "breach", "n": "no data"}


def named(case: dict[str, Any]) -> str:
    return str(case["name"])


def policy(edits: list[list[str]]) -> Policy:
    text: str = GUARDING["policy"]
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return read_record(Policy, text.encode(), "policy.yaml")


def test_the_policy_of_the_cases_can_be_applied() -> None:
    assert list(faults_in_policy(policy([]))) == []


@pytest.mark.parametrize("case", GUARDING["faults"], ids=named)
def test_what_cannot_be_watched_is_a_fault(case: dict[str, Any]) -> None:
    assert list(faults_in_policy(policy(case["edits"]))) == case["faults"]


@pytest.mark.parametrize("case", GUARDING["words"], ids=lambda case: str(case["environment"]))
def test_what_is_watched_in_words(case: dict[str, Any]) -> None:
    transition = policy([]).promotion_policy[f"to_{case['environment']}"]
    assert watched(policy([]), transition) == case["watched"]
    assert watched_for(transition) == case["length"]


@pytest.mark.parametrize("case", GUARDING["changes"], ids=named)
def test_a_change_is_said_in_words(case: dict[str, Any]) -> None:
    found = differences(policy([]), policy(case["edits"]))
    assert [f"{item.direction} | {item.words}" for item in found] == case["changes"]


@pytest.mark.parametrize("case", GUARDING["changes"], ids=named)
def test_back_again_goes_the_other_way(case: dict[str, Any]) -> None:
    turned = {"looser": "stricter", "stricter": "looser", "other": "other"}
    there = differences(policy([]), policy(case["edits"]))
    back = differences(policy(case["edits"]), policy([]))
    assert [(turned[item.direction], item.aspect) for item in there] == [
        (item.direction, item.aspect) for item in back
    ]


@pytest.mark.parametrize("case", ROUNDS["cases"], ids=named)
def test_rounds(case: dict[str, Any]) -> None:
    condition = AbortCondition(
        fails="errors", breached_rounds=case.get("breached", 1), no_data_rounds=case.get("no_data", 3)
    )
    now = datetime(2026, 5, 1, tzinfo=UTC)
    watch = begun("alias", "policy", moment_text(now))
    breached_at, passed_at, pause = 0, 0, 0
    for step in re.findall(r"-?\d+|[obn]", case["rounds"]):
        if step not in SIGHTS:
            pause = int(step)
            continue
        now += timedelta(seconds=pause)
        watch = after_round(
            watch, [condition], [Seen("errors", SIGHTS[step], step)], moment_text(now), pause=10
        )
        pause = 10
        if watch.breach and not breached_at:
            breached_at = watch.rounds
        if is_passed(watch, case.get("seconds")) and not passed_at:
            passed_at = watch.rounds
    assert (breached_at, passed_at) == (case.get("breached_at", 0), case.get("passed_at", 0))
