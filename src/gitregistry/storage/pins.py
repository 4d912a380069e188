"""Pins: what a verifier starts from, kept per clone outside the repository.

A pin that lay in the repository would be whatever its last pusher wanted it to be.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from gitregistry.errors import BadInput
from gitregistry.storage.repository import Repository


def state_folder(environment: Mapping[str, str]) -> Path:
    """Where this user's tools keep state: ``$XDG_STATE_HOME``, else ``~/.local/state``."""
    base = environment.get("XDG_STATE_HOME")
    home = Path(base) if base else Path(environment.get("HOME", "~")).expanduser() / ".local" / "state"
    return home / "gitregistry"


def require_pin(text: str) -> str:
    """The text, if it is a pin.

    Raises:
        BadInput: it is none.
    """
    if not re.fullmatch("sha256:[0-9a-f]{64}", text):
        raise BadInput(f"{text!r} is not a pin", hint="a pin looks like sha256: and 64 hex digits")
    return text


class Kept(NamedTuple):
    """What is known of a registry from before: its pin, and the digest of the last trust found lawful."""

    pin: str
    trust: str


def read_kept(repository: Repository, environment: Mapping[str, str]) -> Kept | None:
    """What is kept for this clone; None when nothing is.

    ``$REGISTRY_PIN`` goes before a pin that is kept.
    """
    given = environment.get("REGISTRY_PIN")
    path = _pin_file(repository, environment)
    try:
        kept = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        kept = {}
    except (OSError, ValueError) as error:
        raise BadInput(f"the kept pin cannot be read: {error}", path=str(path), hint=f"rm '{path}'") from None
    pin, trust = (kept.get("pin"), kept.get("trust")) if isinstance(kept, dict) else (None, None)
    if given and given != pin:
        return Kept(given, given)
    return Kept(pin, trust if isinstance(trust, str) else pin) if isinstance(pin, str) else None


def read_pin(repository: Repository, environment: Mapping[str, str]) -> str | None:
    """The pin known for this clone; None when there is none."""
    kept = read_kept(repository, environment)
    return kept.pin if kept is not None else None


def keep_pin(
    repository: Repository, environment: Mapping[str, str], pin: str, trust: str | None = None
) -> Path:
    """Keep a pin for this clone, with the last trust found lawful under it, and say where it lies."""
    path = _pin_file(repository, environment)
    kept = {"registry": str(repository.common_dir), "pin": pin, "trust": trust or pin}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(kept) + "\n", "utf-8")
        temporary.replace(path)
    except OSError as error:
        raise BadInput(
            f"the pin cannot be kept: {error.strerror}",
            path=str(path),
            hint=f"pass it each time: --pin {pin}",
        ) from None
    return path


def _pin_file(repository: Repository, environment: Mapping[str, str]) -> Path:
    name = sha256(os.fsencode(repository.common_dir.resolve())).hexdigest()[:32]
    return state_folder(environment) / "pins" / f"{name}.json"
