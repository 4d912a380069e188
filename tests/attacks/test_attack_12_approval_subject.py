"""Attack 12: an approval given for another version or environment is counted here."""

from __future__ import annotations

import pytest

from gitregistry.records.alias import Alias
from tests.support.forging import made_approval, promote_by_hand
from tests.support.registry import TO_CANARY, TO_STAGING, Registry


@pytest.fixture
def waiting(registered: Registry) -> Registry:
    """``v1`` in canary with bob's approval; carol's is missing."""
    registered.to_canary("v1")
    registered.pass_production("v1")
    registered.approve("v1", "bob")
    return registered


def test_an_approval_for_another_environment_does_not_count(waiting: Registry) -> None:
    waiting.approve("v1", "carol", to="canary")
    waiting.refuses("promote", "churn:v1", "--to", "production")
    canary = waiting.digest(waiting.approval("v1", "carol", "canary"))
    production = waiting.digest(waiting.approval("v1", "bob"))
    promote_by_hand(waiting, "v1", "production", approvals=tuple(sorted([canary, production])))
    waiting.finds("requirement", waiting.alias(), message="no approval by a risk-owner", also=["cited"])
    waiting.finds("cited", waiting.alias(), message=canary, also=["requirement"])


def test_an_approval_of_another_version_does_not_count(waiting: Registry) -> None:
    waiting.register("v2")
    waiting.approve("v2", "carol")
    source = waiting.approval("v2", "carol")
    target = source.replace("/v2/", "/v1/")
    for suffix in ("", ".sig"):
        waiting.write(target + suffix, waiting.read(source + suffix))
    waiting.commit_all()
    waiting.finds("subject", target, message="version is v2", also=["release"])
    refused = waiting.refuses("promote", "churn:v1", "--to", "production", "--json").json
    findings = {found["rule"]: found["message"] for found in refused["findings"]}
    assert "it is about churn:v2" in findings["approval-subject"]


def test_an_approval_of_other_bytes_under_the_same_version_does_not_count(waiting: Registry) -> None:
    path, record = made_approval(waiting, "v1", "carol", "risk-owner", release_digest="sha256:" + "0" * 64)
    waiting.forge(path, record, "carol")
    waiting.commit_all()
    waiting.finds("release", path)
    waiting.refuses("promote", "churn:v1", "--to", "production")


def test_a_promotion_resting_on_an_approval_that_was_never_filed_is_found(waiting: Registry) -> None:
    approvals = (waiting.digest(waiting.approval("v1", "bob")), "sha256:" + "1" * 64)
    promote_by_hand(waiting, "v1", "production", approvals=tuple(sorted(approvals)))
    waiting.finds("cited", waiting.alias(), message="which does not count", also=["requirement"])


def test_a_promotion_that_hides_what_it_rests_on_is_found(waiting: Registry) -> None:
    waiting.approve("v1", "carol")
    promote_by_hand(waiting, "v1", "production", approvals=(), evidence=())
    waiting.finds("cited", waiting.alias(), message="does not name the approvals")


def test_an_approval_in_a_role_that_the_person_does_not_hold_does_not_count(waiting: Registry) -> None:
    path, record = made_approval(waiting, "v1", "bob", "risk-owner")
    waiting.forge(path, record, "bob")
    waiting.commit_all()
    waiting.finds("role", path)
    waiting.refuses("promote", "churn:v1", "--to", "production")


def test_only_records_that_were_filed_as_approvals_are_cited_as_such(registered: Registry) -> None:
    """A model whose own name is that of a folder: what was promoted before is no evidence."""
    registered.register("v1", model="evidence")
    for check in TO_STAGING:
        registered.attest("v1", check, model="evidence")
    registered.run("promote", "evidence:v1", "--to", "staging")
    for check, metric in TO_CANARY.items():
        registered.attest("v1", check, *(("--metric", metric) if metric else ()), model="evidence")
    registered.run("promote", "evidence:v1", "--to", "canary")
    cited = registered.record(Alias, registered.alias("canary", "evidence")).evidence
    filed = {
        registered.digest(path)
        for path in registered.find("registry/models/evidence/releases/*/evidence/*.yaml")
    }
    assert set(cited) <= filed
    registered.passes()
