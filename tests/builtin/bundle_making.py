"""Bundles of OpenSSF model signing: those that model-signing 1.1.1 made, and statements signed by hand."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gitregistry.records.evidence import Evidence
from tests.builtin.conftest import ARTIFACT, BuiltIn

MADE = Path(__file__).parent / "bundles"
FILES = {"weights.bin": b"w" * 5000, "config.json": b"{}", "deep/vocab.txt": b"a\nb\n"}
DEFINED = "  artifact_signature_verified:\n    type: evidence\n"


def made(name: str) -> bytes:
    """A bundle that model-signing made."""
    return (MADE / name).read_bytes()


def text(name: str) -> str:
    """A key or certificate in PEM."""
    return made(name).decode("ascii")


def trust(builtin: BuiltIn, *pems: str) -> None:
    """A policy that names these keys."""
    listed = "".join(f"      - |\n{_indented(pem)}" for pem in pems)
    builtin.registry.change_policy(DEFINED, f"{DEFINED}    model_signing_keys:\n{listed}", "alice")


def _indented(pem: str) -> str:
    return "".join(f"        {line}\n" for line in pem.splitlines())


def found(builtin: BuiltIn, bundle: bytes, files: Mapping[str, bytes] = FILES) -> Evidence:
    """What a release of these files and this bundle comes to."""
    builtin.release("v1", {**files, "model.sig": bundle})
    return builtin.found("v1", ARTIFACT)


def pem(key: ec.EllipticCurvePrivateKey) -> str:
    """A key's public half."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def statement(files: Mapping[str, bytes]) -> dict[str, Any]:
    """What model-signing says of these files."""
    digests = {path: hashlib.sha256(data).digest() for path, data in sorted(files.items())}
    resources = [
        {"name": path, "algorithm": "sha256", "digest": digest.hex()} for path, digest in digests.items()
    ]
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": "m", "digest": {"sha256": hashlib.sha256(b"".join(digests.values())).hexdigest()}}
        ],
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {
            "serialization": {
                "method": "files",
                "hash_type": "sha256",
                "allow_symlinks": False,
                "ignore_paths": ["model.sig"],
            },
            "resources": resources,
        },
    }


def bundle_of(said: Any, key: ec.EllipticCurvePrivateKey, *certificates: bytes) -> dict[str, Any]:
    """A statement, signed."""
    payload = json.dumps(said).encode()
    kind = "application/vnd.in-toto+json"
    covered = b"DSSEv1 28 application/vnd.in-toto+json %d %s" % (len(payload), payload)
    material: dict[str, Any] = {"publicKey": {"hint": "any"}}
    if certificates:
        chain = [{"rawBytes": base64.b64encode(one).decode()} for one in certificates]
        material = {"x509CertificateChain": {"certificates": chain}}
    return {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {**material, "tlogEntries": []},
        "dsseEnvelope": {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": kind,
            "signatures": [{"sig": base64.b64encode(key.sign(covered, ec.ECDSA(SHA256()))).decode()}],
        },
    }


def encoded(document: dict[str, Any]) -> bytes:
    """A bundle's own bytes."""
    return json.dumps(document).encode()
