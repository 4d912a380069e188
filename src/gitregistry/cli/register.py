"""``registry register``."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from gitregistry.cli.output import note, show
from gitregistry.cli.progress import progress_bar
from gitregistry.cli.register_edit import Editing, EditOption, again, edited, require_editor
from gitregistry.cli.register_mlflow import FromMlflow
from gitregistry.cli.register_nearby import (
    Asked,
    DvcOption,
    EvenIfDirtyOption,
    GitOption,
    ImageOption,
    LockfileOption,
    filled_in,
    tell,
    tell_filled,
    with_nearby,
    with_schema,
)
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import KeyOption, PushOption, actor, now, tell_left
from gitregistry.cli.session_read import BranchOption, JsonOption, now_text
from gitregistry.errors import BadInput
from gitregistry.operations.afterthoughts import unknown_tier
from gitregistry.operations.filling import Nearby, filled
from gitregistry.operations.manifest_input import ManifestInput, named_manifest, read_manifest
from gitregistry.operations.reading import read_at
from gitregistry.operations.register import Candidate, complete_commit, registration
from gitregistry.operations.submit import Submitted, submit
from gitregistry.operations.upload import UploadTerms, placed
from gitregistry.operations.upload import upload as upload_artifact
from gitregistry.operations.workspace import Workspace
from gitregistry.records.digests import digest_of
from gitregistry.records.release import Release
from gitregistry.storage.artifacts import ArtifactFacts, hash_artifact
from gitregistry.views.blocks import Facts, View

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def register(
    ctx: typer.Context,
    manifest: Annotated[
        Path | None, typer.Argument(metavar="[MANIFEST.yaml]", help="What the release is.")
    ] = None,
    named: Annotated[
        str | None,
        typer.Option("--as", metavar="MODEL:VERSION", help="Instead of a manifest, or to complete one."),
    ] = None,
    artifact: Annotated[
        str | None,
        typer.Option("--artifact", metavar="PATH|URI", help="The bytes; fills in uri, digest, size, format."),
    ] = None,
    card: Annotated[
        Path | None, typer.Option("--card", metavar="FILE", help="A model card to keep beside the manifest.")
    ] = None,
    git: GitOption = None,
    even_if_dirty: EvenIfDirtyOption = False,
    image: ImageOption = None,
    from_dvc: DvcOption = None,
    lockfile: LockfileOption = None,
    from_mlflow: Annotated[
        str | None,
        typer.Option(
            "--from-mlflow",
            metavar="RUN|models:/…",
            help="Fill in what MLflow says: of a run, models:/NAME/3, models:/NAME@ALIAS, models:/m-ID.",
        ),
    ] = None,
    tracking_uri: Annotated[
        str | None,
        typer.Option("--tracking-uri", metavar="URI", help="MLflow's server; else $MLFLOW_TRACKING_URI."),
    ] = None,
    upload: Annotated[
        str | None,
        typer.Option(
            "--upload",
            metavar="URI",
            help="Put the artifact there first: the exact place, where nothing is ever overwritten.",
        ),
    ] = None,
    object_lock: Annotated[
        int | None,
        typer.Option(
            "--object-lock", metavar="DAYS", min=1, max=36500, help="Nobody may remove it for so long (S3)."
        ),
    ] = None,
    may_overwrite: Annotated[
        bool,
        typer.Option(
            "--even-if-this-store-may-overwrite",
            help="Upload to a store without conditional writes: look first, then write.",
        ),
    ] = False,
    edit: EditOption = False,
    ignore_claims: Annotated[
        bool, typer.Option("--ignore-claims", help="Leave out what the manifest claims of its own state.")
    ] = False,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: JsonOption = False,
) -> None:
    """Hash the artifact, sign the manifest, and commit an immutable release.

    With --upload it is committed only when all bytes were read back from the place they were put.
    """
    terms = _terms(artifact, upload, object_lock, may_overwrite=may_overwrite)
    if edit:
        require_editor()
    told_by = "--edit" if edit else "--from-mlflow" if from_mlflow else None
    found = _given(manifest, named, told_by, ignore_claims=ignore_claims)
    mlflow = FromMlflow(from_mlflow, tracking_uri, artifact)
    found = with_nearby(found, Asked(git, even_if_dirty, image, from_dvc or (), lockfile, mlflow))
    with Workspace(ctx.obj, branch) as workspace, ExitStack() as kept:
        facts = _hashed(found, artifact) if not edit or artifact or _address(found) else None
        given = found = with_schema(found, facts)
        if edit:
            tell(found.warnings)
            options = again({
                "--artifact": artifact, "--card": card, "--upload": upload, "--object-lock": object_lock,
                "--even-if-this-store-may-overwrite": may_overwrite, "--key": key, "--branch": branch,
                "--push": push,
            })  # fmt: skip
            how = Editing(workspace.repository.git_dir / "gitregistry", ignore_claims, ctx.obj, options)
            given = kept.enter_context(edited(found, facts, how))
            if facts is None or (artifact is None and _address(given) != _address(found)):
                facts = _hashed(given, artifact)
        commit, warnings = complete_commit(
            given, [git] if git else [Path(), *([manifest.parent] if manifest else []), ctx.obj]
        )
        tell((*given.warnings, *warnings))
        tell_filled(given)
        candidate = Candidate(given, facts, commit, _read_card(card))
        who, remote = actor(workspace, key), remote_for(workspace, push)
        if terms is not None:
            candidate = placed(candidate, terms)
            # Nothing is sent for a release that would be refused.
            submit(workspace, who, registration(candidate), dry_run=True, remote=remote)
            with progress_bar("uploading and reading back") as on_progress:
                for said in upload_artifact(workspace, candidate, terms, now(), on_progress):
                    note(f"note: {said}")
            who = who._replace(now=now())
        done = submit(workspace, who, registration(candidate), remote=remote)
        tell_left(done)
        release = _release_of(done)
        tell(unknown_tier(read_at(workspace, None, now_text()), release.risk_tier))
    show(_answer(done, release, given), as_json=as_json)


def _release_of(done: Submitted) -> Release:
    return next(record for record in done.proposal.records.values() if isinstance(record, Release))


def _answer(done: Submitted, release: Release, given: ManifestInput) -> View:
    path = next(path for path, record in done.proposal.records.items() if record is release)
    digest = digest_of(done.files[path])
    name = f"{release.model_name}:{release.version}"
    document = {
        "model_name": release.model_name,
        "version": release.version,
        "release_digest": digest,
        "artifact_uri": release.artifact_uri,
        "artifact_digest": release.artifact_digest,
        "artifact_size_bytes": release.artifact_size_bytes,
        "commit": done.commit,
        "path": path,
    }
    pairs = (("registered", name), *((field, str(document[field])) for field in list(document)[2:]))
    document = {**document, "filled_in": filled_in(given)}
    return View(document, (Facts(pairs),))


def _given(
    manifest: Path | None, named: str | None, told_by: str | None, *, ignore_claims: bool
) -> ManifestInput:
    """The manifest as given, by a file, by a name, or by both; empty where an option is yet to tell it."""
    if manifest is None:
        if named is None and told_by is not None:
            return ManifestInput({}, b"", told_by, ())
        if named is None:
            raise BadInput("nothing is said of what to register", hint="MANIFEST.yaml, or --as MODEL:VERSION")
        return named_manifest(named)
    given = read_manifest(manifest, ignore_claims=ignore_claims)
    if named is None:
        return given
    return filled(given, [Nearby("--as", "--as", named_manifest(named).fields)])


def _terms(
    artifact: str | None, upload: str | None, object_lock: int | None, *, may_overwrite: bool
) -> UploadTerms | None:
    """What is to be uploaded and how; None when nothing is."""
    if upload is None:
        if object_lock is not None or may_overwrite:
            raise BadInput("this is said of an upload, and nothing is uploaded", hint="add --upload URI")
        return None
    if artifact is None:
        raise BadInput("nothing is said of what to upload", hint="add --artifact PATH")
    return UploadTerms(artifact, upload, object_lock, may_overwrite)


def _address(given: ManifestInput) -> str | None:
    return given.text("artifact_uri")


def _hashed(given: ManifestInput, artifact: str | None) -> ArtifactFacts | None:
    """The artifact's facts: of the bytes that are given, else of those at the address in the manifest."""
    address = artifact or (None if given.text("artifact_digest") else given.text("artifact_uri"))
    if address is None:
        if given.text("artifact_uri") is None:
            raise BadInput(
                "the manifest names no artifact",
                path=given.name,
                field="artifact_uri",
                hint="--artifact FILE",
            )
        return None
    with progress_bar("hashing") as on_progress:
        facts = hash_artifact(address, on_progress)
    for path in facts.left_out:
        note(f"note: {path} is left out: MLflow writes it when it fetches a model, and it is no part of one")
    return facts


def _read_card(card: Path | None) -> bytes | None:
    try:
        return card.read_bytes() if card is not None else None
    except OSError as error:
        raise BadInput(f"cannot read the model card: {error.strerror}", path=str(card)) from None
