"""Where the policy says what is asked, nobody promotes on the answer to an easier question."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gitregistry.records.evidence import Asked, Measurement
from tests.support.forging import made_evidence, promote_by_hand
from tests.support.registry import Registry

LATENCY = "latency_p95_under_60ms"
QUERY = 'max(latency_ms{version="{version}"})'
DIGEST = "sha256:" + "0" * 64


@pytest.fixture
def for_canary(registered: Registry) -> Registry:
    """``v1`` in staging with all that canary asks for but the latency, whose query the policy fixes."""
    registered.change_policy(
        "    max: 60\n    unit: ms\n", f"    max: 60\n    unit: ms\n    prometheus: {{query: '{QUERY}'}}\n"
    )
    registered.to_staging("v1")
    for check in ("staging_smoke_test_passed", "feature_parity_verified"):
        registered.attest("v1", check)
    return registered


def asked(registry: Registry, expression: str, digest: str | None = DIGEST) -> None:
    """Evidence by ci that this was asked, and that 43 ms came."""
    path, record = made_evidence(
        registry,
        "v1",
        LATENCY,
        environment="staging",
        measurements=(Measurement(name="latency_p95_ms", value=Decimal(43), unit="ms"),),
        query=Asked(
            source="prometheus",
            url="https://prometheus.example",
            expression=expression,
            evaluated_at="2026-05-01T00:00:00Z",
            result_digest=digest,
        ),
    )
    registry.forge(path, record, "ci")
    registry.commit_all()


@pytest.mark.parametrize(
    ("expression", "digest", "message"),
    [
        ("vector(43)", DIGEST, "another query than the policy's"),
        ('max(latency_ms{version="v0"})', DIGEST, "another query than the policy's"),
        (QUERY, DIGEST, "another query than the policy's"),
        ('max(latency_ms{version="v1"})', None, "it names no answer to its query"),
    ],
)
def test_the_answer_to_another_question_does_not_count(
    for_canary: Registry, expression: str, digest: str | None, message: str
) -> None:
    asked(for_canary, expression, digest)
    for_canary.passes()
    refused = for_canary.refuses("promote", "churn:v1", "--to", "canary", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert message in unmet["reason"]
    assert unmet["hint"] == f"registry attest churn:v1 {LATENCY} --prometheus URL"
    promote_by_hand(for_canary, "v1", "canary")
    for_canary.finds("evidence", for_canary.alias("canary"), message=message, also=["cited"])


def test_a_value_that_somebody_typed_does_not_count(for_canary: Registry) -> None:
    for_canary.attest("v1", LATENCY, "--metric", "latency_p95_ms=43")
    promote_by_hand(for_canary, "v1", "canary")
    for_canary.finds("evidence", for_canary.alias("canary"), message="it names no query", also=["cited"])


def test_the_policys_question_counts(for_canary: Registry) -> None:
    asked(for_canary, 'max(latency_ms{version="v1"})')
    for_canary.promote("v1", "canary")
    for_canary.passes()
