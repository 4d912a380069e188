"""A Sigstore of our own: an authority, a log of certificates and one of signatures, and the root naming them.

Made with ``cryptography`` alone, so that what checks it made none of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

IDENTITY = "https://git.example.com/models/.github/workflows/sign.yml@refs/heads/main"
ISSUER = "https://tokens.example.com"
_SCT_LIST = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_ISSUER = ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
_ISSUER_IN_DER = ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
_ORIGIN = "rekor.example.com - 1"
_VALID = timedelta(minutes=10)
_BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
_NAME = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "sigstore.example.com")])
_YEAR = timedelta(days=365)

Key = ec.EllipticCurvePrivateKey


def new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def der(key: Key) -> bytes:
    """A key's public half."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_id(key: Key) -> bytes:
    return hashlib.sha256(der(key)).digest()


def sign(key: Key, data: bytes) -> bytes:
    return key.sign(data, ec.ECDSA(SHA256()))


def text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def canonical(document: Any) -> bytes:
    """RFC 8785, of what has neither floats nor odd letters."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _der_of(tag: int, content: bytes) -> bytes:
    assert len(content) < 1 << 16
    size = bytes([len(content)]) if len(content) < 128 else b"\x82" + struct.pack("!H", len(content))
    return bytes([tag]) + size + content


@dataclass(frozen=True)
class Asked:
    """What a signer asks the instance for; changed, what the instance does wrong.

    Attributes:
        signed_at: when the certificate begins to be valid.
        logged_at: when the log takes up the entry, after that.
        others: further names in the certificate.
        older_issuer, newer_issuer: which forms of the issuer the certificate holds.
        older_says: what the older form says, when it is not the issuer.
    """

    identity: x509.GeneralName = field(default_factory=lambda: x509.UniformResourceIdentifier(IDENTITY))
    issuer: str = ISSUER
    signed_at: datetime = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
    logged_at: timedelta = timedelta(minutes=1)
    usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.CODE_SIGNING
    others: tuple[x509.GeneralName, ...] = ()
    older_issuer: bool = True
    older_says: str = ""
    newer_issuer: bool = True
    with_sct: bool = True


@dataclass(frozen=True)
class Instance:
    """The keys of an instance; each key that is another one is an impostor's.

    Attributes:
        timestamps: the certificates of its timestamp authority in DER, the signer's first.
    """

    authority: Key = field(default_factory=new_key)
    certificates_log: Key = field(default_factory=new_key)
    signatures_log: Key = field(default_factory=new_key)
    timestamps: tuple[bytes, ...] = ()

    def root(self) -> str:
        """The text of ``trusted_root.json``."""
        valid = {"start": "2026-01-01T00:00:00Z"}
        chain = _chain(self._own_certificate().public_bytes(Encoding.DER))
        subject = {"organization": "sigstore.example.com", "commonName": "sigstore"}
        authority = {
            "subject": subject,
            "uri": "https://ca.example.com",
            "certChain": chain,
            "validFor": valid,
        }
        return json.dumps(
            {
                "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                "tlogs": [_log(self.signatures_log, "https://rekor.example.com")],
                "certificateAuthorities": [authority],
                "ctlogs": [_log(self.certificates_log, "https://ct.example.com")],
                "timestampAuthorities": [authority | {"certChain": _chain(*self.timestamps)}]
                if self.timestamps
                else [],
            },
            indent=2,
        )

    def bundle(self, statement: Any, asked: Asked | None = None) -> dict[str, Any]:
        """A keyless bundle over a statement, as Sigstore's clients write it."""
        asked = asked or Asked()
        key = new_key()
        certificate = self.certificate(key, asked)
        payload = json.dumps(statement).encode()
        kind = "application/vnd.in-toto+json"
        signature = sign(key, b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload))
        envelope = {"payload": text(payload), "payloadType": kind, "signatures": [{"sig": text(signature)}]}
        entry = self.entry(envelope, certificate, asked.signed_at + asked.logged_at)
        return {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "certificate": {"rawBytes": text(certificate.public_bytes(Encoding.DER))},
                "tlogEntries": [entry],
                "timestampVerificationData": {"rfc3161Timestamps": []},
            },
            "dsseEnvelope": envelope,
        }

    def certificate(self, key: Key, asked: Asked) -> x509.Certificate:
        """A certificate of ten minutes, taken up by the log of certificates."""
        builder = self._builder(key, asked)
        if asked.with_sct:
            listed = self._sct(builder.sign(self.authority, SHA256()), asked.signed_at)
            builder = builder.add_extension(x509.UnrecognizedExtension(_SCT_LIST, listed), critical=False)
        return builder.sign(self.authority, SHA256())

    def newer(self, bundle: dict[str, Any], timestamp: Callable[[bytes], bytes]) -> dict[str, Any]:
        """The same bundle from a log of version 2, which promises nothing and knows no time."""
        envelope, material = bundle["dsseEnvelope"], bundle["verificationMaterial"]
        kind, payload = envelope["payloadType"].encode(), base64.b64decode(envelope["payload"])
        covered = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
        signature = envelope["signatures"][0]["sig"]
        held = {"x509Certificate": material["certificate"], "keyDetails": "PKIX_ECDSA_P256_SHA_256"}
        digest = {"algorithm": "SHA2_256", "digest": text(hashlib.sha256(covered).digest())}
        spec = {"data": digest, "signature": {"content": signature, "verifier": held}}
        kinds = {"kind": "hashedrekord", "apiVersion": "0.0.2"}
        entry = self._proven(canonical(kinds | {"spec": {"hashedRekordV002": spec}}))
        entry |= {"logIndex": "2", "kindVersion": {"kind": "hashedrekord", "version": "0.0.2"}}
        answer = {"signedTimestamp": text(timestamp(base64.b64decode(signature)))}
        newer = {"tlogEntries": [entry], "timestampVerificationData": {"rfc3161Timestamps": [answer]}}
        return bundle | {"verificationMaterial": material | newer}

    def entry(self, envelope: Any, certificate: x509.Certificate, moment: datetime) -> dict[str, Any]:
        """The log's entry of an envelope, with a promise."""
        verifier = text(certificate.public_bytes(Encoding.PEM))
        body = canonical(
            {
                "apiVersion": "0.0.1",
                "kind": "dsse",
                "spec": {
                    "envelopeHash": _hash(canonical(envelope)),
                    "payloadHash": _hash(base64.b64decode(envelope["payload"])),
                    "signatures": [{"signature": envelope["signatures"][0]["sig"], "verifier": verifier}],
                },
            }
        )
        promised = {
            "body": text(body),
            "integratedTime": int(moment.timestamp()),
            "logID": key_id(self.signatures_log).hex(),
            "logIndex": 1002,
        }
        promise = {"signedEntryTimestamp": text(sign(self.signatures_log, canonical(promised)))}
        return self._proven(body) | {
            "logIndex": "1002",
            "kindVersion": {"kind": "dsse", "version": "0.0.1"},
            "integratedTime": str(promised["integratedTime"]),
            "inclusionPromise": promise,
        }

    def _proven(self, body: bytes) -> dict[str, Any]:
        """A body as the third entry of four, with its proof under a checkpoint."""
        path, root = _proof(body)
        return {
            "logId": {"keyId": text(key_id(self.signatures_log))},
            "inclusionProof": {
                "logIndex": "2",
                "rootHash": text(root),
                "treeSize": "4",
                "hashes": [text(node) for node in path],
                "checkpoint": {"envelope": self._checkpoint(root)},
            },
            "canonicalizedBody": text(body),
        }

    def _builder(self, key: Key, asked: Asked) -> x509.CertificateBuilder:
        begin = asked.signed_at
        builder = (
            x509.CertificateBuilder(_NAME, x509.Name([]), key.public_key(), x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + _VALID)
            .add_extension(key_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([asked.usage]), critical=False)
            .add_extension(self._identifier(), critical=False)
            .add_extension(x509.SubjectAlternativeName([asked.identity, *asked.others]), critical=True)
        )
        said = asked.issuer.encode()
        if asked.older_issuer:
            older = x509.UnrecognizedExtension(_ISSUER, asked.older_says.encode() or said)
            builder = builder.add_extension(older, critical=False)
        if asked.newer_issuer:
            newer = x509.UnrecognizedExtension(_ISSUER_IN_DER, _der_of(0x0C, said))
            builder = builder.add_extension(newer, critical=False)
        return builder

    def _own_certificate(self) -> x509.Certificate:
        public = self.authority.public_key()
        return (
            x509.CertificateBuilder(_NAME, _NAME, public, 1)
            .not_valid_before(_BEGUN)
            .not_valid_after(_BEGUN + 10 * _YEAR)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(key_usage(key_cert_sign=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self.authority, SHA256())
        )

    def _identifier(self) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(self.authority.public_key())

    def _sct(self, without: x509.Certificate, moment: datetime) -> bytes:
        """The list of one timestamp of RFC 6962 over the certificate without it, as the extension has it."""
        tbs = without.tbs_certificate_bytes
        when = int(moment.timestamp() * 1000)
        entry = key_id(self.authority) + struct.pack("!I", len(tbs))[1:] + tbs
        signature = sign(self.certificates_log, struct.pack("!BBQH", 0, 0, when, 1) + entry + b"\x00\x00")
        sct = struct.pack("!B32sQH", 0, key_id(self.certificates_log), when, 0)
        sct += struct.pack("!BBH", 4, 3, len(signature)) + signature  # SHA-256, ECDSA
        return _der_of(0x04, struct.pack("!HH", len(sct) + 2, len(sct)) + sct)

    def _checkpoint(self, root: bytes) -> str:
        note = f"{_ORIGIN}\n4\n{text(root)}\n"
        signed = key_id(self.signatures_log)[:4] + sign(self.signatures_log, note.encode())
        return f"{note}\n— rekor.example.com {text(signed)}\n"


def _chain(*certificates: bytes) -> dict[str, Any]:
    return {"certificates": [{"rawBytes": text(certificate)} for certificate in certificates]}


def _log(key: Key, address: str) -> dict[str, Any]:
    public = {
        "rawBytes": text(der(key)),
        "keyDetails": "PKIX_ECDSA_P256_SHA_256",
        "validFor": {"start": "2026-01-01T00:00:00Z"},
    }
    log_id = {"keyId": text(key_id(key))}
    return {"baseUrl": address, "hashAlgorithm": "SHA2_256", "publicKey": public, "logId": log_id}


def key_usage(**usages: bool) -> x509.KeyUsage:
    """A key usage that names these."""
    kinds = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{kind: usages.get(kind, False) for kind in kinds.split()})


def _hash(data: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(data).hexdigest()}


def _proof(body: bytes) -> tuple[list[bytes], bytes]:
    """The path of the third of four leaves, and the root above it, by RFC 6962."""
    first, second, fourth = (hashlib.sha256(b"\x00%d" % leaf).digest() for leaf in range(3))
    leaf = hashlib.sha256(b"\x00" + body).digest()
    left, right = _node(first, second), _node(leaf, fourth)
    return [fourth, left], _node(left, right)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
