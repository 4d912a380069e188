"""Attack 36: signatures with a weak hash, trailing bytes, junk in the armour, or of a key not taken."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

import pytest

from tests.support.forging import made_promotion
from tests.support.keys import sign, ssh_keygen
from tests.support.registry import Registry

NAMESPACE = "gitregistry.alias.v1"


@pytest.fixture
def waiting(approved: Registry) -> Registry:
    """A lawful promotion lies in the work tree, not yet committed."""
    approved.forge(approved.alias(), made_promotion(approved, "v1", "production"), "alice")
    return approved


def found(registry: Registry, signature: bytes, rule: str = "signature-format", message: str = "") -> None:
    """Commit the promotion with another signature, and see that verify finds it and resolve refuses."""
    registry.write(f"{registry.alias()}.sig", signature)
    registry.commit_all()
    registry.finds(rule, registry.alias(), message=message)
    registry.refuses("resolve", "churn@production")


def test_what_ssh_keygen_signs_is_accepted(waiting: Registry) -> None:
    waiting.commit_all()
    waiting.passes()


def test_a_weaker_hash_is_found(waiting: Registry) -> None:
    data = waiting.read(waiting.alias())
    found(waiting, sign(waiting.keys["alice"], data, NAMESPACE, "-O", "hashalg=sha256"), message="sha512")


@pytest.mark.parametrize(
    ("key_type", "options", "message"),
    [("rsa", ("-b", "2048"), "RSA"), ("ecdsa", (), "ECDSA")],
)
def test_another_kind_of_key_is_found(
    waiting: Registry, tmp_path: Path, key_type: str, options: tuple[str, ...], message: str
) -> None:
    key = tmp_path / key_type
    ssh_keygen("-q", "-t", key_type, *options, "-N", "", "-f", str(key))
    found(waiting, sign(key, waiting.read(waiting.alias()), NAMESPACE), message=message)


def test_a_certificate_is_found(waiting: Registry, tmp_path: Path) -> None:
    key, authority = tmp_path / "key", tmp_path / "authority"
    for path in (key, authority):
        ssh_keygen("-q", "-t", "ed25519", "-N", "", "-f", str(path))
    ssh_keygen("-q", "-s", str(authority), "-I", "alice", "-n", "alice", f"{key}.pub")
    certificate = tmp_path / "key-cert.pub"
    signature = sign(certificate, waiting.read(waiting.alias()), NAMESPACE)
    found(waiting, signature, message="certificates are not accepted")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"-----BEGIN SSH SIGNATURE-----\n", b"junk\n-----BEGIN SSH SIGNATURE-----\n"),
        (b"-----END SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\njunk\n"),
        (b"-----END SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----"),
        (b"-----END SSH SIGNATURE-----\n", b"=\n-----END SSH SIGNATURE-----\n"),
        (b"SSH SIGNATURE", b"PGP SIGNATURE"),
        (b"\n", b"\r\n"),
        (b"U1NIU0lH", b"U1NI U0lH"),
    ],
    ids=["before", "after", "no line end", "padding", "PGP", "CR LF", "a blank"],
)
def test_junk_in_the_armour_is_found(waiting: Registry, old: bytes, new: bytes) -> None:
    text = waiting.read(f"{waiting.alias()}.sig")
    assert old in text
    found(waiting, text.replace(old, new))


def test_trailing_bytes_inside_the_armour_are_found(waiting: Registry) -> None:
    blob = unarmoured(waiting.read(f"{waiting.alias()}.sig"))
    found(waiting, armoured(blob + b"\0"))


def test_a_later_version_of_the_format_is_found(waiting: Registry) -> None:
    blob = unarmoured(waiting.read(f"{waiting.alias()}.sig"))
    assert blob[:10] == b"SSHSIG" + struct.pack(">I", 1)
    found(waiting, armoured(blob[:6] + struct.pack(">I", 2) + blob[10:]))


def test_one_bit_of_the_signature_itself_is_found(waiting: Registry) -> None:
    blob = unarmoured(waiting.read(f"{waiting.alias()}.sig"))
    found(waiting, armoured(blob[:-1] + bytes([blob[-1] ^ 1])), "signature")


@pytest.mark.parametrize("signature", [b"", b"\n", b"\x00" * 300, b"-----BEGIN SSH SIGNATURE-----\n"])
def test_no_signature_at_all_is_found(waiting: Registry, signature: bytes) -> None:
    found(waiting, signature)


def test_the_second_of_two_signatures_by_another_is_found(waiting: Registry) -> None:
    path = waiting.alias()
    second = sign(waiting.keys["mallory"], waiting.read(path), NAMESPACE)
    found(waiting, waiting.read(f"{path}.sig") + second, "signature", "expected one signature")


def unarmoured(text: bytes) -> bytes:
    return base64.b64decode(b"".join(text.splitlines()[1:-1]))


def armoured(blob: bytes) -> bytes:
    encoded = base64.b64encode(blob)
    lines = [encoded[start : start + 70] for start in range(0, len(encoded), 70)]
    return b"\n".join([b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----", b""])
