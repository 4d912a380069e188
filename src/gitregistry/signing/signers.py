"""Which key signs, and with what: a key file in this process, or ssh-keygen for agents and tokens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gitregistry.errors import BadInput
from gitregistry.signing import sshsig
from gitregistry.signing.keygen import KeygenSigner
from gitregistry.signing.keys import ED25519, PublicKey, parse_public_key
from gitregistry.signing.private_keys import BEGIN, PrivateKey, parse_private_key, read_key_bytes

_LITERAL = "key::"


class Signer(Protocol):
    """Whoever can sign as one public key."""

    @property
    def public_key(self) -> PublicKey:
        """The key the signatures verify under."""

    def sign(self, message: bytes, namespace: str) -> bytes:
        """An armoured signature over ``message``, ending in a newline."""


class KeyFileSigner:
    """Signs in this process with the seed of an unencrypted key file."""

    def __init__(self, key: PrivateKey) -> None:
        if key.seed is None:
            raise BadInput("only ssh-keygen can sign with this key file")
        self.public_key = key.public_key
        self._secret = Ed25519PrivateKey.from_private_bytes(key.seed)
        if self._secret.public_key().public_bytes_raw() != key.public_key.raw:
            raise BadInput("the private key file is damaged: its two halves are of different keys")

    def sign(self, message: bytes, namespace: str) -> bytes:
        """An armoured signature, byte for byte what ``ssh-keygen -Y sign`` would write."""
        raw = self._secret.sign(sshsig.signed_data(message, namespace))
        return sshsig.armour(sshsig.Signature(self.public_key, namespace, raw))


def signer_in_memory() -> KeyFileSigner:
    """Somebody with a key that is made here and kept nowhere: for registries that are only tried."""
    secret = Ed25519PrivateKey.generate()
    public = PublicKey(ED25519, secret.public_key().public_bytes_raw())
    return KeyFileSigner(PrivateKey(public, encrypted=False, seed=secret.private_bytes_raw()))


class KeyChoice(NamedTuple):
    """The key to sign with: a file, or a public key written out; ``origin`` says in words who chose it."""

    path: Path | None
    literal: str | None
    origin: str


def choose_key(
    option: Path | None, environment: Mapping[str, str], git_config: Mapping[str, str], home: Path
) -> KeyChoice:
    """The first of ``--key``, ``$REGISTRY_KEY``, Git's ``user.signingkey`` and ``~/.ssh/id_ed25519``.

    Args:
        git_config: Git's settings by lower-case name; a signing key counts only with ``gpg.format`` ssh.

    Raises:
        BadInput: there is none of them; the message names every place looked at.
    """
    if option is not None:
        return KeyChoice(option, None, "--key")
    if chosen := environment.get("REGISTRY_KEY"):
        return KeyChoice(_expanded(chosen, home), None, "$REGISTRY_KEY")
    configured = git_config.get("user.signingkey", "")
    if configured and git_config.get("gpg.format") == "ssh":
        return _configured(configured, home)
    default = home / ".ssh" / "id_ed25519"
    if default.exists():
        return KeyChoice(default, None, "~/.ssh/id_ed25519")
    git_reason = "names no SSH key: gpg.format is not ssh" if configured else "is not set"
    raise BadInput(
        "no signing key: --key was not given, $REGISTRY_KEY is not set, "
        f"git config user.signingkey {git_reason}, and there is no ~/.ssh/id_ed25519",
        hint="registry keys generate",
    )


def signer_for(choice: KeyChoice, terminal: bool) -> Signer:
    """Whoever can sign with the chosen key.

    An unencrypted Ed25519 key file signs in this process. A public key, an encrypted file and a token's file
    go to ``ssh-keygen``, which asks the agent first; only with ``terminal`` may it ask for a passphrase.

    Raises:
        BadInput: the file is missing, holds no key, or holds a key of another kind.
    """
    try:
        if choice.path is None:
            return KeygenSigner(parse_public_key(choice.literal or ""), None, terminal)
        content = read_key_bytes(choice.path)
        if not content.startswith(BEGIN) and content.startswith((b"ssh-", b"sk-", b"ecdsa-")):
            return KeygenSigner(parse_public_key(content.decode("utf-8", "replace")), choice.path, terminal)
        key = parse_private_key(content)
        if key.seed is None:
            return KeygenSigner(key.public_key, choice.path, terminal)
        return KeyFileSigner(key)
    except BadInput as fault:
        place = str(choice.path) if choice.path else None
        raise BadInput(f"{fault.message} (key from {choice.origin})", hint=fault.hint, path=place) from None


def _configured(value: str, home: Path) -> KeyChoice:
    """Git's ``user.signingkey``: a literal key behind ``key::`` or in its older bare form, else a file."""
    origin = "git config user.signingkey"
    if value.startswith((_LITERAL, "ssh-")):
        return KeyChoice(None, value.removeprefix(_LITERAL), origin)
    return KeyChoice(_expanded(value, home), None, origin)


def _expanded(value: str, home: Path) -> Path:
    return home / value[2:] if value.startswith("~/") else Path(value)
