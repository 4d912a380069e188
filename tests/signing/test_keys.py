"""Public keys are read strictly, named as OpenSSH names them, and refused when they are weak."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.errors import BadInput
from gitregistry.signing.keys import PublicKey, from_blob, is_small_order, parse_public_key, require_strong
from gitregistry.signing.wire import string
from tests.signing import curve, openssh
from tests.signing.forge import KEY, TOKEN


def test_a_key_reads_back_as_ssh_keygen_wrote_it(keys: Path) -> None:
    line = (keys / "plain.pub").read_text()
    key = parse_public_key(line)
    assert line == f"{key.openssh} two words\n"
    assert from_blob(key.blob()) == key


def test_the_fingerprint_is_the_one_ssh_keygen_prints(keys: Path) -> None:
    printed = openssh.run("-l", "-f", str(keys / "plain.pub")).decode()
    assert printed.split()[1] == parse_public_key((keys / "plain.pub").read_text()).fingerprint


def test_ssh_keygen_reads_a_token_key_as_we_write_it(tmp_path: Path) -> None:
    (tmp_path / "token.pub").write_text(TOKEN.openssh + "\n")
    printed = openssh.run("-l", "-f", str(tmp_path / "token.pub")).decode()
    assert TOKEN.fingerprint in printed
    assert "(ED25519-SK)" in printed


@given(st.binary(min_size=32, max_size=32), st.text("abcxyz.-:", max_size=200))
def test_every_key_survives_being_written_and_read(raw: bytes, application: str) -> None:
    for key in (PublicKey("ssh-ed25519", raw), PublicKey(TOKEN.key_type, raw, f"ssh:{application}")):
        assert parse_public_key(key.openssh) == key
        assert parse_public_key(key.openssh + " a comment ssh-rsa AAAA\n") == key


@given(st.text() | st.text().map(lambda rest: f"ssh-ed25519 {rest}"))
def test_no_text_at_all_escapes_as_another_error(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_public_key(text)
    assert caught.value.hint


@given(st.binary(max_size=200))
def test_no_bytes_at_all_escape_as_another_error(blob: bytes) -> None:
    with pytest.raises(BadInput):
        from_blob(blob)


@pytest.mark.parametrize(("name", "family"), [("rsa", "RSA"), ("ecdsa", "ECDSA")])
def test_other_families_are_refused_by_name(keys: Path, name: str, family: str) -> None:
    with pytest.raises(BadInput, match=f"{family} keys are not accepted") as caught:
        parse_public_key((keys / f"{name}.pub").read_text())
    assert caught.value.hint == "registry keys generate"


def test_a_certificate_is_refused(keys: Path, tmp_path: Path) -> None:
    (tmp_path / "user.pub").write_text((keys / "plain.pub").read_text())
    openssh.run("-q", "-s", str(keys / "other"), "-I", "me", "-n", "me", str(tmp_path / "user.pub"))
    with pytest.raises(BadInput, match="certificates are not accepted"):
        parse_public_key((tmp_path / "user-cert.pub").read_text())


LINE = KEY.openssh
TYPE, BASE64 = LINE.split()


HOSTILE_LINES = [
    "",
    "\n",
    TYPE,
    BASE64,
    f" {LINE}",
    f"{TYPE}  {BASE64}",
    f"{TYPE}\t{BASE64}",
    f'cert-authority,namespaces="file" {LINE}',
    f"me@example.com {LINE}",
    f"{LINE}\n{LINE}\n",
    f"{LINE} comment\rssh-ed25519",
    f"{LINE} comment\nssh-ed25519",
    f"{LINE}=",
    f"{TYPE} {BASE64[:-4]}",
    f"{TYPE} {BASE64[:40]}\u200b{BASE64[40:]}",
    f"{TYPE} {BASE64[:-1]}\N{FULLWIDTH LATIN SMALL LETTER A}",
    f"{TOKEN.key_type} {BASE64}",
    f"{TYPE} {TOKEN.openssh.split()[1]}",
    f"{LINE} {'x' * 10_000}",
]


@pytest.mark.parametrize("text", HOSTILE_LINES)
def test_a_line_that_is_not_quite_a_key_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_public_key(text)


HOSTILE_BLOBS = [
    KEY.blob() + b"\0",
    KEY.blob()[:-1],
    string(b"ssh-ed25519") + string(KEY.raw[:31]),
    string(b"ssh-ed25519") + string(KEY.raw + b"\0"),
    string(b"ssh-ed25519") + b"\xff\xff\xff\xff" + KEY.raw,
    string(b"ssh-ed25519\0") + string(KEY.raw),
    string(b"ssh-ed448") + string(KEY.raw),
    TOKEN.blob() + b"\0",
    string(TOKEN.key_type.encode()) + string(KEY.raw),
    string(TOKEN.key_type.encode()) + string(KEY.raw) + string(b"https://example.com"),
    string(TOKEN.key_type.encode()) + string(KEY.raw) + string(b"ssh:\x1b[2J"),
    string(TOKEN.key_type.encode()) + string(KEY.raw) + string(b"ssh:" + b"x" * 1000),
    string(TOKEN.key_type.encode())
    + string(KEY.raw)
    + string("ssh:\N{LATIN SMALL LETTER E WITH ACUTE}".encode()),
]


@pytest.mark.parametrize("blob", HOSTILE_BLOBS)
def test_a_blob_that_is_not_quite_a_key_is_refused(blob: bytes) -> None:
    with pytest.raises(BadInput):
        from_blob(blob)


def test_every_spelling_of_every_small_order_point_is_found() -> None:
    points = curve.small_order_points()
    assert len(points) == 8
    for point in points:
        for raw in curve.encodings(point):
            assert is_small_order(raw)
            with pytest.raises(BadInput, match="small order"):
                require_strong(PublicKey("ssh-ed25519", raw))


@given(st.integers(curve.PRIME, 2**255 - 1), st.booleans())
def test_every_number_past_the_prime_is_refused(height: int, sign: bool) -> None:
    assert is_small_order((height | sign << 255).to_bytes(32, "little"))


def test_an_honest_key_is_strong(keys: Path) -> None:
    for name in ("plain", "other", "locked"):
        require_strong(parse_public_key((keys / f"{name}.pub").read_text()))
