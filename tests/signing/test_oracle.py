"""ssh-keygen as the oracle: whatever we accept of 1,500 mutated signatures, it accepts too.

We may be stricter, but only for the reasons in ``STRICTER`` and the two that functions below name.
"""

from __future__ import annotations

import base64
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from gitregistry.signing.keys import PublicKey
from gitregistry.signing.sshsig import SignatureFault, armour, read_signatures, signed_data, verify
from gitregistry.signing.wire import string
from tests.signing import curve, openssh
from tests.signing.forge import BEGIN, END, KEY, MESSAGE, SECRET, TOKEN, armoured, payload, token_signature
from tests.signing.openssh import NAMESPACE

COUNT = 1500

# How our refusal begins where ssh-keygen accepts, and why we refuse.
STRICTER = {
    "its armour is not written as ssh-keygen writes it": "one signature, one spelling: no other wrapping",
    "it does not end with the line END SSH SIGNATURE": "ssh-keygen overlooks whatever stands behind it",
    "the token signed without being touched": "malware beside a plugged-in token could sign all day",
    "its hash is not sha512": "sha256 would do for ssh-keygen; one hash is enough",
    "it is not SSHSIG version 1": "ssh-keygen takes version 0 for 1; nobody ever wrote one",
}


class Mutant(NamedTuple):
    """An altered signature file, and the key that is to have made it."""

    text: bytes
    key: PublicKey


def _bytes(choose: random.Random, data: bytes) -> bytes:
    """A byte or a stretch changed, dropped, doubled or added."""
    place, stray = choose.randrange(len(data)), choose.randbytes(choose.randrange(1, 4))
    after = place + choose.randrange(1, 9)
    return choose.choice(
        [
            data[:place] + stray + data[place + len(stray) :],
            data[:place] + data[after:],
            data[:place] + stray + data[place:],
            data[:after] + data[place:],
            data[:place],
            data + stray,
            data,
            data[:place] + bytes([data[place] ^ 1 << choose.randrange(8)]) + data[place + 1 :],
        ]
    )


def inside(choose: random.Random) -> Mutant:
    """The payload altered, the armour sound."""
    if choose.random() < 0.6:
        return Mutant(armoured(_bytes(choose, payload())), KEY)
    token = armour(token_signature(flags=choose.choice([0, 1, 4, 5]), counter=choose.randrange(3)))
    return Mutant(armoured(_bytes(choose, base64.b64decode(token[len(BEGIN) : -len(END)]))), TOKEN)


def outside(choose: random.Random) -> Mutant:
    """The armour altered, the payload sound."""
    good = armoured(payload())
    blob = payload()
    stray = choose.choice([b"\n", b" ", b"\t", b"\r", b"=", b"-", b"A", b"#", b"\0", b"Comment: x\n"])
    place = choose.randrange(len(good))
    return Mutant(
        choose.choice(
            [
                _bytes(choose, good),
                good[:place] + stray + good[place:],
                armoured(blob, choose.randrange(1, 120)),
                good.replace(b"\n", b"\r\n"),
                good + stray,
                stray + good,
                good + good,
                good + armoured(_bytes(choose, blob)),
                good.rstrip(b"\n"),
                BEGIN + base64.b64encode(blob) + b"\n" + END,
                BEGIN + base64.b64encode(blob).rstrip(b"=") + b"\n" + END,
            ]
        ),
        KEY,
    )


def fields(choose: random.Random) -> Mutant:
    """One field wrong, everything signed rightly for what the fields say."""
    name = NAMESPACE.encode()
    names = [b"", b"\0", name + b"\0", name[:-1], name.upper(), b"file", b"*", name + b",file", b"\xc3\xa9"]
    types = [b"ssh-ed25519", b"ssh-rsa", b"rsa-sha2-512", TOKEN.key_type.encode(), b"ssh-ed448", b""]
    if choose.random() < 0.1:
        counter = choose.choice([0, 1, 2**32 - 1])
        return Mutant(armour(token_signature(flags=choose.randrange(256), counter=counter)), TOKEN)
    raw = _cut(choose, SECRET.sign(signed_data(MESSAGE, NAMESPACE)))
    altered = choose.choice(
        [
            payload(namespace=choose.choice(names)),
            payload(algorithm=choose.choice(["sha256", "sha384", "sha1", "md5", "sha512"])),
            payload(reserved=choose.randbytes(choose.randrange(3))),
            payload(version=choose.choice([0, 1, 2, 255, 2**31, 2**32 - 1])),
            payload(magic=choose.choice([b"SSHSIG", b"SSHSIg", b"sshsig", b"", b"SSHSIG\0"])),
            payload(key=_key_blob(choose)),
            payload(inner=string(choose.choice(types)) + string(raw)),
            payload(inner=string(types[0]) + string(raw)),
            _lengths(choose, payload()),
        ]
    )
    return Mutant(armoured(altered), KEY)


def _cut(choose: random.Random, raw: bytes) -> bytes:
    scalar = int.from_bytes(raw[32:], "little")
    return choose.choice(
        [
            raw,
            raw[:63],
            raw + b"\0",
            b"",
            raw[:32] + (scalar + curve.ORDER).to_bytes(32, "little"),
            bytes(64),
            raw[::-1],
        ]
    )


def _key_blob(choose: random.Random) -> bytes:
    other = bytes(choose.randbytes(32))
    return choose.choice(
        [
            KEY.blob(),
            KEY.blob() + b"\0",
            KEY.blob()[:-1],
            string(b"ssh-ed25519") + string(other),
            string(b"ssh-ed25519") + string(KEY.raw + b"\0"),
            string(b"ssh-rsa") + string(b"\1\0\1") + string(b"\0" + other),
            string(b"ssh-ed25519-cert-v01@openssh.com") + string(other) + string(KEY.raw),
            TOKEN.blob(),
            b"",
        ]
    )


def _lengths(choose: random.Random, blob: bytes) -> bytes:
    """One of the four-byte lengths says more or less than there is."""
    places = [place for place in range(6, len(blob) - 4) if blob[place : place + 3] == b"\0\0\0"]
    place = choose.choice(places)
    wrong = choose.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\0\0\1\0", b"\0\0\0\1"])
    return blob[:place] + wrong + blob[place + 4 :]


def refusal(text: bytes, key: PublicKey) -> str | None:
    """Why we refuse; None when every signature in the text holds and is by this key."""
    try:
        for signature in read_signatures(text):
            if signature.public_key != key:
                return "another key"
            verify(signature, MESSAGE, NAMESPACE)
    except SignatureFault as fault:
        return fault.message.rpartition(": ")[2] if fault.code == "signature-format" else fault.message
    return None


def _holds_at_first(text: bytes, key: PublicKey) -> bool:
    """Whether the first signature of several is good: ssh-keygen overlooks the others, we read every one."""
    first, end, others = text.partition(END)
    return bool(others) and refusal(first + end, key) is None


def _malleable(text: bytes) -> bool:
    """Whether S is not below the group's order: RFC 8032 refuses that, OpenSSH's own Ed25519 takes some."""
    return any(int.from_bytes(found.raw[32:], "little") >= curve.ORDER for found in read_signatures(text))


@pytest.mark.parametrize("make", [inside, outside, fields], ids=lambda make: make.__name__)
def test_ssh_keygen_accepts_whatever_we_accept(
    tmp_path: Path, make: Callable[[random.Random], Mutant]
) -> None:
    choose = random.Random(f"oracle {make.__name__}")
    answers: Counter[tuple[bool, bool]] = Counter()
    for _ in range(COUNT // 3):
        text, key = make(choose)
        refused = refusal(text, key)
        accepted = openssh.accepts(tmp_path, key, text, MESSAGE)
        answers[refused is None, accepted] += 1
        if refused is None:
            assert accepted, f"looser than ssh-keygen: {text!r}"
        elif accepted and not any(refused.startswith(reason) for reason in STRICTER):
            assert _holds_at_first(text, key) or _malleable(text), f"{refused}: {text!r}"
    assert answers[True, True] > 5
    assert answers[False, False] > 50
