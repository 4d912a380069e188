"""The line was stopped, and somebody promotes all the same, or takes the stop away."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gitregistry.records import paths
from gitregistry.records.line import Line
from gitregistry.records.trust import Trust
from tests.support.doors import Server, merge_check, rules_told
from tests.support.forging import made_promotion, promote_by_hand
from tests.support.keys import IDS
from tests.support.registry import Registry

WHY = ("--reason", "bad data")
CHURN = paths.line("churn")
LINES = [pytest.param(("churn",), CHURN, id="model"), pytest.param(("--fleet",), paths.LINE, id="fleet")]


@pytest.fixture
def ready(registered: Registry) -> Registry:
    """``churn:v1`` with all that staging asks for; dave operates churn alone, a bot everything."""
    registered.add("dave", "operator", options=("--model", "churn"))
    registered.add("deploy-bot", "operator", kind="bot")
    registered.pass_staging("v1")
    return registered


@pytest.fixture
def stopped(ready: Registry) -> Registry:
    ready.run("stop", "churn", *WHY)
    return ready


def forge_line(registry: Registry, key: str, path: str = CHURN, /, **changes: Any) -> None:
    """The next record of a line, lawful unless told, committed by hand."""
    before = registry.record(Line, path) if (registry.folder / path).exists() else None
    record = Line(
        registry_id=registry.pin,
        created_at=before.created_at
        if before
        else registry.json("show", "churn:v1")["manifest"]["created_at"],
        created_by=IDS[key],
        model_name="churn" if path == CHURN else None,
        sequence=before.sequence + 1 if before else 1,
        previous=registry.digest(path) if before else None,
        state="running" if before and before.state == "stopped" else "stopped",
        reason="because",
    )
    registry.forge(path, replace(record, **changes), key)
    registry.commit_all()


def is_refused(registry: Registry) -> dict[str, Any]:
    refused = registry.refuses("promote", "churn:v1", "--to", "staging", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert unmet["name"] == "line_running"
    found: dict[str, Any] = unmet
    return found


@pytest.mark.parametrize(("subject", "path"), LINES)
def test_nothing_is_promoted_until_it_is_resumed(
    ready: Registry, subject: tuple[str, ...], path: str
) -> None:
    ready.run("stop", *subject, *WHY)
    ready.passes()  # from here on the replay is taken up again, and must know the same
    unmet = is_refused(ready)
    assert "was stopped at 20" in unmet["reason"]
    assert "by alice@example.com: bad data" in unmet["reason"]
    assert unmet["hint"] == f"registry resume {subject[0]} --reason '…'"
    ready.run("resume", *subject, "--reason", "the data is good again")
    ready.promote("v1", "staging")
    ready.passes()
    assert ready.record(Line, path).sequence == 2


@pytest.mark.parametrize(("subject", "path"), LINES)
def test_a_promotion_by_hand_is_found(ready: Registry, subject: tuple[str, ...], path: str) -> None:
    ready.run("stop", *subject, *WHY)
    promote_by_hand(ready, "v1", "staging")
    ready.finds("line", ready.alias("staging"), message="bad data", hint="git rebase --onto")


def test_a_promotion_of_what_was_stopped_is_found(approved: Registry) -> None:
    approved.run("stop", "churn", *WHY)
    promote_by_hand(approved, "v1", "production")
    approved.finds("line", approved.alias())


def test_it_is_found_too_by_who_judged_the_stop_before(stopped: Registry) -> None:
    stopped.passes()
    promote_by_hand(stopped, "v1", "staging")
    stopped.finds("line", stopped.alias("staging"))


def test_all_else_goes_on(two: Registry) -> None:
    two.run("stop", "--fleet", *WHY)
    two.register("v3")
    two.pass_staging("v3")
    two.approve("v3", "bob")
    two.rollback()
    two.lift("v2")
    assert two.json("show", "churn:v3")["state"] == "validation-passed"
    two.passes()


def test_another_model_goes_on(stopped: Registry) -> None:
    stopped.register("w1", model="fraud")
    for check in ("artifact_signature_verified", "offline_eval_passed"):
        stopped.attest("w1", check, model="fraud")
    refused = stopped.refuses("promote", "fraud:w1", "--to", "staging", "--json").json
    assert "line_running" not in {item["name"] for item in refused["requirements"]}


@pytest.mark.parametrize("who", ["alice", "dave", "deploy-bot"])
def test_whoever_operates_may_stop(ready: Registry, who: str) -> None:
    ready.run("stop", "churn", *WHY, key=who)
    is_refused(ready)
    ready.passes()


def test_who_does_not_operate_stops_nothing(ready: Registry) -> None:
    ready.refuses("stop", "churn", *WHY, key="bob")
    forge_line(ready, "bob")
    ready.finds("role", CHURN, message="does not hold the role operator")


def test_who_operates_one_model_does_not_stop_the_fleet(ready: Registry) -> None:
    ready.refuses("stop", "--fleet", *WHY, key="dave")
    forge_line(ready, "dave", paths.LINE)
    ready.finds("role", paths.LINE, message="operator for *")


def test_a_bot_resumes_nothing(stopped: Registry) -> None:
    stopped.refuses("resume", "churn", *WHY, key="deploy-bot")
    forge_line(stopped, "deploy-bot")
    stopped.finds("principal-kind", CHURN, message="only a person can resume")
    is_refused(stopped)


def test_who_does_not_operate_resumes_nothing(stopped: Registry) -> None:
    forge_line(stopped, "bob")
    stopped.finds("role", CHURN)
    is_refused(stopped)


def test_who_operates_in_one_environment_resumes_nothing(stopped: Registry) -> None:
    stopped.add("mallory", "operator", options=("--environment", "staging"))
    stopped.refuses("resume", "churn", *WHY, key="mallory")
    forge_line(stopped, "mallory")
    stopped.finds("role", CHURN, message="operator for churn in canary")
    is_refused(stopped)


def test_a_bare_revert_of_a_stop_is_found_and_it_stays_stopped(stopped: Registry) -> None:
    stopped.git("revert", "--no-edit", "HEAD")
    stopped.finds("missing", CHURN)
    is_refused(stopped)
    promote_by_hand(stopped, "v1", "staging")
    assert {found["rule"] for found in stopped.verify()["findings"]} == {"missing", "line"}


def test_a_stop_replaced_by_what_it_replaced_is_a_replay_and_it_stays_stopped(stopped: Registry) -> None:
    stopped.run("resume", "churn", *WHY)
    stopped.run("stop", "churn", "--reason", "again")
    stopped.git("revert", "--no-edit", "HEAD")
    stopped.finds("replay", CHURN, message="running")
    assert "again" in is_refused(stopped)["reason"]
    stopped.run("resume", "churn", *WHY)
    stopped.promote("v1", "staging")
    assert {found["rule"] for found in stopped.verify()["findings"]} == {"replay"}


def test_a_gap_is_found(stopped: Registry) -> None:
    forge_line(stopped, "alice", sequence=3)
    stopped.finds("sequence", CHURN, message="where 2 that follows")
    is_refused(stopped)


def test_a_second_successor_is_found(stopped: Registry) -> None:
    before = stopped.record(Line, CHURN)
    digest = stopped.digest(CHURN)
    stopped.run("resume", "churn", *WHY)
    record = replace(before, sequence=2, previous=digest, state="running", reason="mine")
    stopped.forge(CHURN, record, "alice")
    stopped.commit_all()
    stopped.finds("sequence", CHURN)


@pytest.mark.parametrize(("subject", "path"), LINES)
def test_a_removed_stop_is_found(ready: Registry, subject: tuple[str, ...], path: str) -> None:
    ready.run("stop", *subject, *WHY)
    ready.remove(path)
    ready.commit_all()
    ready.finds("missing", path)
    is_refused(ready)


def test_the_fleets_resumption_put_where_a_models_lies_is_found(stopped: Registry) -> None:
    forge_line(stopped, "alice", CHURN, model_name=None)
    stopped.finds("subject", CHURN, message="about the fleet")
    is_refused(stopped)


def test_a_promotion_in_the_step_that_resumes_is_found(stopped: Registry) -> None:
    """What is judged by what lay there before cannot be resumed for just the one step."""
    record = made_promotion(stopped, "v1", "staging")
    stopped.forge(stopped.alias("staging"), record, "alice")
    forge_line(stopped, "alice")
    stopped.finds("line", stopped.alias("staging"))


def test_a_stop_and_a_promotion_that_merge_cleanly_are_judged_as_merged(
    ready: Registry, tmp_path: Path
) -> None:
    ready.git("branch", "promoted")
    ready.run("stop", "--fleet", *WHY)
    ready.git("checkout", "--quiet", "promoted")
    ready.promote("v1", "staging")
    ready.git("checkout", "--quiet", "main")
    document = merge_check(ready, "main", "promoted")
    assert (document["verdict"], [found["rule"] for found in document["findings"]]) == ("fail", ["line"])
    server = Server.holding(ready, tmp_path / "server.git")
    ready.git("merge", "--quiet", "--no-edit", "promoted")
    assert "line" in rules_told(server.push(ready))
    assert [found["rule"] for found in ready.verify()["findings"]] == ["line"]


def test_a_line_that_cannot_be_read_lets_nothing_through(ready: Registry) -> None:
    ready.write(CHURN, b"state: running\n")
    ready.commit_all()
    ready.finds("signature", CHURN)
    assert "cannot be used" in is_refused(ready)["reason"]


def test_what_is_meant_must_be_said(ready: Registry) -> None:
    for verb in ("stop", "resume"):
        for subject in ((), ("churn", "--fleet")):
            assert "--fleet" in ready.refuses(verb, *subject, *WHY, expect=2).err
    assert "there is no model" in ready.refuses("stop", "chrun", *WHY, expect=3).err
    assert "not stopped" in ready.refuses("resume", "churn", *WHY).err
    ready.run("stop", "churn", *WHY)
    assert "already so: churn was stopped" in ready.refuses("stop", "churn", *WHY).err


def test_a_try_writes_nothing(ready: Registry) -> None:
    before = ready.state()
    assert ready.json("stop", "--fleet", *WHY, "--dry-run")["commit"] is None
    assert ready.state() == before


def test_a_spoiled_policy_keeps_nobody_from_stopping(ready: Registry) -> None:
    shutil.copy(ready.folder / paths.TRUST, ready.folder / paths.POLICY)
    ready.commit_all()
    ready.run("stop", "churn", *WHY)
    assert {found["path"] for found in ready.verify()["findings"]} == {paths.POLICY}


def test_every_answer_about_it_says_so(live: Registry) -> None:
    live.run("stop", "--fleet", *WHY)
    for question in (("status",), ("show", "churn:v1"), ("why", "churn@production")):
        (stop,) = live.json(*question)["stopped"]
        assert (stop["model_name"], stop["by"], stop["reason"]) == (None, IDS["alice"], "bad data")
        said = live.run(*question).out
        assert "Stopped: the whole fleet was stopped at 20" in said
        assert "registry resume --fleet --reason" in said


def resumed(registry: Registry, who: str = "alice") -> None:
    registry.run("resume", "churn", "--reason", "it is good again", key=who)
    registry.passes()


def new_environment(registry: Registry) -> None:
    """What comes last in the policy that ``init`` writes gets a successor, where nobody operates yet."""
    text = registry.read(paths.POLICY).decode()
    text = text.replace("    after: canary\n", "    after: canary\n  - name: abroad\n    after: production\n")
    transition = "  to_abroad:\n    requires: [manual_approval_from_risk_owner]\n"
    registry.write(
        paths.POLICY, text.replace("  to_production:\n", transition + "  to_production:\n").encode()
    )
    assert registry.json("sign", paths.POLICY)["in_force"]


def goes_on(registry: Registry) -> None:
    """Nothing is stopped at any door, nor where the replay is taken up again."""
    assert registry.json("status")["stopped"] == []
    registry.promote("v1", "staging")
    registry.passes()
    assert registry.json("verify", "--pin", registry.pin, "--anew")["verdict"] == "pass"


def operate_where_there_was_something(registry: Registry) -> None:
    """Mallory operates in each environment by name, and so in none that comes later."""
    options = (f"--environment={name}" for name in ("staging", "canary", "production"))
    registry.add("mallory", "operator", options=tuple(options))


def test_an_environment_that_is_new_stops_nothing_again(stopped: Registry) -> None:
    operate_where_there_was_something(stopped)
    resumed(stopped, "mallory")
    new_environment(stopped)
    goes_on(stopped)


def test_whoever_resumed_may_lose_the_role_and_nothing_is_stopped_again(stopped: Registry) -> None:
    stopped.add("mallory", "operator")
    resumed(stopped, "mallory")
    grants = stopped.record(Trust, paths.TRUST).grants
    stopped.next_trust("alice", grants=tuple(one for one in grants if one.principal != IDS["mallory"]))
    stopped.commit_all()
    goes_on(stopped)


def test_a_resumption_without_the_role_does_not_count_once_it_is_given(stopped: Registry) -> None:
    forge_line(stopped, "bob")
    stopped.run("trust", "grant", IDS["bob"], "operator")
    is_refused(stopped)


def test_a_resumption_in_the_step_that_gives_the_role_does_not_count(stopped: Registry) -> None:
    """Neither where the history is read, nor where it is replayed."""
    forge_line(stopped, "bob")
    stopped.run("trust", "grant", IDS["bob"], "operator")
    stopped.git("reset", "--quiet", "--soft", "HEAD~2")
    stopped.commit_all()
    is_refused(stopped)
    promote_by_hand(stopped, "v1", "staging")
    assert {found["rule"] for found in stopped.verify()["findings"]} == {"role", "line"}
