"""Timing by the clock, as ratios: the two things compared take turns, so that a slow moment hits both."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

Action = Callable[[], object]


class Ratio(NamedTuple):
    """Medians: seconds of what is measured, seconds of what it is held against, and their ratio."""

    measured: float
    reference: float
    ratio: float


def compare(measured: Action, reference: Action, runs: int, prepare: Action = lambda: None) -> Ratio:
    """Run both in turn, once uncounted and then ``runs`` times; ``prepare``, untimed, before each pair."""
    pairs = []
    for _ in range(runs + 1):
        prepare()
        pairs.append((_timed(measured), _timed(reference)))
    del pairs[0]
    return Ratio(
        statistics.median(first for first, _ in pairs),
        statistics.median(second for _, second in pairs),
        statistics.median(first / second for first, second in pairs),
    )


def _timed(action: Action) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def process(*command: str | Path, cwd: Path | None = None) -> Action:
    """A cold process; it must succeed. Its modules are compiled, as those of an installed package are."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def run() -> None:
        subprocess.run(command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, check=True)

    return run


def in_turn(*actions: Action) -> Action:
    """One action after the other, as one."""

    def run() -> None:
        for action in actions:
            action()

    return run


def by_turns(*actions: Action) -> Action:
    """A different one of the actions each time."""
    turns = cycle(actions)

    def run() -> None:
        next(turns)()

    return run


def python(*arguments: str) -> Sequence[str]:
    """This environment's Python."""
    return (sys.executable, *arguments)


def report(name: str, found: Ratio, bar: float) -> None:
    """Print the figures and hold them to the bar."""
    sys.stdout.write(
        f"\n{name}: {found.measured * 1000:.1f} ms against {found.reference * 1000:.1f} ms, "
        f"ratio {found.ratio:.2f}, bar {bar:g}\n"
    )
    assert found.ratio <= bar, f"{name}: {found.ratio:.2f} is over {bar:g}"
