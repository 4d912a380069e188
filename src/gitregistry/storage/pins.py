"""Pins: what a verifier starts from, kept per clone outside the repository.

A pin that lay in the repository would be whatever its last pusher wanted it to be.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from gitregistry.errors import BadInput
from gitregistry.storage.repository import Repository


def state_folder(environment: Mapping[str, str]) -> Path:
    """Where this user's tools keep state: ``$XDG_STATE_HOME``, else ``~/.local/state``."""
    base = environment.get("XDG_STATE_HOME")
    home = Path(base) if base else Path(environment.get("HOME", "~")).expanduser() / ".local" / "state"
    return home / "gitregistry"


def read_pin(repository: Repository, environment: Mapping[str, str]) -> str | None:
    """The pin kept for this clone; None when there is none."""
    path = _pin_file(repository, environment)
    try:
        kept = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise BadInput(f"the kept pin cannot be read: {error}", path=str(path), hint=f"rm '{path}'") from None
    pin = kept.get("pin") if isinstance(kept, dict) else None
    return pin if isinstance(pin, str) else None


def keep_pin(repository: Repository, environment: Mapping[str, str], pin: str) -> Path:
    """Keep a pin for this clone, and say where it lies."""
    path = _pin_file(repository, environment)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps({"registry": str(repository.common_dir), "pin": pin}) + "\n", "utf-8")
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
