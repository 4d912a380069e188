"""Signing through ``ssh-keygen -Y sign``, for keys that this process cannot or should not hold.

A passphrase or a token's PIN is asked for by ssh-keygen itself and never passes through here: to decrypt
OpenSSH key files takes one more package (bcrypt), and ssh-keygen also knows agents and tokens.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from gitregistry.errors import BadInput
from gitregistry.signing import sshsig
from gitregistry.signing.keys import PublicKey


class KeygenSigner:
    """Signs with a key that an agent, a token or an encrypted file holds.

    Args:
        public_key: the key asked for; a signature by any other is refused.
        path: the key's file, public or private; None asks the agent for ``public_key``.
        terminal: whether standard input is a terminal; if not, ssh-keygen is kept from asking anything.
    """

    def __init__(self, public_key: PublicKey, path: Path | None, terminal: bool) -> None:
        self.public_key = public_key
        self._path = path
        self._terminal = terminal

    def sign(self, message: bytes, namespace: str) -> bytes:
        """An armoured signature, verified before it is returned.

        Raises:
            BadInput: no ssh-keygen, no such key in the agent, a wrong passphrase, or a token nobody touched.
        """
        with tempfile.TemporaryDirectory(prefix="registry-sign-") as folder:
            message_path = Path(folder, "message")
            message_path.write_bytes(message)
            self._run(message_path, self._key_path(Path(folder)), namespace)
            signature = message_path.with_name("message.sig").read_bytes()
        self._require_own(signature, message, namespace)
        return signature

    @property
    def _name(self) -> str:
        return str(self._path) if self._path else self.public_key.fingerprint

    def _key_path(self, folder: Path) -> Path:
        if self._path is not None:
            return self._path
        written = folder / "key.pub"
        written.write_text(self.public_key.openssh + "\n", encoding="ascii")
        return written

    def _run(self, message_path: Path, key_path: Path, namespace: str) -> None:
        # The message goes by file: standard input must stay the terminal, or ssh-keygen will not ask there.
        command = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(key_path), str(message_path)]
        run = _run_on_terminal if self._terminal else _run_silently
        try:
            status, said = run(command)
        except FileNotFoundError:
            raise BadInput(
                "this key needs ssh-keygen, and it is not installed",
                hint="install OpenSSH 8.2 or newer, or sign with an unencrypted key file",
            ) from None
        if status:
            raise self._refusal(said)

    def _refusal(self, said: str) -> BadInput:
        """What ssh-keygen's last words mean; on a terminal the person has read them already."""
        private = shlex.quote(self._name.removesuffix(".pub"))
        if self._terminal:
            return BadInput("ssh-keygen could not sign; its own words are above", path=self._name)
        if "passphrase" in said:
            return BadInput(
                "the key is encrypted and there is no terminal to ask on",
                hint=f"use an agent: ssh-add {private}, then --key {private}.pub",
                path=self._name,
            )
        if "No private key found" in said:
            return BadInput(
                "the agent holds no such key, and no private file lies beside this one",
                hint="add it with ssh-add; `ssh-add -L` lists what the agent holds",
                path=self._name,
            )
        return BadInput(f"ssh-keygen could not sign: {said or 'it did not say why'}", path=self._name)

    def _require_own(self, text: bytes, message: bytes, namespace: str) -> None:
        """Refuse here what every verifier would: another key's signature, or a token's without touch."""
        try:
            (signature,) = sshsig.read_signatures(text)
            sshsig.verify(signature, message, namespace)
        except (sshsig.SignatureFault, ValueError) as fault:
            raise BadInput(
                f"ssh-keygen made a signature nobody would accept: {fault}", path=self._name
            ) from None
        if signature.public_key != self.public_key:
            raise BadInput("ssh-keygen signed with another key than the one asked for", path=self._name)


def _run_on_terminal(command: list[str]) -> tuple[int, str]:
    """Run where a person reads and answers; the exit status, and no words, for they have been read."""
    return subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode, ""


def _run_silently(command: list[str]) -> tuple[int, str]:
    """Run cut off from any terminal and askpass window; the exit status, and the last line it said."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | {"SSH_ASKPASS_REQUIRE": "never"},
        start_new_session=True,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    lines = done.stderr.strip().splitlines()
    return done.returncode, lines[-1] if lines else ""
