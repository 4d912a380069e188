"""``registry policy explain``: which profile says what a promotion asks, and what is met by now."""

from __future__ import annotations

import pytest

from tests.support.registry import Registry

PLACE = "\nchecks:\n"
PROFILES = f"""
profiles:
  - name: some
    models: [c*]
    promotion_policy:
      to_staging: {{requires: [offline_eval_passed, security_scan_passed]}}
  - name: churn
    models: [chu*, other]
    promotion_policy:
      to_staging: {{requires: [offline_eval_passed]}}
  - name: high
    risk_tiers: [high]
    promotion_policy:
      to_canary: {{requires: [latency_p95_under_60ms]}}
{PLACE}"""


@pytest.fixture
def profiled(registered: Registry) -> Registry:
    registered.change_policy(PLACE, PROFILES)
    return registered


def names(document: dict[str, list[dict[str, str]]]) -> list[str]:
    return [item["name"] for item in document["requirements"]]


def test_all_transitions_of_an_environment(profiled: Registry) -> None:
    document = profiled.json("policy", "explain", "staging", key=None)
    assert len(names(document)) == 4
    assert [(profile["name"], names(profile)) for profile in document["profiles"]] == [
        ("some", ["offline_eval_passed", "security_scan_passed"]),
        ("churn", ["offline_eval_passed"]),
    ]
    said = profiled.run("policy", "explain", "staging", key=None).out
    assert "to staging for chu* and other (profile churn)" in said
    assert "registry policy explain staging MODEL" in said
    assert "for risk tier high (profile high)" in profiled.run("policy", "show", key=None).out


@pytest.mark.parametrize(
    ("environment", "model", "profile", "because"),
    [
        ("staging", "churn", "churn", "the pattern chu* matches churn"),
        ("staging", "credit", "some", "the pattern c* matches credit"),
        ("staging", "other", "churn", "the name other matches other"),
        ("staging", "fraud", None, "no profile for to_staging matches fraud"),
        ("canary", "churn", None, "no profile for to_canary matches churn"),
    ],
)
def test_which_one_holds_for_a_model_and_why(
    profiled: Registry, environment: str, model: str, profile: str | None, because: str
) -> None:
    document = profiled.json("policy", "explain", environment, model, key=None)
    assert document["profile"] == profile
    assert because in document["because"]
    assert ("the profile some, by the pattern c*" in _said(profiled, environment, model)) == (
        (environment, model) == ("staging", "churn")
    )


def test_a_tier_is_named_where_it_decides(profiled: Registry) -> None:
    profiled.run("model", "churn", "--risk-tier", "high")
    document = profiled.json("policy", "explain", "canary", "churn", key=None)
    assert (document["profile"], names(document)) == (
        "high",
        ["promoted_to_staging", "latency_p95_under_60ms"],
    )
    assert "the risk tier high" in document["because"]


def test_where_nobody_can_say_it_says_why_and_what_to_do(profiled: Registry) -> None:
    profiled.add("dave", "publisher")
    manifest = profiled.folder.parent / "high.yaml"
    manifest.write_text("model_name: fraud\nversion: v1\nartifact_uri: s3://m/f\nrisk_tier: high\n", "utf-8")
    (profiled.folder.parent / "f.bin").write_bytes(b"f")
    profiled.run("register", str(manifest), "--artifact", str(profiled.folder.parent / "f.bin"), key="dave")
    document = profiled.json("policy", "explain", "canary", "fraud", key=None)
    assert (document["profile"], document["requirements"]) == (None, [])
    assert "administrators signed none" in document["because"]
    said = _said(profiled, "canary", "fraud")
    assert "nobody can say" in said
    assert "registry model fraud --risk-tier high" in said
    assert "✗  profile" in _said(profiled, "canary", "fraud:v1")


def test_of_a_release_it_says_what_is_met(profiled: Registry) -> None:
    document = profiled.json("policy", "explain", "staging", "churn:v1", key=None)
    assert [(item["name"], item["met"]) for item in document["requirements"]] == [
        ("offline_eval_passed", False)
    ]
    profiled.attest("v1", "offline_eval_passed")
    document = profiled.json("policy", "explain", "staging", "churn:v1", key=None)
    assert (document["version"], document["requirements"][0]["met"]) == ("v1", True)
    assert "✓  offline_eval_passed" in _said(profiled, "staging", "churn:v1")
    profiled.promote("v1", "staging")
    profiled.passes()


def test_what_is_not_there_is_not_explained(profiled: Registry) -> None:
    assert (
        "has no release v9"
        in profiled.run("policy", "explain", "staging", "churn:v9", key=None, expect=3).err
    )
    assert "registry list" in profiled.run("policy", "explain", "staging", "Churn!", key=None, expect=2).err


def _said(registry: Registry, environment: str, reference: str) -> str:
    return registry.run("policy", "explain", environment, reference, key=None).out


def test_what_registry_check_makes_by_itself_is_named(registered: Registry) -> None:
    words = {
        item["name"]: item["meets"]
        for item in registered.json("policy", "explain", "staging", key=None)["requirements"]
    }
    assert "registry check makes it: the artifact looked into for what runs" in words["security_scan_passed"]
    assert "registry check" not in words["offline_eval_passed"]


def test_a_policy_that_names_a_command_of_its_own_is_told_by_that(registered: Registry) -> None:
    registered.change_policy("  security_scan_passed:\n", "  security_scan_passed:\n    run: [scan, all]\n")
    words = [item["meets"] for item in registered.json("policy", "explain", "staging")["requirements"]]
    assert "made by running scan all" in words[-1]
    assert "registry check makes it" not in words[-1]
