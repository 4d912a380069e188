"""``registry init``."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

from gitregistry.cli.output import note, show
from gitregistry.cli.session import KeyOption, now, signer, signing_key
from gitregistry.cli.session_read import JsonOption
from gitregistry.operations.initialise import Initialised, initialise
from gitregistry.operations.submit import Actor
from gitregistry.storage.creation import config_to_come
from gitregistry.storage.pins import keep_pin
from gitregistry.storage.repository import find_repository
from gitregistry.views.blocks import Facts, Text, View

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def init(
    ctx: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make the registry in.")],
    name: Annotated[str, typer.Option("--name", help="What the registry is called.")],
    identity: Annotated[
        str | None,
        typer.Option(
            "--id", metavar="ID", help="Who you are in trust; else Git's user.email, else the key's comment."
        ),
    ] = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a registry in DIR: trust with you as its first person, a policy, a first commit.

    The pin it prints is what a verifier starts from. It is kept on this machine; keep it elsewhere too.
    """
    target = ctx.obj / directory
    config = config_to_come(target)
    principal = identity or config.get("user.email") or _comment(key) or getpass.getuser()
    made = initialise(target, name, principal, Actor(signer(signing_key(key, config)), now()))
    kept = keep_pin(find_repository(target), os.environ, made.pin)
    show(_view(made, kept), as_json=as_json)
    note("note: four eyes are off until somebody is added: registry trust add ID --key FILE.pub --role ROLE")


def _comment(key: Path | None) -> str | None:
    """The comment of the public key beside the signing key, which often is an address."""
    chosen = key or (Path(os.environ["REGISTRY_KEY"]) if os.environ.get("REGISTRY_KEY") else None)
    if chosen is None:
        return None
    public = chosen if chosen.suffix == ".pub" else chosen.with_name(chosen.name + ".pub")
    words = public.read_text("utf-8").split() if public.is_file() else []
    return words[2] if len(words) > 2 else None


def _view(made: Initialised, kept: Path) -> View:
    document = {
        "directory": str(made.directory),
        "commit": made.commit,
        "pin": made.pin,
        "principal": made.principal,
        "branch": made.branch,
    }
    facts = Facts(
        (
            ("registry", str(made.directory)),
            ("branch", made.branch),
            ("commit", made.commit),
            ("first person", made.principal),
            ("pin", made.pin),
            ("kept in", str(kept)),
        )
    )
    return View(document, (facts, Text("Keep the pin outside this repository, where auditors find it.")))
