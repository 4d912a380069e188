"""What is stopped, and where a release was rolled back from, as a reading finds it."""

from __future__ import annotations

from gitregistry.operations.reading import Reading
from gitregistry.records.line import Line
from gitregistry.records.release import Release
from gitregistry.registry.opening import Opened
from gitregistry.registry.releases import model_names
from gitregistry.rules.holds import Hold, departure, holds
from gitregistry.rules.lines import stop_in_force


def stops(reading: Reading, model: str | None = None) -> list[Line]:
    """The stops in force: the fleet's first, then that of one model, or of every model."""
    models = [model] if model is not None else model_names(reading.snapshot)
    found = [stop_in_force(reading.chain.line(one)) for one in (None, *models)]
    return [stop.record for stop in found if stop is not None]


def rolled_back(reading: Reading, release: Opened[Release]) -> list[Hold]:
    """From which environments a release was rolled back last, and whether it is still held there."""
    chains = (reading.chain(release.record.model_name, name) for name in reading.environments())
    departed = [found for chain in chains if (found := departure(chain, release)) is not None]
    return holds(reading.law, reading.snapshot, release, departed, reading.time)
