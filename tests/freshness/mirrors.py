"""Remotes that are not what they were, and clones of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from gitregistry.storage.seen import seen_folder
from tests.support.registry import Registry


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=True, text=True)
    return done.stdout.strip()


def bare_copy(registry: Registry, target: Path) -> Path:
    """A bare repository that holds the registry as it is now."""
    subprocess.run(
        ["git", "clone", "--quiet", "--bare", str(registry.folder), str(target)],
        check=True,
        capture_output=True,
    )
    return target


def clone(registry: Registry, remote: Path, target: Path) -> Registry:
    """A clone of a remote, for the same people on the same machine."""
    subprocess.run(["git", "clone", "--quiet", str(remote), str(target)], check=True, capture_output=True)
    return Registry(target, registry.pin, registry.keys)


def seen_files(registry: Registry, home: Path) -> list[Path]:
    """What is kept of the registry, a file for each branch."""
    environment = {"XDG_STATE_HOME": str(home / ".local" / "state")}
    return sorted(seen_folder(environment, registry.pin).glob("*.json"))


def freshness(document: dict[str, list[dict[str, str]]]) -> list[dict[str, str]]:
    """The findings of a verdict that are about freshness."""
    return [finding for finding in document["findings"] if finding["rule"] == "freshness"]
