"""Register: hash the artifact, sign its manifest, and commit an immutable release."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitregistry.errors import BadInput, Refused
from gitregistry.operations.manifest_input import ManifestInput
from gitregistry.operations.present import Present
from gitregistry.operations.proposal import Proposal, Proposer, release_trailers
from gitregistry.records import paths
from gitregistry.records.common import Record
from gitregistry.records.digests import digest_of
from gitregistry.records.model import Model
from gitregistry.records.release import Release
from gitregistry.records.shapes import from_value
from gitregistry.records.strict_yaml import Quoted, Value, line_of
from gitregistry.storage.artifacts import ArtifactFacts
from gitregistry.storage.history import resolve_revision
from gitregistry.storage.repository import find_repository

# Longest first: model.tar.gz is a tar.gz.
_FORMATS = (
    "tar.gz", "tar.zst", "tar", "zip", "safetensors", "onnx", "pkl", "pickle", "joblib", "skops", "pt", "pth",
    "keras", "h5", "gguf", "json", "ubj", "txt", "bin",
)  # fmt: skip
_SHORT_COMMIT = re.compile(r"[0-9a-f]{7,63}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """All that a registration rests on: the manifest, the artifact's bytes, and what was found nearby.

    ``commit`` is the full id of the manifest's short ``git_commit``, when its repository is at hand. When
    ``uploaded`` the artifact's address is where it is put, not where it was found.
    """

    manifest: ManifestInput
    artifact: ArtifactFacts | None
    commit: str | None = None
    card: bytes | None = None
    uploaded: bool = False


def registration(candidate: Candidate) -> Proposer:
    """Propose a release, and its model's page when it is the model's first."""
    given = _with_artifact(candidate)

    def propose(present: Present) -> Proposal:
        release = _release(candidate, given, present)
        name = f"{release.model_name}:{release.version}"
        path = paths.manifest(release.model_name, release.version)
        if present.snapshot.tree.entry(path) is not None:
            raise Refused(
                f"{name} is already registered; a version never changes once it is created",
                path=path,
                hint="give the new artifact a new version",
            )
        records: dict[str, Record] = {path: release}
        page = paths.model_page(release.model_name)
        if present.snapshot.tree.entry(page) is None:
            records[page] = Model(
                registry_id=present.registry_id,
                created_at=present.now,
                created_by=present.principal,
                model_name=release.model_name,
                version=1,
                owner=present.principal,
                risk_tier=release.risk_tier,
            )
        files: Mapping[str, bytes] = (
            {paths.card(release.model_name, release.version): candidate.card}
            if candidate.card is not None
            else {}
        )
        return Proposal(f"Register {name}", records, files=files, trailers=release_trailers("register", name))

    return propose


def _release(candidate: Candidate, given: dict[str, Value], present: Present) -> Release:
    manifest = candidate.manifest
    made_here: dict[str, Value] = {
        "kind": "release",
        "schema_version": "1",
        "registry_id": present.registry_id,
        "created_at": present.now,
        "created_by": present.principal,
    }
    for field, value in made_here.items():
        if field in given and given[field] != value:
            raise BadInput(
                f"the registry fills this field in itself ({value}); the manifest says {given[field]}",
                path=manifest.name,
                line=line_of(manifest.data, [field]),
                field=field,
                hint="take the line out",
            )
    return from_value(Release, {**made_here, **given}, manifest.data, manifest.name)


def _with_artifact(candidate: Candidate) -> dict[str, Value]:
    """The manifest's fields with what the bytes say of themselves."""
    given = dict(candidate.manifest.fields)
    facts = candidate.artifact
    if facts is not None:
        if candidate.uploaded:
            _check_place(candidate, facts.uri)
        given.setdefault("artifact_uri", Quoted(facts.uri))
        _state(candidate, given, "artifact_digest", facts.digest)
        _state(candidate, given, "artifact_size_bytes", str(facts.size))
        if facts.files:
            given["files"] = [
                {"path": Quoted(file.path), "digest": file.digest, "size_bytes": str(file.size)}
                for file in facts.files
            ]
        form = _format_of(facts.uri) or _format_of(candidate.manifest.text("artifact_uri") or "")
        if form is not None:
            given.setdefault("artifact_format", form)
    if candidate.commit is not None:
        given["git_commit"] = candidate.commit
    if candidate.card is not None:
        _state(candidate, given, "model_card", digest_of(candidate.card))
    return given


def _check_place(candidate: Candidate, uri: str) -> None:
    said = candidate.manifest.text("artifact_uri")
    if said is not None and said != uri:
        raise BadInput(
            f"the manifest says that the artifact lies at {said}, it is to be uploaded to {uri}",
            path=candidate.manifest.name,
            line=line_of(candidate.manifest.data, ["artifact_uri"]),
            field="artifact_uri",
            hint=f"take the line out, or upload it there: --upload {said}",
        )


def _state(candidate: Candidate, given: dict[str, Value], field: str, found: str) -> None:
    """Fill in a field; what the manifest says of it already must agree with the bytes."""
    said = candidate.manifest.text(field)
    if said is not None and said != found:
        raise Refused(
            f"the manifest says {said}, the bytes are {found}",
            path=candidate.manifest.name,
            line=line_of(candidate.manifest.data, [field]),
            field=field,
            hint="this is not the artifact that the manifest describes: name the right one with --artifact",
        )
    given[field] = found


def _format_of(uri: str) -> str | None:
    lowered = uri.lower()
    return next((form for form in _FORMATS if lowered.endswith(f".{form}")), None)


def complete_commit(manifest: ManifestInput, folders: Sequence[Path]) -> tuple[str | None, list[str]]:
    """The full id of the manifest's ``git_commit``, from the first of these folders whose repository has it.

    Returns:
        None when it is complete already, absent, or nowhere at hand; and then a warning.
    """
    given = manifest.text("git_commit")
    if given is None or manifest.has_full_commit() or not _SHORT_COMMIT.fullmatch(given):
        return None, []
    for folder in folders:
        try:
            full = resolve_revision(find_repository(folder), given)
        except BadInput:  # no repository, or not the one: the next may be
            continue
        if full.startswith(given):  # or else it is a branch or a tag of that name
            return full, []
    return None, [
        f"{manifest.name}: git_commit {given} is short and its repository is not at hand: recorded as given "
        "(--git DIR names the repository)"
    ]
