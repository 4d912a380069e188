"""Many writers at one branch, some of them killed in the middle, and what must hold when all is over."""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from gitregistry.operations.workspace import Workspace
from gitregistry.rules.step import law_of
from tests.benchmarks.big_registry import registry_ready_for_staging
from tests.robustness.processes import clone
from tests.support.registry import Registry

MOST_ATTEMPTS = 10

# Command lines by number, for the writer of a number, so many turns, with these options.
Plan = Callable[..., list[tuple[int, list[str]]]]


class Kills(NamedTuple):
    """How many writers are killed, and the seconds between one kill and the next (up to ``pause``)."""

    times: int
    pause: float
    seed: int = 20260427


@dataclass
class Writer:
    """A clone and the promotions that it has still to make; a process works on them while it lives."""

    folder: Path
    results: Path
    plan: list[tuple[int, list[str]]]
    process: subprocess.Popen[bytes] | None = None
    killed: set[int] = field(default_factory=set)

    def start(self, key: Path) -> None:
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.robustness.contender", str(self.folder), str(self.results)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=os.environ | {"REGISTRY_KEY": str(key)},
                process_group=0,
            )
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(self.left).encode())
        self.process.stdin.close()

    @property
    def errors(self) -> Path:
        return self.results.with_suffix(".errors")

    @property
    def done(self) -> list[dict[str, Any]]:
        if not self.results.exists():
            return []
        return [json.loads(line) for line in self.results.read_text("utf-8").splitlines()]

    @property
    def left(self) -> list[tuple[int, list[str]]]:
        ended = {result["number"] for result in self.done} | self.killed
        return [item for item in self.plan if item[0] not in ended]

    def kill(self) -> bool:
        """Kill the process with all of its group; False when it had ended by itself."""
        assert self.process is not None
        if self.process.poll() is not None:
            return False
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        left = self.left
        if left:  # or else it was on its way out
            self.killed.add(left[0][0])
        return True


class Outcome(NamedTuple):
    """What came of all promotions.

    Attributes:
        landed: results that ended with 0.
        refused: results that did not.
        killed: how many promotions were cut short.
        seconds: from the first start to the last end.
    """

    landed: list[dict[str, Any]]
    refused: list[dict[str, Any]]
    killed: int
    seconds: float

    @property
    def attempts(self) -> list[int]:
        return sorted(result["attempts"] for result in self.landed)

    def words(self, name: str) -> str:
        tries, waits = self.attempts, sorted(result["seconds"] for result in self.landed)
        return (
            f"{name}: {len(self.landed)} landed, {len(self.refused)} refused, {self.killed} killed "
            f"in {self.seconds:.1f} s: {len(self.landed) / self.seconds:.1f} a second; "
            f"tries p50 {statistics.median(tries):g}, p99 {tries[int(len(tries) * 0.99)]}, max {tries[-1]}, "
            f"mean {statistics.mean(tries):.2f}; seconds each p50 {statistics.median(waits):.2f}, "
            f"max {waits[-1]:.2f}\n"
        )


def run(writers: Sequence[Writer], key: Path, kills: Kills | None = None, timeout: float = 1800) -> Outcome:
    """Let all writers work at once until nothing is left to do."""
    begun = time.monotonic()
    for writer in writers:
        writer.start(key)
    if kills is not None:
        _kill_some(writers, key, kills)
    for writer in writers:
        assert writer.process is not None
        assert writer.process.wait(timeout) == 0, writer.errors.read_text("utf-8")
    seconds = time.monotonic() - begun
    results = [result for writer in writers for result in writer.done]
    return Outcome(
        [result for result in results if result["code"] == 0],
        [result for result in results if result["code"] != 0],
        sum(len(writer.killed) for writer in writers),
        seconds,
    )


def _kill_some(writers: Sequence[Writer], key: Path, kills: Kills) -> None:
    chance = random.Random(kills.seed)
    for _ in range(kills.times):
        time.sleep(chance.uniform(0.0, kills.pause))
        working = [writer for writer in writers if writer.process and writer.process.poll() is None]
        if not working:
            return
        victim = chance.choice(working)
        if victim.kill():
            victim.start(key)


class Remote(NamedTuple):
    """A bare repository, and a clone of it for each writer."""

    bare: Path
    clones: list[Registry]


def shared(registry: Registry, folder: Path, count: int) -> Remote:
    """Publish a registry and clone it so many times."""
    bare = folder / "shared.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(registry.folder), str(bare)], check=True)
    made = [clone(registry, bare, folder / f"clone-{number}") for number in range(count)]
    for one in made:
        # A server is another machine: what kills a writer does not kill what serves it.
        one.git("config", "remote.origin.receivepack", "setsid git-receive-pack")
    return Remote(bare, made)


def ready_registry(folder: Path, keys: Mapping[str, Path], models: int) -> Registry:
    """A registry of models with two releases each, which may go to staging."""
    built = registry_ready_for_staging(folder, keys["alice"], models)
    with Workspace(built) as workspace:
        pin = law_of(workspace.snapshot(workspace.commit())).trust.registry_id
    return Registry(built, pin, keys)


def check(registry: Registry, old: str, models: Sequence[str], outcome: Outcome) -> None:
    """What must hold when all is over: nothing lost, nothing twice, no gap, and nobody tried too often.

    Args:
        registry: a clone that has everything; ``old`` is the commit before the first promotion.
    """
    assert outcome.refused == []
    assert outcome.attempts[-1] <= MOST_ATTEMPTS
    commits = registry.git("rev-list", "--first-parent", f"{old}..HEAD").split()
    landed = [result["commit"] for result in outcome.landed]
    assert len(set(landed)) == len(landed)
    assert set(landed) <= set(commits)
    # A writer that was killed may have landed its step before it could say so.
    assert len(commits) <= len(landed) + outcome.killed
    moves = [registry.json("log", f"{model}@staging")["moves"] for model in models]
    assert sum(map(len, moves)) == len(commits)
    for found in moves:
        assert [move["sequence"] for move in found] == list(range(len(found), 0, -1))
    registry.passes()
    registry.git("fsck", "--strict", "--no-dangling")


def different_models(writer: int, turns: int, *options: str) -> list[tuple[int, list[str]]]:
    """Promotions of models that no other writer touches, two releases each."""
    return [
        (turn, ["promote", f"model-{writer}:v{turn % 2 + 1}", "--to", "staging",
                "--reason", f"writer {writer}, turn {turn}", *options])
        for turn in range(turns)
    ]  # fmt: skip


def same_alias(writer: int, turns: int, *options: str) -> list[tuple[int, list[str]]]:
    """Promotions of the two releases of one model, by everybody."""
    return [
        (turn, ["promote", f"model-0:v{(writer + turn) % 2 + 1}", "--to", "staging",
                "--reason", f"writer {writer}, turn {turn}", *options])
        for turn in range(turns)
    ]  # fmt: skip
