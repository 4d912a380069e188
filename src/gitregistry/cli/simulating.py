"""``registry policy simulate``."""

from __future__ import annotations

from pathlib import Path

import typer

from gitregistry.audit.simulate import simulate
from gitregistry.audit.trial import Proposed
from gitregistry.cli.output import show
from gitregistry.cli.progress import progress_bar
from gitregistry.cli.session_read import now_text
from gitregistry.errors import BadInput
from gitregistry.operations.policies import named_policy, policy_in_work_tree, require_applicable
from gitregistry.operations.reading import read_at
from gitregistry.operations.workspace import Workspace
from gitregistry.views.simulation import simulation_view

LAST = 100


def simulate_policy(
    directory: Path,
    name: str | None,
    last: int | None,
    *,
    everything: bool,
    branch: str | None,
    at: str | None,
    exit_code: bool,
    as_json: bool,
) -> None:
    """Try the newest promotions by a policy and print which would have been decided otherwise."""
    if everything and last is not None:
        raise BadInput("--last and --all ask for different promotions", hint="name one of them")
    with Workspace(directory, branch) as workspace:
        now = now_text()
        reading = read_at(workspace, at, now)
        given = named_policy(reading, name) if name is not None else policy_in_work_tree(reading)
        require_applicable(given)
        proposed = Proposed.of(given.policy, None if everything else last or LAST)
        with progress_bar("simulating") as on_progress:
            found = simulate(
                workspace.objects, reading.commit, proposed, now, lambda steps: on_progress(steps, None)
            )
    show(simulation_view(given.words, found), as_json=as_json)
    if exit_code and (found.refused or found.allowed):
        raise typer.Exit(1)
