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
from gitregistry.signing.signers import Signer, choose_key, signer_for

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


def signer(key: Path | None, config: dict[str, str]) -> Signer:
    """Whoever signs: ``--key``, ``$REGISTRY_KEY``, Git's signing key, or ``~/.ssh/id_ed25519``."""
    home = Path(os.environ.get("HOME", "~")).expanduser()
    terminal = sys.stdin is not None and sys.stdin.isatty()
    return signer_for(choose_key(key, os.environ, config, home), terminal)


def actor(workspace: Workspace, key: Path | None) -> Actor:
    """Who acts, and when."""
    return Actor(signer(key, workspace.config), now())


def tell_left(submitted: Submitted) -> None:
    """Say which checked-out files were left as the user had them."""
    from gitregistry.cli.output import note  # noqa: PLC0415 - rarely needed

    for left in submitted.left:
        note(f"note: {left.path}: {left.reason} ({left.hint})")
