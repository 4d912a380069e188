"""A new Ed25519 key in two files, as ``ssh-keygen -t ed25519`` makes them.

A module of its own, because the library's key serialization is slow to import and nothing else needs it.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gitregistry.errors import BadInput
from gitregistry.signing.keys import ED25519, PublicKey


def generate_key_file(path: Path, comment: str = "") -> PublicKey:
    """Make a key: private at ``path`` (mode 0600), public at ``path`` + ``.pub``; nothing is overwritten.

    The private file has no passphrase; ``ssh-keygen -p -f PATH`` gives it one. A missing folder is made
    for its owner alone.

    Raises:
        BadInput: one of the files is there already or cannot be written, or ``comment`` is not one line.
    """
    if not all(character.isprintable() for character in comment):
        raise BadInput("a key's comment must be one line of printable text", field="comment")
    public_path = path.with_name(path.name + ".pub")
    secret = Ed25519PrivateKey.generate()
    key = PublicKey(ED25519, secret.public_key().public_bytes_raw())
    private_text = secret.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public_text = f"{key.openssh} {comment}".rstrip() + "\n"
    _make_folder(path.parent)
    _create(public_path, public_text.encode(), 0o644)
    try:
        _create(path, private_text, 0o600)
    except BadInput:
        public_path.unlink()  # ours, made a moment ago: a public key with no private one helps nobody
        raise
    return key


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise BadInput(f"the folder cannot be made: {fault.strerror}", path=str(folder)) from None


def _create(path: Path, content: bytes, mode: int) -> None:
    """Write a new file, on disk before this returns; the mode holds from its first byte on."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    except FileExistsError:
        raise BadInput(
            "there is a file here already, and keys are never overwritten",
            path=str(path),
            hint="registry keys generate FILE, with another name",
        ) from None
    except OSError as fault:
        raise BadInput(f"the key cannot be written: {fault.strerror}", path=str(path)) from None
