"""Attack 10: an alias names a digest that is wrong, or a release that is absent or withdrawn."""

from __future__ import annotations

import pytest

from gitregistry.records.common import ReleaseReference
from tests.support.forging import made_evidence, promote_by_hand
from tests.support.registry import Registry

OTHER = "sha256:" + "0" * 64


def test_a_promotion_that_names_another_digest_is_found(approved: Registry) -> None:
    promote_by_hand(approved, "v1", "production", release_digest=OTHER)
    approved.finds("release", approved.alias(), message="but the manifest there is")
    approved.refuses("resolve", "churn@production")


def test_a_promotion_of_an_absent_version_is_found(approved: Registry) -> None:
    promote_by_hand(approved, "v1", "production", version="v9")
    approved.finds("release", approved.alias(), message="there is no release churn:v9")
    approved.run("resolve", "churn@production", expect=3)


@pytest.mark.parametrize("options", [("--withdraw",), ()])
def test_a_promotion_of_an_ended_release_is_found_and_refused(
    approved: Registry, options: tuple[str, ...]
) -> None:
    approved.register("v2")
    approved.to_canary("v2")  # so that v1 is live nowhere and may retire
    approved.run("retire", "churn:v1", *options, "--reason", "it leaks")
    approved.refuses("promote", "churn:v1", "--to", "production")
    promote_by_hand(approved, "v1", "production")
    approved.finds("release", approved.alias(), message="it leaks")


def test_a_withdrawn_release_is_no_longer_served(two: Registry) -> None:
    two.run("retire", "churn:v2", "--withdraw", "--reason", "it leaks")
    two.refuses("resolve", "churn@production")
    two.rollback()
    assert two.json("resolve", "churn@production")["version"] == "v1"
    two.passes()


def test_a_live_release_is_withdrawn_not_retired(two: Registry) -> None:
    refused = two.refuses("retire", "churn:v2", "--reason", "old")
    assert "is live in" in refused.err


def test_a_rollback_target_that_is_not_the_last_good_one_is_found(two: Registry) -> None:
    two.register("v3")
    two.to_approved("v3")
    target = ReleaseReference(version="v1", release_digest=two.digest(two.manifest("v1")))
    promote_by_hand(two, "v3", "production", rollback_target=target)
    two.finds("rollback", two.alias(), message="its rollback target is v1, the last good release is v2")


def test_evidence_about_a_release_that_is_not_there_is_found(registered: Registry) -> None:
    path, record = made_evidence(registered, "v1", "offline_eval_passed", version="v9")
    path = path.replace("/v1/", "/v9/")
    registered.forge(path, record, "ci")
    registered.commit_all()
    registered.finds("release", path, message="there is no release")
