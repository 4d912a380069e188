"""``registry trust revoke`` and ``rotate``: keys that count no longer, and what rests on them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gitregistry.cli.awaiting import answer
from gitregistry.cli.output import show
from gitregistry.cli.session import PushOption
from gitregistry.cli.session_read import BranchOption, JsonOption, now_text
from gitregistry.cli.trust_changing import (
    ProposeOption,
    SignWithOption,
    ValidFromOption,
    ValidUntilOption,
    carry_out,
    moment,
    read_keys,
)
from gitregistry.errors import BadInput
from gitregistry.operations.reading import read_at
from gitregistry.operations.trust_change import Newcomer, revoke, rotate
from gitregistry.operations.trust_consequences import resting_on_keys
from gitregistry.operations.workspace import Workspace
from gitregistry.views.blocks import View
from gitregistry.views.consequences import resting_blocks, resting_documents

DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Only say what rests on the keys; needs no key, writes nothing.")
]


def revoke_keys(
    ctx: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="ID")],
    reason: Annotated[str | None, typer.Option("--reason", help="Why; only --dry-run does without.")] = None,
    revoked: Annotated[
        str | None, typer.Option("--key", metavar="FINGERPRINT", help="Only this key; else all of theirs.")
    ] = None,
    dry_run: DryRunOption = False,
    sign_with: SignWithOption = None,
    propose: ProposeOption = False,
    push: PushOption = False,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let keys count no longer, from this step of history on. What they signed before stands.

    Says which live aliases rest on what they signed, and the commands that make it anew.
    """
    with Workspace(ctx.obj, branch) as workspace:
        resting = resting_on_keys(read_at(workspace, None, now_text()), identity, revoked)
        if dry_run:
            view = View({"resting": resting_documents(resting)}, tuple(resting_blocks(resting)))
            show(view, as_json=as_json)
            return
        if reason is None:
            raise BadInput(
                "a revocation says why",
                field="--reason",
                hint=f"registry trust revoke {identity} --reason '…'",
            )
        outcome = carry_out(
            workspace, sign_with, revoke(identity, revoked, reason), push=push, propose=propose
        )
    answer(outcome, as_json=as_json, resting=resting)


def rotate_keys(
    ctx: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="ID")],
    public_key: Annotated[Path, typer.Option("--key", metavar="NEW.pub", help="Their next public key.")],
    reason: Annotated[str, typer.Option("--reason")],
    valid_from: ValidFromOption = None,
    valid_until: ValidUntilOption = None,
    sign_with: SignWithOption = None,
    propose: ProposeOption = False,
    push: PushOption = False,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give somebody a new key and revoke all their others, in one step.

    It takes as many administrators as any change of trust. Whoever rotates their own key and is needed for
    that number signs twice: with the old key here, then `registry sign registry/trust.yaml --key NEW`.
    """
    newcomer = Newcomer(
        identity, read_keys(public_key), valid_from=moment(valid_from), valid_until=moment(valid_until)
    )
    with Workspace(ctx.obj, branch) as workspace:
        resting = resting_on_keys(read_at(workspace, None, now_text()), identity, None)
        outcome = carry_out(workspace, sign_with, rotate(newcomer, reason), push=push, propose=propose)
    answer(outcome, as_json=as_json, resting=resting)
