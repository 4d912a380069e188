"""``registry sign``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gitregistry.cli.awaiting import answer
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import KeyOption, PushOption, actor
from gitregistry.cli.session_read import BranchOption, JsonOption
from gitregistry.cli.trust_changing import ProposeOption, keep_new_pin
from gitregistry.operations.cosign import chained_path, sign_file
from gitregistry.operations.workspace import Workspace

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def sign(
    ctx: typer.Context,
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="registry/policy.yaml or registry/trust.yaml.")
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
    """Add your signature to the policy or trust in the work tree; once enough have signed, it is committed.

    Version, previous, time and author are filled in by the first to sign; comments stay as they are.
    On a branch that carries a proposal, name the registry's own: --branch main.
    """
    with Workspace(ctx.obj, branch) as workspace:
        who, remote = actor(workspace, key), remote_for(workspace, push)
        outcome = sign_file(workspace, who, chained_path(path), remote, propose, new_pin)
        keep_new_pin(workspace, outcome)
    answer(outcome, as_json=as_json)
