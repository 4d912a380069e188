"""A release that was rolled back is brought back, by haste or on purpose, before anybody lifted its hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.lift import Lift
from tests.support.forging import promote_by_hand
from tests.support.keys import IDS
from tests.support.registry import Registry


@pytest.fixture
def bad(two: Registry) -> Registry:
    """``churn:v2`` was rolled back from production; dave may lift that."""
    two.add("dave", "operator")
    two.add("deploy-bot", "operator", kind="bot")
    two.rollback()
    return two


def forge_lift(registry: Registry, key: str = "dave", version: str = "v2", /, **changes: Any) -> str:
    """A lift of the rollback that lies there, lawful unless told; its path."""
    alias = registry.record(Alias, registry.alias())
    record = Lift(
        registry_id=registry.pin,
        created_at=alias.created_at,
        created_by=IDS[key],
        model_name="churn",
        version=version,
        release_digest=registry.digest(registry.manifest(version)),
        environment="production",
        rollback=registry.digest(registry.alias()),
        reason="because",
    )
    path = f"{paths.lifts_folder('churn', version)}/production-{IDS[key]}-forged.yaml"
    registry.forge(path, replace(record, **changes), key)
    registry.commit_all()
    return path


def test_what_was_rolled_back_does_not_come_back(bad: Registry) -> None:
    bad.approve_all("v2")
    refused = bad.refuses("promote", "churn:v2", "--to", "production", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert unmet["name"] == "not_held"
    assert "by alice@example.com: too many errors" in unmet["reason"]
    hint = f"registry lift churn:v2 --in production --reason '…'   (as {IDS['dave']})"
    assert unmet["hint"] == hint
    promote_by_hand(bad, "v2", "production", rollback_target=bad.record(Alias, bad.alias()).rollback_target)
    bad.finds("hold", bad.alias(), message="rolled back from production", also=["rollback", "cited"])


def test_a_promotion_right_after_the_rollback_is_found(two: Registry) -> None:
    two.rollback()
    promote_by_hand(two, "v2", "production")
    two.finds("hold", two.alias(), also=["rollback", "approval-stale", "cited"])


def test_a_person_lifts_it_and_it_is_approved_again(bad: Registry) -> None:
    bad.lift("v2")
    refused = bad.refuses("promote", "churn:v2", "--to", "production", "--json").json
    unmet = {item["name"] for item in refused["requirements"] if not item["met"]}
    assert unmet == {"manual_approval_from_model_owner", "manual_approval_from_risk_owner"}
    bad.approve_all("v2")
    bad.promote("v2", "production")
    bad.passes()
    (lifted,) = [
        item for item in bad.json("why", "churn@production")["requirements"] if item["name"] == "not_held"
    ]
    assert [support["signer"] for support in lifted["by"]] == [IDS["dave"]]


def test_a_hold_of_long_ago_is_known_to_who_remembers_the_history(bad: Registry) -> None:
    """A replay that begins in the middle knows of rollbacks before, and not only of the last move."""
    bad.register("v3")
    bad.to_production("v3")
    bad.passes()
    bad.approve_all("v2")
    bad.passes()
    promote_by_hand(bad, "v2", "production")
    bad.finds("hold", bad.alias(), also=["rollback", "cited"])


def test_a_rollback_that_is_spelled_otherwise_holds_all_the_same(bad: Registry) -> None:
    """A chain is looked through for rollbacks before its records are opened."""
    text = bad.read(bad.alias()).decode()
    (line,) = [line for line in text.splitlines() if line.startswith("action: ")]
    bad.git("reset", "--hard", "--quiet", "HEAD^")
    bad.forge_bytes(bad.alias(), text.replace(line, 'action: "r\\x6fllback"').encode(), "alice")
    bad.commit_all()
    bad.passes()
    bad.register("v3")
    bad.to_production("v3")
    bad.approve_all("v2")
    refused = bad.refuses("promote", "churn:v2", "--to", "production", "--json").json
    assert "not_held" in {item["name"] for item in refused["requirements"] if not item["met"]}


def test_a_rollback_may_go_to_what_is_held(bad: Registry) -> None:
    bad.register("v3")
    bad.to_production("v3")
    bad.rollback("production", "--to", "v2")
    bad.passes()


def test_another_release_is_not_held(bad: Registry) -> None:
    bad.register("v3")
    bad.to_production("v3")
    bad.passes()


def test_who_registered_it_does_not_lift_it(bad: Registry) -> None:
    arguments = ("lift", "churn:v2", "--in", "production", "--reason", "because")
    refused = bad.refuses(*arguments)
    assert "registered the release" in refused.err
    path = forge_lift(bad, "alice")
    bad.finds("separation", path, message="alice@example.com registered the release")


def test_a_bot_does_not_lift_it(bad: Registry) -> None:
    path = forge_lift(bad, "deploy-bot")
    bad.finds("principal-kind", path, message="only a person can lift a hold")


def test_who_does_not_operate_does_not_lift_it(bad: Registry) -> None:
    path = forge_lift(bad, "bob")
    bad.finds("role", path, message="does not hold the role operator")


def test_a_lift_of_no_rollback_is_found(bad: Registry) -> None:
    path = forge_lift(bad, rollback="sha256:" + "0" * 64)
    bad.finds("hold", path, message="no rollback sha256:000")


def test_a_lift_of_what_another_release_was_rolled_back_for_is_found(bad: Registry) -> None:
    path = forge_lift(bad, "dave", "v1")
    bad.finds("hold", path, message="left churn:v1")


def test_a_lift_never_changes_and_is_never_removed(bad: Registry) -> None:
    bad.lift("v2")
    (path,) = bad.find(f"{paths.lifts_folder('churn', 'v2')}/*.yaml")
    bad.edit(path, "dave", reason="another one")
    bad.commit_all()
    bad.finds("immutable", path)
    bad.git("reset", "--hard", "--quiet", "HEAD^")
    bad.remove(path)
    bad.commit_all()
    bad.finds("missing", path)


def test_a_lift_is_asked_for_once_and_where_it_is_held(bad: Registry) -> None:
    reason = ("--reason", "because")
    assert (
        "never rolled back" in bad.refuses("lift", "churn:v1", "--in", "production", *reason, key="dave").err
    )
    bad.lift("v2")
    assert (
        "lifted it already" in bad.refuses("lift", "churn:v2", "--in", "production", *reason, key="dave").err
    )


def test_what_was_rolled_back_from_canary_does_not_go_on(approved: Registry) -> None:
    """Its promotion there was lawful once; it is no ground any more."""
    approved.register("v0")
    approved.to_canary("v0")
    approved.promote("v1", "canary")
    approved.rollback("canary")
    refused = approved.refuses("promote", "churn:v1", "--to", "production", "--json").json
    unmet = {item["name"] for item in refused["requirements"] if not item["met"]}
    assert {"not_held", "promoted_to_canary"} <= unmet
    promote_by_hand(approved, "v1", "production")
    approved.finds("hold", approved.alias(), also=["requirement", "approval-stale", "cited"])


def test_a_release_says_what_became_of_it(bad: Registry) -> None:
    (held,) = bad.json("show", "churn:v2")["rolled_back"]
    assert (held["environment"], held["by"], held["held"]) == ("production", IDS["alice"], True)
    said = bad.run("show", "churn:v2").out
    assert "Held: it was rolled back from production at 20" in said
    assert "registry lift churn:v2 --in production --reason" in said
    bad.lift("v2")
    (lifted,) = bad.json("show", "churn:v2")["rolled_back"]
    assert (lifted["held"], lifted["lifted_by"]) == (False, IDS["dave"])
    assert "dave@example.com lifted that: it was the network" in bad.run("show", "churn:v2").out
    assert bad.json("show", "churn:v1")["rolled_back"] == []
