"""SSHSIG, the signature format of ``ssh-keygen -Y`` (OpenSSH's PROTOCOL.sshsig), read, written and verified.

Exactly what ``ssh-keygen`` writes is accepted, since looser readers are where forgeries live: its armour to
the byte, version 1, sha512, Ed25519 keys. Whether the signer is anybody is not asked here.
"""

from __future__ import annotations

import binascii
import hashlib
from functools import lru_cache
from typing import Literal, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gitregistry.errors import BadInput
from gitregistry.signing import wire
from gitregistry.signing.keys import ED25519, TOKEN_ED25519, PublicKey, from_blob, is_small_order

MAXIMUM_BYTES = 64 * 1024
MAXIMUM_SIGNATURES = 32

_BEGIN = b"-----BEGIN SSH SIGNATURE-----\n"
_END = b"-----END SSH SIGNATURE-----\n"
_LINE = 70  # base64 characters a line, as ssh-keygen wraps them
_MAGIC = b"SSHSIG"
_HASH = b"sha512"
_DIGEST_BYTES = 64
_RAW_BYTES = 64
_LONGEST_KNOWN = 256  # what is remembered takes little memory, whoever wrote it
_TOUCHED = 0x01  # the user-present flag of FIDO's authenticator data


class SignatureFault(Exception):
    """A signature that does not hold; ``code`` is the finding's code."""

    def __init__(self, code: Literal["signature", "namespace", "signature-format"], message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Signature(NamedTuple):
    """One signature as read: ``raw`` is Ed25519's 64 bytes; ``flags`` and ``counter`` are a token's."""

    public_key: PublicKey
    namespace: str
    raw: bytes
    flags: int = 0
    counter: int = 0


def read_signatures(text: bytes) -> tuple[Signature, ...]:
    """Read a ``.sig`` file: one or more armoured signatures, with nothing before, between or after.

    Raises:
        SignatureFault: ``signature-format``, for anything that ``ssh-keygen`` would not have written.
    """
    if len(text) > MAXIMUM_BYTES:
        raise _malformed(f"it is longer than {MAXIMUM_BYTES} bytes")
    *blocks, after = text.split(_END)
    if after or not blocks:
        raise _malformed("it does not end with the line END SSH SIGNATURE")
    if len(blocks) > MAXIMUM_SIGNATURES:
        raise _malformed(f"it holds more than {MAXIMUM_SIGNATURES} signatures")
    return tuple(_read_block(block) for block in blocks)


class Check(NamedTuple):
    """What is asked of Ed25519 itself: whether this key made these 64 bytes over exactly this data."""

    key: bytes
    raw: bytes
    data: bytes


def verify(signature: Signature, message: bytes, namespace: str) -> None:
    """Check that the holder of the signature's key signed exactly ``message`` for ``namespace``.

    Raises:
        SignatureFault: as ``check_of``; ``signature`` when it is not over these bytes.
    """
    require(check_of(signature, message, namespace))


def check_of(signature: Signature, message: bytes, namespace: str) -> Check:
    """What is left to ask once the signature says that it is one for ``namespace``.

    Raises:
        SignatureFault: ``namespace`` when it was made for another kind of record; ``signature-format`` when a
            token signed with nobody touching it.
    """
    if signature.namespace != namespace:
        raise SignatureFault(
            "namespace", f"the signature was made for {signature.namespace!r}, not for {namespace!r}"
        )
    data = signed_data(message, namespace)
    if signature.public_key.key_type == TOKEN_ED25519:
        data = token_data(signature, data)
    return Check(signature.public_key.raw, signature.raw, data)


def require(check: Check) -> None:
    """Raise SignatureFault (``signature``) unless the key made the signature, or when anybody could have."""
    try:
        _verifier(check.key).verify(check.raw, check.data)
    except InvalidSignature:
        raise SignatureFault("signature", "the signature is not over these bytes") from None


def signed_data(message: bytes, namespace: str) -> bytes:
    """What the key itself signs for ``message``: PROTOCOL.sshsig's blob around its sha512."""
    return _before_digest(namespace) + hashlib.sha512(message).digest()


@lru_cache(maxsize=64)
def _before_digest(namespace: str) -> bytes:
    """All that comes before the 64 bytes of the digest, which are the last field."""
    fields = map(wire.string, (namespace.encode("ascii"), b"", _HASH))
    return _MAGIC + b"".join(fields) + _DIGEST_BYTES.to_bytes(4, "big")


def token_data(signature: Signature, data: bytes) -> bytes:
    """What a FIDO token signs for ``data`` (OpenSSH's PROTOCOL.u2f).

    Raises:
        SignatureFault: ``signature-format`` when the token's flags do not say that it was touched.
    """
    # ssh-keygen -Y verify passes these: malware beside a plugged-in token could make them all day.
    if not signature.flags & _TOUCHED:
        raise SignatureFault("signature-format", "the token signed without being touched")
    application = hashlib.sha256(signature.public_key.application.encode()).digest()
    presence = signature.flags.to_bytes(1, "big") + signature.counter.to_bytes(4, "big")
    return application + presence + hashlib.sha256(data).digest()


def armour(signature: Signature) -> bytes:
    """The signature as ``ssh-keygen -Y sign`` writes it, ending in a newline."""
    key = signature.public_key
    inner = wire.string(key.key_type.encode()) + wire.string(signature.raw)
    if key.key_type == TOKEN_ED25519:
        inner += signature.flags.to_bytes(1, "big") + signature.counter.to_bytes(4, "big")
    fields = (key.blob(), signature.namespace.encode("ascii"), b"", _HASH, inner)
    blob = _MAGIC + (1).to_bytes(4, "big") + b"".join(map(wire.string, fields))
    return _BEGIN + _wrapped(blob) + _END


def _read_block(block: bytes) -> Signature:
    """One armoured signature without its last line."""
    body = block.removeprefix(_BEGIN)
    if len(body) == len(block):
        raise _malformed("it does not begin with the line BEGIN SSH SIGNATURE")
    try:
        blob = binascii.a2b_base64(body)
    except binascii.Error:
        raise _malformed("its armour is not base64") from None
    # Written again and compared: only ssh-keygen's own wrapping and padding get through, no stray bytes.
    if _wrapped(blob) != body:
        raise _malformed("its armour is not written as ssh-keygen writes it")
    try:
        return _read_known(blob) or _read_blob(wire.Reader(blob))
    except wire.Malformed as fault:
        raise _malformed(str(fault)) from None


def _read_known(blob: bytes) -> Signature | None:
    """What ``_read_blob`` would read, when all but the 64 bytes of the signature itself was read before.

    Whoever signs thousands of records writes the same bytes before each signature.
    """
    before = blob[:-_RAW_BYTES]
    known = _read_before(before) if len(before) <= _LONGEST_KNOWN else None
    return Signature(*known, blob[-_RAW_BYTES:]) if known is not None else None


@lru_cache(maxsize=1024)
def _read_before(before: bytes) -> tuple[PublicKey, str] | None:
    """The key and the namespace of a blob that begins so and ends in 64 bytes of signature; None for others.

    Every length stands in ``before``. So where the last field is one of 64 bytes, what these hold changes
    nothing of how the rest is read. A token's signature has its flags and counter at the end: none of these.
    """
    try:
        read = _read_blob(wire.Reader(before + bytes(_RAW_BYTES)))
    except (wire.Malformed, SignatureFault):  # the reader of the whole says why
        return None
    return (read.public_key, read.namespace) if read.public_key.key_type == ED25519 else None


def _read_blob(reader: wire.Reader) -> Signature:
    if reader.take(len(_MAGIC)) != _MAGIC or reader.integer() != 1:
        raise _malformed("it is not SSHSIG version 1")
    try:
        key = from_blob(reader.string())
    except BadInput as fault:
        raise _malformed(fault.message) from None
    namespace = reader.string().decode("ascii", "replace")
    if not namespace or not namespace.isascii() or not namespace.isprintable():
        raise _malformed("its namespace is empty or not printable ASCII")
    if reader.string():
        raise _malformed("its reserved field is not empty")
    if reader.string() != _HASH:
        raise _malformed("its hash is not sha512")
    inner = wire.Reader(reader.string())
    reader.end()
    return _read_inner(inner, key, namespace)


def _read_inner(reader: wire.Reader, key: PublicKey, namespace: str) -> Signature:
    """The key's own signature: its type again, 64 bytes, and for a token its flags and counter."""
    if reader.string() != key.key_type.encode():
        raise _malformed("its algorithm is not that of its key")
    raw = reader.string()
    if len(raw) != _RAW_BYTES:
        raise _malformed(f"an Ed25519 signature has {_RAW_BYTES} bytes, this one {len(raw)}")
    flags = counter = 0
    if key.key_type == TOKEN_ED25519:
        flags, counter = reader.take(1)[0], reader.integer()
    reader.end()
    return Signature(key, namespace, raw, flags, counter)


@lru_cache(maxsize=1024)
def _verifier(raw: bytes) -> Ed25519PublicKey:
    # Trust refuses such keys when they enter; whoever verifies without trust must not be fooled either.
    if is_small_order(raw):
        raise SignatureFault("signature", "the key has small order: anyone can forge signatures under it")
    return Ed25519PublicKey.from_public_bytes(raw)


def _wrapped(blob: bytes) -> bytes:
    encoded = binascii.b2a_base64(blob, newline=False)
    lines = [encoded[start : start + _LINE] for start in range(0, len(encoded), _LINE)]
    return b"\n".join(lines) + b"\n"


def _malformed(reason: str) -> SignatureFault:
    return SignatureFault("signature-format", f"not a signature as ssh-keygen writes them: {reason}")
