"""Certificates in bundles: chains that do not vouch for models, and bytes that are hardly certificates."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.errors import BadInput
from gitregistry.signing.model_signers import Named, signer_of
from gitregistry.signing.model_signing import NotTheirs, read_bundle
from tests.builtin.bundle_making import FILES, bundle_of, encoded, found, statement, trust
from tests.builtin.conftest import BuiltIn, note
from tests.support.sigstore_instance import key_usage

Key = ec.EllipticCurvePrivateKey
Extensions = tuple[x509.ExtensionType, ...]

NOW = datetime(2026, 6, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
SERVERS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
CODE = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING])
ANY = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
SIGNS = key_usage(digital_signature=True)
ISSUES = key_usage(key_cert_sign=True)
AUTHORITY = x509.BasicConstraints(ca=True, path_length=None)
ROOT, MIDDLE, LEAF = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))


def certificate(
    name: str, key: Key, issuer: str, by: Key, *extensions: x509.ExtensionType, serial: int = 5
) -> x509.Certificate:
    subject, above = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, issuer))
    builder = x509.CertificateBuilder(above, subject, key.public_key(), serial)
    builder = builder.not_valid_before(NOW - 520 * WEEK).not_valid_after(NOW + 520 * WEEK)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(by, SHA256())


def der(one: x509.Certificate) -> bytes:
    return one.public_bytes(Encoding.DER)


def pem_of(data: bytes, kind: str = "CERTIFICATE") -> str:
    written = base64.encodebytes(data).decode("ascii")
    return f"-----BEGIN {kind}-----\n{written}-----END {kind}-----\n"


ANCHOR = pem_of(der(certificate("root", ROOT, "root", ROOT, AUTHORITY, ISSUES)))


def signer(anchor: str, *chain: bytes) -> str:
    """Who signed a bundle with such a chain, by the key of ``LEAF``."""
    bundle = read_bundle(encoded(bundle_of(statement(FILES), LEAF, *chain)), "model.sig")
    return signer_of(bundle, Named((anchor,)), NOW, "model.sig").words


@pytest.mark.parametrize(
    "usage",
    [(SIGNS,), (SIGNS, CODE), (SIGNS, ANY), (CODE,)],
    ids=["signatures", "both", "signatures and any purpose", "code"],
)
@pytest.mark.parametrize(
    "authority", [(), (ISSUES,), (ISSUES, CODE), (ANY,)], ids=["bare", "issues", "for code", "for anything"]
)
def test_a_chain_that_may_vouch_for_models_passes(usage: Extensions, authority: Extensions) -> None:
    middle = certificate("middle", MIDDLE, "root", ROOT, AUTHORITY, *authority)
    leaf = certificate("leaf", LEAF, "middle", MIDDLE, *usage)
    assert signer(ANCHOR, der(leaf), der(middle)) == "certificate of 'CN=leaf'"
    assert signer(pem_of(der(middle)), der(leaf)) == "certificate of 'CN=leaf'"


@pytest.mark.parametrize(
    ("authority", "words"),
    [
        ((AUTHORITY, SIGNS), "key usage is not to sign certificates"),
        ((AUTHORITY, ISSUES, SERVERS), "extended key usage is not to sign code"),
        ((AUTHORITY, SERVERS), "extended key usage is not to sign code"),
        ((ISSUES,), "does not lead to one that the policy names"),
    ],
    ids=["may not issue", "issues for servers", "for servers", "no authority"],
)
def test_an_authority_that_may_not_vouch_for_models_fails(authority: Extensions, words: str) -> None:
    middle = certificate("middle", MIDDLE, "root", ROOT, *authority)
    leaf = certificate("leaf", LEAF, "middle", MIDDLE, SIGNS)
    for anchor, chain in ((ANCHOR, (leaf, middle)), (pem_of(der(middle)), (leaf,))):
        with pytest.raises(NotTheirs, match=words):
            signer(anchor, *map(der, chain))


@pytest.mark.parametrize("usage", [(SIGNS, SERVERS), (SERVERS,), (ANY,), ()])
def test_a_signer_s_certificate_for_other_purposes_fails(usage: Extensions) -> None:
    leaf = der(certificate("leaf", LEAF, "root", ROOT, *usage))
    for anchor in (ANCHOR, pem_of(leaf)):
        with pytest.raises(
            NotTheirs, match="its certificate is not for signatures, or not for those of code"
        ):
            signer(anchor, leaf)


GOOD = der(certificate("leaf", LEAF, "root", ROOT, SIGNS))
SPKI = LEAF.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def of_a_version_to_come(data: bytes) -> bytes:
    return data.replace(bytes.fromhex("a003020102"), bytes.fromhex("a003020105"), 1)


def with_a_key_of_no_known_kind(data: bytes) -> bytes:
    return data.replace(bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("06072a8648ce3d0209"), 1)


def on_no_known_curve(data: bytes) -> bytes:
    return data.replace(bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a8648ce3d030177"), 1)


def with_an_extension(oid: str, value: str) -> Callable[[bytes], bytes]:
    def change(_: bytes) -> bytes:
        odd = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), bytes.fromhex(value))
        return der(certificate("leaf", LEAF, "root", ROOT, SIGNS, odd))

    return change


def with_an_extension_twice(_: bytes) -> bytes:
    return with_an_extension("2.5.29.99", "03020780")(b"").replace(b"\x06\x03U\x1dc", b"\x06\x03U\x1d\x0f")


def with_a_subject_that_is_no_text(data: bytes) -> bytes:
    return data.replace(b"\x0c\x04leaf", b"\x0c\x04\xff\xff\xff\xff")


HOSTILE = {
    "version 6": of_a_version_to_come,
    "unknown kind of key": with_a_key_of_no_known_kind,
    "unknown curve": on_no_known_curve,
    "an extension twice": with_an_extension_twice,
    "an X.400 address": with_an_extension("2.5.29.17", "3002a300"),
    "an EDI party": with_an_extension("2.5.29.17", "3002a500"),
    "no feature": with_an_extension("1.3.6.1.5.5.7.1.24", "3000"),
    "names that are none": with_an_extension("2.5.29.17", "ffff"),
    "subject that is no text": with_a_subject_that_is_no_text,
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=list(HOSTILE))
def test_a_certificate_that_cannot_be_read_is_nobody_s(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(NotTheirs, match="its certificate cannot be read, or is of another kind of key"):
        signer(ANCHOR, change(GOOD))


def test_a_check_of_a_certificate_that_cannot_be_read_fails_in_one_line(builtin: BuiltIn) -> None:
    trust(builtin, ANCHOR)
    hostile = encoded(bundle_of(statement(FILES), LEAF, with_a_key_of_no_known_kind(GOOD)))
    evidence = found(builtin, hostile)
    assert evidence.result == "failed"
    assert "model.sig: its certificate cannot be read, or is of another kind of key" in note(evidence)


@pytest.mark.parametrize(
    "named",
    [
        pem_of(of_a_version_to_come(GOOD)),
        pem_of(with_a_key_of_no_known_kind(SPKI), "PUBLIC KEY"),
        pem_of(on_no_known_curve(SPKI), "PUBLIC KEY"),
    ],
    ids=["certificate of version 6", "unknown kind of key", "unknown curve"],
)
def test_what_the_policy_names_and_cannot_be_read_is_an_error_that_says_where(named: str) -> None:
    with pytest.raises(BadInput, match="is neither a public key nor a certificate in PEM") as caught:
        signer(named, GOOD)
    assert caught.value.field == "model_signing_keys.0"


def test_an_odd_certificate_warns_nobody() -> None:
    # A serial number below one is refused by no reader yet, but announced to be.
    odd = GOOD.replace(bytes.fromhex("020105"), bytes.fromhex("0201ff"), 1)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with pytest.raises(NotTheirs):
            signer(ANCHOR, odd)
        with pytest.raises(NotTheirs):
            signer(pem_of(odd), GOOD)
    assert heard == []


@given(st.data())
def test_any_bytes_for_a_certificate_are_understood_or_refused(data: st.DataObject) -> None:
    mutated = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        mutated[data.draw(st.integers(0, len(GOOD) - 1))] = data.draw(st.integers(0, 255))
    named = data.draw(st.sampled_from([ANCHOR, pem_of(bytes(mutated))]))
    chain = data.draw(st.sampled_from([(bytes(mutated),), (GOOD, bytes(mutated))]))
    with suppress(NotTheirs, BadInput):
        signer(named, *chain)
