"""Attack 27: a policy that is missing, empty, or names what does not exist closes the gate."""

from __future__ import annotations

import pytest

from gitregistry.records import paths
from tests.support.forging import made_promotion, promote_by_hand
from tests.support.registry import Registry

STAGING = """    requires:
      - artifact_signature_verified
      - offline_eval_passed
      - schema_compatibility_passed
      - security_scan_passed
"""

SOON, LATER = '"2026-12-20T00:00:00Z"', '"2027-01-02T00:00:00Z"'
FREEZE = f"{{name: x, from: {SOON}, until: {LATER}"
UNUSABLE = {
    "an empty list": (STAGING, "    requires: []\n", "policy", "a transition must require something"),
    "a check that is not defined": ("- offline_eval_passed", "- no_such_check", "policy", "is not defined"),
    "a transition to nowhere": ("to_staging:", "to_nowhere:", "policy", "there is no environment nowhere"),
    "an environment without a transition": (
        "  - name: staging\n",
        "  - name: staging\n  - name: qa\n",
        "policy",
        "to_qa is missing",
    ),
    "an environment twice": (
        "  - name: canary\n    after: staging\n",
        "  - name: staging\n",
        "policy",
        "twice",
    ),
    "after an environment that is not there": ("after: staging", "after: nowhere", "policy", "not above it"),
    "after itself": ("after: canary", "after: production", "policy", "not above it"),
    "an approval without a role": ("    role: model-owner\n", "", "policy", "names the role"),
    "a measurement without a bound": ("    max: 60\n", "", "policy", "a min or a max"),
    "a measurement of nothing": ("    measurement: latency_p95_ms\n", "", "policy", "what is measured"),
    "a bound on plain evidence": (
        "    description: The release answered requests in staging.\n",
        "    max: 1\n",
        "policy",
        "belongs to the type measurement",
    ),
    "evidence by nobody": (
        "    by: [attester]\n    environment: staging\n",
        "    by: []\n",
        "policy",
        "name a role",
    ),
    "evidence from an environment that is not there": (
        "    environment: canary\n",
        "    environment: nowhere\n",
        "policy",
        "there is no environment nowhere",
    ),
    "a command of no words": ("    max: 60\n", "    max: 60\n    run: []\n", "policy", "name a program"),
    "a time limit for nothing": (
        "    max: 60\n",
        "    max: 60\n    timeout: 1m\n",
        "policy",
        "there is nothing to run",
    ),
    "a command that may take days": (
        "    max: 60\n",
        "    max: 60\n    run: [x]\n    timeout: 25h\n",
        "policy",
        "longer than 24h",
    ),
    "a command that approves": (
        "    role: model-owner\n",
        "    role: model-owner\n    run: [x]\n",
        "policy",
        "it belongs to evidence and measurement",
    ),
    "a list of formats that is empty": (
        "promotion_policy:",
        "artifact_formats: {allowed: []}\npromotion_policy:",
        "policy",
        "artifact_formats.allowed: it is empty",
    ),
    "an environment's list of formats that is empty": (
        "  - name: staging\n",
        "  - name: staging\n    artifact_formats: {allowed: []}\n",
        "policy",
        "staging.artifact_formats.allowed: it is empty",
    ),
    "a freeze that ends before it begins": (
        "promotion_policy:",
        f"freeze_windows: [{{name: x, from: {LATER}, until: {SOON}}}]\npromotion_policy:",
        "policy",
        "ends before it begins",
    ),
    "a freeze of no model": (
        "promotion_policy:",
        f"freeze_windows: [{FREEZE}, models: []}}]\npromotion_policy:",
        "policy",
        "holds for no model",
    ),
    "more freezes than are worth the look": (
        "promotion_policy:",
        f"freeze_windows: [{', '.join([FREEZE + '}'] * 201)}]\npromotion_policy:",
        "policy",
        "freeze_windows: there are 201, at most 200 can be looked through",
    ),
    "a freeze of no environment": (
        "promotion_policy:",
        f"freeze_windows: [{FREEZE}, environments: [prod]}}]\npromotion_policy:",
        "policy",
        "in no environment that there is",
    ),
    "two freezes of one name": (
        "promotion_policy:",
        f"freeze_windows: [{FREEZE}}}, {FREEZE}}}]\npromotion_policy:",
        "policy",
        "a name stands twice",
    ),
    "a freeze from no moment": (
        "promotion_policy:",
        f"freeze_windows: [{{name: x, until: {LATER}}}]\npromotion_policy:",
        "parse",
        "freeze_windows[0].from: this field is missing",
    ),
    "an unknown field": ("version: 1\n", "version: 1\nenforce: false\n", "parse", "unknown field"),
    "an unknown schema": ("schema_version: 1", "schema_version: 2", "parse", "from 1 to 1"),
    "an unknown type of check": ("type: measurement", "type: opinion", "parse", "expected evidence"),
    "a count of none": ("count: 1", "count: 0", "parse", "from 1"),
    "a count that is no number": ("count: 1", "count: true", "parse", "whole number"),
    "a bound that is no number": ("max: 60", "max: .inf", "parse", "finite"),
    "no requirements at all": (STAGING, "    requires:\n", "parse", "expected a list"),
    "a key twice": (STAGING, f"{STAGING}    requires: [offline_eval_passed]\n", "parse", "twice"),
    "an unknown separation": ("[release_author, ", "[nobody, ", "parse", "expected release_author"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_policy_that_cannot_be_applied_is_found_and_never_signed(registered: Registry, name: str) -> None:
    old, new, rule, message = UNUSABLE[name]
    registered.write(paths.POLICY, registered.read(paths.POLICY).replace(old.encode(), new.encode(), 1))
    head = registered.head
    registered.run("sign", paths.POLICY, expect=1 if rule == "policy" else 2)
    assert registered.head == head
    registered.git("checkout", "--", ".")
    registered.next_text(paths.POLICY, old, new, "alice")
    registered.commit_all()
    # "version: 2" keeps its place in the one case that adds a line after it.
    registered.finds(rule, paths.POLICY, message=message, also=["policy"])


def test_nothing_is_promoted_under_a_policy_that_requires_nothing(registered: Registry) -> None:
    registered.next_text(paths.POLICY, STAGING, "    requires: []\n", "alice")
    registered.commit_all()
    refused = registered.refuses("promote", "churn:v1", "--to", "staging", "--json").json
    assert [item["name"] for item in refused["requirements"] if not item["met"]] == ["policy"]
    unlawful = promote_by_hand(registered, "v1", "staging")
    rules = {found["rule"] for found in registered.verify()["findings"] if found["commit"] == unlawful}
    assert rules == {"requirement", "version"}


def test_a_promotion_to_an_environment_that_the_policy_does_not_know_is_found(approved: Registry) -> None:
    approved.run("promote", "churn:v1", "--to", "qa", expect=3)
    record = made_promotion(approved, "v1", "production", environment="qa")
    approved.forge(approved.alias("qa"), record, "alice")
    approved.commit_all()
    approved.finds("policy", approved.alias("qa"), message="no requirements for qa", also=["cited"])


def test_a_rollback_in_an_environment_that_the_policy_does_not_know_is_found(approved: Registry) -> None:
    record = made_promotion(approved, "v1", "production", environment="qa", action="rollback")
    approved.forge(approved.alias("qa"), record, "alice")
    approved.commit_all()
    approved.finds("rollback", approved.alias("qa"), message="never served in qa", also=["cited"])


def test_a_policy_signed_by_a_stranger_opens_no_gate(registered: Registry) -> None:
    registered.attest("v1", "offline_eval_passed")
    registered.next_text(paths.POLICY, STAGING, "    requires:\n      - offline_eval_passed\n", "mallory")
    registered.commit_all()
    registered.finds("policy-threshold", paths.POLICY)
    registered.refuses("promote", "churn:v1", "--to", "staging")


def test_an_unlawful_policy_is_not_the_law_of_what_follows(registered: Registry) -> None:
    registered.attest("v1", "offline_eval_passed")
    registered.next_text(paths.POLICY, STAGING, "    requires:\n      - offline_eval_passed\n", "bob")
    weakened = registered.commit_all()
    registered.refuses("attest", "churn:v1", "security_scan_passed", "--passed", key="ci")
    promoted = promote_by_hand(registered, "v1", "staging")
    found = {(found["commit"], found["rule"]) for found in registered.verify()["findings"]}
    assert found == {(weakened, "policy-threshold"), (promoted, "version"), (promoted, "requirement")}


@pytest.mark.parametrize("path", [paths.POLICY, paths.TRUST])
def test_law_that_was_scribbled_on_is_put_back_without_a_further_finding(live: Registry, path: str) -> None:
    live.write(path, b"scribble\n")
    scribbled = live.commit_all()
    live.write("registry/models/churn/releases/v1/card.md", b"# More\n")
    carded = live.commit_all("what comes between is judged by what is in force")
    live.git("revert", "--no-edit", scribbled)
    live.register("v2")
    live.to_staging("v2")
    assert {found["commit"] for found in live.verify()["findings"]} == {scribbled, carded}
