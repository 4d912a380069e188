"""Moves of whole fleets that lose a race are thought of anew, on what the others did."""

from __future__ import annotations

from pathlib import Path

from tests.robustness.processes import Shared

ALL_IN = ("promote", "--all-in", "canary", "--to", "production", "--batch", "--push")


def let_him_in_first(shared: Shared, tmp_path: Path) -> None:
    """While her push is on its way in, his lands."""
    shared.hook(
        "pre-receive",
        f"if mkdir {tmp_path / 'once'} 2>/dev/null; then unset GIT_QUARANTINE_PATH; "
        f"env -u GIT_DIR -u GIT_OBJECT_DIRECTORY -u GIT_ALTERNATE_OBJECT_DIRECTORIES "
        f"git -C {shared.his.folder} push --quiet origin main || exit 1; fi",
    )


def test_what_was_withdrawn_meanwhile_stays_behind(shared: Shared, tmp_path: Path) -> None:
    shared.his.run("retire", "churn:v1", "--withdraw", "--reason", "leaks data")
    let_him_in_first(shared, tmp_path)
    document = shared.hers.json(*ALL_IN, expect=1)
    assert (document["decision"], document["commit"], document["attempts"]) == ("refused", None, 2)
    assert "was withdrawn: leaks data" in document["promotions"][0]["reason"]
    assert shared.tip() == shared.his.head


def test_what_somebody_promoted_meanwhile_is_there_already(shared: Shared, tmp_path: Path) -> None:
    shared.his.promote("v1", "production")
    let_him_in_first(shared, tmp_path)
    document = shared.hers.json(*ALL_IN)
    assert (document["decision"], document["promotions"], document["attempts"]) == ("nothing", [], 2)
    assert shared.tip() == shared.his.head


def test_a_rollback_meanwhile_stops_what_would_have_gone_by_itself(shared: Shared, tmp_path: Path) -> None:
    for name in ("staging", "canary"):
        shared.hers.change_policy(f"  to_{name}:\n", f"  to_{name}:\n    automatic: true\n")
    shared.hers.run("advance", "--push")
    shared.hers.pass_canary("v2")
    shared.hers.git("push", "--quiet", "origin", "main")
    shared.his.git("pull", "--quiet", "--ff-only")
    shared.his.rollback("staging")
    let_him_in_first(shared, tmp_path)
    document = shared.hers.json("advance", "--push")
    assert (document["decision"], document["attempts"]) == ("nothing", 2)
    assert {one["state"] for one in document["promotions"]} <= {"stopped"}
    assert shared.tip() == shared.his.head
    shared.hers.git("pull", "--quiet", "--ff-only")
    shared.hers.passes()


def test_two_that_advance_at_once_move_everything_once(shared: Shared, tmp_path: Path) -> None:
    shared.hers.change_policy("  to_staging:\n", "  to_staging:\n    automatic: true\n")
    shared.hers.git("push", "--quiet", "origin", "main")
    shared.his.git("pull", "--quiet", "--ff-only")
    his = shared.his.json("advance")
    let_him_in_first(shared, tmp_path)
    hers = shared.hers.json("advance", "--push")
    assert (his["decision"], hers["decision"], hers["attempts"]) == ("promoted", "nothing", 2)
    assert shared.tip() == his["commit"]
