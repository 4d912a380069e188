"""Pull: the artifact that a reference stands for, delivered byte for byte as it was registered."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from gitregistry.operations.resolve import resolve_reference
from gitregistry.operations.workspace import Workspace
from gitregistry.records.alias import Alias
from gitregistry.records.release import Release
from gitregistry.registry.opening import Opened
from gitregistry.storage.artifact_cache import ArtifactCache
from gitregistry.storage.artifacts import ArtifactFacts, ArtifactFile, Progress
from gitregistry.storage.delivery import Delivered, WrongBytes, check_deliverable, deliver


class Pulled(NamedTuple):
    """What was delivered, on whose word, and the commit that was read."""

    release: Opened[Release]
    alias: Opened[Alias] | None
    commit: str
    delivered: Delivered


def pull(
    workspace: Workspace,
    reference: str,
    target: Path,
    *,
    at: str | None = None,
    cache: Path | None = None,
    on_progress: Progress | None = None,
) -> Pulled:
    """Deliver an artifact to a place that is free.

    A single file goes into ``target`` where that is a folder, under the name that it has in its store.

    Raises:
        NotFound: there is no such release or alias.
        Refused: a record on the way cannot be believed, or the store holds other bytes. Nothing is left.
        BadInput: the target is taken, or the bytes do not come.
    """
    release, alias, commit = resolve_reference(workspace, reference, at)
    artifact = artifact_of(release.record)
    if not artifact.files and target.is_dir():
        target /= _name_of(release.record)
    kept = ArtifactCache(cache) if cache is not None else None
    try:
        delivered = deliver(artifact, target, kept, on_progress)
    except WrongBytes as wrong:
        raise WrongBytes(wrong.message, path=wrong.path, hint=_way_on(release.record, alias)) from None
    return Pulled(release, alias, commit, delivered)


def artifact_of(release: Release) -> ArtifactFacts:
    """The artifact as its release describes it."""
    return ArtifactFacts(
        release.artifact_uri,
        release.artifact_digest,
        release.artifact_size_bytes,
        tuple(ArtifactFile(file.path, file.digest, file.size_bytes) for file in release.files),
    )


def file_of(artifact: ArtifactFacts, path: str) -> ArtifactFacts | None:
    """One file of an artifact as an artifact of its own; None when it has no such file.

    A single file is had under the empty path alone.

    Raises:
        Refused: the list of files is not the artifact's.
    """
    check_deliverable(artifact)
    if not artifact.files:
        return None if path else artifact
    found = next((file for file in artifact.files if file.path == path), None)
    return found and ArtifactFacts(f"{artifact.uri}/{path}", found.digest, found.size, ())


def _way_on(release: Release, alias: Opened[Alias] | None) -> str:
    """What to do when the store holds other bytes than those that were registered."""
    back = "put back the bytes that were registered"
    if alias is None:
        name = f"{release.model_name}:{release.version}"
        return f"{back}, or end it: registry retire {name} --withdraw --reason '…'"
    where = f"{release.model_name} --in {alias.record.environment}"
    return f"{back}, or go back: registry rollback {where} --reason '…'"


def _name_of(release: Release) -> str:
    """The file's own name where its address ends in a plain one, else the release's."""
    name = unquote(urlsplit(release.artifact_uri).path).rpartition("/")[2]
    plain = name.isprintable() and name not in ("", ".", "..", ".git") and "\\" not in name
    return name if plain else f"{release.model_name}-{release.version}"
