"""``--push``: judged on the remote's tip, pushed, and judged again when somebody else was faster."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.robustness.processes import Shared, all_done, clone, start
from tests.support.keys import IDS
from tests.support.registry import Registry

STAGING = ("promote", "churn:v2", "--to", "staging", "--push")


def test_a_step_lands_there_and_here(shared: Shared) -> None:
    commit = shared.hers.promote("v2", "staging", "--push")
    assert shared.tip() == shared.hers.head == commit
    assert shared.hers.git("rev-parse", "origin/main") == commit
    assert shared.hers.git("status", "--porcelain") == ""


def test_without_the_option_nothing_leaves_this_clone(shared: Shared) -> None:
    old = shared.tip()
    shared.hers.promote("v2", "staging")
    assert shared.tip() == old


def test_a_step_is_judged_on_the_tip_that_is_there(shared: Shared) -> None:
    """His clone has not seen that v1 was withdrawn; the judge has."""
    shared.hers.run("retire", "churn:v1", "--withdraw", "--reason", "leaks data", "--push")
    tip, head = shared.tip(), shared.his.head
    done = shared.his.run("promote", "churn:v1", "--to", "production", "--push", expect=1)
    assert "withdrawn" in done.out
    assert (shared.tip(), shared.his.head) == (tip, head)
    assert shared.his.git("status", "--porcelain") == ""


def test_a_clone_that_is_behind_catches_up_with_its_step(shared: Shared) -> None:
    theirs = shared.hers.promote("v2", "staging", "--push")
    mine = shared.his.promote("v1", "production", "--push")
    assert shared.his.git("rev-parse", f"{mine}~1") == theirs
    assert shared.tip() == shared.his.head == mine
    assert shared.his.git("status", "--porcelain") == ""
    assert shared.his.passes()


def test_steps_not_yet_pushed_go_along(shared: Shared) -> None:
    first = shared.hers.promote("v2", "staging")
    second = shared.hers.promote("v1", "production", "--push")
    assert shared.hers.git("rev-parse", f"{second}~1") == first
    assert shared.tip() == second


def test_branches_that_went_different_ways_are_told(shared: Shared) -> None:
    shared.hers.promote("v2", "staging", "--push")
    shared.his.promote("v1", "production")
    tip, state = shared.tip(), shared.his.state()
    done = shared.his.run(
        "attest", "churn:v1", "offline_eval_passed", "--passed", "--push", key="ci", expect=2
    )
    assert "this branch and origin/main have gone different ways" in done.err
    assert "git branch mine" in done.err
    assert "git reset --keep origin/main" in done.err
    assert shared.tip() == tip
    assert shared.his.head in state[0]
    assert shared.his.git("status", "--porcelain") == ""
    # What it says works.
    shared.his.git("branch", "mine")
    shared.his.git("reset", "--quiet", "--keep", "origin/main")
    shared.his.promote("v1", "production", "--push")
    assert shared.his.passes()


def test_a_push_that_lost_the_race_is_judged_again(shared: Shared, tmp_path: Path) -> None:
    """While hers is on its way in, his lands: made certain by a hook that lets him in first, once."""
    his = shared.his.promote("v1", "production")
    once = tmp_path / "once"
    shared.hook(
        "pre-receive",
        f"if mkdir {once} 2>/dev/null; then unset GIT_QUARANTINE_PATH; "
        f"env -u GIT_DIR -u GIT_OBJECT_DIRECTORY -u GIT_ALTERNATE_OBJECT_DIRECTORIES "
        f"git -C {shared.his.folder} push --quiet origin main || exit 1; fi",
    )
    hers = shared.hers.promote("v2", "staging", "--push")
    assert once.exists()
    assert shared.tip() == shared.hers.head == hers
    assert shared.hers.git("rev-parse", f"{hers}~1") == his
    assert shared.hers.git("status", "--porcelain") == ""
    assert shared.hers.passes()


def test_a_race_for_the_same_alias_leaves_no_gap(shared: Shared, tmp_path: Path) -> None:
    his = shared.his.promote("v2", "staging")
    once = tmp_path / "once"
    shared.hook(
        "pre-receive",
        f"if mkdir {once} 2>/dev/null; then unset GIT_QUARANTINE_PATH; "
        f"env -u GIT_DIR -u GIT_OBJECT_DIRECTORY -u GIT_ALTERNATE_OBJECT_DIRECTORIES "
        f"git -C {shared.his.folder} push --quiet origin main || exit 1; fi",
    )
    hers = shared.hers.promote("v1", "staging", "--push")
    moves = shared.hers.json("log", "churn@staging")["moves"]
    assert [(move["sequence"], move["to"]) for move in moves] == [(3, "v1"), (2, "v2"), (1, "v1")]
    assert [move["commit"] for move in moves[:2]] == [hers, his]
    assert shared.hers.passes()


def test_many_push_at_once(shared: Shared) -> None:
    old = shared.tip()
    promotions = [
        # Each for a reason of its own: the same step, made twice in one second, is one step.
        start(registry, "promote", f"churn:{version}", "--to", "staging", "--push", "--reason", reason)
        for registry, version, reason in (
            (shared.hers, "v1", "one"),
            (shared.his, "v2", "two"),
            (shared.hers, "v2", "three"),
            (shared.his, "v1", "four"),
        )
    ]
    all_done(promotions, 120)
    shared.hers.git("fetch", "--quiet")
    assert shared.hers.git("rev-list", "--count", "--first-parent", f"{old}..origin/main") == "4"
    fresh = clone(shared.hers, shared.bare, shared.bare.parent / "fresh")
    moves = fresh.json("log", "churn@staging")["moves"]
    assert [move["sequence"] for move in moves] == [5, 4, 3, 2, 1]
    assert fresh.passes()


def test_a_server_that_says_no_is_quoted_and_nothing_moved_here(shared: Shared) -> None:
    shared.hook("pre-receive", "echo 'no releases on Fridays' >&2; exit 1")
    tip, state = shared.tip(), shared.hers.state()
    done = shared.hers.run(*STAGING, expect=1)
    assert "origin/main: the push was refused: no releases on Fridays" in done.err
    assert shared.tip() == tip
    assert shared.hers.state() == state


def test_a_remote_that_is_gone(shared: Shared) -> None:
    shared.bare.rename(shared.bare.with_name("elsewhere.git"))
    state = shared.hers.state()
    done = shared.hers.run(*STAGING, expect=2)
    assert "origin cannot be reached" in done.err
    assert "try: git ls-remote origin" in done.err
    assert shared.hers.state() == state


def test_a_clone_without_a_remote(approved: Registry) -> None:
    done = approved.refuses("promote", "churn:v1", "--to", "production", "--push", expect=2)
    assert "there is no remote called origin" in done.err
    assert "git remote add origin URL" in done.err


def test_the_first_push_makes_the_branch(approved: Registry, tmp_path: Path) -> None:
    bare = tmp_path / "new.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)
    approved.git("remote", "add", "origin", str(bare))
    commit = approved.promote("v1", "production", "--push")
    assert clone(approved, bare, tmp_path / "clone").git("rev-parse", "origin/main") == commit


def test_an_approver_sees_what_is_at_the_remote(shared: Shared) -> None:
    """Evidence that his clone has not fetched is shown to him, and covered by what he signs."""
    check = ("canary_error_rate_under_1_percent", "--passed", "--metric", "error_rate=0.009")
    shared.hers.run("attest", "churn:v1", *check, "--push", key="ci")
    approve = ("approve", "churn:v1", "--to", "production")
    unaware = shared.his.json(*approve, "--dry-run", key="bob")["shown"]["signs"]["evidence"]
    shown = shared.his.json(*approve, "--push", key="bob")["shown"]
    assert shown["signs"]["evidence"] == unaware + 1
    (measured,) = [item for item in shown["requirements"] if item["name"] == check[0]]
    assert measured["by"][0]["measured"] == "error_rate = 0.009 ratio"
    worth = {item["by"]: item["worth"] for item in shown["decisions"]}
    assert "approved before seeing canary_error_rate_under_1_percent by ci" in worth[IDS["bob"]]
    shared.his.run("approve", "churn:v1", "--to", "production", "--push", key="carol")
    shared.his.promote("v1", "production", "--push")
