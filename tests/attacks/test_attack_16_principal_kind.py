"""Attack 16: a bot is counted as a person."""

from __future__ import annotations

import pytest

from gitregistry.records import paths
from tests.support.forging import made_approval, promote_by_hand
from tests.support.registry import Registry


@pytest.mark.parametrize("kind", ["bot", "ci"])
def test_a_bots_approval_is_refused_found_and_does_not_count(registered: Registry, kind: str) -> None:
    registered.add("deploy-bot", "risk-owner", kind=kind)
    registered.to_canary("v1")
    registered.pass_production("v1")
    registered.approve("v1", "bob")
    refused = registered.refuses("approve", "churn:v1", "--to", "production", key="deploy-bot")
    assert "only a person can approve" in refused.err
    path, record = made_approval(registered, "v1", "deploy-bot", "risk-owner")
    registered.forge(path, record, "deploy-bot")
    registered.commit_all()
    registered.finds("principal-kind", path)
    registered.refuses("promote", "churn:v1", "--to", "production")
    approved = registered.head
    promote_by_hand(registered, "v1", "production")
    findings = registered.verify()["findings"]
    assert {found["rule"] for found in findings if found["commit"] == registered.head} == {
        "principal-kind",
        "cited",
    }
    assert {found["commit"] for found in findings} == {approved, registered.head}


def test_a_bot_is_no_second_administrator(empty_registry: Registry) -> None:
    empty_registry.add("deploy-bot", "administrator", kind="bot")
    empty_registry.two_administrators()
    empty_registry.passes()
    empty_registry.next_text(paths.POLICY, "max: 60", "max: 6000", "alice", "deploy-bot")
    empty_registry.commit_all()
    empty_registry.finds("policy-threshold", paths.POLICY)


def test_bots_do_not_make_a_quorum(empty_registry: Registry) -> None:
    """A threshold that only bots could fill locks the registry for good."""
    empty_registry.add("deploy-bot", "administrator", kind="bot")
    empty_registry.next_text(paths.TRUST, "policy: 1", "policy: 2", "alice")
    empty_registry.commit_all()
    empty_registry.finds("trust", paths.TRUST, message="nobody could ever change it again")


def test_a_bot_may_promote_on_the_approval_of_persons(approved: Registry) -> None:
    approved.add("deploy-bot", "promoter", kind="bot")
    approved.promote("v1", "production", key="deploy-bot")
    approved.passes()
