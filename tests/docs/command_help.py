"""The help of every verb, as the command itself prints it."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import pytest

from gitregistry.cli.app import VERBS
from gitregistry.cli.main import main

_GROUPS = {
    "keys": ("generate", "list"),
    "trust": (
        "show",
        "add",
        "import",
        "grant",
        "revoke",
        "rotate",
        "recover",
        "allowed-signers",
        "pin",
    ),
    "artifacts": ("verify", "gc"),
    "mirror": ("mlflow",),
    "policy": ("show", "check", "diff", "simulate", "explain", "test"),
    "hook": ("pre-receive", "pre-push", "install"),
}


def content_of(name: str) -> str:
    """``help``, or ``help VERB``: what ``registry VERB --help`` prints, and that of its own verbs."""
    verb = name.removeprefix("help").strip()
    pages = [help_of(verb)] if verb else [help_of()]
    pages += [help_of(verb, sub) for sub in _GROUPS.get(verb, ())]
    return "```text\n" + "\n".join(pages) + "```\n"


def block_names() -> list[str]:
    """The parts that docs/commands.md must have."""
    return ["help", *(f"help {verb}" for verb in VERBS)]


def help_of(*verbs: str) -> str:
    """One page of help, at 100 columns whatever the terminal."""
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out):
        patch.setenv("COLUMNS", "100")
        code = main([*verbs, "--help"])
    assert code == 0, f"registry {' '.join(verbs)} --help ended with {code}"
    return "\n".join(line.rstrip() for line in out.getvalue().strip("\n").splitlines()) + "\n"
