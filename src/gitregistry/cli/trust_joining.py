"""``registry trust add``, ``grant`` and ``import``: who joins, and what they may do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gitregistry.cli.awaiting import answer
from gitregistry.cli.output import note
from gitregistry.cli.session import KeyOption, PushOption
from gitregistry.cli.session_read import BranchOption, JsonOption
from gitregistry.cli.trust_changing import (
    EnvironmentsOption,
    KindOption,
    ModelsOption,
    ProposeOption,
    RolesOption,
    SignWithOption,
    ValidFromOption,
    ValidUntilOption,
    carry_out,
    moment,
    read_keys,
    scope,
    warn_unless_person,
)
from gitregistry.operations.trust_change import Newcomer, add, grant
from gitregistry.operations.workspace import Workspace


def add_principal(
    ctx: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="ID", help="Such as bob@example.com.")],
    public_key: Annotated[Path, typer.Option("--key", metavar="FILE.pub", help="Their public key.")],
    kind: KindOption = None,
    role: RolesOption = None,
    model: ModelsOption = None,
    environment: EnvironmentsOption = None,
    valid_from: ValidFromOption = None,
    valid_until: ValidUntilOption = None,
    sign_with: SignWithOption = None,
    propose: ProposeOption = False,
    push: PushOption = False,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a principal with a key and roles, or one more key to one who is there.

    The key that signs the change is yours: $REGISTRY_KEY and the other places, or --sign-with.
    """
    newcomer = Newcomer(
        id=identity,
        key_line=read_keys(public_key),
        kind=kind.value if kind is not None else None,
        roles=tuple(role or ()),
        valid_from=moment(valid_from),
        valid_until=moment(valid_until),
    )
    warn_unless_person(newcomer.kind or "person", identity, newcomer.roles)
    with Workspace(ctx.obj, branch) as workspace:
        change = add(newcomer, scope(model, environment))
        outcome = carry_out(workspace, sign_with, change, newcomer.roles, push, propose)
    answer(outcome, as_json=as_json)


def grant_roles(
    ctx: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="ID")],
    roles: Annotated[list[str], typer.Argument(metavar="ROLE…")],
    model: ModelsOption = None,
    environment: EnvironmentsOption = None,
    key: KeyOption = None,
    propose: ProposeOption = False,
    push: PushOption = False,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give roles to a principal who is there."""
    with Workspace(ctx.obj, branch) as workspace:
        change = grant(identity, tuple(roles), scope(model, environment))
        outcome = carry_out(workspace, key, change, roles, push, propose)
    answer(outcome, as_json=as_json)


def import_keys(
    ctx: typer.Context,
    keys_file: Annotated[
        Path,
        typer.Option("--github-keys", metavar="FILE", help="As at /<user>.keys of a forge; - for stdin."),
    ],
    identity: Annotated[str, typer.Option("--as", metavar="ID", help="Whose keys they are.")],
    kind: KindOption = None,
    role: RolesOption = None,
    model: ModelsOption = None,
    environment: EnvironmentsOption = None,
    sign_with: SignWithOption = None,
    propose: ProposeOption = False,
    push: PushOption = False,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a principal with the keys that a forge lists for them. Nothing is fetched: give the file.

    Only Ed25519 keys can be used; the others are named with why they are passed over. Compare the
    fingerprints with their owner: whoever runs the forge decides what it lists.
    """
    from gitregistry.operations import trust_import  # noqa: PLC0415 - no other verb of trust needs it

    keys, passed = trust_import.usable_keys(read_keys(keys_file), str(keys_file))
    for item in passed:
        note(f"line {item.line} passed over ({item.key_type}): {item.why}")
    for key in keys:
        note(f"usable: {key.fingerprint} ({key.key_type})")
    newcomer = Newcomer(identity, "", kind.value if kind is not None else None, tuple(role or ()))
    warn_unless_person(newcomer.kind or "person", identity, newcomer.roles)
    with Workspace(ctx.obj, branch) as workspace:
        change = trust_import.import_keys(newcomer, keys, scope(model, environment))
        outcome = carry_out(workspace, sign_with, change, newcomer.roles, push, propose)
    answer(outcome, as_json=as_json)
