"""When the artifacts that should be live were last seen whole from here."""

from __future__ import annotations

import os
from collections.abc import Sequence

from gitregistry.operations.artifact_notes import Look, looks
from gitregistry.operations.reading import Reading
from gitregistry.registry.answers import Place
from gitregistry.registry.opening import Broken
from gitregistry.registry.releases import find_release


def artifacts_of(reading: Reading, served: Sequence[Place]) -> dict[tuple[str, str], Look]:
    """By model and environment; nothing for those that were never looked at, or whose manifest is broken."""
    remembered = looks(reading.workspace.repository, os.environ)
    found = {}
    for place in served if remembered else ():
        if place.alias is None:
            continue
        try:
            release = find_release(reading.snapshot, place.model, place.alias.version)
        except Broken:  # status is no proof; verify says what is wrong with it
            continue
        if release is not None:
            look = remembered.get((release.record.artifact_uri, release.record.artifact_digest))
            if look is not None:
                found[place.model, place.environment] = look
    return found
