"""Attack 13: the policy or decisive evidence changes after the approval, which is counted all the same."""

from __future__ import annotations

import pytest

from gitregistry.records import paths
from gitregistry.records.approval import Approval
from tests.support.forging import made_approval, promote_by_hand
from tests.support.registry import Registry


def test_evidence_replaced_after_the_approval_makes_it_stale(approved: Registry) -> None:
    approved.attest("v1", "canary_error_rate_under_1_percent", "--metric", "error_rate=0.0099")
    refused = approved.refuses("promote", "churn:v1", "--to", "production", "--json").json
    unmet = [item for item in refused["requirements"] if not item["met"]]
    assert [item["name"] for item in unmet] == [
        "manual_approval_from_model_owner",
        "manual_approval_from_risk_owner",
    ]
    assert all("before seeing" in item["reason"] for item in unmet)
    promote_by_hand(approved, "v1", "production")
    approved.finds("approval-stale", approved.alias(), message="before seeing", also=["cited"])


def test_approving_again_after_looking_again_mends_it(approved: Registry) -> None:
    approved.attest("v1", "canary_error_rate_under_1_percent", "--metric", "error_rate=0.0099")
    approved.approve_all("v1")
    approved.promote("v1", "production")
    approved.passes()


def test_a_policy_changed_after_the_approval_makes_it_stale(approved: Registry) -> None:
    text = approved.read(paths.POLICY)
    approved.write(paths.POLICY, text.replace(b"max: 0.01", b"max: 0.02"))
    approved.run("sign", paths.POLICY)
    refused = approved.refuses("promote", "churn:v1", "--to", "production", "--json").json
    assert {found["rule"] for found in refused["findings"]} == {"approval-stale"}
    promote_by_hand(approved, "v1", "production")
    message = "approved under policy version 1"
    approved.finds("approval-stale", approved.alias(), message=message, also=["cited"])


def test_an_approval_that_names_a_policy_never_in_force_does_not_count(approved: Registry) -> None:
    stamp = approved.record(Approval, approved.approval("v1", "carol")).policy
    path, record = made_approval(
        approved,
        "v1",
        "carol",
        "risk-owner",
        policy=type(stamp)(version=1, digest="sha256:" + "0" * 64),
        supersedes=(approved.digest(approved.approval("v1", "carol")),),
    )
    approved.forge(path, record, "carol")
    approved.commit_all()
    approved.refuses("promote", "churn:v1", "--to", "production")


@pytest.mark.parametrize("seen", ["nothing", "half"])
def test_an_approval_that_did_not_see_what_decides_does_not_count(approved: Registry, seen: str) -> None:
    old = approved.approval("v1", "bob")
    reviewed = approved.record(Approval, old).reviewed
    decisive = approved.digest(approved.evidence("v1", "canary_error_rate_under_1_percent"))
    path, record = made_approval(
        approved,
        "v1",
        "bob",
        "model-owner",
        reviewed=() if seen == "nothing" else tuple(digest for digest in reviewed if digest != decisive),
        supersedes=(approved.digest(old),),
    )
    approved.forge(path, record, "bob")
    approved.commit_all()
    approved.refuses("promote", "churn:v1", "--to", "production")
    promote_by_hand(approved, "v1", "production")
    approved.finds("approval-stale", approved.alias(), also=["cited"])
