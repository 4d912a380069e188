"""``registry checkpoint``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from gitregistry.audit.marks import marks_of
from gitregistry.audit.verdict import Reached, Verdict
from gitregistry.audit.verify import verify
from gitregistry.cli.memory import against_memory, keep_in_memory
from gitregistry.cli.output import note, show
from gitregistry.cli.progress import progress_bar
from gitregistry.cli.session import KeyOption, actor
from gitregistry.cli.session_read import BranchOption, JsonOption, now_text
from gitregistry.errors import BadInput, CannotTell, Refused
from gitregistry.operations.checkpoint import Passed, Stated, state_head
from gitregistry.operations.workspace import Workspace
from gitregistry.records.paths import SIGNATURE
from gitregistry.storage.ancestry import is_published
from gitregistry.storage.open_folder import write_file
from gitregistry.storage.pins import read_pin, require_pin
from gitregistry.views.checkpoint import checkpoint_view

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def checkpoint(
    ctx: typer.Context,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Else registry-checkpoint-HEAD.yaml, here."),
    ] = None,
    pin: Annotated[
        str | None, typer.Option("--pin", metavar="PIN", help="Else $REGISTRY_PIN, else the one kept here.")
    ] = None,
    query: Annotated[
        bool, typer.Option("--timestamp-query", help="Also write FILE.tsq, for a timestamp authority.")
    ] = False,
    key: KeyOption = None,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Verify the branch, then sign a statement of its head: FILE and FILE.sig, to keep elsewhere.

    For a witness or an administrator. `registry verify --checkpoint FILE` holds a clone against it.
    """
    if output is not None and output.name in ("", "-"):
        raise BadInput("a checkpoint is two files: name the first", field="--output", hint="-o head.yaml")
    with Workspace(ctx.obj, branch) as workspace:
        passed = _passed(workspace, pin)
        stated = state_head(workspace, actor(workspace, key), passed)
        if not is_published(workspace.repository, passed.branch, passed.head):
            note("note: others cannot have this head yet, and fail against the checkpoint until it is pushed")
    file = output or Path(f"registry-checkpoint-{passed.head[:12]}.yaml")
    written = _write(file, stated, query=query)
    show(checkpoint_view(stated.record, [str(path) for path in written]), as_json=as_json)


def _passed(workspace: Workspace, pin: str | None) -> Passed:
    """The branch's tip, once its history has passed.

    Raises:
        Refused: it did not.
        CannotTell: it cannot be told, for want of a pin or of history.
    """
    branch, head = workspace.ref, workspace.commit()
    kept = pin or read_pin(workspace.repository, os.environ)
    with progress_bar("judging") as on_progress:
        verdict = verify(
            workspace.objects,
            head,
            require_pin(kept) if kept else None,
            now_text(),
            lambda steps: on_progress(steps, None),
        )
    verdict = against_memory(workspace, verdict)
    reached = _require_pass(verdict)
    keep_in_memory(workspace, verdict)
    return Passed(branch, head, verdict.steps, marks_of(reached))


def _require_pass(verdict: Verdict) -> Reached:
    if verdict.findings:
        first = verdict.findings[0]
        raise Refused(
            f"nothing is stated of a history that did not pass: [{first.rule}] {first.message}",
            path=first.path,
            hint="registry verify lists every finding and what mends it",
        )
    if verdict.verdict != "pass" or verdict.reached is None:
        raise CannotTell(f"nothing is stated of a history that cannot be told lawful: {verdict.unknown}")
    return verdict.reached


def _write(file: Path, stated: Stated, *, query: bool) -> list[Path]:
    """Write the checkpoint's files; their paths."""
    signature = file.with_name(file.name + SIGNATURE)
    contents = {file: stated.data, signature: stated.signature}
    if query:
        from gitregistry.signing.timestamps import timestamp_query  # noqa: PLC0415 - optional

        contents[file.with_name(file.name + ".tsq")] = timestamp_query(stated.signature)
    for path, data in contents.items():
        write_file(path.parent, path.name, data)
    return list(contents)
