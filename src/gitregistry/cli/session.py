"""What verbs that write need of the outside: the clock, the key. Fetched here and passed down."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gitregistry.operations.submit import Actor, Submitted
from gitregistry.operations.workspace import Workspace
from gitregistry.signing.signers import KeyChoice, Signer, choose_key, signer_for

KeyOption = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="Sign with this key; a .pub file asks the agent."),
]
PushOption = Annotated[
    bool,
    typer.Option("--push", help="Fetch, judge on the remote's tip, and push; again if others were faster."),
]


def now() -> datetime:
    """This machine's clock, in UTC."""
    return datetime.now(UTC)


def signing_key(key: Path | None, config: dict[str, str]) -> KeyChoice:
    """``--key``, ``$REGISTRY_KEY``, Git's signing key, or ``~/.ssh/id_ed25519``."""
    return choose_key(key, os.environ, config, Path(os.environ.get("HOME", "~")).expanduser())


def signer(choice: KeyChoice) -> Signer:
    """Whoever can sign with that key; a person is asked for a passphrase only on a terminal."""
    return signer_for(choice, sys.stdin is not None and sys.stdin.isatty())


def actor(workspace: Workspace, key: Path | None) -> Actor:
    """Who acts, and when."""
    choice = signing_key(key, workspace.config)
    named = f"{choice.path} from {choice.origin}" if choice.path is not None else choice.origin
    return Actor(signer(choice), now(), named)


def tell_left(submitted: Submitted) -> None:
    """Say which checked-out files were left as the user had them."""
    from gitregistry.cli.output import note  # noqa: PLC0415 - rarely needed

    for left in submitted.left:
        note(f"note: {left.path}: {left.reason} ({left.hint})")
