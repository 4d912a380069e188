"""Private key files in OpenSSH's form: what key they hold, and its seed where it lies there unencrypted.

Read here and not by cryptography's ``serialization``: importing that costs 1.7 times the start
of a bare interpreter, which every promotion would pay, and it cannot say whose an encrypted key is.
The format is OpenSSH's PROTOCOL.key.
"""

from __future__ import annotations

import binascii
import os
import shlex
import stat
from dataclasses import dataclass, field
from pathlib import Path

from gitregistry.errors import BadInput
from gitregistry.signing import wire
from gitregistry.signing.keys import ED25519, PublicKey, from_blob

BEGIN = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_END = b"-----END OPENSSH PRIVATE KEY-----"
_MAGIC = b"openssh-key-v1\0"
_BLOCK = 8  # bytes an unencrypted private section is padded to
_MAXIMUM_BYTES = 64 * 1024
_GENERATE = "registry keys generate"


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key file. ``seed`` is Ed25519's 32 bytes; None when only ssh-keygen can sign with the file.

    ``encrypted`` says that a passphrase protects it; a token's key file has no seed to read either.
    """

    public_key: PublicKey
    encrypted: bool
    seed: bytes | None = field(repr=False)


def read_key_bytes(path: Path) -> bytes:
    """The bytes of a key file, public or private.

    Raises:
        BadInput: it is missing, unreadable, not a file or far too long; or others may read a private one.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise BadInput("not a file", path=str(path), hint="give the key's file")
            content = file.read(_MAXIMUM_BYTES + 1)
    except FileNotFoundError:
        raise BadInput("there is no such key file", path=str(path), hint=_GENERATE) from None
    except OSError as fault:
        raise BadInput(f"the key file cannot be read: {fault.strerror}", path=str(path)) from None
    if len(content) > _MAXIMUM_BYTES:
        raise BadInput("not a key: the file is too long for one", path=str(path), hint=_GENERATE)
    # The same test as ssh-keygen's own, so that a file good for one is good for the other.
    if content.startswith(BEGIN) and status.st_uid == os.getuid() and status.st_mode & 0o077:
        raise BadInput(
            "other users may read this private key",
            path=str(path),
            hint=f"chmod 600 {shlex.quote(str(path))}",
        )
    return content


def load_private_key(path: Path) -> PrivateKey:
    """Read the private key file at ``path``.

    Raises:
        BadInput: as ``read_key_bytes`` and ``parse_private_key``; its ``path`` is this one.
    """
    try:
        return parse_private_key(read_key_bytes(path))
    except BadInput as fault:
        raise BadInput(fault.message, hint=fault.hint, path=str(path)) from None


def parse_private_key(content: bytes) -> PrivateKey:
    """Read the content of a private key file.

    Raises:
        BadInput: a public key, a key of another kind or in another form, or a damaged file.
    """
    words = content.split()
    if content[:4] in {b"ssh-", b"sk-s", b"ecds", b"sk-e"}:
        raise BadInput("this is a public key, where the private one is needed", hint="give it without .pub")
    if not content.startswith(BEGIN):
        raise _foreign(content)
    begin, end = BEGIN.split(), _END.split()
    if words[: len(begin)] != begin or words[-len(end) :] != end:
        raise _damaged("its last line is missing")
    try:
        blob = binascii.a2b_base64(b"".join(words[len(begin) : -len(end)]), strict_mode=True)
        return _read_file(wire.Reader(blob))
    except binascii.Error:
        raise _damaged("it is not base64") from None
    except wire.Malformed as fault:
        raise _damaged(str(fault)) from None


def _read_file(reader: wire.Reader) -> PrivateKey:
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise _damaged("it is not openssh-key-v1")
    cipher, derivation, options = reader.string(), reader.string(), reader.string()
    if reader.integer() != 1:
        raise _damaged("it must hold one key")
    public_key = from_blob(reader.string())
    section = reader.string()
    if cipher != b"none":
        return PrivateKey(public_key, encrypted=True, seed=None)
    if derivation != b"none" or options:
        raise _damaged("it names a key derivation but no cipher")
    reader.end()
    if public_key.key_type != ED25519:
        return PrivateKey(public_key, encrypted=False, seed=None)
    return PrivateKey(public_key, encrypted=False, seed=_read_seed(section, public_key))


def _read_seed(section: bytes, public_key: PublicKey) -> bytes:
    """The unencrypted private section: a number twice, the key again with its secret, a comment, padding."""
    reader = wire.Reader(section)
    if reader.take(4) != reader.take(4):
        raise _damaged("its check numbers differ")
    key_type, raw, secret = reader.string(), reader.string(), reader.string()
    reader.string()  # the comment
    padding = reader.rest()
    if key_type != ED25519.encode() or raw != public_key.raw or secret[32:] != raw or len(secret) != 64:
        raise _damaged("its private half is not that of its public half")
    if len(section) % _BLOCK or padding != bytes(range(1, len(padding) + 1)) or len(padding) >= _BLOCK:
        raise _damaged("its padding is wrong")
    return secret[:32]


def _foreign(content: bytes) -> BadInput:
    for family in ("RSA", "DSA", "EC"):
        if content.startswith(f"-----BEGIN {family} PRIVATE KEY-----".encode()):
            return BadInput(f"{family} keys are not accepted, only Ed25519", hint=_GENERATE)
    return BadInput("not a private key in OpenSSH's form", hint=_GENERATE)


def _damaged(reason: str) -> BadInput:
    return BadInput(f"the private key file is damaged: {reason}", hint=_GENERATE)
