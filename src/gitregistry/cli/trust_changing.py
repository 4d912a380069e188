"""What every change of trust on the command line has in common: its options, and how it is carried out."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gitregistry.cli.output import note
from gitregistry.cli.remote import remote_for
from gitregistry.cli.session import actor
from gitregistry.cli.session_read import now_text
from gitregistry.errors import BadInput
from gitregistry.operations.cosign import Awaiting, put_in_force
from gitregistry.operations.reading import read_at
from gitregistry.operations.submit import Submitted
from gitregistry.operations.trust_change import Scope, TrustChange, next_trust
from gitregistry.operations.workspace import Workspace
from gitregistry.records import paths
from gitregistry.records.digests import digest_of
from gitregistry.registry.moments import parse_moment
from gitregistry.registry.trust import ADMINISTRATOR, BUILT_IN_ROLES
from gitregistry.rules.recovery import RECOVERY
from gitregistry.storage.pins import keep_pin

ModelsOption = Annotated[
    list[str] | None, typer.Option("--model", metavar="GLOB", help="Only for these models; may repeat.")
]
EnvironmentsOption = Annotated[
    list[str] | None, typer.Option("--environment", metavar="ENV", help="Only in these; may repeat.")
]
RolesOption = Annotated[list[str] | None, typer.Option("--role", help="May repeat.")]
SignWithOption = Annotated[
    Path | None, typer.Option("--sign-with", metavar="FILE", help="Your own key; else as everywhere.")
]
ValidFromOption = Annotated[str | None, typer.Option("--valid-from", metavar="TIME")]
ValidUntilOption = Annotated[str | None, typer.Option("--valid-until", metavar="TIME")]
ProposeOption = Annotated[
    bool, typer.Option("--propose", help="Only sign, and leave it in the work tree for others to sign.")
]
_LONGEST_KEY_FILE = 1 << 20


class Kind(StrEnum):
    """What a principal is."""

    person = "person"
    bot = "bot"
    ci = "ci"


KindOption = Annotated[Kind | None, typer.Option("--kind", help="Of a new one; else a person.")]


def scope(models: list[str] | None, environments: list[str] | None) -> Scope:
    """Where a role holds, from repeated options; everywhere without any."""
    return Scope(tuple(models or ("*",)), tuple(environments or ("*",)))


def moment(text: str | None) -> str | None:
    """A time option as records write it."""
    return parse_moment(text) if text else None


def read_keys(path: Path) -> str:
    """The text of a file of public keys; ``-`` is standard input.

    Raises:
        BadInput: it cannot be read, is not text, or is a private key.
    """
    try:
        data = sys.stdin.buffer.read(_LONGEST_KEY_FILE) if str(path) == "-" else path.read_bytes()
        text = data[:_LONGEST_KEY_FILE].decode("utf-8")
    except OSError as error:
        raise BadInput(f"cannot read the public key: {error.strerror}", path=str(path)) from None
    except UnicodeDecodeError:
        raise BadInput("not a public key: it is not text", path=str(path)) from None
    if text.startswith("-----BEGIN"):
        raise BadInput(
            "this is a private key; trust holds public ones", path=str(path), hint=f"--key {path}.pub"
        )
    return text


def carry_out(
    workspace: Workspace,
    key: Path | None,
    change: TrustChange,
    roles: Sequence[str] = (),
    push: bool = False,
    propose: bool = False,
) -> Submitted | Awaiting:
    """Make the next trust by a change, sign it, and put it in force or leave it for others."""
    _warn_of_unknown_roles(workspace, roles)
    return put_in_force(
        workspace,
        actor(workspace, key),
        paths.TRUST,
        lambda present: (next_trust(present, change), None),
        remote_for(workspace, push),
        propose,
    )


def keep_new_pin(workspace: Workspace, outcome: Submitted | Awaiting) -> None:
    """After trust was begun anew here, go on under the new pin; and say what others must do."""
    if isinstance(outcome, Awaiting) or RECOVERY not in outcome.proposal.knowingly:
        return
    pin = digest_of(outcome.files[paths.TRUST])
    keep_pin(workspace.repository, os.environ, pin)
    note(f"the new pin is {pin}; it is kept here")
    note("give it to everybody by other means than this repository: registry trust pin " + pin)
    if os.environ.get("REGISTRY_PIN", pin) != pin:
        note("$REGISTRY_PIN still says the old one, and goes before the one that is kept")


def warn_unless_person(kind: str, identity: str, roles: Sequence[str]) -> None:
    """A bot or CI identity may be named an administrator; it never counts as one."""
    if kind != "person" and ADMINISTRATOR in roles:
        note(f"warning: {identity} is a {kind}; only persons count as administrators")


def _warn_of_unknown_roles(workspace: Workspace, roles: Sequence[str]) -> None:
    """A role that nothing asks for opens nothing: most likely it is misspelt."""
    if not roles:
        return
    policy = read_at(workspace, None, now_text()).law.policy.record
    asked = {check.role for check in policy.checks.values() if check.role is not None}
    if policy.emergency is not None:
        asked |= {*policy.emergency.authorised_by, *policy.emergency.review_by}
    known = sorted(
        {*BUILT_IN_ROLES, *asked, *(role for check in policy.checks.values() for role in check.by)}
    )
    for role in roles:
        if role not in known:
            note(f"warning: nothing asks for the role {role}; the roles asked for are {', '.join(known)}")
