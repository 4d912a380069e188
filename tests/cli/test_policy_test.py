"""``registry policy test``: cases tried under a policy, what differed, and faults in the cases themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gitregistry.operations.case_file import read_cases
from gitregistry.operations.rehearsal import rehearse
from gitregistry.records import paths
from gitregistry.records.policy import Policy
from gitregistry.records.shapes import read_record
from tests.docs.blocks import ROOT
from tests.support.registry import Registry

SCAFFOLDED = ROOT / "tests/operations/cases/scaffolded.yaml"
PEOPLE = """\
people:
  - {id: alice, roles: [publisher, promoter]}
  - {id: ci, is: ci, roles: [attester]}
"""
STAGING = (
    "artifact_signature_verified",
    "offline_eval_passed",
    "schema_compatibility_passed",
    "security_scan_passed",
)
FILED = PEOPLE + "evidence:\n" + "".join(f"  {name[:4]}: {{check: {name}}}\n" for name in STAGING)


def tried(registry: Registry, text: str, *options: str, expect: int = 0) -> dict[str, Any]:
    """The cases of a text, tried."""
    file = registry.folder.parent / "cases.yaml"
    file.write_text(text, "utf-8")
    return registry.json("policy", "test", str(file), *options, key=None, expect=expect)


def case(rest: str) -> str:
    return f"{FILED}cases:\n  - {{name: one, {rest}}}\n"


def test_the_scaffolded_policy_does_what_its_cases_say(empty_registry: Registry) -> None:
    document = empty_registry.json("policy", "test", str(SCAFFOLDED), key=None)
    assert (document["passed"], document["failed"]) == (8, 0)
    assert document["policy"] == "the work tree's policy"
    said = empty_registry.run("policy", "test", str(SCAFFOLDED), "--in-force", key=None).out
    assert "ok      to production" in said
    assert "8 passed, 0 failed, under policy 1, in force" in said


def test_the_example_does_what_its_cases_say() -> None:
    policy = read_record(Policy, (ROOT / "examples/policy.yaml").read_bytes(), "policy.yaml")
    outcomes = rehearse(policy, read_cases(ROOT / "examples/policy-tests.yaml"))
    assert len(outcomes) == 19
    assert [(item.name, item.differences) for item in outcomes if item.differences] == []


def test_cases_lie_beside_the_registry_folder(empty_registry: Registry) -> None:
    missing = empty_registry.run("policy", "test", key=None, expect=2).err
    assert "policy-tests.yaml: cannot read the cases" in missing
    empty_registry.write("policy-tests.yaml", SCAFFOLDED.read_bytes())
    empty_registry.run("policy", "test", key=None)
    edited = empty_registry.read(paths.POLICY).replace(b"max: 60", b"max: 80")
    empty_registry.write(paths.POLICY, edited)
    failed = empty_registry.json("policy", "test", key=None, expect=1)
    (other,) = (item for item in failed["cases"] if not item["ok"])
    assert other["name"] == "slow"
    assert other["differences"][0] == "expected refused, it is promoted"
    empty_registry.run("policy", "test", "--in-force", key=None)


@pytest.mark.parametrize(
    ("rest", "differences"),
    [
        ("to: staging, expect: promoted", []),
        ("to: staging, expect: refused", ["expected refused, it is promoted"]),
        ("to: staging, expect: refused, unmet: [offline_eval_passed]",
         ["expected refused, it is promoted", "offline_eval_passed is met, or not asked for"]),
        ("to: staging, expect: promoted, without: [secu]",
         ["expected promoted, it is refused", "security_scan_passed is unmet: no evidence"]),
        ("to: staging, expect: refused, without: [secu]", []),
        ("to: staging, expect: refused, without: [secu], unmet: [security_scan_passed]", []),
        ("to: staging, expect: refused, without: [secu, offl], unmet: [security_scan_passed]",
         ["offline_eval_passed is unmet: no evidence"]),
        ("to: staging, expect: refused, without: [secu], reasons: {security_scan_passed: no evidence}", []),
        ("to: staging, expect: refused, without: [secu], reasons: {security_scan_passed: too old}",
         ["security_scan_passed is unmet for another reason than «too old»: no evidence"]),
        ("to: moon, expect: refused, unmet: [policy]", []),
    ],
)  # fmt: skip
def test_what_differs_is_said(empty_registry: Registry, rest: str, differences: list[str]) -> None:
    document = tried(empty_registry, case(rest), expect=1 if differences else 0)
    (found,) = document["cases"]
    assert found["differences"] == differences
    assert found["ok"] == (not differences)
    assert found["line"] == 10
    said = empty_registry.run("policy", "test", found["file"], key=None, expect=None).out
    assert said.startswith("FAILED  one  (" if differences else "ok      one")
    assert all(words in said for words in differences)


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        (case("to: staging, expect: promoted, foo: 1"), "cases[0].foo", "unknown field"),
        (case("to: staging, expect: maybe"), "cases[0].expect", "expected promoted or refused"),
        (case("to: staging, expect: promoted, unmet: [x]"), "cases[0].expect", "has no unmet requirement"),
        (case("to: staging, expect: promoted, without: [x]"), "cases[0].without[0]", "is called x"),
        (case("to: staging, expect: promoted, promoter: zoe"), "cases[0].promoter", "there is no zoe"),
        (case("to: staging, expect: promoted, release: {by: zoe}"), "cases[0].release.by", "there is no zoe"),
        (case("to: staging, expect: promoted, evidence: {a: {check: b, by: zoe}}"),
         "cases[0].evidence.a.by", "there is no zoe"),
        (case("to: staging, expect: promoted, evidence: {a: {check: b, supersedes: [c]}}"),
         "cases[0].evidence.a.supersedes[0]", "nothing before it is called c"),
        (case("to: staging, expect: promoted, approvals: {a: {by: alice, role: x, seen: [c]}}"),
         "cases[0].approvals.a.seen[0]", "nothing before it is called c"),
        (case("to: staging, expect: promoted, people: []"), "cases[0].people", "nobody is there"),
        (case("to: staging, expect: promoted, people: [{id: a, roles: []}, {id: a, roles: []}]"),
         "cases[0].people[1]", "a stands twice"),
        (case("to: staging, expect: promoted, people: [{id: a, roles: []}]"),
         "cases[0]", "nobody under people holds publisher"),
        (case("to: staging, expect: promoted, live: {moon: {}}"),
         "cases[0].live.moon", "the policy has no environment moon"),
        (case("to: staging, expect: promoted, live: {staging: {version: v1}}"),
         "cases[0].live.staging", "give it another version"),
        (case("to: canary, expect: refused, live: {staging: {}}"),
         "cases[0].live.staging", "the release itself came there last"),
        (case("to: staging, expect: promoted, live: {staging: {evidence: {secu: {check: a}}}}"),
         "cases[0].live.staging.evidence.secu", "evidence of another release has this label"),
        (case("to: staging, expect: promoted, live: {canary: {}, production: {age: 90d}}"),
         "cases[0].live.production", "live is given twice, and not alike"),
        (f"{FILED}cases: []\n", "cases", "it holds no case"),
    ],
)  # fmt: skip
def test_a_fault_in_the_cases_has_its_place(
    empty_registry: Registry, text: str, field: str, words: str
) -> None:
    file = empty_registry.folder.parent / "cases.yaml"
    file.write_text(text, "utf-8")
    said = empty_registry.run("policy", "test", str(file), key=None, expect=2).err
    assert words in said
    assert f" {field}" in said
    assert "cases.yaml:" in said


def test_a_policy_that_cannot_be_put_in_force_is_not_tried(empty_registry: Registry, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_bytes(empty_registry.read(paths.POLICY).replace(b"after: canary", b"after: moon"))
    said = empty_registry.run("policy", "test", str(SCAFFOLDED), "--policy", str(bad), key=None, expect=1).err
    assert "it cannot be put in force" in said
    assert "registry policy check" in said
    options = ("--policy", str(bad), "--in-force")
    empty_registry.run("policy", "test", str(SCAFFOLDED), *options, key=None, expect=2)


def test_tiers_and_profiles_decide_as_they_do_in_a_registry(empty_registry: Registry) -> None:
    profile = (
        "{name: low, risk_tiers: [low], promotion_policy: {to_staging: {requires: [offline_eval_passed]}}}"
    )
    text = empty_registry.read(paths.POLICY).replace(
        b"\nchecks:\n", f"\nprofiles:\n  - {profile}\nchecks:\n".encode()
    )
    empty_registry.write(paths.POLICY, text)
    cases = f"""{FILED}cases:
  - {{name: low, to: staging, risk_tier: low, without: [secu, sche, arti], expect: promoted}}
  - {{name: none, to: staging, without: [secu, sche, arti], expect: refused}}
  - {{name: claimed, to: staging, release: {{risk_tier: low}}, expect: refused, unmet: [profile]}}
"""
    assert tried(empty_registry, cases)["passed"] == 3


def test_freezes_hold_at_the_moment_of_the_case(empty_registry: Registry) -> None:
    window = b"\nfreeze_windows:\n  - {name: eve, from: 2026-12-24T00:00:00Z, until: 2026-12-25T00:00:00Z}\n"
    text = empty_registry.read(paths.POLICY).replace(b"\nchecks:\n", window + b"\nchecks:\n")
    empty_registry.write(paths.POLICY, text)
    cases = f"""{FILED}cases:
  - {{name: before, to: staging, expect: promoted}}
  - {{name: within, to: staging, at: 2026-12-24T12:00:00Z, expect: refused, unmet: [no_freeze_window]}}
"""
    assert tried(empty_registry, cases)["passed"] == 2
