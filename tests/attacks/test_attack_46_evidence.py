"""Attack 46: evidence measured before the release existed, elsewhere, too long ago, or with no data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gitregistry.records import paths
from gitregistry.records.evidence import Measurement, Window
from gitregistry.registry.moments import moment_text
from tests.support.forging import made_evidence, promote_by_hand
from tests.support.registry import TO_STAGING, Registry

LATENCY = "latency_p95_under_60ms"
ERRORS = "canary_error_rate_under_1_percent"
OF_LATENCY = "    max_age: 30d\n    measurement: latency_p95_ms\n"
OLD = Window(start="2026-01-01T00:00:00Z", end="2026-01-02T00:00:00Z")


def latency(value: str, unit: str | None = "ms", **more: str) -> Measurement:
    return Measurement(name="latency_p95_ms", value=Decimal(value), unit=unit, **more)


def errors(value: str = "0.001") -> Measurement:
    return Measurement(name="error_rate", value=Decimal(value), unit="ratio")


@pytest.fixture
def for_canary(registered: Registry) -> Registry:
    """``v1`` in staging with all that canary asks for but the latency."""
    registered.to_staging("v1")
    for check in ("staging_smoke_test_passed", "feature_parity_verified"):
        registered.attest("v1", check)
    return registered


@pytest.mark.parametrize(
    ("changes", "rule", "message"),
    [
        ({"measurements": ()}, "evidence", "no data"),
        ({"measurements": (errors(),)}, "evidence", "no data: it has no measurement latency_p95_ms"),
        ({"measurements": (latency("61"),)}, "requirement", "= 61 ms, the policy asks for at most 60 ms"),
        ({"measurements": (latency("60.000000000000000000001"),)}, "requirement", "at most 60 ms"),
        ({"measurements": (latency("1e30"),)}, "requirement", "at most 60 ms"),
        ({"measurements": (latency("0.043", "s"),)}, "requirement", "given in s, the policy asks for ms"),
        ({"measurements": (latency("0.043", None),)}, "requirement", "without a unit"),
        (
            {"measurements": (latency("43"), latency("75", slice="mobile"))},
            "requirement",
            "= 75 ms in mobile",
        ),
        ({"measurements": (latency("43"), latency("75"))}, "requirement", "= 75 ms"),
        ({"measurements": (latency("43"),), "result": "failed"}, "requirement", "result is failed"),
        ({"measurements": (latency("43"),), "result": "error"}, "requirement", "result is error"),
        ({"measurements": (latency("43"),), "result": "skipped"}, "requirement", "result is skipped"),
        (
            {"measurements": (latency("43"),), "observed": OLD},
            "evidence",
            "before the release was registered",
        ),
        (
            {"measurements": (latency("43"),), "valid_until": "2026-01-01T00:00:00Z"},
            "evidence",
            "valid until 2026-01-01",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_evidence_that_shows_nothing_does_not_count(
    for_canary: Registry, changes: dict[str, Any], rule: str, message: str
) -> None:
    path, record = made_evidence(for_canary, "v1", LATENCY, environment="staging", **changes)
    for_canary.forge(path, record, "ci")
    for_canary.commit_all()
    for_canary.passes()
    refused = for_canary.refuses("promote", "churn:v1", "--to", "canary", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert message in unmet["reason"]
    assert unmet["hint"].startswith(f"registry attest churn:v1 {LATENCY} --passed --metric latency_p95_ms=")
    promote_by_hand(for_canary, "v1", "canary")
    for_canary.finds(rule, for_canary.alias("canary"), message=message, also=["cited"])


def test_a_value_on_the_bound_is_within_it(for_canary: Registry) -> None:
    for_canary.attest("v1", LATENCY, "--metric", "latency_p95_ms=60")
    for_canary.promote("v1", "canary")
    for_canary.passes()


@pytest.mark.parametrize("environment", ["staging", "production", None])
def test_evidence_from_another_environment_does_not_count(
    approved: Registry, environment: str | None
) -> None:
    old = approved.evidence("v1", ERRORS)
    path, record = made_evidence(
        approved,
        "v1",
        ERRORS,
        measurements=(errors(),),
        environment=environment,
        supersedes=(approved.digest(old),),
    )
    approved.forge(path, record, "ci")
    approved.commit_all()
    approved.passes()
    refused = approved.refuses("promote", "churn:v1", "--to", "production", "--json").json
    assert "it was measured in" in refused["requirements"][1]["reason"]


def test_evidence_dated_before_the_release_is_found(registered: Registry) -> None:
    path, record = made_evidence(registered, "v1", TO_STAGING[0], created_at="2026-01-01T00:00:00Z")
    registered.forge(path, record, "ci")
    registered.commit_all()
    registered.finds("time", path, message="before what it follows")
    for check in TO_STAGING[1:]:
        registered.attest("v1", check)
    registered.refuses("promote", "churn:v1", "--to", "staging")


def test_evidence_older_than_the_policy_allows_does_not_count(registered: Registry) -> None:
    """A policy that takes latency of the last second, and a wait."""
    text = registered.read(paths.POLICY).decode()
    registered.write(paths.POLICY, text.replace(OF_LATENCY, OF_LATENCY.replace("30d", "1s")).encode())
    registered.run("sign", paths.POLICY)
    registered.to_staging("v1")
    for check in ("staging_smoke_test_passed", "feature_parity_verified"):
        registered.attest("v1", check)
    path, record = made_evidence(
        registered, "v1", LATENCY, environment="staging", measurements=(latency("43"),)
    )
    registered.forge(path, record, "ci")
    registered.commit_all()
    promote_by_hand(registered, "v1", "canary")
    registered.git(
        "commit",
        "--amend",
        "--quiet",
        "--no-edit",
        date=moment_text(datetime.now(UTC) + timedelta(minutes=1)),
    )
    registered.finds("evidence", registered.alias("canary"), message="older than 1s", also=["cited"])


def test_a_failure_is_not_outvoted_by_a_pass_beside_it(registered: Registry) -> None:
    registered.pass_staging("v1")
    path, record = made_evidence(registered, "v1", TO_STAGING[1], result="failed")
    registered.forge(path, record, "ci")
    registered.commit_all()
    registered.passes()
    refused = registered.refuses("promote", "churn:v1", "--to", "staging", "--json").json
    assert [item["name"] for item in refused["requirements"] if not item["met"]] == [TO_STAGING[1]]


@pytest.mark.parametrize("result", ["failed", "passed"])
def test_a_pass_does_not_come_back_when_what_replaced_it_expires(registered: Registry, result: str) -> None:
    registered.pass_staging("v1")
    old = registered.evidence("v1", TO_STAGING[1])
    path, record = made_evidence(
        registered,
        "v1",
        TO_STAGING[1],
        result=result,
        supersedes=(registered.digest(old),),
        valid_until="2026-01-01T00:00:00Z",
    )
    registered.forge(path, record, "ci")
    registered.commit_all()
    registered.refuses("promote", "churn:v1", "--to", "staging")


def test_evidence_by_who_may_attest_elsewhere_only_does_not_count(approved: Registry) -> None:
    approved.add("dave", "attester", options=("--environment", "staging"))
    path, record = made_evidence(
        approved, "v1", ERRORS, measurements=(errors(),), environment="canary", created_by="dave@example.com"
    )
    approved.forge(path, record, "dave")
    approved.commit_all()
    approved.finds("role", path)


def test_a_promotion_without_any_evidence_is_found_requirement_by_requirement(registered: Registry) -> None:
    promote_by_hand(registered, "v1", "staging")
    findings = registered.verify()["findings"]
    assert [found["message"] for found in findings] == [f"{check}: no evidence" for check in TO_STAGING]
    assert {found["rule"] for found in findings} == {"requirement"}


def test_an_environment_cannot_be_skipped(registered: Registry) -> None:
    registered.pass_staging("v1")
    registered.pass_canary("v1")
    registered.pass_production("v1")
    registered.approve_all("v1")
    refused = registered.refuses("promote", "churn:v1", "--to", "production", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert unmet["name"] == "promoted_to_canary"
    promote_by_hand(registered, "v1", "production")
    registered.finds("requirement", registered.alias(), message="never promoted to canary")
