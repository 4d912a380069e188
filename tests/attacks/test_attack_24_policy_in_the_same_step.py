"""Attack 24: the policy is weakened in the very step of the promotion that needs it."""

from __future__ import annotations

from gitregistry.records import paths
from tests.support.forging import made_promotion
from tests.support.registry import Registry

NEEDED = "      - manual_approval_from_model_owner\n      - manual_approval_from_risk_owner\n"


def test_a_promotion_is_judged_by_the_policy_before(registered: Registry) -> None:
    registered.to_canary("v1")
    registered.pass_production("v1")
    record = made_promotion(registered, "v1", "production")
    registered.next_text(paths.POLICY, NEEDED, "", "alice")
    registered.forge(registered.alias(), record, "alice")
    registered.commit_all()
    registered.finds("requirement", registered.alias(), message="no approval by a model-owner")


def test_a_promotion_that_names_the_new_policy_is_found(registered: Registry) -> None:
    registered.to_canary("v1")
    registered.pass_production("v1")
    registered.next_text(paths.POLICY, NEEDED, "", "alice")
    registered.forge(registered.alias(), made_promotion(registered, "v1", "production"), "alice")
    registered.commit_all()
    registered.finds("version", registered.alias(), message="made under policy", also=["requirement"])
    registered.finds("requirement", registered.alias(), also=["version"])


def test_a_promotion_is_judged_by_the_trust_before(approved: Registry) -> None:
    """Dave is let in and promotes in one step."""
    record = made_promotion(approved, "v1", "production", created_by="dave@example.com")
    approved.add("dave", "promoter")
    approved.git("reset", "--quiet", "--soft", "HEAD^")
    approved.forge(approved.alias(), record, "dave")
    approved.commit_all()
    approved.finds("role", approved.alias())
