"""No test sees the configuration, the keys or the identity of the machine that it runs on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def isolate(patch: pytest.MonkeyPatch, home: Path) -> None:
    """Point everything that a user's settings could come from at an empty home."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "MLFLOW_", "REGISTRY_", "SSH_", "XDG_")):
            patch.delenv(name)
    patch.setenv("HOME", str(home))
    patch.setenv("XDG_STATE_HOME", str(home / ".local" / "state"))
    patch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    patch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
    patch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    patch.setenv("GIT_TERMINAL_PROMPT", "0")
    patch.setenv("NO_COLOR", "1")
