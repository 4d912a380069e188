"""Names of models, versions, checks, environments, roles and principals: what is allowed, and why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

FaultFinder = Callable[[str], str | None]

NAME = r"[a-z0-9][a-z0-9._-]{0,99}"
VERSION = r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}"
PRINCIPAL = r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,99}"

# A file of such a name, with any extension, cannot be checked out on Windows.
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul"] + [f"{port}{digit}" for port in ("com", "lpt") for digit in range(1, 10)]
)


def fault_in_name(text: str) -> str | None:
    """Why ``text`` cannot name a model, check, environment or role; None when it can."""
    return _fault(text, NAME, "lower-case letters, digits, '.', '_' and '-'")


def fault_in_version(text: str) -> str | None:
    """Why ``text`` cannot name a version; None when it can."""
    return _fault(text, VERSION, "letters, digits, '.', '_', '+' and '-'")


def fault_in_principal(text: str) -> str | None:
    """Why ``text`` cannot name a person, bot or CI identity; None when it can."""
    return _fault(text, PRINCIPAL, "letters, digits, '.', '_', '+', '-' and '@'")


# A history names the same few models, checks and people over and over.
@lru_cache(maxsize=4096)
def _fault(text: str, pattern: str, allowed: str) -> str | None:
    if not re.fullmatch(pattern, text):
        return f"{shown(text)} is not a name: use 1 to 100 of {allowed}, starting with a letter or digit"
    if text.endswith((".", ".sig", ".yaml", ".lock")):
        return f"{shown(text)} is not a name: it may not end in '.', '.sig', '.yaml' or '.lock'"
    if text.split(".", 1)[0].lower() in _DEVICES:
        return f"{shown(text)} is not a name: it is reserved on Windows"
    return None


def shown(text: str) -> str:
    """Any text as one short, inert, quoted line: what a message may show of hostile input."""
    cut = text if len(text) <= 80 else text[:77] + "..."
    return "'" + cut.encode("ascii", "backslashreplace").decode("ascii").translate(_CONTROLS) + "'"


def plain_or_shown(path: str) -> str:
    """A path as it stands when every terminal shows it for what it is, else as ``shown`` does."""
    return path if path.isascii() and path.isprintable() else shown(path)


_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 127)}
