"""Which artifacts releases need, and which of them serve."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import NamedTuple

from gitregistry.errors import Refused
from gitregistry.operations.pull import artifact_of
from gitregistry.operations.reading import Reading, places
from gitregistry.operations.require import unknown_model
from gitregistry.records import paths
from gitregistry.records.release import Release
from gitregistry.registry.opening import Broken
from gitregistry.registry.releases import find_release, model_names, version_names
from gitregistry.registry.retirements import is_withdrawn
from gitregistry.storage.artifacts import ArtifactFacts


class Needed(NamedTuple):
    """An artifact, the releases that are it, and the places that serve it as MODEL@ENVIRONMENT."""

    artifact: ArtifactFacts
    releases: tuple[str, ...]
    serving: tuple[str, ...]


def needed(reading: Reading, model: str | None, *, live: bool) -> list[Needed]:
    """The artifacts of all releases that were not withdrawn, or of those that serve, each once.

    Raises:
        NotFound: there is no such model.
        Refused: a record cannot be used: what it needs is not known.
    """
    if model is not None and not reading.snapshot.names_in(paths.model_folder(model)):
        raise unknown_model(reading.snapshot, model)
    serving = _serving(reading, model, live=live)
    found: dict[tuple[str, str], Needed] = {}
    for name, release in _releases(reading, model, only=serving if live else None):
        if name not in serving and is_withdrawn(reading.snapshot, release.model_name, release.version):
            continue
        artifact = artifact_of(release)
        known = found.get((artifact.uri, artifact.digest), Needed(artifact, (), ()))
        found[artifact.uri, artifact.digest] = Needed(
            artifact, (*known.releases, name), (*known.serving, *serving.get(name, ()))
        )
    return list(found.values())


def all_artifacts(reading: Reading) -> list[ArtifactFacts]:
    """What any release names, withdrawn or not.

    Raises:
        Refused: a manifest cannot be used: what it names is not known.
    """
    return [artifact_of(release) for _, release in _releases(reading, None, only=None)]


def _releases(
    reading: Reading, model: str | None, *, only: Container[str] | None
) -> Iterator[tuple[str, Release]]:
    """Releases by name: of one model or of all, and of those only these."""
    for name in [model] if model is not None else model_names(reading.snapshot):
        for version in version_names(reading.snapshot, name):
            if only is not None and f"{name}:{version}" not in only:
                continue
            try:
                opened = find_release(reading.snapshot, name, version)
            except Broken as broken:
                raise Refused(
                    f"what {name}:{version} needs is not known: {broken.message}",
                    path=paths.manifest(name, version),
                    hint="registry verify says which commit broke it",
                ) from None
            if opened is not None:
                yield f"{name}:{version}", opened.record


def _serving(reading: Reading, model: str | None, *, live: bool) -> dict[str, list[str]]:
    """Where each release serves or should, by its name."""
    serving: dict[str, list[str]] = {}
    for place in places(reading):
        if model not in (None, place.model):
            continue
        where = f"{place.model}@{place.environment}"
        if live and place.fault:
            raise Refused(
                f"what serves {where} is not known: {place.fault}",
                path=paths.alias(place.model, place.environment),
                hint="registry verify says which commit broke it",
            )
        bound = [binding.version for binding in place.deployment.bindings] if place.deployment else []
        for version in dict.fromkeys((*([place.alias.version] if place.alias else []), *bound)):
            serving.setdefault(f"{place.model}:{version}", []).append(where)
    return serving
