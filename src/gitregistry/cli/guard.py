"""``registry guard``."""

from __future__ import annotations

import os
import sys
import time
from typing import Annotated

import typer

from gitregistry.cli.json_output import print_json_line
from gitregistry.cli.output import note, show
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import KeyOption, PushOption, now, signer, signing_key, tell_left
from gitregistry.cli.session_read import BranchOption
from gitregistry.errors import BadInput
from gitregistry.integrations.prometheus import server_for
from gitregistry.operations.guard import Clock, Post, Round
from gitregistry.operations.guard import guard as watched
from gitregistry.operations.references import parse_model
from gitregistry.operations.workspace import Workspace
from gitregistry.records.common import Duration
from gitregistry.records.shapes import ShapeFault, converter_of
from gitregistry.registry.moments import duration_of
from gitregistry.views.guard import round_view, standing_words

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def guard(
    ctx: typer.Context,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    environment: Annotated[str, typer.Option("--in", metavar="ENV", help="The environment to watch it in.")],
    prometheus: Annotated[
        str | None,
        typer.Option("--prometheus", metavar="URL", help="The server to ask; without, evidence decides."),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once and answer, for CI.")] = False,
    every: Annotated[str, typer.Option("--every", metavar="30s", help="From one look to the next.")] = "30s",
    for_: Annotated[
        str | None,
        typer.Option("--for", metavar="1h", help="Else as long as the policy says, or until it moves on."),
    ] = None,
    key: KeyOption = None,
    branch: BranchOption = None,
    push: PushOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a round.")] = False,
) -> None:
    """Watch what ENV points at, and take it back when a condition under the policy's abort_when breaks.

    Ends with 0 when nothing did, 1 when it went back or could not, 5 when one look does not tell.
    """
    if once and for_ is not None:
        raise BadInput("--once looks once; --for says how long to watch", hint="leave one of them out")
    with Workspace(ctx.obj, branch) as workspace:
        choice = signing_key(key, workspace.config)
    post = Post(
        model=parse_model(model),
        place=environment,
        open=lambda: Workspace(ctx.obj, branch),
        remote=lambda workspace: remote_for(workspace, push),
        signer=signer(choice),
        key=f"{choice.path} from {choice.origin}" if choice.path is not None else choice.origin,
        source=server_for(prometheus, os.environ) if prometheus is not None else None,
        environment=os.environ,
        clock=Clock(now, time.sleep),
        pause=_seconds("--every", every),
        length=_seconds("--for", for_) if for_ is not None else None,
        once=once,
    )
    code = exit_code(_watch(post, as_json=as_json))
    if code:
        raise typer.Exit(code)


def _watch(post: Post, *, as_json: bool) -> Round:
    """Print each round as it comes; the last one."""
    last: Round | None = None
    try:
        for last in watched(post):
            view = round_view(last)
            if as_json:
                print_json_line(view.document)
            elif view.blocks:
                show(view, as_json=False)
                sys.stdout.flush()
            if last.submitted is not None:
                tell_left(last.submitted)
    except KeyboardInterrupt:
        if last is not None:
            note(standing_words(last))
        raise
    assert last is not None, "a guard makes a round at least"  # noqa: S101 - for the type checker
    return last


def exit_code(last: Round) -> int:
    """How a guard's last round ends the command: only what was watched to its end is a pass."""
    if last.outcome in ("ok", "passed"):
        return 0
    if last.outcome == "undecided":
        return 5
    promoted = last.there is not None and last.there.action == "promote"
    if last.outcome == "moved on" and promoted and not last.watch.breach:
        return 0 if last.seconds is None else 4
    return 1


def _seconds(option: str, text: str) -> float:
    try:
        return duration_of(converter_of(Duration)(text)).total_seconds()
    except ShapeFault as fault:
        raise BadInput(f"{option}: {fault.message}", hint=f"{option} 30s") from None
