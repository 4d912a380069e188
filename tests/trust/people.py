"""Further people and keys, beside those of ``tests/support/keys.py``, and what several do together."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from gitregistry.records import paths
from tests.support.keys import IDS, ssh_keygen
from tests.support.registry import Registry

# Short name of a key to whose it is; a digit marks a second or third key of the same person.
MORE: Final = {
    "alice3": IDS["alice"],
    "dave2": IDS["dave"],
    "bob2": IDS["bob"],
    "erin": "erin@example.com",
    "frank": "frank@example.com",
}


def make_more_keys(folder: Path) -> dict[str, Path]:
    """A fresh Ed25519 key pair for each of them."""
    made = {}
    for name, identity in MORE.items():
        made[name] = folder / name
        ssh_keygen("-q", "-t", "ed25519", "-N", "", "-C", identity, "-f", str(made[name]))
    return made


def with_keys(registry: Registry, more: Mapping[str, Path]) -> Registry:
    """The same registry, whose helpers know these keys too."""
    return replace(registry, keys={**registry.keys, **more})


def person(registry: Registry, name: str) -> tuple[str, str]:
    """``--person ID=FILE.pub`` for the owner of a key."""
    identity = {**IDS, **MORE}[name]
    return "--person", f"{identity}={registry.keys[name]}.pub"


def recover(registry: Registry, *names: str, key: str, options: tuple[str, ...] = ()) -> str:
    """Begin trust anew with these administrators, signed by one who suffices; the new pin."""
    persons = [word for name in names for word in person(registry, name)]
    registry.run("trust", "recover", "--reason", "the keys are lost", *persons, *options, key=key)
    return registry.digest(paths.TRUST)


def clone_of(registry: Registry, bare: Path, target: Path) -> Registry:
    """A clone of a bare repository that follows its main branch."""
    target.mkdir()
    folder = target / registry.folder.name
    environment = os.environ | {"GIT_CONFIG_COUNT": "0"}
    command = ["git", "clone", "--quiet", "--branch", "main", str(bare), str(folder)]
    subprocess.run(command, check=True, env=environment)
    return replace(registry, folder=folder)
