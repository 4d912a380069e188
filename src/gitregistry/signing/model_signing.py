"""OpenSSF model signing: the bundle that lies in a model's folder, and what of it a signature covers.

A bundle is JSON: an in-toto statement that lists files with their digests, in a DSSE envelope, with one
signature. It was made with an elliptic curve key, with a certificate, or *keyless*: with a key that Sigstore
certified for some minutes. What follows is the OMS specification of the OpenSSF and DSSE 1.0.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final, NamedTuple

from gitregistry.errors import BadInput
from gitregistry.records.strict_json import read_json
from gitregistry.records.strict_yaml import Value

MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle"
PAYLOAD: Final = "application/vnd.in-toto+json"
_VERSION: Final = f"{MEDIA_TYPE}.v0.3+json"
# A bundle holds some dozens, since its statement is one text. A value of one byte takes a hundred of memory
# once it is read, and that is before anybody is known to have signed it.
_MOST_VALUES: Final = 10_000
AGAIN: Final = "sign the model again with model-signing 1.0 or newer, and register it as a new version"


class Bundle(NamedTuple):
    """A signature and what it is over.

    Attributes:
        document: the bundle's own bytes.
        payload: the statement's exact bytes.
        signed: the bytes that the signature covers: those and their type.
        signature: ECDSA, in DER.
        certificates: in DER, the signer's first; empty when a bare key signed, or without a key of one's own.
        keyless: Sigstore's authority and log are to say who signed.
    """

    document: bytes
    payload: bytes
    signed: bytes
    signature: bytes
    certificates: tuple[bytes, ...]
    keyless: bool


class Signer(NamedTuple):
    """Who signed a bundle, in words, and what shows it besides, line by line."""

    words: str
    shown_by: tuple[str, ...] = ()


class NotTheirs(Exception):
    """None of those who are named signed it; says why."""


def is_bundle(data: bytes, name: str) -> bool:
    """Whether a file is a bundle of Sigstore's, of whatever version; other signatures are none."""
    try:
        document = _document(data, name)
    except BadInput:
        return False
    return isinstance(document, dict) and str(document.get("mediaType", "")).startswith(MEDIA_TYPE)


def read_bundle(data: bytes, name: str) -> Bundle:
    """Read a bundle; nothing in it is believed yet.

    Raises:
        BadInput: it is none, or made in a way that cannot be checked here.
    """
    document = map_of(_document(data, name), name, "the bundle")
    material = map_of(document.get("verificationMaterial"), name, "verificationMaterial")
    keyless = "certificate" in material or bool(material.get("tlogEntries"))
    # Which versions may be keyless, and with what in them, is known to Sigstore's own package.
    if document.get("mediaType") != _VERSION and not keyless:
        raise BadInput(f"is not of the type {_VERSION}", path=name, field="mediaType", hint=AGAIN)
    envelope = map_of(document.get("dsseEnvelope"), name, "dsseEnvelope")
    if envelope.get("payloadType") != PAYLOAD:
        raise BadInput(f"is not of the type {PAYLOAD}", path=name, field="payloadType", hint=AGAIN)
    payload = _bytes(envelope.get("payload"), name, "payload")
    signatures = envelope.get("signatures")
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise BadInput("does not hold exactly one signature", path=name, field="signatures", hint=AGAIN)
    signature = _bytes(map_of(signatures[0], name, "signatures").get("sig"), name, "sig")
    certificates = () if keyless else _certificates(material, name)
    return Bundle(data, payload, _covered(payload), signature, certificates, keyless)


def _document(data: bytes, name: str) -> Value:
    """What is written there, of no more values than it could be a bundle with."""
    if sum(data.count(mark) for mark in (b",", b"[", b"{")) > _MOST_VALUES:
        raise BadInput(
            f"holds more than {_MOST_VALUES:,} values, which no bundle does", path=name, hint=AGAIN
        )
    return read_json(data, name)


def _covered(payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD), PAYLOAD.encode("ascii"), len(payload), payload)


def _certificates(material: Mapping[str, Value], name: str) -> tuple[bytes, ...]:
    chain = material.get("x509CertificateChain")
    if chain is None:
        map_of(material.get("publicKey"), name, "publicKey")
        return ()
    listed = map_of(chain, name, "x509CertificateChain").get("certificates")
    if not isinstance(listed, list) or not 0 < len(listed) <= 10:
        raise BadInput("does not hold one to ten certificates", path=name, field="certificates", hint=AGAIN)
    return tuple(
        _bytes(map_of(one, name, "certificates").get("rawBytes"), name, "rawBytes") for one in listed
    )


def map_of(value: Value | None, name: str, field: str) -> dict[str, Value]:
    """The map that stands in a field of a bundle; BadInput when none does."""
    if not isinstance(value, dict):
        raise BadInput("is missing, or no map", path=name, field=field, hint=AGAIN)
    return value


def _bytes(value: Value | None, name: str, field: str) -> bytes:
    text = value if isinstance(value, str) else ""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:  # letters that are not ASCII too
        data = b""
    if not data:
        raise BadInput("is missing, or not base64", path=name, field=field, hint=AGAIN)
    return data
