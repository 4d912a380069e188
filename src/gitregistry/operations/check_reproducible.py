"""``reproducible``: another training run came to the very same bytes."""

from __future__ import annotations

from gitregistry.errors import BadInput
from gitregistry.operations.built_in import Ground, Outcome, counted
from gitregistry.operations.resolve import resolve_reference
from gitregistry.operations.subject import Subject
from gitregistry.registry.comparison import Field, compare

# Where the bytes lie says nothing of what they are.
_OF_THE_PLACE = ("artifact_uri",)


def check_reproducible(ground: Ground, subject: Subject) -> Outcome:
    """Compare the artifact with that of the release named, and list what differs between the manifests."""
    if ground.against is None:
        raise BadInput("no other release is named", hint="--against MODEL:OTHER")
    release = subject.release
    other, _, _ = resolve_reference(ground.workspace, str(ground.against), ground.present.commit)
    run = release.record.training_run
    if run is not None and run == other.record.training_run:
        return Outcome("error", (f"both come from the training run {run}: there is no second one",))
    same = other.record.artifact_digest == release.record.artifact_digest
    fields = [field for field in compare(other.record, release.record) if field.differs]
    told = [field for field in fields if field.name not in _OF_THE_PLACE]
    verdict = "is that of" if same else "is not that of"
    first = f"the artifact's digest {verdict} {ground.against} ({other.digest})"
    lines = (_words(field) for field in told)
    return Outcome("passed" if same else "failed", (first, *lines), counted(differences=len(told)))


def _words(field: Field) -> str:
    before = "nothing" if field.before is None else field.before
    after = "nothing" if field.after is None else field.after
    return f"{field.name}: {before} there, {after} here"
