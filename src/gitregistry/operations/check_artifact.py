"""``artifact_signature_verified``: the bytes are those that the release names, and are signed for."""

from __future__ import annotations

from collections.abc import Iterator

from gitregistry.errors import Refused, RegistryError
from gitregistry.operations.built_in import Ground, Outcome, counted
from gitregistry.operations.check_bundles import check_bundles
from gitregistry.operations.pull import artifact_of
from gitregistry.operations.resolve import resolve_reference
from gitregistry.operations.subject import Subject
from gitregistry.rules.built_in_checks import ARTIFACT
from gitregistry.signing.model_signers import Named, named_in
from gitregistry.storage.artifacts import ArtifactFacts, hash_artifact
from gitregistry.storage.delivery import check_deliverable


def check_artifact(ground: Ground, subject: Subject) -> Outcome:
    """Ask who signed the release, hash the artifact from where it lies now, and look at bundles in it."""
    release = subject.release
    registered = artifact_of(release.record)
    try:
        # Who may publish is asked of the trust of the release's own day, as ``pull`` asks it.
        name = f"{release.record.model_name}:{release.record.version}"
        resolve_reference(ground.workspace, name, ground.present.commit)
        check_deliverable(registered)
    except RegistryError as error:
        if error.exit_code != Refused.exit_code:
            raise
        return Outcome("failed", (f"the release is not to be believed: {error}",))
    found = hash_artifact(registered.uri, known={file.path for file in registered.files})
    differences = tuple(differing(registered, found))
    counts = counted(files=max(1, len(found.files)), bytes=found.size, differences=len(differences))
    if differences:
        return Outcome("failed", (f"{found.uri} does not hold what was registered", *differences), counts)
    words = f"{found.uri} holds {found.digest}, as the release says; {release.record.created_by} signed it"
    check = ground.present.law.policy.record.checks.get(ARTIFACT)
    bundles = check_bundles(release.record, named_in(check) if check is not None else Named())
    return Outcome(bundles.result, (*bundles.lines, words), counts)


def differing(registered: ArtifactFacts, found: ArtifactFacts) -> Iterator[str]:
    """What differs between an artifact as it was registered and as it lies there, file by file."""
    if bool(registered.files) != bool(found.files):
        was, now = ("a folder" if facts.files else "a single file" for facts in (registered, found))
        yield f"it was {was} and is {now}"
    elif not registered.files:
        if (registered.digest, registered.size) != (found.digest, found.size):
            yield (
                f"altered: expected {registered.digest} of {registered.size} bytes, "
                f"found {found.digest} of {found.size}"
            )
    else:
        expected = {file.path: file for file in registered.files}
        there = {file.path: file for file in found.files}
        for path in sorted(expected.keys() | there.keys()):
            if path not in there:
                yield f"missing: {path}"
            elif path not in expected:
                yield f"extra: {path}"
            elif expected[path] != there[path]:
                yield f"altered: {path} (expected {expected[path].digest}, found {there[path].digest})"
