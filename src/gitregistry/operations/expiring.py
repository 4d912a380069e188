"""What will soon count no more, for the releases that are on their way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from gitregistry.operations.reading import Reading
from gitregistry.records import paths
from gitregistry.records.policy import PolicyEnvironment
from gitregistry.records.release import Release
from gitregistry.registry.chains import served
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.releases import find_release, model_names
from gitregistry.rules.expiry import Expiring, endings
from gitregistry.rules.requirements import Promotion, evaluate

# Of the releases registered since the one that is live: who registers every night promotes few of them.
LATEST = 5


class _Way(NamedTuple):
    model: str
    version: str
    environment: str


def expiring_soon(reading: Reading, within: timedelta) -> Iterator[Expiring]:
    """All that a promotion could rest on now and will not after ``within``, model by model.

    A release is on its way to an environment that comes ``after`` another when the other points at it; to
    one that comes first, when it is among the latest that were registered after what is live there. One that
    served there before, or is retired, is not.
    """
    ways = list(_ways(reading))
    reading.tree.gather([paths.release_folder(way.model, way.version) for way in ways], [])
    for way in ways:
        release = _candidate(reading, way)
        if release is not None:
            asked = Promotion(release, way.environment, promoter="", time=reading.time)
            requirements = evaluate(reading.law, reading.snapshot, reading.chain, asked)
            for ending in endings(reading.law, reading.snapshot, requirements, reading.time, within):
                yield Expiring(way.model, way.version, way.environment, ending)


def _ways(reading: Reading) -> Iterator[_Way]:
    """By names alone, from what was read of the past: where all is live that is there, nothing is read."""
    if not reading.tree.brought("manifest.yaml"):
        reading.tree.gather_versions(paths.MODELS)
    registered: dict[str, list[str]] = {}
    for path in reading.tree.brought("manifest.yaml"):
        place = paths.locate(path)
        if place is not None and place.model is not None and place.version is not None:
            registered.setdefault(place.model, []).append(place.version)
    for model in model_names(reading.snapshot):
        for environment in reading.law.policy.record.environments:
            for version in _coming(reading, model, environment, registered.get(model, [])):
                yield _Way(model, version, environment.name)


def _coming(reading: Reading, model: str, environment: PolicyEnvironment, registered: list[str]) -> list[str]:
    """The versions that may come next, in the order in which they were registered."""
    tip = reading.chain(model, environment.name)
    live = tip.release.version if tip is not None else None
    if environment.after is not None:
        before = reading.chain(model, environment.after)
        return [before.release.version] if before is not None and before.release.version != live else []
    since = registered.index(live) + 1 if live in registered else 0
    return registered[since:][-LATEST:]


def _candidate(reading: Reading, way: _Way) -> Opened[Release] | None:
    if reading.snapshot.tree.entry(paths.retirement(way.model, way.version)) is not None:
        return None
    try:
        release = find_release(reading.snapshot, way.model, way.version)
    except Broken:  # nothing may be promoted by it; verify says what is wrong with it
        return None
    if release is None or served(reading.chain(way.model, way.environment), release.digest):
        return None
    return release
