"""``registry trust``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gitregistry.cli.awaiting import answer
from gitregistry.cli.json_output import print_json
from gitregistry.cli.memory import forget_seen
from gitregistry.cli.output import note, show
from gitregistry.cli.session import KeyOption, actor
from gitregistry.cli.session_read import AtOption, BranchOption, JsonOption, now_text
from gitregistry.errors import BadInput
from gitregistry.operations.cosign import put_in_force
from gitregistry.operations.reading import read_at
from gitregistry.operations.trust_change import Newcomer, Scope, TrustChange, add, grant, next_trust, revoke
from gitregistry.operations.workspace import Workspace
from gitregistry.records import paths
from gitregistry.registry.moments import parse_moment
from gitregistry.registry.trust import BUILT_IN_ROLES
from gitregistry.storage.pins import keep_pin, read_pin
from gitregistry.storage.seen import read_seen
from gitregistry.views.blocks import Facts, Text, View
from gitregistry.views.law import allowed_signers_lines, trust_view

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="Show and change who may do what."
)

ModelsOption = Annotated[
    list[str] | None, typer.Option("--model", metavar="GLOB", help="Only for these models; may repeat.")
]
EnvironmentsOption = Annotated[
    list[str] | None, typer.Option("--environment", metavar="ENV", help="Only in these; may repeat.")
]


class Kind(StrEnum):
    """What a principal is."""

    person = "person"
    bot = "bot"
    ci = "ci"


@app.command("show")
def show_trust(
    ctx: typer.Context, branch: BranchOption = None, at: AtOption = None, as_json: JsonOption = False
) -> None:
    """Show everybody in trust with their kinds, roles and keys."""
    with Workspace(ctx.obj, branch) as workspace:
        show(trust_view(read_at(workspace, at, now_text()).law.trust), as_json=as_json)


@app.command("add")
def add_principal(
    ctx: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="ID", help="Such as bob@example.com.")],
    public_key: Annotated[Path, typer.Option("--key", metavar="FILE.pub", help="Their public key.")],
    kind: Annotated[Kind | None, typer.Option("--kind", help="Of a new one; else a person.")] = None,
    role: Annotated[list[str] | None, typer.Option("--role", help="May repeat.")] = None,
    model: ModelsOption = None,
    environment: EnvironmentsOption = None,
    valid_from: Annotated[str | None, typer.Option("--valid-from", metavar="TIME")] = None,
    valid_until: Annotated[str | None, typer.Option("--valid-until", metavar="TIME")] = None,
    sign_with: Annotated[
        Path | None, typer.Option("--sign-with", metavar="FILE", help="Your own key; else as everywhere.")
    ] = None,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a principal with a key and roles, or one more key to one who is there.

    The key that signs the change is yours: $REGISTRY_KEY and the other places, or --sign-with.
    """
    try:
        line = public_key.read_text("utf-8")
    except OSError as error:
        raise BadInput(f"cannot read the public key: {error.strerror}", path=str(public_key)) from None
    except UnicodeDecodeError:
        raise BadInput("not a public key: it is not text", path=str(public_key)) from None
    if line.startswith("-----BEGIN"):
        raise BadInput(
            "this is a private key; trust holds public ones",
            path=str(public_key),
            hint=f"--key {public_key}.pub",
        )
    newcomer = Newcomer(
        id=identity,
        key_line=line,
        kind=kind.value if kind is not None else None,
        roles=tuple(role or ()),
        valid_from=parse_moment(valid_from) if valid_from else None,
        valid_until=parse_moment(valid_until) if valid_until else None,
    )
    _change(ctx.obj, branch, sign_with, add(newcomer, _scope(model, environment)), as_json, newcomer.roles)


@app.command("grant")
def grant_roles(
    ctx: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="ID")],
    roles: Annotated[list[str], typer.Argument(metavar="ROLE…")],
    model: ModelsOption = None,
    environment: EnvironmentsOption = None,
    key: KeyOption = None,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give roles to a principal who is there."""
    _change(ctx.obj, branch, key, grant(identity, tuple(roles), _scope(model, environment)), as_json, roles)


@app.command("revoke")
def revoke_keys(
    ctx: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="ID")],
    reason: Annotated[str, typer.Option("--reason")],
    revoked: Annotated[
        str | None, typer.Option("--key", metavar="FINGERPRINT", help="Only this key; else all of theirs.")
    ] = None,
    sign_with: Annotated[
        Path | None, typer.Option("--sign-with", metavar="FILE", help="Your own key; else as everywhere.")
    ] = None,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let keys count no longer, from this step of history on. What they signed before stands."""
    _change(ctx.obj, branch, sign_with, revoke(identity, revoked, reason), as_json)


@app.command("allowed-signers")
def allowed_signers(ctx: typer.Context, branch: BranchOption = None, at: AtOption = None) -> None:
    """Print trust as the file that ssh-keygen -Y verify -f takes."""
    with Workspace(ctx.obj, branch) as workspace:
        lines = allowed_signers_lines(read_at(workspace, at, now_text()).law.trust)
    sys.stdout.write("".join(f"{line}\n" for line in lines))


@app.command("pin")
def show_pin(
    ctx: typer.Context,
    pin: Annotated[
        str | None, typer.Argument(metavar="[PIN]", help="Keep this pin for this clone, outside of it.")
    ] = None,
    forgetting: Annotated[
        bool,
        typer.Option(
            "--forget",
            help="Forget what was seen of the registry with this pin: it was rewritten on purpose.",
        ),
    ] = False,
    branch: BranchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the pin that this registry claims and the one that is kept here; or keep one."""
    if forgetting:
        forget_seen(ctx.obj, pin, as_json=as_json)
        return
    with Workspace(ctx.obj, branch) as workspace:
        claimed = read_at(workspace, None, now_text()).law.trust.registry_id
        if pin is not None:
            if pin != claimed:
                raise BadInput(
                    f"this registry's records claim the pin {claimed}, not {pin}",
                    hint="is this the right clone? registry trust pin shows what it claims",
                )
            keep_pin(workspace.repository, os.environ, pin)
        kept = read_pin(workspace.repository, os.environ)
        seen = read_seen(os.environ, kept, workspace.branch_ref or "") if kept is not None else None
    if as_json:
        print_json({"claimed": claimed, "kept": kept, "seen": seen and seen.head})
        return
    pairs = (("pin claimed by the records", claimed), ("pin kept on this machine", kept or "none"))
    blocks = [Facts((*pairs, ("head that was seen last", f"{seen.head} at {seen.time}" if seen else None)))]
    warning = [] if kept == claimed else [Text("Compare it with one you trust, then: registry trust pin PIN")]
    show(View({}, (*blocks, *warning)), as_json=False)


def _scope(models: list[str] | None, environments: list[str] | None) -> Scope:
    return Scope(tuple(models or ("*",)), tuple(environments or ("*",)))


def _warn_of_unknown_roles(workspace: Workspace, roles: Sequence[str]) -> None:
    """A role that nothing asks for opens nothing: most likely it is misspelt."""
    policy = read_at(workspace, None, now_text()).law.policy.record
    asked = {check.role for check in policy.checks.values() if check.role is not None}
    known = sorted(
        {*BUILT_IN_ROLES, *asked, *(role for check in policy.checks.values() for role in check.by)}
    )
    for role in roles:
        if role not in known:
            note(f"warning: nothing asks for the role {role}; the roles asked for are {', '.join(known)}")


def _change(
    directory: Path,
    branch: str | None,
    key: Path | None,
    change: TrustChange,
    as_json: bool,
    roles: Sequence[str] = (),
) -> None:
    with Workspace(directory, branch) as workspace:
        _warn_of_unknown_roles(workspace, roles)
        outcome = put_in_force(
            workspace,
            actor(workspace, key),
            paths.TRUST,
            lambda present: (next_trust(present, change), None),
            "trust",
        )
    answer(outcome, as_json=as_json)
