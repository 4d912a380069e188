"""``registry policy``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gitregistry.cli.output import show
from gitregistry.cli.session_read import AtOption, BranchOption, JsonOption, now_text
from gitregistry.errors import BadInput
from gitregistry.operations.reading import read_at
from gitregistry.operations.require import require_environment
from gitregistry.operations.workspace import Workspace
from gitregistry.records import paths
from gitregistry.records.policy import Policy
from gitregistry.records.shapes import read_record
from gitregistry.rules.trust_rules import faults_in_policy
from gitregistry.views.law import explain as explain_view
from gitregistry.views.law import policy_changes, policy_view

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Show, check and explain the policy.",
)


@app.command("show")
def show_policy(
    ctx: typer.Context, branch: BranchOption = None, at: AtOption = None, as_json: JsonOption = False
) -> None:
    """Show what each transition requires."""
    with Workspace(ctx.obj, branch) as workspace:
        policy = read_at(workspace, at, now_text()).law.policy
        show(policy_view(policy.record, policy.digest), as_json=as_json)


@app.command()
def check(
    ctx: typer.Context,
    path: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Else registry/policy.yaml in the work tree.")
    ] = None,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read a policy as strictly as the judge does, and say what it would change against the one in force."""
    with Workspace(ctx.obj, branch) as workspace:
        reading = read_at(workspace, None, now_text())
        top = workspace.repository.work_tree
        file = path if path is not None else (top or ctx.obj) / paths.POLICY
        try:
            data = file.read_bytes()
        except OSError as error:
            raise BadInput(
                f"cannot read the policy: {error.strerror}", path=str(file), hint="registry policy check FILE"
            ) from None
        policy = read_record(Policy, data, str(file))
        faults = list(faults_in_policy(policy))
        show(policy_changes(reading.law, policy, faults), as_json=as_json)
    if faults:
        raise typer.Exit(1)


@app.command()
def explain(
    ctx: typer.Context,
    environment: Annotated[str, typer.Argument(metavar="ENV")],
    branch: BranchOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say in words what a promotion to an environment asks."""
    with Workspace(ctx.obj, branch) as workspace:
        reading = read_at(workspace, at, now_text())
        require_environment(environment, reading.law.policy.record)
        show(explain_view(reading.law.policy.record, environment), as_json=as_json)
