"""Private key files: those of ssh-keygen are read, new ones please ssh-keygen, and every fault is named."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.errors import BadInput
from gitregistry.signing.key_generation import generate_key_file
from gitregistry.signing.keys import parse_public_key
from gitregistry.signing.private_keys import load_private_key, parse_private_key
from tests.signing import openssh
from tests.signing.forge import KEY, SEED, TOKEN, dressed, key_file


def test_a_key_of_ssh_keygen_is_read(keys: Path) -> None:
    key = load_private_key(keys / "plain")
    assert key.public_key == parse_public_key((keys / "plain.pub").read_text())
    assert not key.encrypted
    assert key.seed is not None
    derived = ed25519.Ed25519PrivateKey.from_private_bytes(key.seed).public_key()
    assert derived.public_bytes_raw() == key.public_key.raw


def test_an_encrypted_key_says_whose_it_is_but_not_its_secret(keys: Path) -> None:
    key = load_private_key(keys / "locked")
    assert key.public_key == parse_public_key((keys / "locked.pub").read_text())
    assert key.encrypted
    assert key.seed is None


def test_a_tokens_key_file_says_whose_it_is() -> None:
    key = parse_private_key(key_file(blob=TOKEN.blob()))
    assert key.public_key == TOKEN
    assert key.seed is None
    assert not key.encrypted


def test_a_key_put_together_by_hand_is_read_so_that_each_fault_below_differs_in_one_thing() -> None:
    assert parse_private_key(key_file()).seed == SEED


def test_a_secret_is_never_shown_in_an_error_or_a_log() -> None:
    shown = repr(parse_private_key(key_file()))
    assert repr(SEED) not in shown
    assert "seed" not in shown


@pytest.mark.parametrize(
    "content",
    [
        key_file(magic=b"openssh-key-v2\0"),
        key_file(derivation=b"bcrypt"),
        key_file(count=0),
        key_file(count=2),
        key_file(checks=b"abcdabce"),
        key_file(secret=SEED + bytes(32)),
        key_file(secret=SEED),
        key_file(padding=b""),
        key_file(padding=bytes(5)),
        key_file(padding=bytes(range(1, 14))),
        key_file(trailing=b"\0"),
        key_file(blob=KEY.blob()[:20] + b"\0" + KEY.blob()[21:]),
        dressed(b""),
        key_file().replace(b"-----END", b""),
        key_file().replace(b"\nb3", b"\n*3"),
        b"-----BEGIN OPENSSH PRIVATE KEY-----",
        key_file() + key_file(),
    ],
)
def test_a_damaged_key_file_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match="damaged"):
        parse_private_key(content)


@given(st.integers(0, len(key_file()) - 1), st.integers(0, 255))
def test_any_one_byte_altered_in_a_key_file_leaves_the_same_key_or_a_fault(position: int, value: int) -> None:
    content = key_file()
    try:
        key = parse_private_key(content[:position] + bytes([value]) + content[position + 1 :])
    except BadInput:
        return
    assert key.public_key == KEY or key.encrypted


def test_an_rsa_key_is_refused_by_name(keys: Path) -> None:
    with pytest.raises(BadInput, match="RSA keys are not accepted"):
        load_private_key(keys / "rsa")
    older = rsa.generate_private_key(65537, 2048)
    pem = older.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    with pytest.raises(BadInput, match="RSA keys are not accepted"):
        parse_private_key(pem)


def test_a_public_key_given_as_a_private_one_is_told_apart(keys: Path) -> None:
    with pytest.raises(BadInput, match="this is a public key") as caught:
        load_private_key(keys / "plain.pub")
    assert caught.value.path == str(keys / "plain.pub")


def test_a_file_that_is_no_key_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("nothing here\n")
    with pytest.raises(BadInput, match="not a private key"):
        load_private_key(tmp_path / "notes")


def test_a_missing_file_is_named_with_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no such key file") as caught:
        load_private_key(tmp_path / "nobody")
    assert caught.value.hint == "registry keys generate"


def test_a_folder_is_not_a_key(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        load_private_key(tmp_path)


def test_a_device_is_not_a_key() -> None:
    with pytest.raises(BadInput, match="not a file"):
        load_private_key(Path("/dev/zero"))


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(BadInput, match="too long"):
        load_private_key(tmp_path / "huge")


def test_a_private_key_that_others_may_read_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    key = tmp_path / "my key"
    generate_key_file(key)
    key.chmod(0o640)
    with pytest.raises(BadInput, match="other users may read") as caught:
        load_private_key(key)
    assert caught.value.hint == f"chmod 600 '{key}'"


def test_a_generated_key_is_one_that_ssh_keygen_reads(tmp_path: Path) -> None:
    path = tmp_path / "new" / "id_ed25519"
    key = generate_key_file(path, "me@example.com")
    assert openssh.run("-y", "-f", str(path)).decode().strip() == key.openssh
    assert path.with_name("id_ed25519.pub").read_text() == f"{key.openssh} me@example.com\n"
    assert load_private_key(path).public_key == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("present", ["key", "key.pub"])
def test_generating_never_overwrites_a_key_and_leaves_no_half_behind(tmp_path: Path, present: str) -> None:
    (tmp_path / present).write_text("precious")
    with pytest.raises(BadInput, match="never overwritten") as caught:
        generate_key_file(tmp_path / "key")
    assert caught.value.path == str(tmp_path / present)
    assert [file.name for file in tmp_path.iterdir()] == [present]
    assert (tmp_path / present).read_text() == "precious"


def test_generating_does_not_write_through_a_dangling_link(tmp_path: Path) -> None:
    (tmp_path / "key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput, match="never overwritten"):
        generate_key_file(tmp_path / "key")
    assert not (tmp_path / "elsewhere").exists()


def test_generating_below_a_file_or_with_a_name_too_long_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="folder cannot be made"):
        generate_key_file(tmp_path / "file" / "below" / "key")
    with pytest.raises(BadInput, match="cannot be written"):
        generate_key_file(tmp_path / ("x" * 300))


def test_a_comment_cannot_add_a_second_key(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="comment"):
        generate_key_file(tmp_path / "key", "me\nssh-ed25519 AAAA")
    assert list(tmp_path.iterdir()) == []
