"""A guard round by round: when it passes, when it goes back, and that it does so once."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from gitregistry.audit.merging import judge_merge
from gitregistry.audit.pushes import Update, judge_push
from gitregistry.errors import BadInput, NotFound, Refused
from gitregistry.operations.measuring import Measured, Question
from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.evidence import Evidence
from gitregistry.records.trust import Trust
from gitregistry.registry.moments import moment_text
from gitregistry.rules.guard import Streak
from gitregistry.storage.objects import Objects
from gitregistry.storage.repository import find_repository
from gitregistry.storage.sealed_notes import write_notes
from tests.guard.conftest import CHECK
from tests.guard.scripted import Script, Time, first_rounds, post, rounds, sights
from tests.support.registry import Registry

FOLDER = "registry/models/churn/releases/v2/evidence"


def evidence(registry: Registry, check: str = CHECK) -> list[Evidence]:
    return [registry.record(Evidence, path) for path in registry.find(f"{FOLDER}/{check}-*.yaml")]


def points_at(registry: Registry) -> Alias:
    return registry.record(Alias, registry.alias("canary"))


def test_watched_to_the_end_it_files_what_it_saw(watched: Registry) -> None:
    found = rounds(post(watched, Script("0.001", "0.004")))
    assert [done.outcome for done in found] == ["watching"] * 3 + ["passed"]
    assert found[-1].watch.watched == 30
    (filed,) = evidence(watched)
    assert (filed.result, str(filed.measurements[0].value)) == ("passed", "0.004")
    assert filed.query is not None
    assert filed.observed is not None
    assert "4 rounds" in (filed.note or "")
    assert points_at(watched).version == "v2"
    watched.passes()


def test_a_breach_goes_back_in_the_step_that_brings_the_evidence(watched: Registry) -> None:
    before = watched.head
    found = rounds(post(watched, Script("0.001", "0.25")))
    assert [done.outcome for done in found] == ["watching", "rolled back"]
    assert watched.git("rev-parse", "HEAD~1") == before
    (filed,) = evidence(watched)
    assert (filed.result, filed.created_by) == ("failed", "deploy-bot")
    alias = points_at(watched)
    assert (alias.version, alias.action) == ("v1", "rollback")
    reason = alias.reason or ""
    assert f"{CHECK}: error_rate = 0.25 ratio, the policy asks for at most 0.01 ratio" in reason
    (path,) = watched.find(f"{FOLDER}/{CHECK}-*.yaml")
    assert watched.digest(path) in reason
    message = watched.git("log", "-1", "--format=%B")
    assert message.startswith('Revert "Promote churn:v2 to canary"')
    assert "This reverts commit" in message
    watched.passes()


def test_no_data_for_as_many_rounds_as_the_policy_says_is_a_breach(watched: Registry) -> None:
    found = rounds(post(watched, Script("0.001", None)))
    assert sights(found) == ["ok", "no data", "no data", "no data"]
    assert found[-1].outcome == "rolled back"
    (filed,) = evidence(watched)
    assert (filed.result, filed.measurements) == ("error", ())
    watched.passes()


def test_a_good_round_begins_the_count_anew(watched: Registry) -> None:
    script = Script(None, None, "0.001", None, None, "0.001")
    found = rounds(post(watched, script))
    assert found[-1].outcome == "passed"
    assert sights(found) == ["no data", "no data", "ok", "no data", "no data", "ok"]


def test_it_does_not_end_well_on_a_round_without_data(watched: Registry) -> None:
    found = rounds(post(watched, Script("0.001", "0.001", "0.001", None, "0.001")))
    assert found[3].watch.watched == 30
    assert [done.outcome for done in found] == ["watching"] * 4 + ["passed"]


def test_the_law_does_not_stop_it_while_promotions_are_frozen(watched: Registry) -> None:
    watched.change_policy(
        "separation_of_duties:",
        "freeze_windows:\n  - {name: always, from: 2020-01-01T00:00:00Z, until: 2100-01-01T00:00:00Z}\n"
        "separation_of_duties:",
    )
    assert rounds(post(watched, Script("0.25")))[-1].outcome == "rolled back"
    watched.passes()


def test_where_there_is_nothing_to_go_back_to_the_evidence_is_written(watched: Registry) -> None:
    watched.run("retire", "churn:v1", "--withdraw", "--reason", "poisoned")
    found = rounds(post(watched, Script("0.25")))
    assert found[-1].outcome == "no way back"
    assert [filed.result for filed in evidence(watched)] == ["failed"]
    assert points_at(watched).version == "v2"
    again = rounds(post(watched, Script("0.001")))  # what it saw stays seen, and is not filed twice
    assert again[-1].outcome == "no way back"
    assert len(evidence(watched)) == 1
    watched.passes()


def test_what_was_rolled_back_is_not_guarded_on(watched: Registry) -> None:
    """A guard that is started again after its work is done takes nothing further back."""
    rounds(post(watched, Script("0.25")))
    head = watched.head
    with pytest.raises(Refused, match="went back to v1"):
        rounds(post(watched, Script("0.25")))
    assert watched.head == head


def test_an_alias_that_moved_meanwhile_ends_it(watched: Registry) -> None:
    def promote_v1(done: object) -> None:
        if watched.head == head:
            watched.promote("v1", "canary")

    head = watched.head
    found = rounds(post(watched, Script("0.001", "0.25")), between=promote_v1)
    assert [done.outcome for done in found] == ["watching", "moved on"]
    assert found[-1].there is not None
    assert (found[-1].there.version, found[-1].there.action) == ("v1", "promote")
    assert not evidence(watched)


def test_of_two_guards_one_goes_back(watched: Registry) -> None:
    """The second sees the breach as well, finds the alias moved, and takes nothing back again."""

    class Slow(Script):
        def __call__(self, question: Question, now: datetime) -> Measured:
            answer = super().__call__(question, now)
            rounds(post(watched, Script("0.25")))
            return answer

    found = rounds(post(watched, Slow("0.5")))
    assert found[-1].outcome == "moved on"
    assert points_at(watched).sequence == 3
    (filed,) = evidence(watched)
    assert str(filed.measurements[0].value) == "0.25"
    watched.passes()


def test_started_again_it_goes_on_from_where_it_was(watched: Registry) -> None:
    time = Time()
    first = post(watched, Script("0.001", None), time)
    before = first_rounds(first, 3)
    assert [done.outcome for done in before] == ["watching"] * 3
    again = rounds(post(watched, Script(None), time))
    assert (again[0].watch.rounds, again[0].watch.begun) == (4, before[0].watch.begun)
    assert again[0].watch.streaks == {CHECK: Streak(0, 3)}
    assert again[0].outcome == "rolled back"


def test_time_without_a_look_is_not_watched(watched: Registry) -> None:
    time = Time()
    (*_, before) = first_rounds(post(watched, Script("0.001"), time), 3)
    time.sleep(200)
    found = rounds(post(watched, Script("0.001"), time))
    assert before.watch.watched == 20
    assert [done.watch.watched for done in found] == [20, 30]
    assert found[-1].outcome == "passed"


def test_without_its_memory_it_begins_anew(watched: Registry) -> None:
    time = Time()
    first_rounds(post(watched, Script(None), time), 2)
    (note,) = (watched.folder / ".git/gitregistry").glob("guard-*.json")
    note.write_bytes(note.read_bytes().replace(b'"rounds":2', b'"rounds":9'))
    (first,) = first_rounds(post(watched, Script(None), time), 1)
    assert (first.watch.rounds, first.watch.streaks) == (1, {CHECK: Streak(0, 1)})


def test_a_new_policy_counts_anew(watched: Registry) -> None:
    time = Time()
    first_rounds(post(watched, Script(None), time), 2)
    watched.change_policy("no_data_rounds: 3", "no_data_rounds: 2")
    (first,) = first_rounds(post(watched, Script(None), time), 1)
    assert first.outcome == "watching"
    assert (first.watch.rounds, first.watch.streaks) == (3, {CHECK: Streak(0, 1)})


def test_evidence_alone_can_be_watched(watched: Registry) -> None:
    """Without a server what others file decides: a failure takes it back, and so does silence."""
    found = rounds(post(watched, None))
    assert sights(found) == ["no data"] * 3
    assert found[-1].outcome == "rolled back"
    assert not evidence(watched)  # it measured nothing itself
    assert "no evidence" in (points_at(watched).reason or "")
    watched.passes()


def test_a_failure_that_others_file_takes_it_back(watched: Registry) -> None:
    watched.attest("v2", CHECK, "--failed", "--metric", "error_rate=0.3")
    found = rounds(post(watched, None))
    assert sights(found) == ["breach"]
    assert watched.digest(watched.evidence("v2", CHECK)) in (points_at(watched).reason or "")


def test_evidence_that_broke_down_is_no_data(watched: Registry) -> None:
    watched.attest("v2", CHECK, "--error")
    assert sights(rounds(post(watched, None))) == ["no data"] * 3


def test_once_answers_what_one_look_can_tell(watched: Registry) -> None:
    assert rounds(post(watched, Script("0.001"), once=True))[-1].outcome == "ok"
    assert not evidence(watched)
    assert rounds(post(watched, Script(None), once=True))[-1].outcome == "undecided"
    assert rounds(post(watched, Script(None), once=True))[-1].outcome == "undecided"
    assert rounds(post(watched, Script(None), once=True))[-1].outcome == "rolled back"


@pytest.mark.parametrize(("key", "words"), [("alice", "attest"), ("ci", "roll back"), ("bob", "roll back")])
def test_who_may_not_act_does_not_guard(key: str, words: str, watched: Registry) -> None:
    if key == "alice":
        watched.run("trust", "add", "eve", "--key", f"{watched.keys['dave']}.pub", "--role", "operator")
        key = "dave"
    with pytest.raises(Refused, match=f"may not {words}") as refused:
        rounds(post(watched, Script("0.001"), key=key))
    assert "registry trust grant" in (refused.value.hint or "")


def losing(registry: Registry, role: str) -> Callable[[object], None]:
    """After its first round the guard's key loses a role."""
    head = registry.head

    def lose(_done: object) -> None:
        if registry.head == head:
            grants = registry.record(Trust, paths.TRUST).grants
            kept = [grant for grant in grants if (grant.principal, grant.role) != ("deploy-bot", role)]
            registry.next_trust("alice", grants=tuple(kept))
            registry.commit_all(f"the bot is no {role} any more")

    return lose


def test_the_attesters_role_lost_meanwhile_costs_the_evidence_but_not_the_way_back(watched: Registry) -> None:
    found = rounds(post(watched, Script("0.001", "0.25")), between=losing(watched, "attester"))
    assert found[-1].outcome == "rolled back"
    assert not evidence(watched)
    watched.passes()


def test_the_operators_role_lost_meanwhile_leaves_the_evidence_at_least(watched: Registry) -> None:
    found = rounds(post(watched, Script("0.001", "0.25")), between=losing(watched, "operator"))
    assert found[-1].outcome == "no way back"
    assert "does not hold the role operator" in str(found[-1].problem)
    assert [filed.result for filed in evidence(watched)] == ["failed"]
    assert points_at(watched).version == "v2"
    watched.passes()


def test_its_step_is_lawful_at_every_door(watched: Registry) -> None:
    rounds(post(watched, Script("0.25")))
    with Objects(find_repository(watched.folder)) as objects:
        now = moment_text(datetime.now(UTC))
        before, after = watched.git("rev-parse", "HEAD~1"), watched.head
        update = Update("refs/heads/main", before, after)
        assert not judge_push(objects, update, lambda: watched.pin, now).findings
        assert not judge_merge(objects, before, after, watched.pin, now).findings


@pytest.mark.parametrize("note", ["text", {}, {"alias": 5}, {"streaks": {"x": [1, 2, 3]}, "breach": []}])
def test_a_note_of_another_version_is_none(watched: Registry, note: object) -> None:
    repository = find_repository(watched.folder)
    write_notes(repository, os.environ, "guard-churn@canary", [note])
    assert rounds(post(watched, Script("0.001")))[-1].watch.rounds == 4


def test_a_shorter_watch_than_the_policys_is_refused(watched: Registry) -> None:
    with pytest.raises(BadInput, match="--for may only be longer"):
        rounds(post(watched, Script("0.001"), length=10))
    assert rounds(post(watched, Script("0.001"), length=50))[-1].watch.watched == 50


def test_a_server_that_nothing_is_asked_of_is_refused(watched: Registry) -> None:
    watched.change_policy(f"fails: {CHECK}", "fails: offline_eval_passed")
    with pytest.raises(BadInput, match="no condition says what to ask"):
        rounds(post(watched, Script("0.001")))
    assert rounds(post(watched, None))[-1].outcome == "passed"


def test_where_nothing_is_watched_it_says_so(watched: Registry) -> None:
    with pytest.raises(BadInput, match="nothing to watch"):
        rounds(post(watched, Script("0.001"), place="staging"))
    with pytest.raises(NotFound, match="nothing is promoted to production"):
        rounds(post(watched, Script("0.001"), place="production"))
