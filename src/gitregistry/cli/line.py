"""What ``stop`` and ``resume`` have in common."""

from __future__ import annotations

from pathlib import Path

from gitregistry.cli.recorded import recorded
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import actor, tell_left
from gitregistry.errors import BadInput
from gitregistry.operations.law import law_for_rollback
from gitregistry.operations.proposal import Proposer
from gitregistry.operations.references import parse_model
from gitregistry.operations.submit import submit
from gitregistry.operations.workspace import Workspace


def subject(model: str | None, fleet: bool, verb: str) -> str | None:
    """The model that is meant; None for the fleet, which must be said.

    Raises:
        BadInput: neither was said, or both.
    """
    if (model is None) != fleet:
        both = "both a model and" if fleet else "neither a model nor"
        raise BadInput(
            f"{verb} was given {both} --fleet",
            hint=f"registry {verb} MODEL --reason '…', or registry {verb} --fleet --reason '…'",
        )
    return parse_model(model) if model is not None else None


def set_line(
    directory: Path,
    proposer: Proposer,
    *,
    key: Path | None,
    branch: str | None,
    push: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Submit the change and print what was recorded. A spoiled policy stops nobody from stopping."""
    with Workspace(directory, branch) as workspace:
        remote = remote_for(workspace, push)
        who = actor(workspace, key)
        done = submit(workspace, who, proposer, dry_run=dry_run, remote=remote, law_there=law_for_rollback)
        tell_left(done)
    recorded(done, as_json=as_json)
