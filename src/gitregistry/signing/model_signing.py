"""OpenSSF model signing: the bundle that lies in a model's folder, and whether a named key signed it.

A bundle is JSON: an in-toto statement that lists files with their digests, in a DSSE envelope, with one
signature. Read are version 1.0 of the statement and the methods that need no other party: an elliptic curve
key, or a certificate. What follows is the OMS specification of the OpenSSF and DSSE 1.0.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from gitregistry.errors import BadInput
from gitregistry.records.names import shown
from gitregistry.records.strict_json import read_json
from gitregistry.records.strict_yaml import Value

MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle"
_VERSION: Final = f"{MEDIA_TYPE}.v0.3+json"
_PAYLOAD: Final = "application/vnd.in-toto+json"
_STATEMENT: Final = "https://in-toto.io/Statement/v1"
_PREDICATE: Final = "https://model_signing/signature/v1.0"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_AGAIN: Final = "sign the model again with model-signing 1.0 or newer, and register it as a new version"


class Bundle(NamedTuple):
    """A signature and what it is over.

    Attributes:
        payload: the statement's exact bytes.
        signed: the bytes that the signature covers: those and their type.
        signature: ECDSA, in DER.
        certificates: in DER, the signer's first; empty when a bare key signed.
    """

    payload: bytes
    signed: bytes
    signature: bytes
    certificates: tuple[bytes, ...]


class Statement(NamedTuple):
    """What was signed: path to ``sha256:<hex>``, and the paths that the signer left out on purpose."""

    files: Mapping[str, str]
    ignored: tuple[str, ...]


def is_bundle(data: bytes, name: str) -> bool:
    """Whether a file is a bundle of Sigstore's, of whatever version; other signatures are none."""
    try:
        document = read_json(data, name)
    except BadInput:
        return False
    return isinstance(document, dict) and str(document.get("mediaType", "")).startswith(MEDIA_TYPE)


def read_bundle(data: bytes, name: str) -> Bundle:
    """Read a bundle; nothing in it is believed yet.

    Raises:
        BadInput: it is none, or made in a way that cannot be checked here.
    """
    document = _map(read_json(data, name), name, "the bundle")
    if document.get("mediaType") != _VERSION:
        raise BadInput(f"is not of the type {_VERSION}", path=name, field="mediaType", hint=_AGAIN)
    envelope = _map(document.get("dsseEnvelope"), name, "dsseEnvelope")
    if envelope.get("payloadType") != _PAYLOAD:
        raise BadInput(f"is not of the type {_PAYLOAD}", path=name, field="payloadType", hint=_AGAIN)
    payload = _bytes(envelope.get("payload"), name, "payload")
    signatures = envelope.get("signatures")
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise BadInput("does not hold exactly one signature", path=name, field="signatures", hint=_AGAIN)
    signature = _bytes(_map(signatures[0], name, "signatures").get("sig"), name, "sig")
    material = _map(document.get("verificationMaterial"), name, "verificationMaterial")
    return Bundle(payload, _covered(payload), signature, _certificates(material, name))


def read_statement(payload: bytes, name: str) -> Statement:
    """What a payload lists; to be called when its signature was checked.

    Raises:
        BadInput: it is not version 1.0, contradicts itself, or lists something else than SHA-256 of files.
    """
    document = _map(read_json(payload, name), name, "the statement")
    if (document.get("_type"), document.get("predicateType")) != (_STATEMENT, _PREDICATE):
        raise BadInput("is not version 1.0 of a model's signature", path=name, hint=_AGAIN)
    predicate = _map(document.get("predicate"), name, "predicate")
    form = _map(predicate.get("serialization"), name, "serialization")
    method, digest = str(form.get("method")), str(form.get("hash_type"))
    if (method, digest) != ("files", "sha256"):
        raise BadInput(
            f"lists {shown(digest)} of {shown(method)}, not sha256 of files",
            path=name,
            field="serialization",
            hint="sign it with the serialization that is the default: sha256 of whole files",
        )
    files = _files(predicate.get("resources"), name)
    root = hashlib.sha256(b"".join(bytes.fromhex(digest[7:]) for digest in files.values())).hexdigest()
    if _root(document.get("subject"), name) != root:
        raise BadInput("its root digest is not that of its files", path=name, field="subject", hint=_AGAIN)
    ignored = form.get("ignore_paths", [])
    if not isinstance(ignored, list):
        raise BadInput("is no list", path=name, field="ignore_paths", hint=_AGAIN)
    return Statement(files, tuple(str(path) for path in ignored))


def _covered(payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    return b"DSSEv1 %d %s %d %s" % (len(_PAYLOAD), _PAYLOAD.encode("ascii"), len(payload), payload)


def _certificates(material: Mapping[str, Value], name: str) -> tuple[bytes, ...]:
    if "certificate" in material or material.get("tlogEntries"):
        raise BadInput(
            "was signed by a certificate and a log of Sigstore's, which are not checked here",
            path=name,
            hint="give the check a `run` in the policy: [model_signing, verify, sigstore, …]",
        )
    chain = material.get("x509CertificateChain")
    if chain is None:
        _map(material.get("publicKey"), name, "publicKey")
        return ()
    listed = _map(chain, name, "x509CertificateChain").get("certificates")
    if not isinstance(listed, list) or not 0 < len(listed) <= 10:
        raise BadInput("does not hold one to ten certificates", path=name, field="certificates", hint=_AGAIN)
    return tuple(_bytes(_map(one, name, "certificates").get("rawBytes"), name, "rawBytes") for one in listed)


def _files(resources: Value | None, name: str) -> dict[str, str]:
    if not isinstance(resources, list) or not resources:
        raise BadInput("lists no files", path=name, field="resources", hint=_AGAIN)
    files: dict[str, str] = {}
    for resource in resources:
        item = _map(resource, name, "resources")
        path, digest = str(item.get("name", "")), str(item.get("digest", ""))
        if item.get("algorithm") != "sha256" or not _SHA256.fullmatch(digest):
            raise BadInput(f"{shown(path)} has no SHA-256", path=name, field="resources", hint=_AGAIN)
        if path in files:
            raise BadInput(f"{shown(path)} is listed twice", path=name, field="resources", hint=_AGAIN)
        files[path] = f"sha256:{digest}"
    return files


def _root(subject: Value | None, name: str) -> Value | None:
    if not isinstance(subject, list) or len(subject) != 1:
        raise BadInput("does not have exactly one subject", path=name, field="subject", hint=_AGAIN)
    return _map(_map(subject[0], name, "subject").get("digest"), name, "digest").get("sha256")


def _map(value: Value | None, name: str, field: str) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise BadInput("is missing, or no map", path=name, field=field, hint=_AGAIN)
    return value


def _bytes(value: Value | None, name: str, field: str) -> bytes:
    try:
        if isinstance(value, str) and value:
            return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        pass
    raise BadInput("is missing, or not base64", path=name, field=field, hint=_AGAIN)
