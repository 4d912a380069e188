"""Edge cases of Ed25519 through the whole road that a signature takes here, from the armour to the answer.

The cases made here are those that project Wycheproof describes for Ed25519: malleable, truncated and padded
signatures, special values of R and S, points spelled in two ways. Where ``$WYCHEPROOF`` names a clone of
https://github.com/C2SP/wycheproof (Apache-2.0), its published vectors are tried too, every one of them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gitregistry.signing import sshsig
from gitregistry.signing.keys import ED25519, PublicKey
from gitregistry.signing.sshsig import SignatureFault, read_signatures, verify
from gitregistry.signing.wire import string
from tests.signing import curve
from tests.signing.forge import armoured, payload
from tests.signing.openssh import NAMESPACE

VECTORS = "testvectors_v1/ed25519_test.json"
SECRET = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"vectors").digest())
PUBLIC = SECRET.public_key().public_bytes_raw()


class Vector(NamedTuple):
    """A signature over a message that is or is not valid under a public key."""

    name: str
    public: bytes
    message: bytes
    signature: bytes
    valid: bool


def holds(vector: Vector, monkeypatch: pytest.MonkeyPatch) -> bool:
    """What our readers say of the signature, put into an SSHSIG file as any other.

    Published vectors sign their message itself, so the frame that SSHSIG puts around one is left away.
    """
    monkeypatch.setattr(sshsig, "signed_data", lambda message, _namespace: message)
    inner = string(ED25519.encode()) + string(vector.signature)
    text = armoured(payload(key=PublicKey(ED25519, vector.public).blob(), inner=inner))
    try:
        (signature,) = read_signatures(text)
        verify(signature, vector.message, NAMESPACE)
    except SignatureFault:
        return False
    return True


def made() -> Iterator[Vector]:
    for length in (0, 1, 31, 32, 33, 64, 127, 128, 1023):
        message = bytes(index % 251 for index in range(length))
        yield Vector(f"valid-{length}", PUBLIC, message, SECRET.sign(message), True)
    message = b"Test"
    good = SECRET.sign(message)
    r, s = good[:32], int.from_bytes(good[32:], "little")
    for factor in range(1, 16):
        higher = s + factor * curve.ORDER
        if higher < 2**256:
            yield Vector(f"s-plus-{factor}-orders", PUBLIC, message, r + higher.to_bytes(32, "little"), False)
    yield Vector("s-negated", PUBLIC, message, r + (curve.ORDER - s).to_bytes(32, "little"), False)
    for bit in (252, 253, 254, 255):
        flipped = (s ^ 1 << bit).to_bytes(32, "little")
        yield Vector(f"s-bit-{bit}", PUBLIC, message, r + flipped, False)
    yield Vector("r-sign", PUBLIC, message, r[:31] + bytes([r[31] ^ 0x80]) + good[32:], False)
    yield Vector("another-message", PUBLIC, b"test", good, False)
    for length in (0, 1, 31, 32, 63):
        yield Vector(f"truncated-{length}", PUBLIC, message, good[:length], False)
    for more in (b"\0", b"\x20", bytes(32)):
        yield Vector(f"padded-{more.hex()}", PUBLIC, message, good + more, False)
    yield from special()


def special() -> Iterator[Vector]:
    """Numbers at the ends of their ranges, and points of small order, in every place."""
    message = b"Test"
    numbers = [0, 1, curve.ORDER - 1, curve.ORDER, curve.ORDER + 1, curve.PRIME - 1, curve.PRIME, 2**255 - 1]
    for left in numbers:
        for right in numbers:
            forged = left.to_bytes(32, "little") + right.to_bytes(32, "little")
            yield Vector(
                f"special-{numbers.index(left)}-{numbers.index(right)}", PUBLIC, message, forged, False
            )
    for number, point in enumerate(sorted(curve.small_order_points())):
        for spelled in sorted(curve.encodings(point)):
            zero = spelled + bytes(32)
            yield Vector(f"small-order-r-{number}-{spelled[31]:02x}", PUBLIC, message, zero, False)
            neutral = (1).to_bytes(32, "little") + bytes(32)
            yield Vector(f"small-order-key-{number}-{spelled[31]:02x}", spelled, message, neutral, False)


@pytest.mark.parametrize("vector", list(made()), ids=lambda vector: vector.name)
def test_edge_cases_are_answered_as_rfc_8032_has_them(
    vector: Vector, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert holds(vector, monkeypatch) is vector.valid


@pytest.mark.skipif("WYCHEPROOF" not in os.environ, reason="$WYCHEPROOF names no clone of C2SP/wycheproof")
def test_every_published_vector_is_answered_as_published(monkeypatch: pytest.MonkeyPatch) -> None:
    document = json.loads((Path(os.environ["WYCHEPROOF"]) / VECTORS).read_text("utf-8"))
    count = 0
    for group in document["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for test in group["tests"]:
            message, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
            assert test["result"] in ("valid", "invalid")
            vector = Vector(str(test["tcId"]), public, message, signature, test["result"] == "valid")
            assert holds(vector, monkeypatch) is vector.valid, test
            count += 1
    assert count == document["numberOfTests"] > 100
