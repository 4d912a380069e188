"""What ``promote`` and ``rollback`` have in common: one step, and either answer to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import typer

from gitregistry.cli.output import show
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import actor, tell_left
from gitregistry.operations.law import require_law
from gitregistry.operations.proposal import Proposer
from gitregistry.operations.submit import Refusal, submit
from gitregistry.operations.workspace import Workspace
from gitregistry.records.alias import Alias
from gitregistry.registry.snapshot import Snapshot
from gitregistry.rules.step import Law
from gitregistry.views.promotion import promoted, refused


def move(
    directory: Path,
    proposer: Proposer,
    words: str,
    *,
    key: Path | None,
    branch: str | None,
    push: bool,
    dry_run: bool,
    as_json: bool,
    done_word: str = "promoted",
    law_there: Callable[[Snapshot], Law] = require_law,
) -> None:
    """Submit an alias's move and print what came of it; a refusal ends with code 1."""
    with Workspace(directory, branch) as workspace:
        who = actor(workspace, key)
        remote = remote_for(workspace, push)
        try:
            done = submit(workspace, who, proposer, dry_run=dry_run, remote=remote, law_there=law_there)
        except Refusal as refusal:
            show(refused(words, refusal.decision), as_json=as_json)
            raise typer.Exit(refusal.exit_code) from None
        tell_left(done)
    (alias,) = (record for record in done.proposal.records.values() if isinstance(record, Alias))
    show(promoted(words, done.commit, done.decision, alias, done_word, done.attempts), as_json=as_json)
