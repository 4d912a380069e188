"""Keyless bundles: Sigstore's certificate and log entry, checked offline for whom the policy names."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.errors import BadInput
from gitregistry.records.policy import SigningIdentity
from gitregistry.signing import keyless
from gitregistry.signing.keyless import keyless_signer
from gitregistry.signing.model_signing import NotTheirs, read_bundle
from gitregistry.signing.timestamps import timestamp_query
from tests.builtin.bundle_making import DEFINED, FILES, encoded, found, made, statement, text
from tests.builtin.conftest import BuiltIn, note
from tests.freshness.authority import Authority, make_authority
from tests.support.sigstore_instance import IDENTITY, ISSUER, Asked, Instance, new_key

Document = dict[str, Any]
BOT = f"{{identity: '{IDENTITY}', issuer: '{ISSUER}'}}"
SAID = statement(FILES)
GOOD = Instance()


def name_identities(builtin: BuiltIn, *identities: str, root: str | None = None, more: str = "") -> None:
    """A policy that names these, under a root of its own."""
    listed = "".join(f"      - {identity}\n" for identity in identities)
    held = "".join(f"        {line}\n" for line in (root or "").splitlines())
    fields = f"    model_signing_identities:\n{listed}" if listed else ""
    fields += f"    model_signing_root: |\n{held}" if root else ""
    builtin.registry.change_policy(DEFINED, DEFINED + fields + more, "alice")


def signer(document: Document, root: str | None = None, identity: str = IDENTITY) -> str:
    named = (SigningIdentity(identity=identity, issuer=ISSUER),)
    bundle = read_bundle(encoded(document), "model.sig")
    assert bundle.keyless
    found = keyless_signer(bundle, named, root or GOOD.root(), "model.sig")
    return "\n".join((found.words, *found.shown_by))


def test_a_bundle_of_a_named_identity_passes_and_says_by_what(builtin: BuiltIn) -> None:
    name_identities(builtin, "{identity: eve@example.com, issuer: 'https://e.org'}", BOT, root=GOOD.root())
    evidence = found(builtin, encoded(GOOD.bundle(SAID)))
    assert evidence.result == "passed", note(evidence)
    first, second, third = note(evidence).splitlines()[:3]
    assert first == f"model.sig: signed by {IDENTITY}, whom {ISSUER} vouched for"
    assert second == "model.sig: entry 1002 of the log rekor.example.com - 1, made at 2026-05-01T09:31:00Z"
    assert third.startswith(f"model.sig: checked by sigstore {version('sigstore')} with the root sha256:")
    assert third.endswith(" that the policy holds")
    builtin.registry.passes()


def test_keys_and_identities_may_be_named_side_by_side(builtin: BuiltIn) -> None:
    pem = "".join(f"        {line}\n" for line in text("prime256v1.pub.pem").splitlines())
    keys = f"    model_signing_keys:\n      - |\n{pem}"
    name_identities(builtin, BOT, root=GOOD.root(), more=keys)
    assert found(builtin, made("prime256v1.sig")).result == "passed"
    builtin.release("v2", {**FILES, "model.sig": encoded(GOOD.bundle(SAID))})
    assert builtin.found("v2", "artifact_signature_verified").result == "passed"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({**FILES, "weights.bin": b"v" * 5000}, "signed as sha256:"),
        ({**FILES, "deep/evil.py": b"import os"}, "not signed: deep/evil.py"),
    ],
    ids=["altered", "extra"],
)
def test_an_artifact_that_is_not_what_was_signed_fails(
    builtin: BuiltIn, files: dict[str, bytes], words: str
) -> None:
    name_identities(builtin, BOT, root=GOOD.root())
    evidence = found(builtin, encoded(GOOD.bundle(SAID)), files)
    assert evidence.result == "failed"
    assert words in note(evidence)


@pytest.mark.parametrize(
    ("asked", "identity"),
    [
        (Asked(identity=x509.RFC822Name("ci@example.com")), "ci@example.com"),
        (Asked(newer_issuer=False), IDENTITY),
        (Asked(older_issuer=False), IDENTITY),
        (Asked(older_says="https://e.org"), IDENTITY),
        (Asked(logged_at=timedelta()), IDENTITY),
        (Asked(logged_at=timedelta(minutes=10)), IDENTITY),
    ],
    ids=[
        "mail",
        "issuer in the older form",
        "in the newer",
        "in the newer, beside another",
        "at the first second",
        "at the last",
    ],
)
def test_what_certificates_of_sigstore_hold_is_understood(asked: Asked, identity: str) -> None:
    assert signer(GOOD.bundle(SAID, asked), identity=identity).startswith(f"{identity}, whom {ISSUER}")


def test_a_bundle_in_the_older_layout_is_read() -> None:
    document = GOOD.bundle(SAID)
    material = document["verificationMaterial"]
    material["x509CertificateChain"] = {"certificates": [material.pop("certificate")]}
    document["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.2"
    assert signer(document).startswith(IDENTITY)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Of timestamps, for logs that know no time."""
    return make_authority(tmp_path_factory.mktemp("authority"))


def timestamps_of(authority: Authority) -> tuple[bytes, ...]:
    files = (authority.folder / "tsa.pem", authority.ca)
    return tuple(x509.load_pem_x509_certificate(f.read_bytes()).public_bytes(Encoding.DER) for f in files)


def stamped(authority: Authority, folder: Path) -> Callable[[bytes], bytes]:
    def answer(signature: bytes) -> bytes:
        query = folder / "signature.tsq"
        query.write_bytes(timestamp_query(signature))
        return authority.answer(query).read_bytes()

    return answer


def test_a_log_that_knows_no_time_needs_a_timestamp_of_the_root_s_authority(
    authority: Authority, tmp_path: Path
) -> None:
    instance = Instance(timestamps=timestamps_of(authority))
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    bundle = instance.newer(instance.bundle(SAID, Asked(signed_at=now)), stamped(authority, tmp_path))
    begin, end = (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (now, now + timedelta(minutes=10)))
    words = f"entry 2 of the log rekor.example.com - 1, timestamped between {begin} and {end}"
    assert words in signer(bundle, instance.root())
    # A promise without a time is not checked, and so nothing that it would cover is said.
    entry_of(bundle).update(
        integratedTime="0", inclusionPromise={"signedEntryTimestamp": "AAAA"}, logIndex="9"
    )
    assert words in signer(bundle, instance.root())
    stranger = make_authority(tmp_path / "stranger")
    with pytest.raises(NotTheirs, match="not enough sources of verified time"):
        signer(bundle, replace(instance, timestamps=timestamps_of(stranger)).root())
    late = instance.newer(instance.bundle(SAID), stamped(authority, tmp_path))
    with pytest.raises(NotTheirs, match="was not valid when the log took it up"):
        signer(late, instance.root())


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            Asked(identity=x509.RFC822Name("eve@example.com")),
            "eve@example.com, vouched for by https://tokens",
        ),
        (Asked(identity=x509.UniformResourceIdentifier(f"{IDENTITY}2")), "main2, vouched for by"),
        (
            Asked(identity=x509.DNSName("example.com")),
            "somebody of another kind, whom the policy does not name",
        ),
        (Asked(issuer=f"{ISSUER}/other"), f"vouched for by {ISSUER}/other, whom the policy does not name"),
        (Asked(older_issuer=False, newer_issuer=False), "by an issuer that it does not name"),
        (Asked(newer_issuer=False, issuer="https://e.org"), "vouched for by https://e.org, whom"),
        (Asked(issuer="https://e.org", older_says=ISSUER), "vouched for by https://e.org, whom"),
        (
            Asked(others=(x509.RFC822Name("eve@example.com"),)),
            "its certificate is for 2 names, and Sigstore certifies exactly one",
        ),
        (Asked(others=(x509.UniformResourceIdentifier(IDENTITY),)), "is for 2 names"),
        (Asked(logged_at=timedelta(minutes=11)), "was not valid when the log took it up"),
        (Asked(logged_at=timedelta(minutes=-1)), "was not valid when the log took it up"),
        (Asked(with_sct=False), "does not contain a signed certificate timestamp"),
        (Asked(usage=ExtendedKeyUsageOID.CLIENT_AUTH), "does not contain `code signing`"),
    ],
)
def test_a_certificate_of_another_kind_fails(builtin: BuiltIn, asked: Asked, words: str) -> None:
    name_identities(builtin, BOT, root=GOOD.root())
    evidence = found(builtin, encoded(GOOD.bundle(SAID, asked)))
    assert evidence.result == "failed"
    assert words in note(evidence)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("authority", "its certificate is not of the root's authority"),
        ("certificates_log", "failed to verify SCT on signing certificate"),
        ("signatures_log", "invalid log entry: checkpoint: invalid signature"),
    ],
)
def test_an_instance_that_is_not_the_root_s_fails(builtin: BuiltIn, key: str, words: str) -> None:
    name_identities(builtin, BOT, root=GOOD.root())
    changed: dict[str, Any] = {key: new_key()}
    evidence = found(builtin, encoded(replace(GOOD, **changed).bundle(SAID)))
    assert evidence.result == "failed"
    assert words in note(evidence)


def test_without_a_root_of_its_own_the_policy_believes_the_public_instance(builtin: BuiltIn) -> None:
    name_identities(builtin, BOT)
    evidence = found(builtin, encoded(GOOD.bundle(SAID)))
    assert evidence.result == "failed"
    assert "its certificate is not of the root's authority" in note(evidence)


def entry_of(document: Document) -> Document:
    entry: Document = document["verificationMaterial"]["tlogEntries"][0]
    return entry


def other_payload(document: Document, other: Document) -> None:
    evil = GOOD.bundle(statement({**FILES, "config.json": b"{'evil'}"}))
    document["dsseEnvelope"]["payload"] = evil["dsseEnvelope"]["payload"]


def other_signature(document: Document, other: Document) -> None:
    document["dsseEnvelope"] = other["dsseEnvelope"]


def other_certificate(document: Document, other: Document) -> None:
    document["verificationMaterial"]["certificate"] = other["verificationMaterial"]["certificate"]


def other_entry(document: Document, other: Document) -> None:
    document["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]


def other_time(document: Document, other: Document) -> None:
    entry_of(document)["integratedTime"] = str(int(entry_of(document)["integratedTime"]) - 1)


def other_index(document: Document, other: Document) -> None:
    entry_of(document)["logIndex"] = "1003"


def other_place(document: Document, other: Document) -> None:
    entry_of(document)["inclusionProof"]["logIndex"] = "1"


def other_size(document: Document, other: Document) -> None:
    """The proof for the third of four entries is shaped like one for the fifth of six."""
    entry_of(document)["inclusionProof"] |= {"treeSize": "6", "logIndex": "4"}


def other_path(document: Document, other: Document) -> None:
    entry_of(document)["inclusionProof"]["hashes"].reverse()


def other_checkpoint(document: Document, other: Document) -> None:
    entry_of(document)["inclusionProof"]["checkpoint"] = entry_of(other)["inclusionProof"]["checkpoint"]


def other_body(document: Document, other: Document) -> None:
    entry_of(document)["canonicalizedBody"] = entry_of(other)["canonicalizedBody"]


def no_time(document: Document, other: Document) -> None:
    del entry_of(document)["integratedTime"]


@pytest.mark.parametrize(
    "attack",
    [
        other_payload,
        other_signature,
        other_certificate,
        other_entry,
        other_time,
        other_index,
        other_place,
        other_size,
        other_path,
        other_checkpoint,
        other_body,
        no_time,
    ],
)
def test_a_bundle_that_was_altered_fails(
    builtin: BuiltIn, attack: Callable[[Document, Document], None]
) -> None:
    name_identities(builtin, BOT, root=GOOD.root())
    document = GOOD.bundle(SAID)
    attack(document, GOOD.bundle(SAID))
    evidence = found(builtin, encoded(document))
    assert evidence.result == "failed", note(evidence)


def no_entry(document: Document) -> None:
    document["verificationMaterial"]["tlogEntries"] = []


def two_entries(document: Document) -> None:
    document["verificationMaterial"]["tlogEntries"] *= 2


def no_promise(document: Document) -> None:
    del entry_of(document)["inclusionPromise"]


def no_proof(document: Document) -> None:
    del entry_of(document)["inclusionProof"]


def no_checkpoint(document: Document) -> None:
    del entry_of(document)["inclusionProof"]["checkpoint"]


def beyond_all_time(document: Document) -> None:
    entry_of(document)["integratedTime"] = str(2**63)


def of_another_log_s_kind(document: Document) -> None:
    entry_of(document)["kindVersion"]["version"] = "0.0.9"


def no_certificate(document: Document) -> None:
    document["verificationMaterial"]["certificate"] = {"rawBytes": "AAAA"}


def a_key_as_well(document: Document) -> None:
    document["verificationMaterial"]["publicKey"] = {"hint": "any"}


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (no_entry, "expected exactly one log entry in bundle"),
        (two_entries, "expected exactly one log entry in bundle"),
        (no_promise, "must contain an inclusion promise or signed timestamp"),
        (no_proof, "inclusionProof"),
        (no_checkpoint, "must contain inclusion proof, with checkpoint"),
        (beyond_all_time, "model.sig: cannot be read as Sigstore's: "),
        (of_another_log_s_kind, "0.0.9"),
        (no_certificate, "model.sig: cannot be read as Sigstore's: "),
        (a_key_as_well, "Exactly one of publicKey, x509CertificateChain, or certificate"),
    ],
)
def test_a_bundle_without_what_it_needs_is_an_error_that_says_so(
    builtin: BuiltIn, damage: Callable[[Document], None], words: str
) -> None:
    name_identities(builtin, BOT, root=GOOD.root())
    document = GOOD.bundle(SAID)
    damage(document)
    evidence = found(builtin, encoded(document))
    assert evidence.result == "error"
    assert words in note(evidence)


def test_a_keyless_bundle_is_nobody_s_whom_keys_name(builtin: BuiltIn) -> None:
    pem = "".join(f"        {line}\n" for line in text("prime256v1.pub.pem").splitlines())
    name_identities(builtin, more=f"    model_signing_keys:\n      - |\n{pem}")
    evidence = found(builtin, encoded(GOOD.bundle(SAID)))
    assert evidence.result == "failed"
    assert "signed without a key of the signer's own, and the policy names no identities" in note(evidence)


def test_a_keyless_bundle_whose_signer_nobody_named_never_passes(builtin: BuiltIn) -> None:
    evidence = found(builtin, encoded(GOOD.bundle(SAID)))
    assert evidence.result == "error"
    assert "nobody is named whose signature model.sig should be" in note(evidence)


def test_without_the_extra_it_is_named(builtin: BuiltIn, monkeypatch: pytest.MonkeyPatch) -> None:
    name_identities(builtin, BOT, root=GOOD.root())
    monkeypatch.setitem(sys.modules, "sigstore.errors", None)
    monkeypatch.delitem(sys.modules, "gitregistry.signing.keyless")
    evidence = found(builtin, encoded(GOOD.bundle(SAID)))
    assert evidence.result == "error"
    assert "what to do: pip install 'gitregistry[sigstore]'" in note(evidence)


@pytest.mark.parametrize(
    ("emptied", "words"),
    [
        ("certificateAuthorities", "Fulcio certificates not found"),
        ("ctlogs", "CTFE keys not found"),
        ("tlogs", "contains no transparency log instances"),
    ],
)
def test_a_root_that_names_too_little_is_an_error_that_names_the_field(
    builtin: BuiltIn, emptied: str, words: str
) -> None:
    root = json.loads(GOOD.root()) | {emptied: []}
    name_identities(builtin, BOT, root=json.dumps(root))
    evidence = found(builtin, encoded(GOOD.bundle(SAID)))
    assert evidence.result == "error"
    assert note(evidence).startswith("model_signing_root: cannot be used as a root of Sigstore's: ")
    assert words in note(evidence)


def test_a_package_without_the_public_root_is_an_error_that_names_the_way_out(
    builtin: BuiltIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyless, "_PUBLIC", ("sigstore._store", "elsewhere", "trusted_root.json"))
    name_identities(builtin, BOT)
    evidence = found(builtin, encoded(GOOD.bundle(SAID)))
    assert evidence.result == "error"
    assert "brings no root of the public instance" in note(evidence)
    assert "what to do: give the check a model_signing_root in the policy" in note(evidence)


OFFLINE = """
import json, sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "os.mkdir"):
        raise SystemExit(f"it did {event} {arguments}")
sys.addaudithook(refuse)
from gitregistry.records.policy import SigningIdentity
from gitregistry.signing.keyless import keyless_signer
from gitregistry.signing.model_signing import NotTheirs, read_bundle
bundle, identity, issuer, root = json.load(sys.stdin)
named = (SigningIdentity(identity=identity, issuer=issuer),)
for one in (root, None):
    try:
        print(keyless_signer(read_bundle(bundle.encode(), "b"), named, one, "b").words)
    except NotTheirs as why:
        print(why)
"""


def test_nothing_is_fetched_and_nothing_of_the_user_s_is_read_or_written(tmp_path: Path) -> None:
    given = json.dumps([json.dumps(GOOD.bundle(SAID)), IDENTITY, ISSUER, GOOD.root()])
    home = {name: str(tmp_path) for name in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
    done = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", OFFLINE],
        input=given, env=home, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == f"{IDENTITY}, whom {ISSUER} vouched for"
    assert "is not of the root's authority" in done.stdout.splitlines()[1]
    assert list(tmp_path.iterdir()) == []


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every value in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for key, item in inner for place in places(item, (*way, key)))]


@given(st.data())
def test_whatever_is_changed_it_passes_for_the_same_statement_alone(data: st.DataObject) -> None:
    document = GOOD.bundle(SAID)
    *way, last = data.draw(st.sampled_from(places(document)[1:]))
    holder = document
    for key in way:
        holder = holder[key]
    odd: list[Any] = [None, "", "AAAA", "0", "-1", str(2**64), 5, [], {}, [{}], "\x00", "—", True]
    holder[last] = data.draw(st.sampled_from(odd))
    with suppress(BadInput, NotTheirs):
        bundle = read_bundle(encoded(document), "b")
        if bundle.keyless:
            named = (SigningIdentity(identity=IDENTITY, issuer=ISSUER),)
            keyless_signer(bundle, named, GOOD.root(), "b")
            assert json.loads(bundle.payload) == SAID
