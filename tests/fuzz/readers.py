"""What must hold of each reader for any bytes at all: asked by the fuzzer and by the replay of the corpus."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import yaml

from gitregistry.errors import BadInput
from gitregistry.records.strict_yaml import YamlFault, line_of, read
from gitregistry.records.yaml_writer import write
from gitregistry.signing import sshsig
from gitregistry.signing.keys import parse_public_key
from gitregistry.signing.sshsig import Signature, SignatureFault, armour, read_signatures, verify
from tests.signing.forge import KEY, MESSAGE, SECRET, TOKEN, armoured, token_signature

CORPUS: Final = Path(__file__).parent / "corpus"
# For a mebibyte, on a slow machine and instrumented; what is quadratic takes far longer.
LONGEST: Final = 10.0


def require(kept: bool, broken: str) -> None:
    """Raise AssertionError, which every fuzzer understands, where a rule is broken."""
    if not kept:
        raise AssertionError(broken)


def try_yaml(data: bytes) -> None:
    """The strict YAML reader: a fault with a place, or what PyYAML reads, which survives being written."""
    start = time.process_time()
    line_of(data, ["a", 0])
    try:
        value = read(data, "fuzz.yaml")
    except YamlFault as fault:
        require((fault.path, (fault.line or 1) >= 1) == ("fuzz.yaml", True), "a fault without its place")
        return
    finally:
        require(time.process_time() - start < LONGEST, "the reader took too long")
    require(value == yaml.load(data, yaml.CBaseLoader), "PyYAML reads it differently")
    try:
        written = write(value)
    except BadInput as refusal:
        # The reader takes longer keys, and quotes and indents of a document near the limit may pass it.
        known = "cannot be a key" in refusal.message or "a record has at most" in refusal.message
        require(known, "what is read cannot be written")
        return
    again = read(written, "written.yaml")
    require(again == value, "written again it reads differently")
    require(write(again) == written, "written twice it is not the same")
    require(yaml.load(written, yaml.CBaseLoader) == value, "PyYAML reads what was written differently")


def try_sshsig(data: bytes) -> None:
    """The SSHSIG reader: a fault, or signatures spelled the one way that hold only if they were made."""
    try:
        signatures = read_signatures(data)
    except SignatureFault as fault:
        require(fault.code == "signature-format", "a fault of form by another name")
        return
    require(b"".join(map(armour, signatures)) == data, "one signature is spelled in two ways")
    for signature in signatures:
        _try_verifying(signature)


def try_sshsig_inside(data: bytes) -> None:
    """The same for what is inside the armour, which few random bytes ever get through."""
    try_sshsig(armoured(data))


def _try_verifying(signature: Signature) -> None:
    for namespace in (signature.namespace, "gitregistry.release.v1"):
        try:
            verify(signature, MESSAGE, namespace)
        except SignatureFault:
            continue
        made = sshsig.signed_data(MESSAGE, namespace)
        if signature.public_key == KEY:
            require(SECRET.sign(made) == signature.raw, "a signature that nobody made holds")
        else:
            require(signature.public_key == TOKEN, "a signature by nobody's key holds")
            assert token_signature(signature.flags, signature.counter).raw == signature.raw
        assert namespace == signature.namespace


def try_public_key(data: bytes) -> None:
    """The reader of one-line public keys: bad input, or a key that is written back as it was given."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        key = parse_public_key(text)
    except BadInput:
        return
    assert text.startswith(key.openssh)
    assert parse_public_key(key.openssh) == key


READERS: Final[Mapping[str, Callable[[bytes], None]]] = {
    "yaml": try_yaml,
    "sshsig": try_sshsig,
    "sshsig_inside": try_sshsig_inside,
    "public_key": try_public_key,
}
