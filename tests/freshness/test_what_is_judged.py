"""Which questions what was seen before answers, and which it has nothing to say to."""

from __future__ import annotations

from pathlib import Path

from tests.freshness.mirrors import bare_copy, clone, freshness, seen_files
from tests.support.registry import Registry


def test_the_past_is_not_judged_by_what_was_seen_later(two: Registry) -> None:
    two.passes()
    assert two.verify("--at", "HEAD~2")["verdict"] == "pass"
    assert two.verify("HEAD~4..HEAD~2")["verdict"] == "pass"
    two.passes()


def test_a_range_that_ends_at_the_tip_is(two: Registry) -> None:
    two.passes()
    two.git("reset", "--hard", "--quiet", "HEAD~1")
    assert freshness(two.verify("HEAD~2..HEAD"))
    assert freshness(two.verify("main"))


def test_another_branch_has_a_memory_of_its_own(two: Registry) -> None:
    two.passes()
    two.git("branch", "proposal", "HEAD~4")
    assert two.verify("--branch", "proposal")["verdict"] == "pass"
    two.git("branch", "--force", "proposal", "HEAD~5")
    assert freshness(two.verify("--branch", "proposal"))
    two.passes()


def test_a_detached_head_claims_to_be_no_branch(two: Registry, home: Path) -> None:
    two.passes()
    (kept,) = seen_files(two, home)
    before = kept.read_bytes()
    two.git("checkout", "--quiet", "--detach", "HEAD~1")
    two.passes()
    assert kept.read_bytes() == before


def test_what_failed_or_cannot_be_told_is_not_remembered(two: Registry, home: Path) -> None:
    two.run("verify", key=None, expect=5)
    two.git("rm", "--quiet", two.manifest("v1"))
    two.commit_all()
    assert two.verify()["verdict"] == "fail"
    assert seen_files(two, home) == []


def test_steps_that_nobody_else_can_have_seen_are_not_remembered(two: Registry, tmp_path: Path) -> None:
    remote = bare_copy(two, tmp_path / "shared.git")
    hers, his = (clone(two, remote, tmp_path / name) for name in ("hers", "his"))
    hers.rollback()
    hers.passes()
    his.passes()
    his.register("v3", "--push")
    his.passes()
    assert freshness(hers.verify()), "once his is published, hers is behind"


def test_a_promotion_that_is_pushed_goes_on_from_what_was_seen(two: Registry, tmp_path: Path) -> None:
    remote = bare_copy(two, tmp_path / "shared.git")
    hers, his = (clone(two, remote, tmp_path / name) for name in ("hers", "his"))
    hers.rollback("production", "--push")
    hers.passes()
    # His clone is behind, and --push brings it up before anything is judged.
    his.rollback("production", "--to", "v2", "--push")
    his.passes()


def test_without_a_pin_nothing_is_held_against_a_branch_but_serving_stays_safe(
    two: Registry, tmp_path: Path
) -> None:
    two.passes()
    two.git("reset", "--hard", "--quiet", "HEAD~1")
    assert two.run("verify", key=None, expect=5).err == ""
    two.refuses("resolve", "churn@production")


def test_trust_pin_shows_the_head_that_was_seen(two: Registry) -> None:
    two.run("trust", "pin", two.pin)
    assert two.json("trust", "pin")["seen"] is None
    two.passes()
    assert two.json("trust", "pin")["seen"] == two.head
    assert two.head in two.run("trust", "pin").out
