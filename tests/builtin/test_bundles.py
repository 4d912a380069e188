"""OpenSSF model-signing bundles in an artifact: made by model-signing 1.1.1, and by whoever means ill."""

from __future__ import annotations

import base64
import json
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.errors import BadInput
from gitregistry.signing.model_signing import is_bundle, read_bundle
from gitregistry.signing.model_statement import read_statement
from tests.builtin.bundle_making import FILES, bundle_of, encoded, found, made, pem, statement, text, trust
from tests.builtin.conftest import ARTIFACT, BuiltIn, note


@pytest.fixture(scope="module")
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(
    key: ec.EllipticCurvePrivateKey, begins: datetime, ends: datetime, *extensions: x509.ExtensionType
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "signer")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(begins).not_valid_after(ends)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, SHA256())


@pytest.mark.parametrize("curve", ["prime256v1", "secp384r1", "secp521r1"])
def test_a_bundle_of_a_named_key_passes(builtin: BuiltIn, curve: str) -> None:
    trust(builtin, text("leaf.pem"), text(f"{curve}.pub.pem"))
    evidence = found(builtin, made(f"{curve}.sig"))
    assert evidence.result == "passed"
    hint = json.loads(made(f"{curve}.sig"))["verificationMaterial"]["publicKey"]["hint"]
    assert note(evidence).splitlines()[0] == f"model.sig: signed by key sha256:{hint}"
    builtin.registry.passes()


@pytest.mark.parametrize("anchor", ["ca.pem", "leaf.pem"])
def test_a_bundle_of_a_certificate_under_a_named_one_passes(builtin: BuiltIn, anchor: str) -> None:
    trust(builtin, text(anchor))
    evidence = found(builtin, made("certificate.sig"))
    assert evidence.result == "passed"
    assert "signed by certificate of 'O=example,CN=model signer'" in note(evidence)


def test_what_the_signer_left_out_is_named(builtin: BuiltIn) -> None:
    trust(builtin, text("prime256v1.pub.pem"))
    evidence = found(builtin, made("without-deep.sig"))
    assert evidence.result == "passed"
    assert note(evidence).splitlines()[0].endswith("; left out by the signer: deep/vocab.txt")


def test_a_bundle_whose_signer_nobody_named_never_passes(builtin: BuiltIn) -> None:
    evidence = found(builtin, made("prime256v1.sig"))
    assert evidence.result == "error"
    assert "checks.artifact_signature_verified.model_signing_keys" in note(evidence)


def test_no_bundle_fails_where_keys_are_named(builtin: BuiltIn) -> None:
    trust(builtin, text("prime256v1.pub.pem"))
    builtin.release("v1", {**FILES, "model.sig": b"a signature of another kind"})
    assert builtin.found("v1", ARTIFACT).result == "failed"
    builtin.release("v2", b"one file")
    evidence = builtin.found("v2", ARTIFACT)
    assert evidence.result == "failed"
    assert "no OpenSSF model-signing bundle lies in it" in note(evidence)


@pytest.mark.parametrize(
    ("bundle", "anchor", "words"),
    [
        ("secp384r1.sig", "prime256v1.pub.pem", "none of the keys that the policy names signed it"),
        ("certificate.sig", "prime256v1.pub.pem", "a certificate signed it, and the policy names none"),
        ("prime256v1.sig", "ca.pem", "none of the keys"),
    ],
)
def test_a_bundle_of_somebody_else_fails(builtin: BuiltIn, bundle: str, anchor: str, words: str) -> None:
    trust(builtin, text(anchor))
    evidence = found(builtin, made(bundle))
    assert evidence.result == "failed"
    assert words in note(evidence)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({**FILES, "weights.bin": b"v" * 5000}, "signed as sha256:"),
        ({path: data for path, data in FILES.items() if path != "config.json"}, "not there: config.json"),
        ({**FILES, "deep/evil.py": b"import os"}, "not signed: deep/evil.py"),
    ],
    ids=["altered", "missing", "extra"],
)
def test_an_artifact_that_is_not_what_was_signed_fails(
    builtin: BuiltIn, files: dict[str, bytes], words: str
) -> None:
    trust(builtin, text("prime256v1.pub.pem"))
    evidence = found(builtin, made("prime256v1.sig"), files)
    assert evidence.result == "failed"
    assert words in note(evidence)


def test_one_bundle_of_several_has_to_be_theirs(builtin: BuiltIn) -> None:
    trust(builtin, text("prime256v1.pub.pem"))
    said = statement(FILES)
    said["predicate"]["serialization"]["ignore_paths"] = ["model.sig", "other.sig"]
    stranger = encoded(bundle_of(said, ec.generate_private_key(ec.SECP256R1())))
    builtin.release("v1", {**FILES, "other.sig": stranger})
    assert builtin.found("v1", ARTIFACT).result == "failed"


def test_a_bundle_made_by_hand_passes_so_that_its_attacks_mean_something(
    builtin: BuiltIn, key: ec.EllipticCurvePrivateKey
) -> None:
    trust(builtin, pem(key))
    assert found(builtin, encoded(bundle_of(statement(FILES), key))).result == "passed"


def swap_payload(bundle: dict[str, Any], other: dict[str, Any]) -> None:
    bundle["dsseEnvelope"]["payload"] = other["dsseEnvelope"]["payload"]


def retype(bundle: dict[str, Any], _: dict[str, Any]) -> None:
    bundle["dsseEnvelope"]["payloadType"] = "application/vnd.in-toto+yaml"


def second_signature(bundle: dict[str, Any], other: dict[str, Any]) -> None:
    bundle["dsseEnvelope"]["signatures"] += other["dsseEnvelope"]["signatures"]


def other_signature(bundle: dict[str, Any], other: dict[str, Any]) -> None:
    bundle["dsseEnvelope"]["signatures"] = other["dsseEnvelope"]["signatures"]


@pytest.mark.parametrize("attack", [swap_payload, retype, second_signature, other_signature])
def test_a_bundle_that_was_altered_never_passes(
    builtin: BuiltIn,
    key: ec.EllipticCurvePrivateKey,
    attack: Callable[[dict[str, Any], dict[str, Any]], None],
) -> None:
    trust(builtin, pem(key))
    evil = {**FILES, "config.json": b"{'evil'}"}
    bundle = bundle_of(statement(FILES), key)
    attack(bundle, bundle_of(statement(evil), ec.generate_private_key(ec.SECP256R1())))
    assert found(builtin, encoded(bundle), evil).result in ("failed", "error")


def of_another_kind(said: dict[str, Any]) -> None:
    said["predicateType"] = "https://model_signing/Digests/v0.2"


def with_another_root(said: dict[str, Any]) -> None:
    said["subject"][0]["digest"]["sha256"] = "0" * 64


def with_a_file_twice(said: dict[str, Any]) -> None:
    said["predicate"]["resources"].append(said["predicate"]["resources"][0])


def with_another_digest(said: dict[str, Any]) -> None:
    said["predicate"]["resources"][0]["algorithm"] = "md5"


def with_no_files(said: dict[str, Any]) -> None:
    said["predicate"]["resources"] = []


@pytest.mark.parametrize(
    "change", [of_another_kind, with_another_root, with_a_file_twice, with_another_digest, with_no_files]
)
def test_a_statement_that_is_no_sound_one_is_an_error(
    builtin: BuiltIn, key: ec.EllipticCurvePrivateKey, change: Callable[[dict[str, Any]], None]
) -> None:
    trust(builtin, pem(key))
    said = statement(FILES)
    change(said)
    assert found(builtin, encoded(bundle_of(said, key))).result == "error"


SIGNS = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
CODE = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING])
MAIL = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
YEAR = timedelta(days=365)


@pytest.mark.parametrize(
    ("begins", "ends", "usage", "words"),
    [
        (-YEAR, YEAR, (SIGNS,), ""),
        (-YEAR, YEAR, (CODE,), ""),
        (-2 * YEAR, -YEAR, (SIGNS,), "was not valid when the release was registered"),
        (YEAR, 2 * YEAR, (SIGNS,), "was not valid when the release was registered"),
        (-YEAR, YEAR, (MAIL,), "is not for signatures"),
        (-YEAR, YEAR, (), "is not for signatures"),
    ],
)
def test_a_certificate_has_to_be_valid_and_meant_for_it(
    builtin: BuiltIn,
    key: ec.EllipticCurvePrivateKey,
    begins: timedelta,
    ends: timedelta,
    usage: tuple[x509.ExtensionType, ...],
    words: str,
) -> None:
    now = datetime.now(UTC)
    mine = certificate(key, now + begins, now + ends, *usage)
    trust(builtin, mine.public_bytes(Encoding.PEM).decode())
    evidence = found(builtin, encoded(bundle_of(statement(FILES), key, mine.public_bytes(Encoding.DER))))
    assert evidence.result == ("failed" if words else "passed")
    assert words in note(evidence)


def test_a_certificate_that_the_attacker_issued_fails(
    builtin: BuiltIn, key: ec.EllipticCurvePrivateKey
) -> None:
    now = datetime.now(UTC)
    mine = certificate(key, now - YEAR, now + YEAR, SIGNS)
    trust(builtin, text("ca.pem"))
    evidence = found(builtin, encoded(bundle_of(statement(FILES), key, mine.public_bytes(Encoding.DER))))
    assert evidence.result == "failed"
    assert "does not lead to one that the policy names" in note(evidence)


def test_a_key_that_is_none_is_an_error_that_names_it(builtin: BuiltIn) -> None:
    trust(builtin, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
    evidence = found(builtin, made("prime256v1.sig"))
    assert evidence.result == "error"
    assert "model_signing_keys.0: is neither a public key nor a certificate in PEM" in note(evidence)


def test_a_file_too_large_to_be_read_for_a_bundle_is_an_error_that_says_how_large(builtin: BuiltIn) -> None:
    large = {**FILES, "model.sigstore": b"{" + b" " * (16 << 20)}
    builtin.release("v1", large)
    evidence = builtin.found("v1", ARTIFACT)
    assert evidence.result == "error"
    assert "nobody is named whose signature model.sigstore should be" in note(evidence)
    trust(builtin, text("prime256v1.pub.pem"))
    evidence = builtin.found("v1", ARTIFACT)
    assert evidence.result == "error"
    assert "model.sigstore: is not read, being larger than 16 MiB, in which a bundle lists 50,000" in note(
        evidence
    )


def test_a_bundle_beside_a_file_too_large_for_one_passes(
    builtin: BuiltIn, key: ec.EllipticCurvePrivateKey
) -> None:
    trust(builtin, pem(key))
    large = {**FILES, "other.sig": b" " * (16 << 20) + b"{"}
    evidence = found(builtin, encoded(bundle_of(statement(large), key)), large)
    assert evidence.result == "passed", note(evidence)


def test_the_greatest_bundle_lists_as_many_files_as_is_said(key: ec.EllipticCurvePrivateKey) -> None:
    said = statement({f"a/folder/of/many/files/{number:040}": b"" for number in range(1000)})
    bundle = bundle_of(said, key)
    written = json.dumps(said, indent=2).encode()
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(written).decode()
    assert len(encoded(bundle)) * 50 < 16 << 20


def test_what_only_looks_like_a_bundle_takes_little_memory() -> None:
    mark = b'"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"'
    for odd in (b"1", b"{}", b"[]", b'""', b"null"):
        hostile = b'{%s,"a":[%s]}' % (mark, b",".join([odd] * 100_000))
        tracemalloc.start()
        assert not is_bundle(hostile, "b")
        with pytest.raises(BadInput, match="holds more than 10,000 values"):
            read_bundle(hostile, "b")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1 << 20


@given(st.data())
def test_any_bytes_are_a_bundle_or_a_clear_fault(data: st.DataObject) -> None:
    whole = made(data.draw(st.sampled_from(["prime256v1.sig", "certificate.sig", "shards.sig"])))
    place = data.draw(st.integers(0, len(whole) - 1))
    mutated = whole[:place] + data.draw(st.binary(max_size=3)) + whole[place + 1 :]
    assert is_bundle(mutated, "b") in (True, False)
    with suppress(BadInput):
        read_statement(read_bundle(mutated, "b").payload, "b")
