"""A replay in any split says what the whole replay says."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

import pytest

from gitregistry.audit import shares
from gitregistry.audit.judged_before import Known, remember
from gitregistry.audit.share import PolicyAt
from gitregistry.audit.verdict import Verdict
from gitregistry.audit.verify import verify
from gitregistry.registry.moments import moment_text
from gitregistry.storage.history import first_parents
from gitregistry.storage.objects import Objects
from gitregistry.storage.repository import find_repository
from tests.support.registry import Registry

RULES = {"immutable", "missing", "name", "policy-threshold", "tree"}


def judged(registry: Registry, head: str | None = None, *, remembering: bool = False) -> Verdict:
    with Objects(find_repository(registry.folder)) as objects:
        now = moment_text(datetime.now(UTC))
        memory = os.environ if remembering else None
        return verify(objects, head or registry.head, registry.pin, now, memory=memory)


def test_the_history_under_test_holds_what_shares_could_miss(unlawful: Registry) -> None:
    verdict = judged(unlawful)
    assert {finding.rule for finding in verdict.findings} >= RULES
    assert [finding.rule for finding, _ in verdict.mended] == ["replay"]
    assert verdict.reached is not None
    assert verdict.reached.sequences["alpha@staging"] == 3


@pytest.mark.parametrize("processes", [1, 2, 3, 5])
def test_processes_with_a_share_each_say_what_one_says_of_the_whole(
    unlawful: Registry, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = judged(unlawful)
    monkeypatch.setattr(shares, "WORTH_SHARING", 1)
    monkeypatch.setattr(shares, "processes", lambda: processes)
    assert judged(unlawful) == whole


@pytest.fixture
def merged_past_a_stop(lawful: Registry) -> Registry:
    """Promotions of three models, made before they knew that the fleet was stopped, are merged after that."""
    lawful.git("branch", "others")
    lawful.run("stop", "--fleet", "--reason", "bad data")
    lawful.git("checkout", "--quiet", "others")
    for model in ("alpha", "beta", "gamma"):
        lawful.run("promote", f"{model}:v1", "--to", "staging")
    lawful.git("checkout", "--quiet", "main")
    lawful.git("merge", "--quiet", "--no-edit", "others")
    return lawful


def test_what_stops_the_fleet_is_known_to_every_share(
    merged_past_a_stop: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = judged(merged_past_a_stop)
    assert [finding.rule for finding in whole.findings] == ["line"] * 3
    judged(merged_past_a_stop, merged_past_a_stop.git("rev-parse", "HEAD^1"), remembering=True)
    assert judged(merged_past_a_stop, remembering=True) == whole
    monkeypatch.setattr(shares, "WORTH_SHARING", 1)
    monkeypatch.setattr(shares, "processes", lambda: 3)
    assert judged(merged_past_a_stop) == whole
    assert judged(merged_past_a_stop, remembering=True) == whole


def test_a_replay_taken_up_at_any_lawful_step_says_what_the_whole_says(unlawful: Registry) -> None:
    whole = judged(unlawful)
    commits = list(first_parents(find_repository(unlawful.folder), unlawful.head))
    taken_up = 0
    for commit in reversed(commits):
        prefix = judged(unlawful, commit, remembering=True)
        assert judged(unlawful, remembering=True) == whole, f"taken up at {commit}"
        taken_up += not prefix.findings
    assert len(commits) - taken_up == 6


def test_what_a_prefix_says_is_what_the_whole_says_first(unlawful: Registry) -> None:
    whole = judged(unlawful).findings
    commits = list(first_parents(find_repository(unlawful.folder), unlawful.head))
    for index, commit in enumerate(commits[:6]):  # after that the replay is not yet mended
        later = set(commits[:index])
        assert judged(unlawful, commit).findings == tuple(x for x in whole if x.commit not in later)


def test_a_share_whose_process_is_killed_is_no_pass(
    lawful: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "WORTH_SHARING", 1)
    monkeypatch.setattr(shares, "processes", lambda: 2)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    verdict = judged(lawful)
    assert verdict.verdict == "unknown"
    assert "was ended" in str(verdict.unknown)


def test_objects_missing_from_one_share_make_the_whole_unknown(
    lawful: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    oid = lawful.git("rev-parse", "HEAD:registry/models/beta/aliases/staging.yaml")
    loose = lawful.folder / ".git/objects" / oid[:2] / oid[2:]
    loose.unlink()
    monkeypatch.setattr(shares, "WORTH_SHARING", 1)
    monkeypatch.setattr(shares, "processes", lambda: 3)
    verdict = judged(lawful)
    assert verdict.verdict == "unknown"
    assert oid in str(verdict.unknown)


def known_until(registry: Registry, commit: str) -> Known:
    """What a verifier would remember who took a commit for lawful."""

    def policy_blob(at: str, suffix: str = "") -> str:
        return registry.git("rev-parse", f"{at}:registry/policy.yaml{suffix}")

    verdict = judged(registry, f"{commit}")
    assert verdict.reached is not None
    return Known(
        commit=commit,
        steps=verdict.steps,
        first_trust=registry.pin,
        newest=verdict.reached.newest,
        policies=tuple(
            PolicyAt(found.commit, found.time, (policy_blob(found.commit), policy_blob(found.commit, ".sig")))
            for found in verdict.reached.policies
        ),
        aliases={
            name: (number, verdict.reached.digests[name])
            for name, number in verdict.reached.sequences.items()
        },
        rolled_back=(),
        made=verdict.reached.made,
        mended=(),
        emergencies=verdict.emergencies,
        recoveries=(),
        unsettled=(),
    )


def test_the_parts_of_this_test_that_write_notes_are_believed(lawful: Registry) -> None:
    """Else the tests of notes that are not believed could not fail."""
    lawful.write("registry/stray.txt", b"x\n")
    unlawful = lawful.commit_all()
    remember(find_repository(lawful.folder), os.environ, known_until(lawful, unlawful))
    assert judged(lawful, remembering=True).findings == ()
    assert judged(lawful).findings != ()
