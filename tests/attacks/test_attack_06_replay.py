"""Attack 6: an older alias record, validly signed in its time, is put back, as a Revert button does."""

from __future__ import annotations

import shlex

import pytest

from tests.support.forging import promote_by_hand
from tests.support.registry import Registry


def test_a_bare_revert_of_a_promotion_is_a_replay(two: Registry) -> None:
    two.git("revert", "--no-edit", "HEAD")
    two.finds("replay", two.alias(), hint="registry rollback churn --in production --to v1")


def test_the_hint_makes_a_bare_revert_lawful(two: Registry) -> None:
    two.git("revert", "--no-edit", "HEAD")
    reverted = two.head
    hint = two.finds("replay", two.alias())["hint"]
    two.run(*shlex.split(hint)[1:])
    document = two.passes()
    assert [(found["rule"], found["commit"], found["mended_by"]) for found in document["mended"]] == [
        ("replay", reverted, two.head)
    ]
    assert two.json("resolve", "churn@production")["version"] == "v1"


def test_the_first_record_ever_put_back_is_a_replay(two: Registry) -> None:
    path = two.alias()
    first = two.git("log", "--reverse", "--format=%H", "--", path).splitlines()[0]
    two.git("checkout", first, "--", path, f"{path}.sig")
    two.commit_all("not even called a revert")
    two.finds("replay", path)


def test_a_revert_that_removes_the_first_record_is_found_and_mended_by_its_hint(live: Registry) -> None:
    live.git("revert", "--no-edit", "HEAD")
    found = live.finds("missing", live.alias(), hint="registry rollback churn --in production --to v1")
    live.run(*shlex.split(found["hint"])[1:])
    live.passes()


def test_a_promotion_on_top_of_a_bare_revert_settles_it(two: Registry) -> None:
    two.git("revert", "--no-edit", "HEAD")
    two.promote("v2", "production")
    assert len(two.passes()["mended"]) == 1
    assert two.json("resolve", "churn@production")["sequence"] == 3


def test_a_rollback_on_top_of_a_bare_revert_settles_it(two: Registry) -> None:
    two.git("revert", "--no-edit", "HEAD")
    two.rollback()
    assert len(two.passes()["mended"]) == 1
    assert two.json("resolve", "churn@production")["version"] == "v1"


def test_a_bare_revert_of_a_rollback_is_a_replay_and_its_hint_mends_it(two: Registry) -> None:
    two.rollback()
    two.git("revert", "--no-edit", "HEAD")
    hint = two.finds("replay", two.alias(), hint="--to v2")["hint"]
    two.run(*shlex.split(hint)[1:])
    two.passes()
    assert two.json("resolve", "churn@production")["version"] == "v2"


def test_a_revert_of_a_revert_is_two_replays_and_one_record_settles_both(two: Registry) -> None:
    two.git("revert", "--no-edit", "HEAD")
    two.git("revert", "--no-edit", "HEAD")
    reverts = two.git("log", "-2", "--format=%H").splitlines()
    assert {found["commit"] for found in two.verify()["findings"]} == set(reverts)
    two.promote("v2", "production")
    assert {found["commit"] for found in two.passes()["mended"]} == set(reverts)


def test_the_same_signed_record_twice_is_a_replay(two: Registry) -> None:
    """A rollback copied aside and put in place again after the next promotion."""
    two.rollback()
    path = two.alias()
    record, signature = two.read(path), two.read(f"{path}.sig")
    two.come_back("v2")
    two.write(path, record)
    two.write(f"{path}.sig", signature)
    two.commit_all()
    two.finds("replay", path)


def test_an_insider_cannot_settle_their_own_unlawful_promotion(two: Registry) -> None:
    """What a record that joined the chain broke stays found, whatever a later record says it mends."""
    two.register("v3")
    unlawful = promote_by_hand(two, "v3", "production")
    assert two.verify()["verdict"] == "fail"
    two.run("rollback", "churn", "--in", "production", "--reason", "because")
    record = two.read(two.alias())
    two.git("reset", "--hard", "--quiet", "HEAD^")
    assert b"mends" not in record
    two.forge_bytes(two.alias(), record + f"mends:\n  - {unlawful}\n".encode(), "alice")
    two.commit_all()
    document = two.verify()
    assert document["verdict"] == "fail"
    assert {found["commit"] for found in document["findings"]} == {unlawful}


@pytest.mark.parametrize("who", ["mallory", "bob"])
def test_only_a_lawful_record_settles_anything(two: Registry, who: str) -> None:
    two.git("revert", "--no-edit", "HEAD")
    reverted = two.head
    two.rollback()
    record = two.read(two.alias())
    two.git("reset", "--hard", "--quiet", "HEAD^")
    two.forge_bytes(two.alias(), record, who)
    two.commit_all()
    document = two.verify()
    assert document["verdict"] == "fail"
    assert reverted in {found["commit"] for found in document["findings"]}


@pytest.fixture
def deployed(two: Registry) -> Registry:
    """Two deployment records, one after the other."""
    for version in ("v1", "v2"):
        two.run(
            "deploy",
            "churn",
            "--in",
            "production",
            "--revision",
            "r1",
            "--release",
            version,
            "--traffic",
            "100",
        )
    two.passes()
    return two


def test_a_bare_revert_of_a_deployment_is_a_replay(deployed: Registry) -> None:
    deployed.git("revert", "--no-edit", "HEAD")
    deployed.finds("replay", "registry/models/churn/deployments/production.yaml")
