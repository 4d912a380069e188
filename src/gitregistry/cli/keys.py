"""``registry keys``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from gitregistry.cli.output import show
from gitregistry.cli.session_read import JsonOption
from gitregistry.errors import BadInput
from gitregistry.signing.key_generation import generate_key_file
from gitregistry.signing.keys import parse_public_key
from gitregistry.views.blocks import Facts, Row, Table, View

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Make signing keys, or list usable ones.",
)


@app.command()
def generate(
    ctx: typer.Context,
    path: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; else ~/.ssh/id_ed25519.")
    ] = None,
    comment: Annotated[str, typer.Option("--comment", help="Whose key it is, such as an address.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Make an Ed25519 key in OpenSSH's format, the public half beside it. Nothing is ever overwritten."""
    target = ctx.obj / path if path is not None else _home() / ".ssh" / "id_ed25519"
    key = generate_key_file(target, comment)
    document = {"path": str(target), "public_key": key.openssh, "fingerprint": key.fingerprint}
    facts = Facts((("key", str(target)), ("public key", f"{target}.pub"), ("fingerprint", key.fingerprint)))
    show(View(document, (facts,)), as_json=as_json)


@app.command("list")
def list_keys(as_json: JsonOption = False) -> None:
    """List the keys that can sign records: those in ~/.ssh and the one in $REGISTRY_KEY."""
    found = []
    for path in _candidates():
        try:
            key = parse_public_key(path.read_text("utf-8"))
        except (BadInput, OSError, ValueError):  # a key of another kind is simply not usable here
            continue
        found.append({"path": str(path), "fingerprint": key.fingerprint, "public_key": key.openssh})
    rows = tuple(Row((item["path"], item["fingerprint"])) for item in found)
    table = Table(("public key", "fingerprint"), rows, empty="no usable key: registry keys generate")
    show(View({"keys": found}, (table,)), as_json=as_json)


def _candidates() -> list[Path]:
    chosen = os.environ.get("REGISTRY_KEY")
    named = [Path(chosen if chosen.endswith(".pub") else f"{chosen}.pub")] if chosen else []
    return named + sorted((_home() / ".ssh").glob("*.pub"))


def _home() -> Path:
    return Path(os.environ.get("HOME", "~")).expanduser()
