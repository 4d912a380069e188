"""Attack 17: a withdrawn, rejected or expired approval is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gitregistry.records.approval import Approval
from gitregistry.registry.moments import moment_text
from tests.support.forging import made_approval, promote_by_hand
from tests.support.registry import Registry


def refused_and_found(registry: Registry, message: str) -> None:
    """Neither does the write path promote, nor does a promotion made by hand pass."""
    registry.passes()
    refused = registry.refuses("promote", "churn:v1", "--to", "production", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert message in unmet["reason"]
    assert {found["rule"] for found in refused["findings"]} == {"approval-state"}
    promote_by_hand(registry, "v1", "production")
    registry.finds("approval-state", registry.alias(), message=message, also=["cited"])


def test_a_withdrawn_approval_does_not_count(approved: Registry) -> None:
    approved.approve("v1", "carol", "--withdraw")
    refused_and_found(approved, "withdrew it")


def test_a_withdrawal_that_names_nothing_withdraws_all(approved: Registry) -> None:
    """As when it was made in another clone, where the approval had not arrived."""
    path, record = made_approval(approved, "v1", "carol", "risk-owner", decision="withdraw")
    approved.forge(path, record, "carol")
    approved.commit_all()
    refused_and_found(approved, "withdrew it")


def test_a_rejection_refuses_whatever_else_is_approved(approved: Registry) -> None:
    approved.approve("v1", "carol", "--reject", "--note", "biased against new customers")
    refused_and_found(approved, "rejected it: biased against new customers")


def test_a_rejection_by_another_in_the_role_refuses_too(approved: Registry) -> None:
    approved.add("dave", "risk-owner")
    approved.approve("v1", "dave", "--reject")
    refused_and_found(approved, "dave@example.com rejected it")


def test_an_expired_approval_does_not_count(approved: Registry) -> None:
    approved.approve("v1", "carol", "--expires-at", "2026-01-01T00:00:00Z")
    refused_and_found(approved, "expired at 2026-01-01T00:00:00Z")


def test_nobody_overrides_anothers_rejection(approved: Registry) -> None:
    approved.add("dave", "risk-owner")
    approved.approve("v1", "dave", "--reject")
    rejection = approved.approval("v1", "dave")
    path, record = made_approval(
        approved, "v1", "carol", "risk-owner", supersedes=(approved.digest(rejection),)
    )
    approved.forge(path, record, "carol")
    approved.commit_all()
    refused_and_found(approved, "dave@example.com rejected it")


def test_who_rejected_may_approve_after_all(approved: Registry) -> None:
    approved.approve("v1", "carol", "--reject")
    approved.approve("v1", "carol")
    approved.promote("v1", "production")
    approved.passes()


def test_who_withdrew_may_approve_again(approved: Registry) -> None:
    approved.approve("v1", "carol", "--withdraw")
    approved.approve("v1", "carol")
    approved.promote("v1", "production")
    approved.passes()


@pytest.mark.parametrize("decision", ["reject", "withdraw"])
def test_an_approval_does_not_come_back_when_its_successor_is_removed(
    approved: Registry, decision: str
) -> None:
    approved.approve("v1", "carol", f"--{decision}")
    (path,) = [
        found
        for found in approved.find("registry/models/churn/releases/v1/approvals/*carol*.yaml")
        if approved.record(Approval, found).decision == decision
    ]
    approved.remove(path)
    approved.commit_all()
    approved.finds("missing", path)


def test_an_approval_older_than_the_policy_allows_does_not_count(registered: Registry) -> None:
    """Dated back as far as the rule «time» lets it, which is as old as it is for the policy."""
    registered.change_policy("    role: risk-owner\n", "    role: risk-owner\n    max_age: 2m\n")
    registered.to_canary("v1")
    registered.pass_production("v1")
    registered.approve("v1", "bob")
    dated = moment_text(datetime.now(UTC) - timedelta(minutes=3))
    path, record = made_approval(registered, "v1", "carol", "risk-owner", created_at=dated)
    registered.forge(path, record, "carol")
    registered.commit_all()
    refused_and_found(registered, f"is of {dated}, older than 2m")
