"""Contention in full: 16 writers with 25 promotions each. ``make contention`` runs it; it takes minutes.

Only counts are held to bars, no seconds: everything lawful lands, and nobody needs more than ten tries.
"""

from __future__ import annotations

import sys
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

WRITERS = 16
TURNS = 25
KILLS = Kills(24, 5.0)


@pytest.fixture(scope="module")
def ready(session_home: None, keys: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return ready_registry(tmp_path_factory.mktemp("fleet") / "registry", keys, WRITERS)


@pytest.mark.parametrize("kills", [None, KILLS], ids=["all live", "some killed"])
@pytest.mark.parametrize("plan", [different_models, same_alias])
def test_clones_that_push_to_one_remote(
    plan: Plan, kills: Kills | None, ready: Registry, tmp_path: Path
) -> None:
    remote = shared(ready, tmp_path, WRITERS)
    writers = [
        Writer(one.folder, tmp_path / f"results-{number}", plan(number, TURNS, "--push"))
        for number, one in enumerate(remote.clones)
    ]
    outcome = run(writers, ready.keys["alice"], kills)
    sys.stdout.write("\n" + outcome.words(f"{WRITERS} clones x {TURNS}, {plan.__name__}"))
    check(clone(ready, remote.bare, tmp_path / "fresh"), ready.head, _models(plan), outcome)


@pytest.mark.parametrize("plan", [different_models, same_alias])
def test_processes_in_one_clone(plan: Plan, ready: Registry, tmp_path: Path) -> None:
    registry = ready.copy(tmp_path / "copy")
    writers = [
        Writer(registry.folder, tmp_path / f"results-{number}", plan(number, TURNS))
        for number in range(WRITERS)
    ]
    outcome = run(writers, registry.keys["alice"], KILLS)
    sys.stdout.write("\n" + outcome.words(f"{WRITERS} processes in one clone x {TURNS}, {plan.__name__}"))
    check(registry, ready.head, _models(plan), outcome)


def _models(plan: Plan) -> list[str]:
    return [f"model-{number}" for number in range(WRITERS if plan is different_models else 1)]
