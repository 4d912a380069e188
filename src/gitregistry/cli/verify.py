"""``registry verify``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from gitregistry.audit.verify import Verdict
from gitregistry.audit.verify import verify as judge_history
from gitregistry.cli.output import show
from gitregistry.cli.progress import progress_bar
from gitregistry.cli.session_read import AtOption, BranchOption, JsonOption, now_text
from gitregistry.errors import BadInput
from gitregistry.operations.workspace import Workspace
from gitregistry.storage.history import first_parent_steps, resolve_revision
from gitregistry.storage.pins import read_pin
from gitregistry.views.verdict import verdict_view

if TYPE_CHECKING:
    from gitregistry.audit.windows import Window

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_CODES = {"pass": 0, "fail": 1, "unknown": 5}


@app.command()
def verify(
    ctx: typer.Context,
    commits: Annotated[
        str | None, typer.Argument(metavar="[RANGE]", help="A..B: report only what is between them.")
    ] = None,
    pin: Annotated[
        str | None, typer.Option("--pin", metavar="PIN", help="Else $REGISTRY_PIN, else the one kept here.")
    ] = None,
    branch: BranchOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge every step of the history again, offline, under the law in force at each.

    Ends with 0 when every step was lawful, 1 with findings, 5 when it cannot be told.
    """
    with Workspace(ctx.obj, branch) as workspace:
        start, head = _range(workspace, commits, at)
        kept = pin or read_pin(workspace.repository, os.environ)
        _check_pin(kept)
        within = None
        if start is not None:
            since = first_parent_steps(workspace.repository, head, after=start)
            within = frozenset(step.commit for step in since)
        with progress_bar("judging") as on_progress:
            verdict = judge_history(
                workspace.objects, head, kept, now_text(), lambda steps: on_progress(steps, None), within
            )
    _print(verdict, as_json)
    raise typer.Exit(_CODES[verdict.verdict])


def _print(verdict: Verdict, as_json: bool) -> None:
    facts = {
        "verdict": verdict.verdict,
        "pin": verdict.pin,
        "head": verdict.head,
        "steps": verdict.steps,
        "outside": verdict.outside,
    }
    view = verdict_view(facts, verdict.findings, verdict.mended, verdict.unknown, _windows(verdict))
    show(view, as_json=as_json)


def _windows(verdict: Verdict) -> tuple[Window, ...]:
    if verdict.reached is None or len(verdict.reached.policies) < 2:
        return ()
    from gitregistry.audit.windows import windows  # noqa: PLC0415 - for a policy that ever changed

    return windows(verdict.reached.policies, verdict.reached.chains)


def _check_pin(pin: str | None) -> None:
    digits = (pin or "").removeprefix("sha256:")
    if pin is not None and (len(digits) != 64 or not pin.startswith("sha256:")):
        raise BadInput(f"{pin!r} is not a pin", hint="a pin looks like sha256: and 64 hex digits")


def _range(workspace: Workspace, commits: str | None, at: str | None) -> tuple[str | None, str]:
    if commits is None:
        return None, workspace.commit(at)
    start, dots, end = commits.partition("..")
    if not dots:
        return None, resolve_revision(workspace.repository, commits)
    head = resolve_revision(workspace.repository, end) if end else workspace.commit(at)
    return resolve_revision(workspace.repository, start), head
