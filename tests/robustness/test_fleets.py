"""Many writers and some of them killed: everything lawful lands, in order, and nobody tries for ever.

``make contention`` does the same with 16 writers and 25 promotions each.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.robustness.fleet import (
    Kills,
    Plan,
    Writer,
    check,
    different_models,
    ready_registry,
    run,
    same_alias,
    shared,
)
from tests.robustness.processes import clone
from tests.support.registry import Registry

WRITERS = 6
TURNS = 4


@pytest.fixture(scope="module")
def ready(session_home: None, keys: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return ready_registry(tmp_path_factory.mktemp("fleet") / "registry", keys, WRITERS)


@pytest.mark.parametrize("plan", [different_models, same_alias])
def test_clones_that_push_to_one_remote(plan: Plan, ready: Registry, tmp_path: Path) -> None:
    remote = shared(ready, tmp_path, WRITERS)
    writers = [
        Writer(one.folder, tmp_path / f"results-{number}", plan(number, TURNS, "--push"))
        for number, one in enumerate(remote.clones)
    ]
    outcome = run(writers, ready.keys["alice"], Kills(3, 1.5))
    fresh = clone(ready, remote.bare, tmp_path / "fresh")
    models = [f"model-{number}" for number in range(WRITERS if plan is different_models else 1)]
    check(fresh, ready.head, models, outcome)
    for one in remote.clones:
        # Whatever a kill left behind, the next command works.
        one.run("promote", "model-0:v1", "--to", "staging", "--push", "--dry-run")
        assert one.git("status", "--porcelain") == ""


@pytest.mark.parametrize("plan", [different_models, same_alias])
def test_processes_in_one_clone(plan: Plan, ready: Registry, tmp_path: Path) -> None:
    registry = ready.copy(tmp_path / "copy")
    writers = [
        Writer(registry.folder, tmp_path / f"results-{number}", plan(number, TURNS))
        for number in range(WRITERS)
    ]
    outcome = run(writers, registry.keys["alice"], Kills(3, 1.0))
    models = [f"model-{number}" for number in range(WRITERS if plan is different_models else 1)]
    check(registry, ready.head, models, outcome)
    # What a kill left half done in the work tree is finished by the next write.
    registry.run("promote", "model-1:v1", "--to", "staging")
    assert registry.git("status", "--porcelain") == ""
