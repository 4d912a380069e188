"""``registry promote --batch``."""

from __future__ import annotations

from pathlib import Path

import typer

from gitregistry.cli.output import show
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import actor, tell_left
from gitregistry.operations.batch import batch_promotion
from gitregistry.operations.batch_file import read_batch
from gitregistry.operations.proposal import Proposal
from gitregistry.operations.submit import Refusal, submit
from gitregistry.operations.workspace import Workspace
from gitregistry.records.alias import Alias
from gitregistry.views.batch import batch_promoted, batch_refused


def promote_batch(
    directory: Path,
    file: Path,
    reason: str | None,
    *,
    key: Path | None,
    branch: str | None,
    push: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Submit all promotions of a file as one step and print what came of each; a refusal ends with code 1."""
    batch = read_batch(file)
    with Workspace(directory, branch) as workspace:
        who = actor(workspace, key)
        remote = remote_for(workspace, push)
        try:
            done = submit(workspace, who, batch_promotion(batch, reason), dry_run=dry_run, remote=remote)
        except Refusal as refusal:
            show_batch_refusal(refusal, as_json=as_json)
            raise typer.Exit(refusal.exit_code) from None
        tell_left(done)
    view = batch_promoted(
        _words(done.proposal), done.commit, done.decision, _aliases(done.proposal), done.attempts
    )
    show(view, as_json=as_json)


def show_batch_refusal(refusal: Refusal, *, as_json: bool) -> None:
    """Print what each promotion of a step lacks that was refused as a whole."""
    proposal = refusal.proposal
    show(batch_refused(_words(proposal), refusal.decision, _aliases(proposal)), as_json=as_json)


def _words(proposal: Proposal) -> str:
    return proposal.subject[0].lower() + proposal.subject[1:]


def _aliases(proposal: Proposal) -> dict[str, Alias]:
    return {path: record for path, record in proposal.records.items() if isinstance(record, Alias)}
