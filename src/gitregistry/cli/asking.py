"""A question to whoever sits at the terminal; nobody else is ever asked."""

from __future__ import annotations

import sys

from gitregistry.cli.output import note
from gitregistry.errors import Refused


def require_yes(question: str) -> None:
    """Ask on the terminal, where somebody is there to read and to answer.

    Raises:
        Refused: the answer was not yes.
    """
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    note(f"{question} [y/N]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Refused("nothing was signed", hint="the same command again; --yes answers beforehand")
