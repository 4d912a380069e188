"""The people and machines of every story, with real keys made by ssh-keygen."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

# Who is who. Only the first four are in the trust of the registries that `templates.py` builds.
IDS: Final = {
    "alice": "alice@example.com",  # administrator, publisher, promoter, operator: the engineer
    "bob": "bob@example.com",  # model-owner
    "carol": "carol@example.com",  # risk-owner
    "ci": "ci",  # attester, of the kind ci
    "dave": "dave@example.com",  # a second administrator, where a test adds him
    "deploy-bot": "deploy-bot",  # a bot, where a test adds it
    "mallory": "mallory@example.com",  # a stranger
    "alice2": "alice@example.com",  # alice's second key, where a test adds it
}


def make_keys(folder: Path) -> dict[str, Path]:
    """A fresh Ed25519 key pair for everybody; the private keys' files by short name."""
    keys = {}
    for name, identity in IDS.items():
        path = folder / name
        ssh_keygen("-q", "-t", "ed25519", "-N", "", "-C", identity, "-f", str(path))
        keys[name] = path
    return keys


def public_line(key: Path) -> str:
    """``ssh-ed25519 AAAA…`` without the comment, as trust records hold it."""
    return " ".join(key.with_name(key.name + ".pub").read_text("utf-8").split()[:2])


def sign(key: Path, message: bytes, namespace: str, *options: str) -> bytes:
    """What ``ssh-keygen -Y sign`` writes."""
    return ssh_keygen("-q", "-Y", "sign", "-n", namespace, "-f", str(key), *options, message=message)


def ssh_keygen(*arguments: str, message: bytes = b"") -> bytes:
    done = subprocess.run(["ssh-keygen", *arguments], input=message, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
