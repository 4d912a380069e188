"""``registry sign``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gitregistry.cli.awaiting import answer
from gitregistry.cli.output import show_on_error_stream
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import KeyOption, PushOption, actor
from gitregistry.cli.session_read import BranchOption, JsonOption, now_text
from gitregistry.cli.trust_changing import ProposeOption, keep_new_pin
from gitregistry.operations.cosign import chained_path, sign_file
from gitregistry.operations.model_page import pages
from gitregistry.operations.policies import policy_in_force, policy_in_work_tree
from gitregistry.operations.reading import read_at
from gitregistry.operations.workspace import Workspace
from gitregistry.records import paths
from gitregistry.rules.policy_diff import differences
from gitregistry.views.page import page_view
from gitregistry.views.policy_diff import diff_view

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def sign(
    ctx: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="registry/policy.yaml, registry/trust.yaml, or a model's page."),
    ],
    key: KeyOption = None,
    new_pin: Annotated[
        str | None,
        typer.Option("--new-pin", metavar="PIN", help="It begins trust anew with this pin, as is meant."),
    ] = None,
    propose: ProposeOption = False,
    push: PushOption = False,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add your signature to a file in the work tree; once enough have signed, it is committed.

    Version, previous, time and author are filled in by the first to sign; comments stay as they are.
    On a branch that carries a proposal, name the registry's own: --branch main.
    """
    with Workspace(ctx.obj, branch) as workspace:
        who, remote, which = actor(workspace, key), remote_for(workspace, push), chained_path(path)
        if not as_json:
            _show_changes(workspace, which)
        outcome = sign_file(workspace, who, which, remote, propose, new_pin)
        keep_new_pin(workspace, outcome)
    answer(outcome, as_json=as_json)


def _show_changes(workspace: Workspace, path: str) -> None:
    """What the signer agrees to, before they sign it; signing itself says so when no file is there."""
    top = workspace.repository.work_tree
    if top is None or path == paths.TRUST or not (top / path).is_file():
        return
    reading = read_at(workspace, None, now_text())
    if path == paths.POLICY:
        before, after = policy_in_force(reading), policy_in_work_tree(reading)
        found = differences(before.policy, after.policy)
        show_on_error_stream(diff_view(before.words, after.words, found))
    else:
        show_on_error_stream(page_view(*pages(reading, top, path)))
