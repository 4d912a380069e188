"""``registry verify``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gitregistry.audit.verdict import Verdict
from gitregistry.audit.verify import verify as judge_history
from gitregistry.cli.memory import against_memory, keep_in_memory
from gitregistry.cli.pin_option import PinOption, checked_pin
from gitregistry.cli.progress import progress_bar
from gitregistry.cli.session_read import AtOption, BranchOption, JsonOption, now_text
from gitregistry.cli.stated_before import (
    AuthorityOption,
    CheckpointOption,
    TimestampOption,
    against_checkpoint,
)
from gitregistry.cli.verdict_output import (
    EXIT_CODES,
    Format,
    FormatOption,
    Said,
    chosen_format,
    print_verdict,
)
from gitregistry.errors import BadInput
from gitregistry.operations.workspace import Workspace
from gitregistry.storage.history import first_parent_steps, resolve_revision
from gitregistry.storage.pins import read_pin
from gitregistry.views.verdict import verdict_view

if TYPE_CHECKING:
    from gitregistry.audit.windows import Window

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def verify(
    ctx: typer.Context,
    commits: Annotated[
        str | None, typer.Argument(metavar="[RANGE]", help="A..B: report only what is between them.")
    ] = None,
    pin: PinOption = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Judge from the first step, whatever an earlier run found lawful.")
    ] = False,
    checkpoint: CheckpointOption = None,
    timestamp: TimestampOption = None,
    authorities: AuthorityOption = None,
    branch: BranchOption = None,
    at: AtOption = None,
    merge: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--merge", metavar="TARGET PROPOSAL", help="Judge what merging the one into the other would do."
        ),
    ] = None,
    quarantine: Annotated[
        str | None,
        typer.Option(
            "--quarantine", metavar="URL|PATH", help="Judge a copy fetched from there; it is deleted after."
        ),
    ] = None,
    form: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge every step of the history again, offline, under the law in force at each.

    Ends with 0 when every step was lawful, 1 with findings, 5 when it cannot be told.
    """
    asked = chosen_format(form, as_json)
    if sum(choice is not None for choice in (commits or at, merge, quarantine)) > 1 or (merge and branch):
        raise BadInput("a range, --at, --merge and --quarantine are different questions: ask one")
    if merge is not None:
        from gitregistry.cli.verify_merge import verify_merge  # noqa: PLC0415 - for pull requests alone

        raise typer.Exit(verify_merge(ctx.obj, merge, pin, asked))
    if quarantine is not None:
        from gitregistry.cli.verify_quarantine import verify_quarantine  # noqa: PLC0415 - seldom

        verdict, stated = verify_quarantine(quarantine, branch, pin), None
    else:
        memory = None if anew else os.environ
        with Workspace(ctx.obj, branch) as workspace:
            start, head = _range(workspace, commits, at)
            verdict = _verify_here(workspace, (start, head), pin, memory)
            is_tip = at is None and head == workspace.tip()
            verdict = against_memory(workspace, verdict) if is_tip else verdict
            verdict, stated = against_checkpoint(workspace, verdict, checkpoint, timestamp, authorities)
            if is_tip:
                keep_in_memory(workspace, verdict)
    _print(verdict, stated, asked)
    raise typer.Exit(EXIT_CODES[verdict.verdict])


def _verify_here(
    workspace: Workspace,
    asked: tuple[str | None, str],
    pin: str | None,
    memory: Mapping[str, str] | None,
) -> Verdict:
    start, head = asked
    kept = checked_pin(pin or read_pin(workspace.repository, os.environ))
    with progress_bar("judging") as on_progress:
        verdict = judge_history(
            workspace.objects, head, kept, now_text(), lambda steps: on_progress(steps, None), memory
        )
    if start is None:
        return verdict
    since = first_parent_steps(workspace.repository, head, after=start)
    return verdict.about(frozenset(step.commit for step in since))


def _print(verdict: Verdict, stated: dict[str, Any] | None, form: Format) -> None:
    facts = {
        "verdict": verdict.verdict,
        "pin": verdict.pin,
        "head": verdict.head,
        "steps": verdict.steps,
        "outside": verdict.outside,
        "checkpoint": stated,
        "recoveries": [recovery._asdict() for recovery in verdict.recoveries],
        "emergencies": _emergencies(verdict),
    }
    said = Said(facts, verdict.findings, verdict.mended, verdict.unknown)
    print_verdict(said, verdict_view(*said, _windows(verdict)), form)


def _windows(verdict: Verdict) -> tuple[Window, ...]:
    if verdict.reached is None or len(verdict.reached.policies) < 2:
        return ()
    from gitregistry.audit.windows import windows  # noqa: PLC0415 - for a policy that ever changed

    return windows(verdict.reached.policies, verdict.reached.made)


def _emergencies(verdict: Verdict) -> list[dict[str, Any]]:
    if not verdict.emergencies:
        return []
    from gitregistry.views.emergencies_listed import emergency_documents  # noqa: PLC0415 - most have none

    return emergency_documents(verdict.emergencies, now_text())


def _range(workspace: Workspace, commits: str | None, at: str | None) -> tuple[str | None, str]:
    if commits is None:
        return None, workspace.commit(at)
    start, dots, end = commits.partition("..")
    if not dots:
        return None, resolve_revision(workspace.repository, commits)
    head = resolve_revision(workspace.repository, end) if end else workspace.commit(at)
    return resolve_revision(workspace.repository, start), head
