"""Who signs: the key chosen in the documented order, by file, agent or passphrase."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from gitregistry.errors import BadInput
from gitregistry.signing.keygen import KeygenSigner
from gitregistry.signing.keys import parse_public_key
from gitregistry.signing.private_keys import PrivateKey, load_private_key
from gitregistry.signing.signers import KeyChoice, KeyFileSigner, Signer, choose_key, signer_for
from gitregistry.signing.sshsig import read_signatures, verify
from gitregistry.signing.wire import string
from tests.signing import openssh
from tests.signing.forge import KEY, MESSAGE, TOKEN, key_file
from tests.signing.openssh import NAMESPACE

ORIGIN = "--key"

# The private section of a token's key file: flags (touch needed), key handle, a reserved field, a comment.
TOKEN_SECTION = (
    b"abcdabcd" + TOKEN.blob() + b"\x01" + string(b"handle") + string(b"") + string(b"me") + b"\x01"
)


def by_file(path: Path, terminal: bool = False) -> Signer:
    return signer_for(KeyChoice(path, None, ORIGIN), terminal)


def require_good(signer: Signer) -> None:
    """The signer's signature holds under the signer's key."""
    (signature,) = read_signatures(signer.sign(MESSAGE, NAMESPACE))
    verify(signature, MESSAGE, NAMESPACE)
    assert signature.public_key == signer.public_key


# --- which key ---------------------------------------------------------------------------------------


def test_the_option_comes_before_everything(tmp_path: Path) -> None:
    configured = {"gpg.format": "ssh", "user.signingkey": "/git"}
    choice = choose_key(Path("/option"), {"REGISTRY_KEY": "/environment"}, configured, tmp_path)
    assert choice == KeyChoice(Path("/option"), None, "--key")


def test_the_environment_comes_before_git(tmp_path: Path) -> None:
    configured = {"gpg.format": "ssh", "user.signingkey": "/git"}
    choice = choose_key(None, {"REGISTRY_KEY": "~/work key"}, configured, tmp_path)
    assert choice == KeyChoice(tmp_path / "work key", None, "$REGISTRY_KEY")


@pytest.mark.parametrize(
    ("value", "path", "literal"),
    [
        ("/keys/mine.pub", Path("/keys/mine.pub"), None),
        ("~/.ssh/mine", Path("HOME/.ssh/mine"), None),
        (f"key::{KEY.openssh} me", None, f"{KEY.openssh} me"),
        (KEY.openssh, None, KEY.openssh),
        (f"key::{TOKEN.openssh}", None, TOKEN.openssh),
    ],
)
def test_gits_signing_key_is_read_in_each_of_its_forms(
    value: str, path: Path | None, literal: str | None
) -> None:
    choice = choose_key(
        None, {"REGISTRY_KEY": ""}, {"gpg.format": "ssh", "user.signingkey": value}, Path("HOME")
    )
    assert choice == KeyChoice(path, literal, "git config user.signingkey")


def test_gits_key_for_another_format_is_passed_over(tmp_path: Path) -> None:
    default = tmp_path / ".ssh" / "id_ed25519"
    default.parent.mkdir()
    default.touch()
    choice = choose_key(None, {}, {"user.signingkey": "0xDEADBEEF"}, tmp_path)
    assert choice == KeyChoice(default, None, "~/.ssh/id_ed25519")


def test_no_key_at_all_names_every_place_looked_at(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no signing key") as caught:
        choose_key(None, {}, {}, tmp_path)
    for place in ("--key", "$REGISTRY_KEY", "git config user.signingkey is not set", "~/.ssh/id_ed25519"):
        assert place in caught.value.message
    assert caught.value.hint == "registry keys generate"
    with pytest.raises(BadInput, match=r"gpg\.format is not ssh"):
        choose_key(None, {}, {"gpg.format": "openpgp", "user.signingkey": "0xDEADBEEF"}, tmp_path)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing", "no such key file"),
        ("rsa", "RSA"),
        ("rsa.pub", "RSA"),
        ("ecdsa", "ECDSA"),
        ("ecdsa.pub", "ECDSA"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_with_its_path_and_who_chose_it(
    keys: Path, name: str, words: str
) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        by_file(keys / name)
    assert caught.value.path == str(keys / name)
    assert "(key from --key)" in caught.value.message


def test_a_literal_that_is_no_key_says_where_it_was_written() -> None:
    with pytest.raises(BadInput, match=r"key from git config user\.signingkey"):
        signer_for(KeyChoice(None, "ssh-ed25519 AAAA", "git config user.signingkey"), terminal=False)


# --- a key file --------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", [b"", b"\0", MESSAGE, b"\r\n" * 50_000])
def test_a_key_file_signs_byte_for_byte_like_ssh_keygen(keys: Path, message: bytes) -> None:
    ours = by_file(keys / "plain").sign(message, NAMESPACE)
    assert ours == openssh.sign(keys / "plain", message)


def test_ssh_keygen_verifies_what_a_key_file_signs(keys: Path, tmp_path: Path) -> None:
    signer = by_file(keys / "plain")
    text = signer.sign(MESSAGE, NAMESPACE)
    assert openssh.accepts(tmp_path, signer.public_key, text, MESSAGE)
    assert not openssh.accepts(tmp_path, signer.public_key, text, MESSAGE + b" ")
    assert not openssh.accepts(tmp_path, signer.public_key, text, MESSAGE, "gitregistry.alias.v1")


def test_a_key_file_whose_halves_are_of_two_keys_never_signs(keys: Path) -> None:
    seed = load_private_key(keys / "plain").seed
    with pytest.raises(BadInput, match="two halves are of different keys"):
        KeyFileSigner(PrivateKey(KEY, encrypted=False, seed=seed))


def test_a_key_file_without_a_seed_never_signs_in_process() -> None:
    with pytest.raises(BadInput, match="only ssh-keygen"):
        KeyFileSigner(PrivateKey(KEY, encrypted=True, seed=None))


# --- an agent ----------------------------------------------------------------------------------------


def add_to_agent(key: Path) -> None:
    subprocess.run(["ssh-add", "-q", str(key)], check=True, capture_output=True)


@pytest.mark.parametrize("form", ["file", "literal"])
def test_a_public_key_asks_the_agent(keys: Path, agent: str, tmp_path: Path, form: str) -> None:
    add_to_agent(keys / "plain")
    lone = tmp_path / "lone.pub"
    lone.write_bytes((keys / "plain.pub").read_bytes())
    literal = lone.read_text().strip()
    choice = KeyChoice(lone, None, ORIGIN) if form == "file" else KeyChoice(None, literal, "git")
    signer = signer_for(choice, terminal=False)
    require_good(signer)
    assert signer.sign(MESSAGE, NAMESPACE) == openssh.sign(keys / "plain", MESSAGE)


def test_a_public_key_the_agent_lacks_is_refused(agent: str) -> None:
    signer = signer_for(KeyChoice(None, KEY.openssh, "git"), terminal=False)
    with pytest.raises(BadInput, match="the agent holds no such key") as caught:
        signer.sign(MESSAGE, NAMESPACE)
    assert caught.value.path == KEY.fingerprint
    assert "ssh-add" in str(caught.value.hint)


def test_a_public_key_without_any_agent_is_refused(no_agent: None) -> None:
    signer = signer_for(KeyChoice(None, KEY.openssh, "git"), terminal=False)
    with pytest.raises(BadInput, match="the agent holds no such key"):
        signer.sign(MESSAGE, NAMESPACE)


def test_a_public_key_with_its_private_file_beside_it_needs_no_agent(keys: Path, no_agent: None) -> None:
    signer = by_file(keys / "plain.pub")
    assert isinstance(signer, KeygenSigner)
    require_good(signer)


def test_on_a_terminal_nothing_is_asked_when_nothing_need_be(keys: Path, no_agent: None) -> None:
    require_good(by_file(keys / "plain.pub", terminal=True))


def test_on_a_terminal_ssh_keygen_says_itself_what_is_wrong(
    no_agent: None, capfd: pytest.CaptureFixture[str]
) -> None:
    signer = signer_for(KeyChoice(None, KEY.openssh, "git"), terminal=True)
    with pytest.raises(BadInput, match="its own words are above"):
        signer.sign(MESSAGE, NAMESPACE)
    assert "No private key found" in capfd.readouterr().err


def test_without_ssh_keygen_the_hint_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match="not installed") as caught:
        signer_for(KeyChoice(None, KEY.openssh, "git"), terminal=False).sign(MESSAGE, NAMESPACE)
    assert "OpenSSH" in str(caught.value.hint)


def test_a_signature_by_another_key_than_the_one_asked_for_is_refused(keys: Path, no_agent: None) -> None:
    with pytest.raises(BadInput, match="another key than the one asked for"):
        KeygenSigner(KEY, keys / "plain", terminal=False).sign(MESSAGE, NAMESPACE)


def test_a_signature_no_verifier_would_accept_is_refused_when_it_is_made(keys: Path, no_agent: None) -> None:
    rsa = parse_public_key((keys / "plain.pub").read_text())
    with pytest.raises(BadInput, match="nobody would accept"):
        KeygenSigner(rsa, keys / "rsa", terminal=False).sign(MESSAGE, NAMESPACE)


def test_a_tokens_key_file_goes_to_ssh_keygen_whose_reason_is_passed_on(
    tmp_path: Path, no_agent: None
) -> None:
    path = tmp_path / "token"
    path.write_bytes(key_file(blob=TOKEN.blob(), section=TOKEN_SECTION))
    path.chmod(0o600)
    signer = by_file(path)
    assert signer.public_key == TOKEN
    with pytest.raises(BadInput, match="ssh-keygen could not sign: "):
        signer.sign(MESSAGE, NAMESPACE)


# --- a passphrase ------------------------------------------------------------------------------------


def test_an_encrypted_key_that_the_agent_holds_needs_no_passphrase(
    keys: Path, agent: str, tmp_path: Path
) -> None:
    opened = tmp_path / "opened"
    opened.write_bytes((keys / "locked").read_bytes())
    opened.chmod(0o600)
    openssh.run("-q", "-p", "-P", "secret", "-N", "", "-f", str(opened))
    add_to_agent(opened)
    require_good(by_file(keys / "locked"))


def test_an_encrypted_key_without_a_terminal_is_refused_with_the_way_round(
    keys: Path, no_agent: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")  # no window may be opened either
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    for name in ("locked", "locked.pub"):
        with pytest.raises(BadInput, match="encrypted and there is no terminal") as caught:
            by_file(keys / name).sign(MESSAGE, NAMESPACE)
        locked = keys / "locked"
        assert caught.value.hint == f"use an agent: ssh-add {locked}, then --key {locked}.pub"


SIGN_ON_TERMINAL = """
import fcntl
import sys
import termios
from pathlib import Path
from gitregistry.errors import BadInput
from gitregistry.signing.signers import KeyChoice, signer_for
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that /dev/tty is this terminal
try:
    text = signer_for(KeyChoice(Path(sys.argv[1]), None, "--key"), terminal=True).sign(b"m", "n")
except BadInput as fault:
    sys.exit(fault.message)
sys.stdout.buffer.write(text)
"""


def sign_on_terminal(key: Path, passphrase: str) -> tuple[bytes, str]:
    """Sign in another process with a terminal, and type there; the signature and what the screen showed."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", SIGN_ON_TERMINAL, str(key)],
        stdin=slave,
        stderr=slave,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    os.close(slave)
    shown = b""
    while b"passphrase" not in shown:
        shown += os.read(master, 1024)
    os.write(master, passphrase.encode() + b"\n")
    signature, _ = process.communicate(timeout=30)
    while part := read_if_any(master):
        shown += part
    os.close(master)
    return signature, shown.decode()


def read_if_any(terminal: int) -> bytes:
    """What is left to read; Linux reports the end of a terminal as an error."""
    try:
        return os.read(terminal, 1024)
    except OSError:
        return b""


def test_a_passphrase_is_asked_for_on_the_terminal(keys: Path, no_agent: None) -> None:
    text, shown = sign_on_terminal(keys / "locked", "secret")
    (signature,) = read_signatures(text)
    verify(signature, b"m", "n")
    assert "secret" not in shown


def test_a_wrong_passphrase_is_refused_and_says_so(keys: Path, no_agent: None) -> None:
    text, shown = sign_on_terminal(keys / "locked", "wrong")
    assert text == b""
    assert "incorrect passphrase" in shown
    assert "ssh-keygen could not sign" in shown
