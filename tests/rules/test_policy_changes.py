"""What a change of policy means in words, and the windows that changes leave in history: cases as data."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from gitregistry.audit.verdict import PolicyInForce
from gitregistry.audit.windows import windows
from gitregistry.records.digests import digest_of
from gitregistry.records.policy import Policy
from gitregistry.records.shapes import read_record
from gitregistry.registry.opening import Opened
from gitregistry.rules.policy_diff import differences
from gitregistry.rules.trust_rules import faults_in_policy
from tests.rules.test_cases import CASES

CHANGES = yaml.safe_load((CASES / "policy_changes.yaml").read_text("utf-8"))
WINDOWS = yaml.safe_load((CASES / "policy_windows.yaml").read_text("utf-8"))


def policy(edits: list[list[str]], version: int = 1, profiles: str = "") -> Policy:
    text: str = CHANGES["policy"].replace("version: 1\nenv", f"version: {version}\nenv")
    text = text.replace("checks:\n", f"{profiles}checks:\n")
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return read_record(Policy, text.encode(), "policy.yaml")


def test_the_policy_of_the_cases_can_be_applied() -> None:
    assert list(faults_in_policy(policy([]))) == []


def both(case: dict[str, Any]) -> tuple[Policy, Policy]:
    """The policy of a case before and after its edits."""
    profiles = case.get("profiles", "")
    return policy([], profiles=profiles), policy(case["edits"], profiles=profiles)


@pytest.mark.parametrize("case", CHANGES["cases"], ids=lambda case: str(case["name"]))
def test_a_change_is_said_in_words(case: dict[str, Any]) -> None:
    found = differences(*both(case))
    assert [f"{item.direction} | {item.words}" for item in found] == case["changes"]


@pytest.mark.parametrize("case", CHANGES["cases"], ids=lambda case: str(case["name"]))
def test_back_again_goes_the_other_way(case: dict[str, Any]) -> None:
    """Whatever loosens one way tightens the other way, and nothing differs that does not differ back."""
    there, back = both(case)
    turned = {"looser": "stricter", "stricter": "looser", "other": "other"}
    kept = [
        sorted(
            (turned[item.direction] if forth else item.direction, item.environments, item.aspect)
            for item in found
            if item.aspect not in ("environment", "over") and item.requirement != "freeze easter"
        )
        for forth, found in ((True, differences(there, back)), (False, differences(back, there)))
    ]
    assert kept[0] == kept[1]


@pytest.mark.parametrize("case", WINDOWS["cases"], ids=lambda case: str(case["name"]))
def test_windows_are_found(case: dict[str, Any]) -> None:
    history = []
    for number, names in enumerate(case["versions"], 1):
        edited = policy([edit for name in names for edit in WINDOWS["edits"][name]], number)
        opened = Opened("registry/policy.yaml", edited, digest_of(str(number).encode()), ())
        history.append(PolicyInForce(f"{number:040}", f"2026-05-{number:02}T00:00:00Z", opened))
    found = [
        [
            window.words,
            window.since.policy.record.version,
            window.until.policy.record.version if window.until else window.ends,
        ]
        for window in windows(history, {})
    ]
    assert sorted(found, key=str) == sorted(case["windows"], key=str)
