"""Signatures: what ssh-keygen writes is read and holds; nothing else does (attacks 9 and 36)."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.signing import sshsig
from gitregistry.signing.keys import PublicKey, parse_public_key
from gitregistry.signing.sshsig import SignatureFault, armour, read_signatures, verify
from gitregistry.signing.wire import string
from tests.signing import curve, openssh
from tests.signing.forge import (
    BEGIN,
    END,
    KEY,
    MESSAGE,
    SECRET,
    TOKEN,
    armoured,
    good_text,
    payload,
    token_signature,
    unarmoured,
)
from tests.signing.openssh import NAMESPACE
from tests.support.mutants import mutants

GOOD = good_text()
FORGETFUL = next(mutant.module for mutant in mutants(sshsig) if "_read_known" in mutant.off)


def fault_in(text: bytes, message: bytes = MESSAGE, namespace: str = NAMESPACE) -> str | None:
    """The code with which ``text`` is refused; None when every signature in it holds."""
    try:
        for signature in read_signatures(text):
            verify(signature, message, namespace)
    except SignatureFault as fault:
        return fault.code
    return None


def test_what_ssh_keygen_signs_holds_and_is_written_back_to_the_byte(keys: Path) -> None:
    text = openssh.sign(keys / "plain", MESSAGE)
    (signature,) = read_signatures(text)
    verify(signature, MESSAGE, NAMESPACE)
    assert signature.public_key == parse_public_key((keys / "plain.pub").read_text())
    assert armour(signature) == text


@pytest.mark.parametrize("length", range(36, 42))
def test_armour_that_fills_its_last_line_is_read_as_ssh_keygen_wraps_it(keys: Path, length: int) -> None:
    namespace = "n" * length
    text = openssh.sign(keys / "plain", MESSAGE, namespace)
    assert armour(read_signatures(text)[0]) == text


def test_a_signature_put_together_by_hand_holds_so_that_each_forgery_below_differs_in_one_thing() -> None:
    assert fault_in(GOOD) is None


def test_several_signatures_in_one_file_are_all_read(keys: Path) -> None:
    text = openssh.sign(keys / "plain", MESSAGE) + openssh.sign(keys / "other", MESSAGE) + GOOD
    assert len({signature.public_key for signature in read_signatures(text)}) == 3
    assert fault_in(text) is None


def test_one_bad_signature_among_good_ones_is_seen() -> None:
    assert fault_in(GOOD + armoured(payload(reserved=b"x")) + GOOD) == "signature-format"


def test_a_signature_for_another_kind_of_record_is_refused_by_namespace() -> None:
    assert fault_in(GOOD, namespace="gitregistry.alias.v1") == "namespace"
    assert fault_in(armoured(payload(namespace=b"git"))) == "namespace"


def test_a_signature_relabelled_for_another_namespace_does_not_verify() -> None:
    relabelled = armour(read_signatures(GOOD)[0]._replace(namespace="gitregistry.alias.v1"))
    assert fault_in(relabelled, namespace="gitregistry.alias.v1") == "signature"


def test_another_key_put_beside_the_signature_does_not_verify(keys: Path) -> None:
    other = parse_public_key((keys / "other.pub").read_text())
    assert fault_in(armour(read_signatures(GOOD)[0]._replace(public_key=other))) == "signature"


FORGED_FIELDS = {
    "weak hash sha256": payload(algorithm="sha256"),
    "weak hash sha1": payload(algorithm="sha1"),
    "weak hash md5": payload(algorithm="md5"),
    "another magic": payload(magic=b"SSHSIh"),
    "version 0": payload(version=0),
    "version 2": payload(version=2),
    "reserved field in use": payload(reserved=b"x"),
    "empty namespace": payload(namespace=b""),
    "namespace not ASCII": payload(namespace=b"gitregistry.release.v1\xff"),
    "namespace with a terminal escape": payload(namespace=b"\x1b[2J"),
    "namespace of 70,000 bytes": payload(namespace=b"n" * 70_000),
    "namespace with NUL": payload(namespace=NAMESPACE.encode() + b"\0"),
    "trailing byte": payload() + b"\0",
    "trailing byte in the key": payload(key=KEY.blob() + b"\0"),
    "trailing byte in the signature": payload(inner=string(b"ssh-ed25519") + string(bytes(64)) + b"\0"),
    "signature of 63 bytes": payload(inner=string(b"ssh-ed25519") + string(bytes(63))),
    "signature of 65 bytes": payload(inner=string(b"ssh-ed25519") + string(bytes(65))),
    "token's signature under a plain key": payload(inner=string(TOKEN.key_type.encode()) + string(bytes(64))),
    "plain signature under a token's key": payload(key=TOKEN.blob()),
    "key of 31 bytes": payload(key=string(b"ssh-ed25519") + string(KEY.raw[:31])),
    "certificate": payload(key=string(b"ssh-ed25519-cert-v01@openssh.com") + string(KEY.raw)),
    "web authentication key": payload(key=string(b"webauthn-sk-ecdsa-sha2-nistp256@openssh.com")),
    "nothing": b"",
    "cut short": payload()[:-1],
    "length past the end": payload()[:10] + b"\xff\xff\xff\xff" + payload()[14:],
}


@pytest.mark.parametrize("name", FORGED_FIELDS)
def test_a_field_that_ssh_keygen_would_not_write_is_a_fault_of_form(name: str) -> None:
    assert fault_in(armoured(FORGED_FIELDS[name])) == "signature-format"


FORGED_ARMOUR = {
    "empty": b"",
    "only an end": END,
    "only a beginning": BEGIN,
    "no beginning": GOOD.removeprefix(BEGIN),
    "no body": BEGIN + END,
    "binary": payload(),
    "no last newline": GOOD[:-1],
    "second last newline": GOOD + b"\n",
    "junk before": b"junk\n" + GOOD,
    "junk after": GOOD + b"junk",
    "junk between": GOOD + b"junk\n" + GOOD,
    "blank line between": GOOD + b"\n" + GOOD,
    "byte order mark": b"\xef\xbb\xbf" + GOOD,
    "carriage returns": GOOD.replace(b"\n", b"\r\n"),
    "space after a line": GOOD.replace(b"\n", b" \n", 2),
    "comment header": GOOD.replace(BEGIN, BEGIN + b"Comment: x\n\n"),
    "lines of 76": armoured(payload(), 76),
    "lines of 64": armoured(payload(), 64),
    "one line": armoured(payload(), 10_000),
    "blank line inside": GOOD.replace(BEGIN, BEGIN + b"\n"),
    "character that is not base64": GOOD.replace(BEGIN, BEGIN + b"*"),
    "url-safe base64": GOOD.replace(b"/", b"_").replace(b"+", b"-") + b"-",
    "padding too long": GOOD.replace(b"\n" + END, b"====\n" + END),
    "PGP": GOOD.replace(b"SSH", b"PGP"),
    "nested": BEGIN + GOOD + END,
    "33 signatures": GOOD * 33,
    "more than 64 KiB": BEGIN + b"A" * (64 * 1024) + b"\n" + END,
}


@pytest.mark.parametrize("name", FORGED_ARMOUR)
def test_armour_that_ssh_keygen_would_not_write_is_a_fault_of_form(name: str) -> None:
    assert fault_in(FORGED_ARMOUR[name]) == "signature-format"


def test_spare_bits_behind_the_last_base64_character_are_a_fault_of_form() -> None:
    text = armoured(payload(namespace=b"abc"))  # 173 bytes: one padding character, two spare bits
    assert fault_in(text, namespace="abc") is None
    last = text.index(b"=\n") - 1
    altered = text[:last] + bytes([text[last] + 1]) + text[last + 1 :]
    assert unarmoured(altered) == unarmoured(text)
    assert fault_in(altered, namespace="abc") == "signature-format"


def test_thirty_two_signatures_are_still_read() -> None:
    assert len(read_signatures(GOOD * 32)) == 32


@pytest.mark.parametrize("name", ["rsa", "ecdsa"])
def test_a_signature_by_another_kind_of_key_is_a_fault_of_form(keys: Path, name: str) -> None:
    assert fault_in(openssh.sign(keys / name, MESSAGE)) == "signature-format"


def test_sha256_is_refused_though_ssh_keygen_offers_it(keys: Path) -> None:
    assert (
        fault_in(openssh.sign(keys / "plain", MESSAGE, NAMESPACE, "-O", "hashalg=sha256"))
        == "signature-format"
    )


def test_a_signature_by_a_certificate_is_a_fault_of_form(keys: Path, tmp_path: Path) -> None:
    for name in ("plain", "plain.pub"):
        (tmp_path / name).write_bytes((keys / name).read_bytes())
    (tmp_path / "plain").chmod(0o600)
    openssh.run("-q", "-s", str(keys / "other"), "-I", "me", "-n", "me", str(tmp_path / "plain.pub"))
    (tmp_path / "plain-cert.pub").rename(tmp_path / "plain.pub")
    certificate = base64.b64decode((tmp_path / "plain.pub").read_text().split()[1])
    assert fault_in(armoured(payload(key=certificate))) == "signature-format"


def test_a_token_that_was_touched_holds_here_and_for_ssh_keygen(tmp_path: Path) -> None:
    text = armour(token_signature(flags=0x05, counter=2**32 - 1))
    assert fault_in(text) is None
    assert openssh.accepts(tmp_path, TOKEN, text, MESSAGE)


def test_a_token_nobody_touched_is_refused_though_ssh_keygen_takes_it(tmp_path: Path) -> None:
    text = armour(token_signature(flags=0x04))
    assert openssh.accepts(tmp_path, TOKEN, text, MESSAGE)
    assert fault_in(text) == "signature-format"


@pytest.mark.parametrize(
    "forge",
    [
        lambda signature: signature._replace(flags=0x05),
        lambda signature: signature._replace(counter=8),
        lambda signature: signature._replace(public_key=TOKEN._replace(application="ssh:other")),
        lambda signature: signature._replace(public_key=KEY),
    ],
)
def test_nothing_a_token_said_can_be_altered(forge: Callable[[sshsig.Signature], sshsig.Signature]) -> None:
    assert fault_in(armour(token_signature())) is None
    assert fault_in(armour(forge(token_signature()))) == "signature"


def test_a_second_spelling_of_the_same_signature_does_not_verify() -> None:
    signature = read_signatures(GOOD)[0]
    scalar = int.from_bytes(signature.raw[32:], "little") + curve.ORDER
    assert (
        fault_in(armour(signature._replace(raw=signature.raw[:32] + scalar.to_bytes(32, "little"))))
        == "signature"
    )


def test_a_small_order_key_with_its_one_forgery_for_every_message_does_not_verify() -> None:
    neutral = (1).to_bytes(32, "little")
    Ed25519PublicKey.from_public_bytes(neutral).verify(neutral + bytes(32), b"anything")  # the attack is real
    forged = armour(sshsig.Signature(PublicKey("ssh-ed25519", neutral), NAMESPACE, neutral + bytes(32)))
    assert fault_in(forged) == "signature"


@given(st.integers(0, len(payload()) - 1), st.integers(1, 255))
def test_any_one_byte_altered_in_the_payload_is_refused(position: int, difference: int) -> None:
    altered = bytearray(payload())
    altered[position] ^= difference
    assert fault_in(armoured(bytes(altered))) is not None


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_any_one_byte_altered_in_the_armour_is_refused(position: int, value: int) -> None:
    altered = GOOD[:position] + bytes([value]) + GOOD[position + 1 :]
    assert (fault_in(altered) is None) == (altered == GOOD)


@given(st.binary(min_size=1, max_size=300), st.data())
def test_any_one_byte_altered_in_the_message_is_refused(message: bytes, data: st.DataObject) -> None:
    raw = SECRET.sign(sshsig.signed_data(message, NAMESPACE))
    text = armour(sshsig.Signature(KEY, NAMESPACE, raw))
    altered = bytearray(message)
    altered[data.draw(st.integers(0, len(message) - 1))] ^= data.draw(st.integers(1, 255))
    assert fault_in(text, message) is None
    assert fault_in(text, bytes(altered)) == "signature"


@given(st.binary(max_size=400) | st.binary(max_size=300).map(armoured))
def test_no_bytes_at_all_escape_as_another_error(text: bytes) -> None:
    assert fault_in(text) is not None


def mutations(count: int) -> list[bytes]:
    """Altered payloads: a byte changed, dropped, doubled or added, a stretch cut out."""
    choose = random.Random(36)
    blobs = []
    for _ in range(count):
        blob = payload() if choose.random() < 0.7 else unarmoured(armour(token_signature()))
        place, byte = choose.randrange(len(blob)), choose.randbytes(1)
        after = place + choose.randrange(1, 9)
        blobs.append(
            choose.choice(
                [
                    blob,
                    blob[:place] + byte + blob[place + 1 :],
                    blob[:place] + blob[place + 1 :],
                    blob[:place] + byte + blob[place:],
                    blob[:place] + blob[after:],
                    blob + byte,
                ]
            )
        )
    return blobs


def outcome(module: ModuleType, blob: bytes) -> object:
    """What a reader makes of a payload: the signature's fields, or the words of its fault."""
    try:
        return [tuple(signature) for signature in module.read_signatures(armoured(blob))]
    except module.SignatureFault as fault:
        return fault.message


def test_what_was_read_before_changes_nothing_of_what_is_read() -> None:
    """A payload that begins as an earlier one is read as by a reader that remembers nothing."""
    known = [*mutations(2000), *(payload()[:-64] + random.Random(n).randbytes(64) for n in range(50))]
    for _ in range(2):  # a second time with all of them remembered
        for blob in known:
            assert outcome(sshsig, blob) == outcome(FORGETFUL, blob), blob


@given(st.integers(0, 400), st.binary(max_size=80), st.integers(0, 120))
def test_whatever_is_put_into_a_payload_is_read_as_by_a_reader_that_remembers_nothing(
    place: int, put: bytes, instead: int
) -> None:
    blob = payload()[:place] + put + payload()[place + instead :]
    assert outcome(sshsig, blob) == outcome(FORGETFUL, blob)


def test_ssh_keygen_agrees_on_150_mutations(tmp_path: Path) -> None:
    held = 0
    for blob in mutations(150):
        text = armoured(blob)
        ours = fault_in(text) is None
        key = TOKEN if TOKEN.key_type.encode() in blob[:60] else KEY
        assert ours == openssh.accepts(tmp_path, key, text, MESSAGE), blob.hex()
        held += ours
    assert 10 < held < 100  # both answers were given


# RFC 8032, section 7.1, tests 1 to 3: secret, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0"
        "595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eae"
        "b4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9"
        "716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_published_vectors_hold_in_the_primitive_beneath(
    secret: str, public: str, message: str, signature: str
) -> None:
    verifier = sshsig._verifier(bytes.fromhex(public))
    verifier.verify(bytes.fromhex(signature), bytes.fromhex(message))
    derived = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    assert derived.public_key() == verifier
    assert derived.sign(bytes.fromhex(message)).hex() == signature
