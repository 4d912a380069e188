"""Whoever signs: no key, the wrong one, one that trust does not know, a role that its owner does not hold."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.errors.failing import Process, check_words, everything, fails
from tests.support.keys import IDS
from tests.support.registry import Registry

ATTEST = ("attest", "churn:v1", "offline_eval_passed", "--passed")
DEPLOY = ("deploy", "churn", "--revision", "r", "--release", "v2")


def keygen(path: Path, kind: str, passphrase: str = "") -> Path:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "x", "-f", str(path)], check=True, timeout=60
    )
    return path


def test_no_key_at_all_names_every_place_looked_at(healthy: Registry) -> None:
    says = (
        "no signing key: --key was not given, $REGISTRY_KEY is not set",
        "git config user.signingkey is not set",
        "there is no ~/.ssh/id_ed25519",
        "try: registry keys generate",
    )
    fails(healthy, *ATTEST, key=None, code=2, says=says)


def test_a_key_that_trust_does_not_know(healthy: Registry) -> None:
    says = (
        "the key SHA256:",
        "belongs to nobody in trust version",
        "(signing with ",
        "from $REGISTRY_KEY)",
        "try: name another key with --key FILE or $REGISTRY_KEY",
    )
    fails(healthy, *ATTEST, key="mallory", code=1, says=says)


@pytest.mark.parametrize(
    ("arguments", "role"),
    [
        (ATTEST, "attester"),
        (("promote", "churn:v1", "--to", "staging"), "promoter"),
        (("rollback", "churn", "--in", "production", "--reason", "x"), "operator"),
        (("retire", "churn:v1", "--withdraw", "--reason", "x"), "operator"),
        ((*DEPLOY, "--in", "production", "--traffic", "100"), "operator"),
        (("approve", "churn:v1", "--to", "production", "--role", "risk-owner"), "risk-owner"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else value,
)  # fmt: skip
def test_the_wrong_role(arguments: tuple[str, ...], role: str, healthy: Registry) -> None:
    says = (
        f"bob@example.com does not hold the role {role} for churn",
        f"registry trust grant bob@example.com {role}",
    )
    fails(healthy, *arguments, key="bob", code=1, says=says)


def test_a_registration_by_somebody_without_the_role(healthy: Registry, tmp_path: Path) -> None:
    manifest = tmp_path / "m.yaml"
    manifest.write_text("model_name: m\nversion: v1\n", "utf-8")
    says = "bob@example.com does not hold the role publisher for m"
    fails(healthy, "register", str(manifest), "--artifact", str(manifest), key="bob", code=1, says=says)


def test_trust_is_not_changed_by_somebody_who_is_no_administrator(healthy: Registry) -> None:
    arguments = ("trust", "grant", IDS["bob"], "promoter")
    fails(healthy, *arguments, key="bob", code=1, says="bob@example.com is no administrator")


def test_the_last_administrator_stays(healthy: Registry) -> None:
    says = "1 administrators must agree, but only 0 are named: nobody could ever change it again"
    fails(healthy, "trust", "revoke", IDS["alice"], "--reason", "x", code=1, says=says)


def test_nobody_makes_themselves_administrator(live: Registry) -> None:
    """Their signature counts under the trust proposed, never under the one in force: nothing comes of it."""
    head = live.head
    answer = live.run("trust", "grant", IDS["bob"], "administrator", key="bob")
    assert "signed, not yet in force" in answer.out
    assert live.head == head
    assert live.passes()


def test_a_policy_is_not_changed_by_somebody_who_is_no_administrator(live: Registry) -> None:
    path = live.folder / "registry" / "policy.yaml"
    path.write_text(path.read_text("utf-8").replace("max: 60", "max: 600"), "utf-8")
    fails(live, "sign", "registry/policy.yaml", key="bob", code=1, says="bob@example.com is no administrator")


def test_a_revoked_key(live: Registry) -> None:
    live.run("trust", "revoke", IDS["ci"], "--reason", "laptop stolen")
    fails(live, *ATTEST, key="ci", code=1, says=("of ci was revoked: laptop stolen",))


def test_a_key_before_and_after_its_time(live: Registry) -> None:
    live.add("dave", "attester", options=("--valid-until", "2020-01-01"))
    live.add("deploy-bot", "attester", kind="bot", options=("--valid-from", "2099-01-01"))
    fails(live, *ATTEST, key="dave", code=1, says="the key of dave@example.com expired at 2020-01-01")
    fails(live, *ATTEST, key="deploy-bot", code=1, says="the key of deploy-bot is valid only from 2099-01-01")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder / "nowhere", ("nowhere: there is no such key file", "registry keys generate")),
        (lambda folder: folder, ("the key file cannot be read: Is a directory",)),
        (lambda folder: keygen(folder / "rsa", "rsa"), ("RSA keys are not accepted, only Ed25519",)),
        (lambda folder: keygen(folder / "ec", "ecdsa"), ("are not accepted, only Ed25519",)),
    ],
    ids=["missing", "folder", "rsa", "ecdsa"],
)  # fmt: skip
def test_a_file_that_is_no_usable_key(
    make: object, says: tuple[str, ...], healthy: Registry, tmp_path: Path
) -> None:
    assert callable(make)
    fails(healthy, *ATTEST, "--key", str(make(tmp_path)), key=None, code=2, says=(*says, "(key from --key)"))


def test_a_file_of_something_else(healthy: Registry, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("buy milk\n", "utf-8")
    fails(healthy, *ATTEST, "--key", str(file), key=None, code=2, says="not a private key in OpenSSH's form")
    arguments = ("trust", "add", "dave@example.com", "--key", str(file))
    fails(healthy, *arguments, code=2, says="not an Ed25519 public key in OpenSSH's form")
    file.write_bytes(b"\xff\xfe")
    fails(healthy, *arguments, code=2, says="not a public key: it is not text")


def test_a_private_key_that_others_may_read(healthy: Registry, tmp_path: Path) -> None:
    key = keygen(tmp_path / "open", "ed25519")
    key.chmod(0o644)
    says = ("open: other users may read this private key", f"try: chmod 600 {key}")
    fails(healthy, *ATTEST, "--key", str(key), key=None, code=2, says=says)


def test_an_encrypted_key_without_a_terminal(live: Registry, tmp_path: Path) -> None:
    locked = keygen(tmp_path / "locked", "ed25519", "a passphrase")
    live.run("trust", "add", "erin", "--key", f"{locked}.pub", "--kind", "ci", "--role", "attester")
    before = everything(live.folder)
    result = Process(live.folder, locked).run(*ATTEST)
    assert result.code == 2
    says = (
        "the key is encrypted and there is no terminal to ask on",
        f"ssh-add {locked}, then --key {locked}.pub",
    )
    check_words(result, says)
    assert everything(live.folder) == before


def test_a_public_key_whose_private_half_is_nowhere(healthy: Registry, tmp_path: Path) -> None:
    alone = tmp_path / "alone.pub"
    alone.write_bytes(healthy.keys["ci"].with_name("ci.pub").read_bytes())
    result = Process(healthy.folder).run(*ATTEST, "--key", str(alone))
    assert result.code == 2
    check_words(result, "the agent holds no such key, and no private file lies beside this one")


def test_keys_are_never_overwritten(healthy: Registry, tmp_path: Path) -> None:
    key = keygen(tmp_path / "mine", "ed25519")
    before = key.read_bytes()
    fails(healthy, "keys", "generate", str(key), code=2, says="keys are never overwritten")
    assert key.read_bytes() == before
