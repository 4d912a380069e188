"""``registry policy``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gitregistry.cli.output import show
from gitregistry.cli.session_read import AtOption, BranchOption, JsonOption, now_text
from gitregistry.operations.case_file import cases_in_work_tree, read_cases
from gitregistry.operations.policies import (
    explained,
    named_policy,
    policy_in_file,
    policy_in_force,
    policy_in_work_tree,
    policy_to_try,
)
from gitregistry.operations.policy_check import remarks
from gitregistry.operations.reading import read_at
from gitregistry.operations.rehearsal import rehearse
from gitregistry.operations.require import require_environment
from gitregistry.operations.workspace import Workspace
from gitregistry.rules.policy_diff import differences
from gitregistry.views.explain import explain as explain_view
from gitregistry.views.explain import explain_for
from gitregistry.views.law import policy_view
from gitregistry.views.policy_check import check_view
from gitregistry.views.policy_diff import diff_view
from gitregistry.views.policy_test import outcomes_view

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Show, check, test, try, compare and explain the policy.",
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
    strict: Annotated[bool, typer.Option("--strict", help="End with 1 on warnings too.")] = False,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look a policy through before it is signed, and say what it would change against the one in force.

    Faults keep it from being put in force. Warnings are what is hardly meant: contradictions, what nobody
    could meet under the trust in force, and what never decides anything.
    """
    with Workspace(ctx.obj, branch) as workspace:
        reading = read_at(workspace, None, now_text())
        given = policy_in_file(path) if path is not None else policy_in_work_tree(reading)
        found = remarks(reading, given)
        changes = differences(reading.law.policy.record, given.policy)
        show(check_view(found, changes), as_json=as_json)
    if any(strict or remark.severity == "fault" for remark in found):
        raise typer.Exit(1)


@app.command()
def diff(
    ctx: typer.Context,
    old: Annotated[
        str | None,
        typer.Argument(metavar="[A]", help="A version number, a revision or a file; else the one in force."),
    ] = None,
    new: Annotated[
        str | None,
        typer.Argument(metavar="[B]", help="The same; else registry/policy.yaml in the work tree."),
    ] = None,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say in words what changes from one policy to another, and whether it asks for more or for less."""
    with Workspace(ctx.obj, branch) as workspace:
        reading = read_at(workspace, None, now_text())
        before = named_policy(reading, old) if old is not None else policy_in_force(reading)
        after = named_policy(reading, new) if new is not None else policy_in_work_tree(reading)
        show(diff_view(before.words, after.words, differences(before.policy, after.policy)), as_json=as_json)


@app.command()
def simulate(
    ctx: typer.Context,
    proposed: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE]",
            help="A file, a version number or a revision; else registry/policy.yaml in the work tree.",
        ),
    ] = None,
    last: Annotated[
        int | None,
        typer.Option("--last", metavar="N", min=1, help="Try the newest N promotions (else 100)."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Try every promotion there was.")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 when any would have been decided otherwise.")
    ] = False,
    branch: BranchOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which promotions of the past would have been decided otherwise under a proposed policy."""
    from gitregistry.cli.simulating import simulate_policy  # noqa: PLC0415 - the others replay nothing

    simulate_policy(
        ctx.obj,
        proposed,
        last,
        everything=everything,
        branch=branch,
        at=at,
        exit_code=exit_code,
        as_json=as_json,
    )


@app.command()
def explain(
    ctx: typer.Context,
    environment: Annotated[str, typer.Argument(metavar="ENV")],
    reference: Annotated[
        str | None,
        typer.Argument(metavar="[MODEL[:VERSION]]", help="Which of the policy's profiles holds for it."),
    ] = None,
    branch: BranchOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say in words what a promotion to an environment asks: of all models, or of one.

    For a model it says which profile decides and why; for a release also what is met by now.
    """
    with Workspace(ctx.obj, branch) as workspace:
        reading = read_at(workspace, at, now_text())
        policy = reading.law.policy.record
        require_environment(environment, policy)
        if reference is None:
            view = explain_view(policy, environment)
        else:
            found, version = explained(reading, environment, reference)
            view = explain_for(policy, found, version)
        show(view, as_json=as_json)


@app.command("test")
def try_cases(
    ctx: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="Cases; else policy-tests.yaml beside the registry folder."),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="Try this policy; else the work tree's.")
    ] = None,
    in_force: Annotated[bool, typer.Option("--in-force", help="Try the policy in force.")] = False,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try a policy on cases: given evidence and approvals, a promotion comes out as expected or not.

    Nothing of the registry is read but the policy: people, releases and records are the cases' own.
    """
    with Workspace(ctx.obj, branch) as workspace:
        tried = policy_to_try(workspace, policy, now_text(), in_force=in_force)
        given = [read_cases(file) for file in files or [cases_in_work_tree(workspace)]]
    outcomes = [outcome for cases in given for outcome in rehearse(tried.policy, cases)]
    show(outcomes_view(tried.words, outcomes), as_json=as_json)
    if any(outcome.differences for outcome in outcomes):
        raise typer.Exit(1)
