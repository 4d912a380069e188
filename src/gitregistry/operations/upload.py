"""Upload: the bytes of a release put where they will be read from, before there is a release."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from gitregistry.errors import BadInput
from gitregistry.operations.artifact_notes import Look, remember
from gitregistry.operations.register import Candidate
from gitregistry.operations.workspace import Workspace
from gitregistry.registry.moments import moment_text
from gitregistry.storage.artifacts import Progress
from gitregistry.storage.stores import Store, open_store
from gitregistry.storage.uploads import upload as write_once


class UploadTerms(NamedTuple):
    """What is uploaded from where to where.

    Attributes:
        lock_days: for how many days nobody may remove it; None for no lock.
        may_overwrite: whether a store will do that cannot promise to write each name once.
    """

    source: str
    place: str
    lock_days: int | None
    may_overwrite: bool


def placed(candidate: Candidate, terms: UploadTerms) -> Candidate:
    """The candidate with the address that its artifact will have.

    Raises:
        BadInput: nothing can be uploaded there.
    """
    if candidate.artifact is None:
        raise BadInput("nothing is said of what to upload", hint="add --artifact PATH")
    uri = _store(terms).uri
    return replace(candidate, artifact=candidate.artifact._replace(uri=uri), uploaded=True)


def upload(
    workspace: Workspace,
    candidate: Candidate,
    terms: UploadTerms,
    now: datetime,
    on_progress: Progress | None,
) -> tuple[str, ...]:
    """Put a candidate's artifact into its place, and read it back; what the user should know of it.

    Raises:
        Refused: something else lies there, and was not touched; or what came back is not what was sent.
        BadInput: it cannot be written or read.
    """
    if candidate.artifact is None:
        raise BadInput("nothing is said of what to upload", hint="add --artifact PATH")
    until = now.replace(microsecond=0) + timedelta(days=terms.lock_days) if terms.lock_days else None
    artifact = candidate.artifact
    done = write_once(terms.source, artifact, _store(terms), locked_until=until, on_progress=on_progress)
    remember(
        workspace.repository, os.environ, {(artifact.uri, artifact.digest): Look(moment_text(now), None)}
    )
    return done.notes


def _store(terms: UploadTerms) -> Store:
    return open_store(terms.place, may_overwrite=terms.may_overwrite)
