"""``registry status`` names what will soon count no more, for the releases that are on their way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gitregistry.operations.expiring import LATEST, expiring_soon
from gitregistry.operations.law import require_law
from gitregistry.operations.reading import Reading, places
from gitregistry.operations.workspace import Workspace
from gitregistry.registry.moments import moment_text
from gitregistry.registry.snapshot import Snapshot
from gitregistry.storage.registry_tree import RegistryTree
from tests.support.keys import IDS
from tests.support.registry import Registry

DAY = timedelta(days=1)


def from_now(**much: float) -> str:
    return moment_text(datetime.now(UTC) + timedelta(**much))


def expiring(registry: Registry, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = registry.json("status", *options, key=None)["expiring"]
    return found


def named(found: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {(item["version"], item["environment"], item["requirement"]) for item in found}


@pytest.fixture
def waiting(live: Registry) -> Registry:
    """``v1`` is live everywhere; ``v2`` in canary with all evidence for production and no approval yet."""
    live.register("v2")
    live.to_canary("v2")
    live.pass_production("v2")
    return live


def test_an_approval_that_ends_over_the_weekend(waiting: Registry) -> None:
    ends = from_now(days=2)
    waiting.approve("v2", "bob", "--expires-at", ends)
    waiting.approve("v2", "carol", "--expires-at", from_now(days=30))
    (found,) = expiring(waiting)
    path = found.pop("path")
    assert waiting.digest(path)
    assert found == {
        "model_name": "churn",
        "version": "v2",
        "environment": "production",
        "requirement": "manual_approval_from_model_owner",
        "kind": "approval",
        "by": IDS["bob"],
        "ends": ends,
        "because": "expires_at",
    }
    shown = waiting.run("status", key=None).out
    assert "Will count no more within 3d" in shown
    assert f"{ends} (expires_at)" in shown


def test_the_one_approval_of_two_that_is_there_is_named_too(waiting: Registry) -> None:
    head, _, tail = waiting.read("registry/policy.yaml").decode().rpartition("count: 1")
    waiting.write("registry/policy.yaml", f"{head}count: 2{tail}".encode())
    waiting.run("sign", "registry/policy.yaml")
    waiting.approve("v2", "carol", "--expires-at", from_now(days=2))
    assert named(expiring(waiting)) == {("v2", "production", "manual_approval_from_risk_owner")}


def test_what_the_policy_lets_count_for_a_while(waiting: Registry) -> None:
    waiting.change_policy("    role: risk-owner\n", "    role: risk-owner\n    max_age: 3d\n")
    waiting.change_policy("    max_age: 7d\n", "    max_age: 2d\n")
    waiting.approve_all("v2")
    found = {item["requirement"]: (item["kind"], item["because"]) for item in expiring(waiting)}
    assert found == {
        "canary_error_rate_under_1_percent": ("evidence", "max_age"),
        "manual_approval_from_risk_owner": ("approval", "max_age"),
    }


def test_the_earlier_of_two_ends_is_named(waiting: Registry) -> None:
    waiting.change_policy("    role: risk-owner\n", "    role: risk-owner\n    max_age: 3d\n")
    ends = from_now(days=1)
    waiting.approve("v2", "carol", "--expires-at", ends)
    (found,) = expiring(waiting)
    assert (found["ends"], found["because"]) == (ends, "expires_at")


def test_how_far_ahead_is_for_the_asker_to_say(waiting: Registry) -> None:
    waiting.approve("v2", "bob", "--expires-at", from_now(days=2))
    assert expiring(waiting, "--expiring", "24h") == []
    assert len(expiring(waiting, "--expiring", "3d")) == 1
    said = waiting.run("status", "--expiring", "soon", key=None, expect=2).err
    assert "'soon' is not a duration" in said
    assert "24h or 7d" in said


def test_what_has_ended_is_not_about_to(waiting: Registry) -> None:
    waiting.approve("v2", "bob", "--expires-at", from_now(days=-1))
    assert expiring(waiting) == []


def test_what_failed_is_no_loss(waiting: Registry) -> None:
    check = "canary_error_rate_under_1_percent"
    waiting.attest("v2", check, "--metric", "error_rate=0.5", "--valid-until", from_now(days=1))
    assert expiring(waiting) == []


def test_what_is_live_is_not_on_its_way(waiting: Registry) -> None:
    waiting.approve("v2", "bob", "--expires-at", from_now(days=2))
    waiting.approve("v2", "carol", "--expires-at", from_now(days=2))
    assert len(expiring(waiting)) == 2
    waiting.promote("v2", "production")
    assert expiring(waiting) == []
    waiting.rollback("production")
    assert expiring(waiting) == [], "what was rolled back there is not on its way there either"


def test_a_retired_release_is_not_on_its_way(waiting: Registry) -> None:
    waiting.register("v3")
    waiting.attest("v3", "offline_eval_passed", "--valid-until", from_now(days=1))
    assert named(expiring(waiting)) == {("v3", "staging", "offline_eval_passed")}
    waiting.run("retire", "churn:v3", "--reason", "superseded")
    assert expiring(waiting) == []


def test_the_latest_of_those_registered_since_are_on_their_way_to_the_first(live: Registry) -> None:
    versions = [f"v{number}" for number in range(2, 3 + LATEST)]
    for version in versions:
        live.register(version)
        live.attest(version, "offline_eval_passed", "--valid-until", from_now(days=1))
    live.attest("v1", "offline_eval_passed", "--valid-until", from_now(days=1))
    assert named(expiring(live)) == {
        (version, "staging", "offline_eval_passed") for version in versions[-LATEST:]
    }


def test_one_broken_manifest_hides_nothing_of_the_others(waiting: Registry) -> None:
    waiting.approve("v2", "bob", "--expires-at", from_now(days=2))
    waiting.register("v3")
    waiting.write(waiting.manifest("v3"), b"kind: [")
    waiting.commit_all()
    assert named(expiring(waiting)) == {("v2", "production", "manual_approval_from_model_owner")}


class CountingTree(RegistryTree):
    """Remembers which blobs were asked for."""

    asked: set[str]

    def blob(self, oid: str) -> bytes | None:
        self.asked.add(oid)
        return super().blob(oid)


def read_for_expiry(registry: Registry) -> set[str]:
    """The blobs that the list of what expires reads on top of what status reads anyway."""
    with Workspace(registry.folder) as workspace:
        commit = workspace.commit()
        tree = CountingTree(workspace.objects, commit)
        tree.asked = set()
        snapshot = Snapshot(tree)
        now = moment_text(datetime.now(UTC))
        reading = Reading(workspace, commit, tree, snapshot, require_law(snapshot), now)
        list(places(reading))
        before = set(tree.asked)
        list(expiring_soon(reading, 7 * DAY))
        return tree.asked - before


def test_where_all_is_live_nothing_is_read(two: Registry) -> None:
    assert read_for_expiry(two) == set()


def test_what_is_on_its_way_is_read_and_nothing_else(waiting: Registry) -> None:
    listed = waiting.git("ls-tree", "-r", "HEAD", "registry/models/churn/releases/v2/").splitlines()
    assert read_for_expiry(waiting) == {line.split()[2] for line in listed}
