"""Attack 47: a rollback to a version that never served there, or that is withdrawn."""

from __future__ import annotations

from typing import Any

import pytest

from gitregistry.records.alias import Alias
from gitregistry.records.common import ReleaseReference
from tests.support.forging import made_promotion
from tests.support.keys import IDS
from tests.support.registry import Registry


def reference(registry: Registry, version: str) -> ReleaseReference:
    return ReleaseReference(version=version, release_digest=registry.digest(registry.manifest(version)))


def rollback_by_hand(
    registry: Registry, version: str, key: str = "alice", target: str | None = None, /, **changes: Any
) -> str:
    """A rollback that says it follows the latest record, signed and committed by hand."""
    fields: dict[str, Any] = {
        "action": "rollback",
        "evidence": (),
        "approvals": (),
        "rollback_target": reference(registry, target) if target else None,
        "created_by": IDS[key],
        "reason": "because",
    }
    record = made_promotion(registry, version, "production", **(fields | changes))
    registry.forge(registry.alias(), record, key)
    return registry.commit_all()


def test_a_rollback_to_what_never_served_is_refused_and_found(two: Registry) -> None:
    two.register("v3")
    arguments = ("rollback", "churn", "--in", "production", "--reason", "because", "--to")
    refused = two.refuses(*arguments, "v3", "--json").json
    assert refused["findings"][0]["hint"] == "registry promote churn:v3 --to production"
    rollback_by_hand(two, "v3", "alice", "v2")
    two.finds("rollback", two.alias(), message="v3 never served in production", also=["rollback"])


def test_what_served_elsewhere_has_not_served_here(two: Registry) -> None:
    two.register("v3")
    two.to_canary("v3")
    two.refuses("rollback", "churn", "--in", "production", "--reason", "because", "--to", "v3")
    rollback_by_hand(two, "v3", "alice", "v2")
    two.finds("rollback", two.alias(), message="never served in production", also=["rollback"])


def test_a_rollback_to_a_withdrawn_release_is_refused_and_found(two: Registry) -> None:
    two.run("retire", "churn:v1", "--withdraw", "--reason", "it leaks")
    two.refuses("rollback", "churn", "--in", "production", "--reason", "because", "--to", "v1")
    two.run("rollback", "churn", "--in", "production", "--reason", "because", expect=3)
    rollback_by_hand(two, "v1")
    two.finds("release", two.alias(), message="was withdrawn: it leaks")


def test_a_rollback_by_who_does_not_operate_is_found(two: Registry) -> None:
    rollback_by_hand(two, "v1", "bob")
    two.finds("role", two.alias(), message="does not hold the role operator")


def test_a_rollback_dressed_as_a_promotion_meets_the_gate(two: Registry) -> None:
    two.register("v3")
    rollback_by_hand(two, "v3", "alice", "v2", action="promote")
    two.finds("requirement", two.alias())


def test_a_rollback_by_hand_that_keeps_every_rule_passes(two: Registry) -> None:
    """It needs no tool of ours: a text editor, ssh-keygen and git."""
    rollback_by_hand(two, "v1")
    two.passes()
    assert two.json("resolve", "churn@production")["version"] == "v1"


def test_a_rollback_to_a_digest_that_is_not_the_releases_is_found(two: Registry) -> None:
    rollback_by_hand(two, "v1", "alice", None, release_digest="sha256:" + "0" * 64)
    two.finds("release", two.alias(), message="but the manifest there is")


def test_rolling_back_again_goes_no_further_than_what_was_good(two: Registry) -> None:
    two.rollback()
    two.run("rollback", "churn", "--in", "production", "--reason", "again", expect=3)
    two.passes()


@pytest.mark.parametrize("first", ["v1", "v2"])
def test_a_rollback_skips_what_was_withdrawn(two: Registry, first: str) -> None:
    two.register("v3")
    two.to_production("v3")
    two.run("retire", f"churn:{first}", "--withdraw", "--reason", "it leaks")
    other = {"v1": "v2", "v2": "v1"}[first]
    two.rollback()
    assert two.record(Alias, two.alias()).version == other
    two.passes()


def test_a_rollback_rests_on_no_records_and_may_not_claim_any(two: Registry) -> None:
    rollback_by_hand(two, "v1", "alice", None, evidence=("sha256:" + "0" * 64,))
    two.finds("cited", two.alias())
