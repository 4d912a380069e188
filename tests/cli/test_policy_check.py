"""``registry policy check``: where a fault or a warning is, what mends it, and the exit code."""

from __future__ import annotations

from typing import Any

import pytest

from gitregistry.records import paths
from tests.support.keys import IDS
from tests.support.registry import Registry

PLACE = "\nchecks:\n"
TO_MOON = "  - {name: p, models: [a], promotion_policy: {to_moon: {requires: [offline_eval_passed]}}}"


def edited(registry: Registry, old: str, new: str) -> list[str]:
    """Change the policy in the work tree; its lines."""
    text = registry.read(paths.POLICY).decode()
    assert old in text
    text = text.replace(old, new, 1)
    registry.write(paths.POLICY, text.encode())
    return text.splitlines()


def checked(registry: Registry, *options: str, expect: int = 0) -> dict[str, Any]:
    return registry.json("policy", "check", *options, key=None, expect=expect)


@pytest.mark.parametrize(
    ("old", "new", "line", "field"),
    [
        ("    after: canary", "    after: moon", "environments:", "environments"),
        ("      - security_scan_passed", "      - scan", "    requires:",
         "promotion_policy.to_staging.requires"),
        ("    environment: canary", "    environment: moon", "    environment: moon",
         "checks.canary_error_rate_under_1_percent.environment"),
        (PLACE, f"\nprofiles:\n{TO_MOON}{PLACE}", TO_MOON, "profiles[0].promotion_policy.to_moon"),
    ],
)  # fmt: skip
def test_a_fault_has_its_place(registered: Registry, old: str, new: str, line: str, field: str) -> None:
    lines = edited(registered, old, new)
    document = checked(registered, expect=1)
    (fault,) = document["faults"]
    assert document["warnings"] == []
    assert (fault["field"], lines[fault["line"] - 1]) == (field, line)
    assert fault["file"].endswith(paths.POLICY)
    assert fault["hint"].startswith("registry sign registry/policy.yaml")
    said = registered.run("policy", "check", key=None, expect=1).out
    assert f"policy.yaml:{fault['line']}\n  {fault['words']}\n  mend: " in said


def test_names_with_dots_have_their_line(registered: Registry) -> None:
    lines = edited(registered, "feature_parity_verified:\n", "feature.parity:\n    max: 3\n")
    faults = {fault["field"]: fault for fault in checked(registered, expect=1)["faults"]}
    fault = faults["checks['feature.parity'].max"]
    assert lines[fault["line"] - 1] == "    max: 3"


def test_warnings_end_with_one_only_when_asked(registered: Registry) -> None:
    assert checked(registered)["warnings"] == []
    checked(registered, "--strict")
    lines = edited(registered, "role: risk-owner", "role: chief")
    (warning,) = checked(registered)["warnings"]
    assert checked(registered, "--strict", expect=1)["faults"] == []
    assert warning["field"] == "checks.manual_approval_from_risk_owner.role"
    assert lines[warning["line"] - 1] == "    role: chief"
    assert warning["hint"] == "registry trust grant ID chief --environment production"
    assert "(1 warning)" in registered.run("policy", "check", key=None).out


def test_the_hint_of_a_warning_takes_it_away(registered: Registry) -> None:
    edited(registered, "role: risk-owner", "role: chief")
    (warning,) = checked(registered)["warnings"]
    registered.run(*warning["hint"].replace("ID", IDS["carol"]).split()[1:])
    assert checked(registered)["warnings"] == []


def test_a_model_for_which_nobody_could_approve_is_named(registered: Registry) -> None:
    """Somebody may for other models, so the pattern says nothing."""
    registered.register("v1", model="fraud")
    registered.register("v1", model="fraud-eu")
    registered.add("dave", "chief", options=("--model", "churn"))
    edited(registered, "role: risk-owner", "role: chief")
    (warning,) = checked(registered)["warnings"]
    assert "no one holds chief for fraud in production" in warning["words"]
    assert "(and so for fraud-eu)" in warning["words"]
    assert "--model 'fraud'" in warning["hint"]


def test_models_without_a_tier_are_named(registered: Registry) -> None:
    profile = (
        "{name: high, risk_tiers: [high], promotion_policy: {to_staging: {requires: [offline_eval_passed]}}}"
    )
    edited(registered, PLACE, f"\nprofiles:\n  - {profile}\n{PLACE}")
    (warning,) = checked(registered)["warnings"]
    assert warning["words"].startswith("no risk tier is confirmed for churn")
    registered.run("model", "churn", "--risk-tier", "high")
    assert checked(registered)["warnings"] == []


def test_models_whose_tier_is_only_claimed_are_named(registered: Registry) -> None:
    registered.add("dave", "publisher")
    beside = registered.folder.parent
    (beside / "f.bin").write_bytes(b"f")
    (beside / "f.yaml").write_text(
        "model_name: f\nversion: v1\nartifact_uri: s3://m/f\nrisk_tier: low\n", "utf-8"
    )
    registered.run("register", str(beside / "f.yaml"), "--artifact", str(beside / "f.bin"), key="dave")
    registered.run("model", "churn", "--risk-tier", "high")
    profile = (
        "{name: high, risk_tiers: [high], promotion_policy: {to_staging: {requires: [offline_eval_passed]}}}"
    )
    edited(registered, PLACE, f"\nprofiles:\n  - {profile}\n{PLACE}")
    words = [warning["words"] for warning in checked(registered)["warnings"]]
    assert any(said.startswith("nothing of f could go to staging") for said in words), words


def test_a_tier_that_no_profile_is_for_is_named_where_it_is_written_and_checked(registered: Registry) -> None:
    profile = (
        "{name: high, risk_tiers: [high], promotion_policy: {to_staging: {requires: [offline_eval_passed]}}}"
    )
    registered.change_policy(PLACE, f"\nprofiles:\n  - {profile}\n{PLACE}")
    words = "no profile is for the risk tier hihg; there are profiles for high"
    assert f"warning: {words}" in registered.run("model", "churn", "--risk-tier", "hihg").err
    (warning,) = checked(registered)["warnings"]
    assert warning["words"] == f"{words}; it is that of churn"
    beside = registered.folder.parent
    (beside / "g.bin").write_bytes(b"g")
    (beside / "g.yaml").write_text(
        "model_name: g\nversion: v1\nartifact_uri: s3://m/g\nrisk_tier: hihg\n", "utf-8"
    )
    said = registered.run("register", str(beside / "g.yaml"), "--artifact", str(beside / "g.bin"))
    assert f"warning: {words}" in said.err
    assert "warning" not in registered.run("model", "churn", "--risk-tier", "high").err
