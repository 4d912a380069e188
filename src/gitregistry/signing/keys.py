"""Public keys: read from OpenSSH's one-line and wire forms, named by fingerprint, judged for strength.

Only Ed25519 is accepted, in software (``ssh-ed25519``) or on a FIDO token (``sk-ssh-ed25519@openssh.com``).
"""

from __future__ import annotations

import binascii
import hashlib
from typing import NamedTuple

from gitregistry.errors import BadInput
from gitregistry.signing import wire

ED25519 = "ssh-ed25519"
TOKEN_ED25519 = "sk-ssh-ed25519@openssh.com"  # noqa: S105 - the name of a key type
KEY_TYPES = (ED25519, TOKEN_ED25519)

_GENERATE = "registry keys generate"
_MAXIMUM_LINE = 8192
_MAXIMUM_APPLICATION = 255

_PRIME = 2**255 - 19
# The y of every point whose order divides 8: the neutral element, the one of order 2, the two of order 4, the
# four of order 8; the sign bit only chooses among them. A test derives them from the curve.
_EIGHTH = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset({1, _PRIME - 1, 0, _EIGHTH, _PRIME - _EIGHTH})


class PublicKey(NamedTuple):
    """An Ed25519 public key: 32 bytes, and for a token's key the application it was made for (``ssh:…``)."""

    key_type: str
    raw: bytes
    application: str = ""

    def blob(self) -> bytes:
        """The key in SSH wire encoding: what fingerprints and signatures carry."""
        blob = wire.string(self.key_type.encode()) + wire.string(self.raw)
        return blob + wire.string(self.application.encode()) if self.key_type == TOKEN_ED25519 else blob

    @property
    def openssh(self) -> str:
        """``ssh-ed25519 AAAA…``: the line of a ``.pub`` file, without its comment."""
        return f"{self.key_type} {_base64(self.blob())}"

    @property
    def fingerprint(self) -> str:
        """``SHA256:…`` as ``ssh-keygen -l`` prints it."""
        return "SHA256:" + _base64(hashlib.sha256(self.blob()).digest()).rstrip("=")


def parse_public_key(text: str) -> PublicKey:
    """Read one line of a ``.pub`` file: type, base64, and a comment that is ignored.

    Raises:
        BadInput: another kind of key, a certificate, options before the key, or bytes that do not fit.
    """
    line = text.removesuffix("\n").removesuffix("\r")
    if len(line) > _MAXIMUM_LINE or "\n" in line or "\r" in line:
        raise _not_a_key("it must be one line, as in a .pub file")
    key_type, _, remainder = line.partition(" ")
    _require_ed25519(key_type)
    encoded = remainder.partition(" ")[0]
    try:
        blob = binascii.a2b_base64(encoded, strict_mode=True)
    except ValueError:  # binascii.Error, or characters that are not ASCII
        raise _not_a_key("its second word is not base64") from None
    if _base64(blob) != encoded:
        raise _not_a_key("its base64 is not written the one way ssh-keygen writes it")
    key = from_blob(blob)
    if key.key_type != key_type:
        raise _not_a_key(f"the line says {key_type}, the key inside says {key.key_type}")
    return key


def from_blob(blob: bytes) -> PublicKey:
    """Read a key in SSH wire encoding.

    Raises:
        BadInput: as ``parse_public_key``.
    """
    reader = wire.Reader(blob)
    try:
        key_type = reader.string().decode("ascii", "replace")
        _require_ed25519(key_type)
        raw = reader.string()
        application = reader.string() if key_type == TOKEN_ED25519 else b""
        reader.end()
    except wire.Malformed as fault:
        raise _not_a_key(str(fault)) from None
    if len(raw) != 32:
        raise _not_a_key(f"an Ed25519 key has 32 bytes, this one {len(raw)}")
    return PublicKey(key_type, raw, _application(application) if key_type == TOKEN_ED25519 else "")


def is_small_order(raw: bytes) -> bool:
    """Whether these 32 bytes are a point of small order, or spell a point in a way RFC 8032 does not allow.

    Under such a key one forged signature can hold for every message.
    """
    height = int.from_bytes(raw, "little") & (2**255 - 1)
    return height >= _PRIME or height in _SMALL_ORDER


def require_strong(key: PublicKey) -> None:
    """Refuse a key that must never enter trust.

    Raises:
        BadInput: the key has small order or is not canonically encoded.
    """
    if is_small_order(key.raw):
        raise BadInput(
            "this key has small order: anyone can forge signatures under it",
            hint=_GENERATE,
            field=key.fingerprint,
        )


def _application(data: bytes) -> str:
    """A token's application. Only ``ssh:…`` is OpenSSH's; for a web origin, pages could ask for touches."""
    text = data.decode("ascii", "replace")
    printable = text.isascii() and text.isprintable()
    if len(text) > _MAXIMUM_APPLICATION or not text.startswith("ssh:") or not printable:
        raise _not_a_key("a token's application must begin with ssh: and be printable ASCII")
    return text


def _require_ed25519(key_type: str) -> None:
    if key_type in KEY_TYPES:
        return
    if "-cert-v0" in key_type:
        raise BadInput("certificates are not accepted, only plain keys", hint="give the key's own .pub file")
    for family, name in (("ssh-rsa", "RSA"), ("ssh-dss", "DSA"), ("ecdsa-", "ECDSA"), ("sk-ecdsa-", "ECDSA")):
        if key_type.startswith(family):
            raise BadInput(f"{name} keys are not accepted, only Ed25519", hint=_GENERATE)
    raise _not_a_key("it must begin with ssh-ed25519 or sk-ssh-ed25519@openssh.com, with no options before")


def _not_a_key(reason: str) -> BadInput:
    return BadInput(f"not an Ed25519 public key in OpenSSH's form: {reason}", hint=_GENERATE)


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")
