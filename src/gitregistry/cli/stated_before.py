"""``verify --checkpoint``: a verdict held against a statement that was made of the registry before."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gitregistry.audit.checkpoints import Given, judge_checkpoint
from gitregistry.audit.freshness import with_findings
from gitregistry.audit.verdict import Verdict
from gitregistry.cli.session_read import now_text
from gitregistry.errors import BadInput
from gitregistry.operations.workspace import Workspace
from gitregistry.records.paths import SIGNATURE
from gitregistry.records.strict_yaml import MAX_BYTES
from gitregistry.registry.moments import moment_text
from gitregistry.rules.findings import Finding

CheckpointOption = Annotated[
    Path | None,
    typer.Option("--checkpoint", metavar="FILE", help="The history must hold what this one states."),
]
TimestampOption = Annotated[
    Path | None,
    typer.Option("--timestamp", metavar="FILE.tsr", help="An authority's answer over the checkpoint's .sig."),
]
AuthorityOption = Annotated[
    Path | None,
    typer.Option("--tsa", metavar="CA.pem", help="The timestamp authorities that you believe."),
]


def against_checkpoint(
    workspace: Workspace,
    verdict: Verdict,
    file: Path | None,
    timestamp: Path | None,
    authorities: Path | None,
) -> tuple[Verdict, dict[str, Any] | None]:
    """The verdict with what comes of a checkpoint, and what the checkpoint says; None when there is none."""
    if (timestamp is None) != (authorities is None) or (timestamp is not None and file is None):
        raise BadInput(
            "a timestamp is checked over a checkpoint, by authorities that you believe",
            hint="registry verify --checkpoint FILE --timestamp FILE.tsr --tsa CA.pem",
        )
    if file is None:
        return verdict, None
    signature = file.with_name(file.name + SIGNATURE)
    signatures = _read(signature) if signature.exists() else None
    before: str | None = None
    faults: list[Finding] = []
    if timestamp is not None and authorities is not None:
        before, faults = _existed_before(timestamp, signatures or b"", authorities)
    held = judge_checkpoint(
        workspace.objects, verdict, Given(str(file), _read(file), signatures, before), now_text()
    )
    stated = held.statement
    document = {
        "file": str(file),
        "head": stated.head if stated is not None else None,
        "created_by": stated.created_by if stated is not None else None,
        "created_at": stated.created_at if stated is not None else None,
        "existed_before": before,
    }
    return with_findings(held.verdict, faults), document


def _existed_before(file: Path, message: bytes, authorities: Path) -> tuple[str | None, list[Finding]]:
    from gitregistry.signing.timestamps import TimestampFault, existed_before  # noqa: PLC0415 - rarely given

    try:
        return moment_text(existed_before(_read(file), message, _read(authorities))), []
    except TimestampFault as fault:
        hint = "ask the authority again: registry checkpoint --timestamp-query"
        return None, [Finding("checkpoint", str(file), f"the timestamp shows nothing: {fault}", hint)]


def _read(file: Path) -> bytes:
    """A file's bytes, at most one more than a record may have."""
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", path=str(file)) from None
