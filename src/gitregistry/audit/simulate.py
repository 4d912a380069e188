"""Simulate: the promotions of a history as they would have been under a proposed policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gitregistry.audit.trial import Proposed, Tried
from gitregistry.audit.verify import Replay, first_unknown
from gitregistry.errors import CannotTell
from gitregistry.rules.recovery import RECOVERY
from gitregistry.storage import history
from gitregistry.storage.objects import Objects


class Simulation(NamedTuple):
    """What became of every promotion that was tried, in the order of history.

    ``steps`` were replayed; ``findings`` is how many faults ``verify`` would name in them.
    """

    head: str
    steps: int
    findings: int
    tried: tuple[Tried, ...]

    @property
    def refused(self) -> tuple[Tried, ...]:
        """Those that were lawful and would not have been."""
        return tuple(one for one in self.tried if one.passed and not one.would_pass)

    @property
    def allowed(self) -> tuple[Tried, ...]:
        """Those that were not lawful and would have been."""
        return tuple(one for one in self.tried if one.would_pass and not one.passed)


def simulate(
    objects: Objects,
    head: str,
    proposed: Proposed,
    now: str,
    on_step: Callable[[int], None] | None = None,
) -> Simulation:
    """Judge the history that ends at ``head`` as ``verify`` does, and try its promotions by another policy.

    Args:
        now: the verifier's own time.
        on_step: told the number of steps so far, for a progress bar.

    Raises:
        CannotTell: the history cannot be read to its end.
    """
    history.require_whole(objects.repository)
    replay = Replay(now, on_step, proposed)
    outcomes = replay.run(objects, head, None)
    unknown = first_unknown(outcomes)
    if unknown is not None:
        raise CannotTell(unknown, hint="registry verify")
    # Each share holds its own newest ones: the newest of all are among them.
    tried = sorted((one for outcome in outcomes for one in outcome.tried), key=lambda one: one[:2])
    if proposed.last is not None:
        tried = tried[-proposed.last :]
    faults = sum(finding.rule != RECOVERY for finding in replay.findings)
    return Simulation(head, replay.steps, faults, tuple(tried))
