"""What moves of whole fleets have in common: one step, judged release by release, and one table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from gitregistry.cli.batch import show_batch_refusal
from gitregistry.cli.output import show
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import actor, tell_left
from gitregistry.errors import BadInput
from gitregistry.operations.fleet import all_in
from gitregistry.operations.proposal import Proposer
from gitregistry.operations.submit import Refusal, submit
from gitregistry.operations.workspace import Workspace
from gitregistry.views.fleet import Moved, fleet_view

ModelsOption = Annotated[
    list[str] | None, typer.Option("--model", metavar="GLOB", help="Only these models; may repeat.")
]


class How(NamedTuple):
    """How a step is made and answered: the options that every one takes."""

    key: Path | None
    branch: str | None
    push: bool
    dry_run: bool
    as_json: bool


class AllIn(NamedTuple):
    """What ``promote --all-in`` was asked."""

    source: str
    target: str
    models: list[str]
    reason: str | None
    together: bool


def promote_all_in(directory: Path, asked: AllIn, how: How) -> None:
    """Promote what is in one environment to another, as one step; ends with 1 when any is refused."""
    if asked.source == asked.target:
        raise BadInput(f"{asked.source} is already there", hint="name another environment: --to ENV")
    proposer = all_in(asked.source, asked.target, asked.models, asked.reason, together=asked.together)
    words = f"promote all in {asked.source} to {asked.target}"
    move_fleet(directory, proposer, (words, "nothing is there that is not"), how)


def move_fleet(directory: Path, proposer: Proposer, said: tuple[str, str], how: How) -> None:
    """Submit a fleet's move and print what came of it; ends with 1 when any promotion was refused.

    Args:
        said: what was asked, and what to say when there was nothing to consider.
    """
    with Workspace(directory, how.branch) as workspace:
        who = actor(workspace, how.key)
        remote = remote_for(workspace, how.push)
        try:
            done = submit(workspace, who, proposer, dry_run=how.dry_run, remote=remote)
        except Refusal as refusal:
            show_batch_refusal(refusal, as_json=how.as_json)
            raise typer.Exit(refusal.exit_code) from None
        tell_left(done)
    proposal = done.proposal
    nothing = (proposal.body if not proposal.records else "") or said[1]
    moved = Moved(said[0], proposal.considered, done.commit, done.attempts, how.dry_run, nothing)
    show(fleet_view(moved), as_json=how.as_json)
    if moved.count("refused"):
        raise typer.Exit(1)
