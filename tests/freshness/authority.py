"""A timestamp authority of our own, by ``openssl ts``; and what a false one could make."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

_CONFIGURATION = """
[tsa]
default_tsa = ours
[ours]
dir = {folder}
serial = $dir/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:2, millisecs:500
ess_cert_id_alg = sha256
crypto_device = builtin
"""
_EXTENSIONS = {
    "tsa": "extendedKeyUsage=critical,timeStamping",
    "server": "extendedKeyUsage=critical,serverAuth",
    "plain": "keyUsage=digitalSignature",
}
_TST_INFO = "1.2.840.113549.1.9.16.1.4"


def openssl(*arguments: str, stdin: bytes = b"") -> bytes:
    done = subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, f"openssl {' '.join(arguments)}\n{done.stderr.decode()}"
    return done.stdout


@dataclass(frozen=True)
class Authority:
    """A certificate authority (``ca.pem``) and the certificates that it made, in a folder."""

    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def answer(self, query: Path) -> Path:
        """Timestamp a request; the ``.tsr`` file."""
        answer = query.with_suffix(".tsr")
        signer = ("-inkey", str(self.folder / "tsa.key"), "-signer", str(self.folder / "tsa.pem"))
        configuration = ("-config", str(self.folder / "ts.cnf"), "-section", "ours")
        openssl("ts", "-reply", "-queryfile", str(query), *configuration, *signer, "-out", str(answer))
        return answer

    def answer_as(self, name: str, answer: Path) -> Path:
        """A timestamp's content signed again by another certificate of this authority."""
        token = answer.with_suffix(".token")
        openssl("ts", "-reply", "-in", str(answer), "-token_out", "-out", str(token))
        content = openssl("cms", "-verify", "-noverify", "-inform", "DER", "-in", str(token))
        signer = ("-signer", str(self.folder / f"{name}.pem"), "-inkey", str(self.folder / f"{name}.key"))
        form = (
            "-binary",
            "-nodetach",
            "-cades",
            "-econtent_type",
            _TST_INFO,
            "-outform",
            "DER",
            "-md",
            "sha256",
        )
        signed = openssl("cms", "-sign", *form, *signer, stdin=content)
        granted = _sequence(b"\x02\x01\x00")
        forged = answer.with_name(f"{name}.tsr")
        forged.write_bytes(_sequence(granted + signed))
        return forged


def make_authority(folder: Path) -> Authority:
    """An authority with a fresh root."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ts.cnf").write_text(_CONFIGURATION.format(folder=folder), "utf-8")
    (folder / "serial").write_text("01\n", "utf-8")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650")
    root = ("-subj", "/CN=our root", "-keyout", str(folder / "ca.key"), "-out", str(folder / "ca.pem"))
    openssl("req", "-x509", *curve, *root, "-addext", "basicConstraints=critical,CA:TRUE")
    for name, extension in _EXTENSIONS.items():
        files = ("-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem"))
        issuer = ("-CA", str(folder / "ca.pem"), "-CAkey", str(folder / "ca.key"))
        extensions = ("-addext", "basicConstraints=critical,CA:FALSE", "-addext", extension)
        openssl("req", "-x509", *curve, "-subj", f"/CN={name}", *issuer, *extensions, *files)
    return Authority(folder)


def _sequence(content: bytes) -> bytes:
    """DER's SEQUENCE around ``content``."""
    size = len(content)
    length = size.to_bytes((size.bit_length() + 7) // 8 or 1, "big")
    return b"\x30" + (bytes([size]) if size < 128 else bytes([0x80 | len(length)]) + length) + content
