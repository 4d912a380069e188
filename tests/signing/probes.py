"""The hostile inputs of the readers' tests, asked of any module that is given: the real one, or a mutant."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import yaml

from gitregistry.errors import BadInput
from gitregistry.signing.keys import ED25519, PublicKey
from gitregistry.signing.wire import string
from tests.docs.blocks import ROOT
from tests.signing import curve
from tests.signing.forge import KEY, MESSAGE, TOKEN, armoured, good_text, payload, token_signature
from tests.signing.openssh import NAMESPACE
from tests.signing.test_keys import HOSTILE_BLOBS, HOSTILE_LINES
from tests.signing.test_sshsig import FORGED_ARMOUR, FORGED_FIELDS

GOOD = good_text()


def probe_sshsig(module: ModuleType) -> None:
    """test_sshsig.py: what ssh-keygen writes holds, and nothing else does."""

    def fault_in(text: bytes, namespace: str = NAMESPACE) -> str | None:
        try:
            for signature in module.read_signatures(text):
                module.verify(signature, MESSAGE, namespace)
        except module.SignatureFault as fault:
            return str(fault.code)
        return None

    assert fault_in(GOOD) is None
    assert fault_in(GOOD * 32) is None
    for name, text in FORGED_ARMOUR.items():
        assert fault_in(text) == "signature-format", name
    for name, blob in FORGED_FIELDS.items():
        assert fault_in(armoured(blob)) == "signature-format", name
    assert fault_in(GOOD, "gitregistry.alias.v1") == "namespace"
    assert fault_in(armoured(payload(namespace=b"git"))) == "namespace"
    assert fault_in(module.armour(_touched(module, 0))) == "signature-format"
    assert fault_in(module.armour(_touched(module, 1))) is None
    tampered = module.read_signatures(GOOD)[0]._replace(raw=bytes(64))
    assert fault_in(module.armour(tampered)) == "signature"
    neutral = PublicKey(ED25519, (1).to_bytes(32, "little"))
    forged = module.Signature(neutral, NAMESPACE, (1).to_bytes(32, "little") + bytes(32))
    assert fault_in(module.armour(forged)) == "signature"


def _touched(module: ModuleType, flags: int) -> Any:
    return module.Signature(*token_signature(flags=flags))


def probe_keys(module: ModuleType) -> None:
    """test_keys.py: only Ed25519, only in OpenSSH's own spelling, and strong."""
    assert module.parse_public_key(KEY.openssh).raw == KEY.raw
    assert module.parse_public_key(f"{TOKEN.openssh} somebody").application == TOKEN.application
    for line in HOSTILE_LINES:
        assert _refused(module.parse_public_key, line), line[:80]
    for blob in HOSTILE_BLOBS:
        assert _refused(module.from_blob, blob), blob[:80]
    for kind, name in (("ssh-rsa", "RSA"), ("ssh-dss", "DSA"), ("ecdsa-sha2-nistp256", "ECDSA")):
        assert name in _refused(module.parse_public_key, f"{kind} AAAA")
    certificate = "ssh-ed25519-cert-v01@openssh.com"
    assert "certificates" in _refused(module.from_blob, string(certificate.encode()) + string(KEY.raw))
    for point in curve.small_order_points():
        for raw in curve.encodings(point):
            assert _refused(module.require_strong, module.PublicKey(ED25519, raw)), raw.hex()
    beyond = (2**255 - 19 + 2).to_bytes(32, "little")  # spells the point 2 a second time
    assert _refused(module.require_strong, module.PublicKey(ED25519, beyond))
    module.require_strong(module.PublicKey(ED25519, KEY.raw))


def probe_strict_yaml(module: ModuleType) -> None:
    """test_strict_yaml.py: what is refused, where, and in which words."""
    cases = yaml.safe_load((ROOT / "tests/records/cases/refused.yaml").read_text("utf-8"))
    for case in cases:
        fault = _yaml_fault(module, case["document"].encode())
        assert fault is not None, case["name"]
        assert fault.message.startswith(case["message"]), case["name"]
        assert (fault.line, fault.field) == (case.get("line"), case.get("field")), case["name"]
    for words, data in {
        "a record has at most": b"a: " + b"x" * module.MAX_BYTES,
        "begins with a byte order mark": b"\xef\xbb\xbfa: 1\n",
        "byte 0xff is not UTF-8": b"a: \xff\n",
        "holds": b"a: 1\r\nb: 2\n",
        "is nested": b"a: " + b"[" * 70 + b"]" * 70,
    }.items():
        fault = _yaml_fault(module, data)
        assert fault is not None, words
        assert words in fault.message, words
    assert module.read_list(b"- a\n", "x.yaml") == ["a"]
    assert "is not a list" in _refused(module.read_list, b"a: 1\n", "x.yaml")
    deep = b"a: " + b"[" * 100 + b"]" * 100 + b"\nb: 1\n"
    assert module.line_of(deep, ("b",)) is None
    assert module.line_of(b"a: 1\nb: 2\n", ("b",)) == 2
    assert module.line_of(b"a: [1, 2]\n? [x]\n: 1\n", ("a", 2)) is None
    assert module.line_of(b"a: {b: 1}\n", ("a", "c")) is None
    assert module.line_of(b"? [x]\n: 1\n", (0,)) is None


def _yaml_fault(module: ModuleType, data: bytes) -> Any:
    try:
        module.read(data, "x.yaml")
    except module.YamlFault as fault:
        return fault
    return None


def probe_encoding(module: ModuleType) -> None:
    """test_encoding.py: no folder that no honest git wrote, no path that leads elsewhere."""
    for rows in (
        [(b"100644", b"a"), (b"100644", b"a")],
        [(b"100644", b"b"), (b"100644", b"a")],
        [(b"100644", b"a"), (b"100644", b"a.b"), (b"40000", b"a")],
        [(b"40000", b"..")],
        [(b"40000", b".")],
        [(b"40000", b".git")],
        [(b"100644", b"a/b")],
        [(b"100644", b"")],
    ):
        assert _malformed(module, b"".join(_row(*item) for item in rows)), rows
    whole = _row(b"100644", b"a")
    assert not _malformed(module, whole)
    for data in (whole[:-1], b"junk" + whole, whole + b"junk", whole + b"junk" + _row(b"100644", b"b")):
        assert _malformed(module, data), data
    for path in ("", "/a", "a//b", "a/", ".", "..", "a/../b", "a/./b", ".git/x", "a/.GIT/x", "a\0b"):
        assert not module.is_safe_path(path), path
    for path in ("a", "a/b.c", ".github/x", "..."):
        assert module.is_safe_path(path), path
    assert module.seconds_of("12") == 12
    assert module.seconds_of("-1") == module.seconds_of("") == module.seconds_of("x") == 0
    assert module.seconds_of("9" * 20) == module.LAST_MOMENT == module.seconds_of("9" * 5000)
    assert module.seconds_of("\u0663") == module.LAST_MOMENT


def _row(mode: bytes, name: bytes) -> bytes:
    return mode + b" " + name + b"\0" + b"\x12" * 20


def _malformed(module: ModuleType, data: bytes) -> bool:
    try:
        module.parse_tree("sha1", "0" * 40, data)
    except module.MalformedTree:
        return True
    return False


def _refused(function: Any, *arguments: Any) -> str:
    try:
        function(*arguments)
    except BadInput as fault:
        return fault.message
    return ""
