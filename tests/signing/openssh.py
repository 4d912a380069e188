"""OpenSSH's own tools, as the oracle and as the other party."""

from __future__ import annotations

import subprocess
from pathlib import Path

from gitregistry.signing.keys import PublicKey

NAMESPACE = "gitregistry.release.v1"


def make_key(path: Path, key_type: str = "ed25519", passphrase: str = "", *options: str) -> Path:
    """A key pair made by ssh-keygen, with a comment of two words."""
    run("-q", "-t", key_type, "-N", passphrase, "-C", "two words", "-f", str(path), *options)
    return path


def sign(key: Path, message: bytes, namespace: str = NAMESPACE, *options: str) -> bytes:
    """What ``ssh-keygen -Y sign`` writes."""
    return run("-q", "-Y", "sign", "-n", namespace, "-f", str(key), *options, message=message)


def accepts(
    folder: Path, key: PublicKey, signature: bytes, message: bytes, namespace: str = NAMESPACE
) -> bool:
    """Whether ``ssh-keygen -Y verify`` takes the signature as made by ``key``."""
    allowed = folder / "allowed-signers"
    allowed.write_text(f"me@example.com {key.openssh}\n")
    (folder / "signature").write_bytes(signature)
    command = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", "me@example.com", "-n", namespace]
    done = subprocess.run(
        [*command, "-s", str(folder / "signature")], input=message, capture_output=True, check=False
    )
    return done.returncode == 0


def run(*arguments: str, message: bytes = b"") -> bytes:
    """Run ssh-keygen; what it prints on standard output."""
    return subprocess.run(["ssh-keygen", *arguments], input=message, capture_output=True, check=True).stdout
