"""A guard killed at any moment and started again goes back once, with one piece of evidence for it."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

import pytest

from gitregistry.errors import Refused
from gitregistry.operations.submit import Remote
from gitregistry.operations.workspace import Workspace
from gitregistry.records.alias import Alias
from tests.guard.conftest import CHECK
from tests.guard.scripted import Script, first_rounds, post, rounds
from tests.robustness.processes import kill_after, start
from tests.support.prometheus import Observatory
from tests.support.registry import Registry

KILLS = 16
LANES = 2
EVIDENCE = f"registry/models/churn/releases/v2/evidence/{CHECK}-*.yaml"


class Killed(BaseException):
    """Nothing in the tool catches this, as nothing catches a kill."""


def went_back_once(registry: Registry, before: str) -> None:
    alias = registry.record(Alias, registry.alias("canary"))
    assert (alias.version, alias.action, alias.sequence) == ("v1", "rollback", 3)
    assert registry.git("rev-parse", "HEAD~1") == before
    assert len(registry.find(EVIDENCE)) == 1
    registry.passes()


def test_what_it_had_decided_it_does_when_it_is_started_again(watched: Registry) -> None:
    """Killed between the decision and the step; by then the errors may have stopped."""
    calls = []

    def dying(_workspace: Workspace) -> Remote | None:
        calls.append(1)
        if len(calls) > 1:  # the first is for the look, the second for the step
            raise Killed
        return None

    before = watched.head
    with pytest.raises(Killed):
        rounds(post(watched, Script("0.25"))._replace(remote=dying))
    assert watched.head == before
    again = Script("0.001")
    found = rounds(post(watched, again))
    assert [done.outcome for done in found] == ["rolled back"]
    assert not again.asked
    went_back_once(watched, before)


def test_killed_after_its_step_it_takes_nothing_else_back(watched: Registry) -> None:
    before = watched.head
    first_rounds(post(watched, Script("0.001", "0.25")), 1)
    (note,) = (watched.folder / ".git/gitregistry").glob("guard-*.json")
    kept = note.with_name("kept")
    shutil.copy(note, kept)
    rounds(post(watched, Script("0.25")))
    shutil.copy(kept, note)  # as it was before the step
    with pytest.raises(Refused, match="went back"):
        rounds(post(watched, Script("0.25")))
    went_back_once(watched, before)


@pytest.mark.parametrize("lane", range(LANES))
def test_killed_at_random_moments(
    lane: int,
    watched_template: Registry,
    prometheus: Observatory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = random.Random(20260427 + lane)
    prometheus.model.takes("v2", failing=0.5)
    prometheus.await_share("v2", lambda share: share is not None and share > 0.1)
    arguments = ("guard", "churn", "--in", "canary", "--prometheus", prometheus.url, "--once")
    whole, reached = 0.0, set()
    turns = KILLS // LANES
    for turn in range(turns + 1):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / f"state-{turn}"))  # another machine each time
        registry = watched_template.copy(tmp_path / f"{turn}")
        before = registry.head
        begun = time.monotonic()
        guard = start(registry, *arguments, key="deploy-bot")
        # The first runs to its end and says how long that takes; the others end somewhere on the way.
        kill_after(guard, (turn - chance.random() / 2) / turns * whole if turn else 60.0)
        whole = whole or time.monotonic() - begun
        reached.add(registry.head == before)
        result = registry.run(*arguments, key="deploy-bot", expect=1)
        assert "It went back to churn:v1" in result.out or "went back to v1" in result.err
        went_back_once(registry, before)
        registry.git("fsck", "--strict", "--no-dangling")
    assert reached == {True, False}, "the kills came all too early or all too late"
