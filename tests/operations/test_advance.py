"""``registry advance``: what the policy marks automatic and is ready goes on by itself; nothing else does."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from gitregistry.records import paths
from gitregistry.records.alias import Alias
from tests.operations.advancing import AUTOMATIC, advance, attest_all, live, ready, states, stops
from tests.support.registry import TO_CANARY, TO_PRODUCTION, Registry


def test_a_release_goes_on_as_far_as_it_is_marked_and_ready(marked: Registry) -> None:
    first = advance(marked, "--reason", "nightly")
    assert (first["decision"], first["commit"], first["dry_run"]) == ("promoted", marked.head, False)
    assert states(first) == [("churn:v1", "staging", "moves")]
    assert marked.json("log", "churn@staging")["moves"][0]["reason"] == "nightly"
    assert marked.git("log", "-1", "--format=%s") == "Promote churn:v1 to staging"
    waiting = advance(marked)
    assert (waiting["decision"], waiting["commit"]) == ("nothing", None)
    assert states(waiting) == [("churn:v1", "canary", "waits")]
    assert waiting["promotions"][0]["hint"].startswith("registry attest churn:v1 staging_smoke_test_passed")
    attest_all(marked, "v1", TO_CANARY)
    assert states(advance(marked)) == [("churn:v1", "canary", "moves")]
    attest_all(marked, "v1", TO_PRODUCTION)
    marked.approve_all("v1")
    old = marked.head
    assert advance(marked)["promotions"] == []
    assert (marked.head, live(marked, "production")) == (old, None), "production is not marked"
    marked.passes()


def test_nothing_is_promoted_that_is_not_marked(approved: Registry) -> None:
    state = approved.state()
    assert advance(approved, key="alice")["decision"] == "nothing"
    shown = approved.run("advance").out
    assert "no transition that was asked for is marked automatic (automatic: true in the policy)" in shown
    assert approved.state() == state


def test_approvals_are_needed_where_the_policy_asks_for_them(marked: Registry) -> None:
    marked.change_policy(*AUTOMATIC["production"])
    advance(marked)
    attest_all(marked, "v1", TO_CANARY)
    advance(marked)
    attest_all(marked, "v1", TO_PRODUCTION)
    (waiting,) = advance(marked)["promotions"]
    assert (waiting["environment"], waiting["state"]) == ("production", "waits")
    assert waiting["reason"].startswith("manual_approval_from_model_owner: no approval by a model-owner")
    marked.approve_all("v1")
    assert states(advance(marked)) == [("churn:v1", "production", "moves")]
    marked.passes()


def test_the_newest_release_is_the_last_that_was_registered_whatever_it_is_called(marked: Registry) -> None:
    ready(marked, "v10")
    ready(marked, "v9")
    assert states(advance(marked)) == [("churn:v9", "staging", "moves")]
    attested = marked.json("show", "churn:v10")
    assert attested["aliases"] == []
    assert ("churn:v10", "staging", "moves") not in states(advance(marked)), "it is older than what is there"


def test_a_release_that_is_retired_is_passed_over(marked: Registry) -> None:
    ready(marked, "v2")
    ready(marked, "v3")
    marked.run("retire", "churn:v3", "--reason", "drift")
    assert states(advance(marked)) == [("churn:v2", "staging", "moves")]


def test_releases_that_came_in_one_step_are_not_told_apart(marked: Registry) -> None:
    old = marked.head
    ready(marked, "v2")
    ready(marked, "v3")
    marked.git("reset", "--quiet", "--soft", old)
    marked.git("commit", "--quiet", "-m", "Two releases")
    marked.run("trust", "pin", marked.pin, "--forget")
    (one,) = advance(marked)["promotions"]
    assert one["state"] == "stopped"
    assert "v2 and v3 came in one step" in one["reason"]
    assert live(marked, "staging") is None


def test_a_model_moves_once_a_run_and_its_later_environment_first(in_canary: Registry) -> None:
    ready(in_canary, "v3")
    advance(in_canary)
    attest_all(in_canary, "v3", TO_CANARY)
    ready(in_canary, "v4")
    document = advance(in_canary)
    assert states(document) == [("churn:v4", "staging", "waits"), ("churn:v3", "canary", "moves")]
    assert document["promotions"][0]["reason"] == "one move a run: v3 goes to canary first"
    assert states(advance(in_canary)) == [("churn:v4", "staging", "moves")]
    in_canary.passes()


def test_all_models_move_in_one_step(marked: Registry) -> None:
    for model in ("fraud", "spam"):
        ready(marked, "v1", model)
    old = marked.head
    document = advance(marked)
    assert [one["model_name"] for one in document["promotions"]] == ["churn", "fraud", "spam"]
    assert marked.git("rev-parse", "HEAD~1") == old
    again = advance(marked)
    assert (again["decision"], again["commit"]) == ("nothing", None)
    marked.passes()


def test_only_the_models_and_the_environment_that_are_named(marked: Registry) -> None:
    ready(marked, "v1", "fraud")
    assert advance(marked, "--to", "canary")["promotions"] == []
    assert states(advance(marked, "--model", "fr*")) == [("fraud:v1", "staging", "moves")]
    assert live(marked, "staging") is None
    assert "is marked automatic" in marked.run("advance", "--to", "production").out
    assert "no environment 'moon'" in marked.run("advance", "--to", "moon", expect=3).err


def test_a_dry_run_writes_nothing(marked: Registry) -> None:
    state = marked.state()
    document = advance(marked, "--dry-run")
    assert (document["decision"], document["commit"], document["dry_run"]) == ("promoted", None, True)
    assert marked.state() == state


def test_a_check_that_failed_is_no_waiting(marked: Registry) -> None:
    ready(marked, "v1", "fraud")
    advance(marked)
    attest_all(marked, "v1", TO_CANARY, "fraud")
    marked.attest("v1", "staging_smoke_test_passed", "--failed")
    document = advance(marked, expect=1)
    assert document["decision"] == "partly"
    assert states(document) == [("churn:v1", "canary", "refused"), ("fraud:v1", "canary", "moves")]
    assert "staging_smoke_test_passed: its result is failed" in document["promotions"][0]["reason"]
    old = marked.head
    assert advance(marked, expect=1)["decision"] == "refused"
    assert marked.head == old
    ready(marked, "v2")
    assert ("churn:v2", "staging", "moves") in states(advance(marked, expect=1)), "the mend may come"


def test_after_a_rollback_nothing_of_the_model_moves_until_somebody_promotes(in_canary: Registry) -> None:
    in_canary.rollback("canary")
    stops(in_canary, ("churn:v2", "canary", "stopped"))
    ready(in_canary, "v3")
    stops(in_canary, ("churn:v3", "staging", "stopped"), ("churn:v2", "canary", "stopped"))
    reasons = [one["reason"] for one in advance(in_canary)["promotions"]]
    assert reasons[0] == "canary was rolled back by alice@example.com: too many errors"
    in_canary.promote("v3", "staging")
    attest_all(in_canary, "v3", TO_CANARY)
    stops(in_canary, ("churn:v3", "canary", "stopped"))
    in_canary.promote("v3", "canary")
    ready(in_canary, "v4")
    assert states(advance(in_canary)) == [("churn:v4", "staging", "moves")]
    attest_all(in_canary, "v4", TO_CANARY)
    assert states(advance(in_canary)) == [("churn:v4", "canary", "moves")]


@pytest.mark.parametrize("environment", ["staging", "canary"])
def test_a_stop_is_not_ended_by_somebody_who_may_not_promote(environment: str, in_canary: Registry) -> None:
    in_canary.rollback("canary")
    ready(in_canary, "v3")
    path = paths.alias("churn", environment)
    alias = in_canary.record(Alias, path)
    forged = {"action": "promote", "sequence": alias.sequence + 1, "previous": in_canary.digest(path)}
    in_canary.edit(path, "carol", created_by="carol@example.com", reason=None, **forged)
    in_canary.commit_all("A promotion by somebody who may not")
    stops(in_canary, ("churn:v3", "staging", "stopped"), ("churn:v2", "canary", "stopped"))


def test_a_rollback_of_one_model_stops_no_other(in_canary: Registry) -> None:
    in_canary.rollback("canary")
    ready(in_canary, "v1", "fraud")
    document = advance(in_canary)
    assert states(document) == [("churn:v2", "canary", "stopped"), ("fraud:v1", "staging", "moves")]


def test_what_a_person_replaced_is_not_brought_back(in_canary: Registry) -> None:
    in_canary.promote("v1", "canary")
    stops(in_canary, ("churn:v2", "canary", "stopped"))
    assert "it served in canary before" in advance(in_canary)["promotions"][0]["reason"]


def test_a_withdrawn_release_stays_where_it_is(in_canary: Registry) -> None:
    ready(in_canary, "v3")
    advance(in_canary)
    attest_all(in_canary, "v3", TO_CANARY)
    in_canary.run("retire", "churn:v3", "--withdraw", "--reason", "leaks")
    document = advance(in_canary, expect=1)
    assert states(document) == [("churn:v3", "canary", "refused")]
    assert "was withdrawn: leaks" in document["promotions"][0]["reason"]
    assert live(in_canary, "canary") == "v2"


def test_who_may_not_promote_does_not_advance(marked: Registry) -> None:
    marked.add("dave", "promoter", options=("--model", "fraud"))
    ready(marked, "v1", "fraud")
    document = advance(marked, key="dave", expect=1)
    assert states(document) == [("churn:v1", "staging", "refused"), ("fraud:v1", "staging", "moves")]
    assert document["promotions"][0]["findings"][0]["rule"] == "role"
    marked.passes()


def test_a_policy_that_nobody_signed_marks_nothing(marked: Registry) -> None:
    policy = marked.read(paths.POLICY).decode()
    marked.write(paths.POLICY, policy.replace(*AUTOMATIC["production"], 1).encode())
    marked.commit_all("Production marked by whoever can push")
    marked.refuses("advance", key="ci")


def test_a_manifest_that_cannot_be_read_stops_only_its_own_model(marked: Registry) -> None:
    ready(marked, "v1", "fraud")
    marked.write(paths.manifest("churn", "v2"), b"kind: [\n")
    marked.commit_all("A release that is none")
    document = advance(marked, expect=1)
    assert states(document) == [("churn:v2", "staging", "refused"), ("fraud:v1", "staging", "moves")]


def test_what_others_pushed_meanwhile_counts(marked: Registry, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(marked.folder), str(bare)], check=True)
    marked.git("remote", "add", "origin", str(bare))
    other = marked.copy(tmp_path / "other")
    pushed = advance(other, "--push")
    behind = advance(marked, "--push")
    assert (behind["decision"], states(behind)) == ("nothing", [("churn:v1", "canary", "waits")])
    assert marked.git("ls-remote", "origin", "main").split()[0] == pushed["commit"]


@pytest.mark.parametrize("which", [["staging"], ["canary"], ["staging", "canary"]])
def test_whatever_is_marked_only_that_moves(which: Sequence[str], registered: Registry) -> None:
    """A registry where everything is ready for everything, and each set of marks."""
    for name in which:
        registered.change_policy(*AUTOMATIC[name])
    registered.pass_staging("v1")
    registered.pass_canary("v1")
    if "staging" not in which:
        registered.promote("v1", "staging")
    moved = []
    for _ in range(4):
        document = advance(registered, key="alice")
        moved += [one["environment"] for one in document["promotions"] if one["state"] == "moves"]
    assert moved == list(which)
