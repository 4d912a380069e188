"""Attack 14: the promoter, the release's author or a signer of evidence approves their own work."""

from __future__ import annotations

import pytest

from tests.support.forging import promote_by_hand
from tests.support.keys import IDS
from tests.support.registry import TO_PRODUCTION, Registry


def unmet(registry: Registry, version: str = "v1", key: str = "alice") -> dict[str, str]:
    """What a promotion to production is refused for: requirement to reason."""
    arguments = ("promote", f"churn:{version}", "--to", "production", "--json")
    document = registry.refuses(*arguments, key=key).json
    assert {"separation"} >= {found["rule"] for found in document["findings"]}
    return {item["name"]: item["reason"] for item in document["requirements"] if not item["met"]}


@pytest.fixture
def waiting(registered: Registry) -> Registry:
    """``v1`` in canary with evidence for production; nobody has approved."""
    registered.to_canary("v1")
    registered.pass_production("v1")
    return registered


def test_the_author_of_a_release_does_not_approve_it(waiting: Registry) -> None:
    waiting.add("dave", "promoter")
    waiting.approve("v1", "bob")
    waiting.approve("v1", "alice", "--role", "risk-owner")
    assert unmet(waiting, key="dave") == {
        "manual_approval_from_risk_owner": f"does not count: {IDS['alice']} registered the release"
    }
    promote_by_hand(waiting, "v1", "production")
    waiting.finds("separation", waiting.alias(), message="registered the release", also=["cited"])


def test_the_promoter_does_not_approve_what_they_promote(waiting: Registry) -> None:
    waiting.add("dave", "promoter", "risk-owner")
    waiting.approve("v1", "bob")
    waiting.approve("v1", "dave")
    assert unmet(waiting, key="dave") == {
        "manual_approval_from_risk_owner": f"does not count: {IDS['dave']} is the one promoting"
    }
    promote_by_hand(waiting, "v1", "production", "dave", created_by=IDS["dave"])
    waiting.finds("separation", waiting.alias(), message="is the one promoting", also=["cited"])
    waiting.git("reset", "--quiet", "--hard", "HEAD^")
    waiting.promote("v1", "production", key="alice")
    waiting.passes()


def test_who_signed_decisive_evidence_does_not_approve_on_it(waiting: Registry) -> None:
    waiting.run("trust", "grant", IDS["carol"], "attester")
    check = "canary_error_rate_under_1_percent"
    waiting.attest("v1", check, "--metric", str(TO_PRODUCTION[check]), key="carol")
    waiting.approve_all("v1")
    words = f"does not count: {IDS['carol']} signed evidence that decides ({check})"
    assert unmet(waiting) == {"manual_approval_from_risk_owner": words}


def test_a_second_pair_of_eyes_beside_ones_own_is_enough(waiting: Registry) -> None:
    waiting.approve("v1", "alice", "--role", "risk-owner")
    waiting.approve_all("v1")
    waiting.promote("v1", "production")
    waiting.passes()


def test_alone_in_trust_one_may_and_the_second_person_ends_that(empty_registry: Registry) -> None:
    alone = empty_registry
    for name in ("bob", "carol"):
        alone.run("trust", "revoke", IDS[name], "--reason", "left")
    alone.register("v1")
    alone.to_canary("v1")
    alone.pass_production("v1")
    for role in ("model-owner", "risk-owner"):
        alone.approve("v1", "alice", "--role", role)
    alone.run("promote", "churn:v1", "--to", "production", "--dry-run")
    alone.add("dave", "risk-owner")
    assert set(unmet(alone)) == {"manual_approval_from_model_owner", "manual_approval_from_risk_owner"}
