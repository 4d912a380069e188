"""Signatures and key files put together by hand, so that every field can be wrong."""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gitregistry.signing import sshsig
from gitregistry.signing.keys import TOKEN_ED25519, PublicKey
from gitregistry.signing.sshsig import Signature
from gitregistry.signing.wire import string
from tests.signing.openssh import NAMESPACE

MESSAGE = b"kind: release\nversion: '1.10'\n"
BEGIN = b"-----BEGIN SSH SIGNATURE-----\n"
END = b"-----END SSH SIGNATURE-----\n"
SEED = bytes(range(32))
SECRET = Ed25519PrivateKey.from_private_bytes(SEED)
KEY = PublicKey("ssh-ed25519", SECRET.public_key().public_bytes_raw())
TOKEN = PublicKey(TOKEN_ED25519, KEY.raw, "ssh:")


def payload(
    *,
    magic: bytes = b"SSHSIG",
    version: int = 1,
    key: bytes | None = None,
    namespace: bytes = NAMESPACE.encode(),
    reserved: bytes = b"",
    algorithm: str = "sha512",
    inner: bytes | None = None,
) -> bytes:
    """The bytes inside the armour, rightly signed over ``MESSAGE`` for whatever the other fields say."""
    digest = hashlib.new(algorithm, MESSAGE).digest()
    head = string(namespace) + string(reserved) + string(algorithm.encode())
    if inner is None:
        inner = string(b"ssh-ed25519") + string(SECRET.sign(b"SSHSIG" + head + string(digest)))
    key = KEY.blob() if key is None else key
    return magic + version.to_bytes(4, "big") + string(key) + head + string(inner)


def armoured(blob: bytes, width: int = 70) -> bytes:
    """``blob`` in armour, with lines of ``width`` characters."""
    text = base64.b64encode(blob)
    lines = [text[start : start + width] for start in range(0, len(text), width)]
    return BEGIN + b"\n".join(lines) + b"\n" + END


def unarmoured(text: bytes) -> bytes:
    """The bytes inside the armour."""
    return base64.b64decode(text.removeprefix(BEGIN).removesuffix(END))


def token_signature(
    flags: int = 0x01, counter: int = 7, key: PublicKey = TOKEN, message: bytes = MESSAGE
) -> Signature:
    """What a FIDO token would answer, from a software key."""
    unsigned = Signature(key, NAMESPACE, bytes(64), flags, counter)
    application = hashlib.sha256(key.application.encode()).digest()
    inside = hashlib.sha256(sshsig.signed_data(message, NAMESPACE)).digest()
    raw = SECRET.sign(application + bytes([flags]) + counter.to_bytes(4, "big") + inside)
    return unsigned._replace(raw=raw)


def good_text() -> bytes:
    """One good signature over ``MESSAGE``."""
    return armoured(payload())


def key_file(
    *,
    magic: bytes = b"openssh-key-v1\0",
    cipher: bytes = b"none",
    derivation: bytes = b"none",
    count: int = 1,
    blob: bytes = KEY.blob(),
    checks: bytes = b"abcdabcd",
    secret: bytes = SEED + KEY.raw,
    padding: bytes = bytes([1, 2, 3, 4, 5]),
    section: bytes | None = None,
    trailing: bytes = b"",
) -> bytes:
    """A private key file put together by hand."""
    section = section or checks + KEY.blob() + string(secret) + string(b"") + padding
    head = magic + string(cipher) + string(derivation) + string(b"") + count.to_bytes(4, "big")
    return dressed(head + string(blob) + string(section) + trailing)


def dressed(content: bytes) -> bytes:
    """``content`` in the armour of a private key."""
    text = base64.encodebytes(content)
    return b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + text + b"-----END OPENSSH PRIVATE KEY-----\n"
