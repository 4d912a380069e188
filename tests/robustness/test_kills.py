"""Killed at any moment of a promotion, the registry is before it or after it, and the next command works."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from tests.robustness.processes import kill_after, start
from tests.support.registry import Registry

KILLS = 100
LANES = 2


@pytest.fixture
def ready(approved_template: Registry, tmp_path: Path) -> Registry:
    """``v1`` and ``v2`` both allowed into staging, so that promotions can go on for ever."""
    registry = approved_template.copy(tmp_path / "ready")
    registry.register("v2")
    registry.pass_staging("v2")
    (registry.folder / "README.md").write_text("dirty\n", "utf-8")
    (registry.folder / "staged").write_text("staged\n", "utf-8")
    registry.git("add", "staged")
    return registry


def life(registry: Registry) -> float:
    """Seconds that a whole promotion takes as a process, here and now."""
    begun = time.monotonic()
    process = start(registry, "promote", "churn:v2", "--to", "staging")
    assert process.wait(60) == 0, process.communicate()
    process.communicate()
    return time.monotonic() - begun


@pytest.mark.parametrize("lane", range(LANES))
def test_a_promotion_killed_at_random_moments(lane: int, ready: Registry) -> None:
    chance = random.Random(20260427 + lane)
    whole = life(ready)
    versions: Iterator[str] = cycle(["v1", "v2"])
    before, after = 0, 0
    for turn in range(KILLS // LANES):
        version = next(versions)
        old = ready.head
        # Most of a promotion's life is start-up, where nothing can go wrong; the second half is the step.
        moment = chance.uniform(0.4, 1.05) if turn % 5 else chance.uniform(0.0, 0.4)
        code = kill_after(start(ready, "promote", f"churn:{version}", "--to", "staging"), moment * whole)
        time.sleep(0.03)  # a git of its own group may still be finishing what it was told
        head = ready.head
        record = ready.git("show", f"HEAD:{ready.alias('staging')}")
        if head == old:
            before += 1
            assert code != 0
        else:
            after += 1
            assert ready.git("rev-parse", "HEAD~1") == old
            assert f'version: "{version}"' in record or f"version: {version}" in record
        assert ready.json("resolve", "churn@staging")["commit"] == head
        if turn % 10 == 9:
            ready.git("fsck", "--strict", "--no-dangling")
        # The next command works, whatever was left, and brings the work tree up to date.
        ready.promote("v1" if version == "v2" else "v2", "staging")
        assert ready.git("status", "--porcelain").splitlines() == [" M README.md", "A  staged"]
    ready.git("fsck", "--strict", "--no-dangling")
    ready.passes()
    assert min(before, after) >= KILLS // LANES // 20, "the kills came all too early or all too late"
    assert not list(ready.folder.rglob("*.registry-new"))
    assert not list((ready.folder / ".git").rglob("*.lock"))
    log = ready.json("log", "churn@staging")["moves"]
    assert [move["sequence"] for move in log] == list(range(len(log), 0, -1))
