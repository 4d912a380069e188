"""Who may have signed a model: as a policy names them, as it is said in words, and as it changes."""

from __future__ import annotations

import hashlib
import json

import pytest

from gitregistry.errors import BadInput
from gitregistry.records.policy import Check, SigningIdentity
from gitregistry.records.shapes import read_record
from gitregistry.rules.policy_words import check_words
from gitregistry.rules.signer_diff import signer_aspects

BOT = SigningIdentity(identity="ci@example.com", issuer="https://i.example.com")
WORKFLOW = "https://git.example.com/models/.github/workflows/sign.yml@refs/heads/main"
PEM = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
ROOT = '{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}'

DIGEST = f"sha256:{hashlib.sha256(ROOT.encode()).hexdigest()}"


def check(keys: tuple[str, ...] = (), *identities: SigningIdentity, root: str | None = None) -> Check:
    return Check(
        type="evidence",
        model_signing_keys=keys,
        model_signing_identities=identities,
        model_signing_root=root,
    )


@pytest.mark.parametrize(
    ("named", "words"),
    [
        (check(), ""),
        (check((PEM,)), ", with a model-signing bundle of a named key"),
        (check((), BOT), ", with a model-signing bundle of a named identity"),
        (check((PEM,), BOT), ", with a model-signing bundle of a named key or identity"),
        (check(root=ROOT), ""),
    ],
)
def test_whose_bundle_it_has_to_be_is_said(named: Check, words: str) -> None:
    assert check_words(named) == f"evidence that passed{words}, signed by attester"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            check(),
            check((), BOT),
            "stricter: asks for a bundle that the named identity signed (ci@example.com",
        ),
        (check((), BOT), check(), "looser: no longer asks for a bundle that the named identity signed"),
        (
            check((), BOT),
            check((), BOT, root=ROOT),
            f"other: believes the instance of the root {DIGEST} about",
        ),
        (check((), BOT, root=ROOT), check((), BOT), "other: believes Sigstore's public instance about"),
        (
            check((), BOT, root=ROOT),
            check((), BOT, root=f"{ROOT} "),
            "other: believes the instance of the root sha256:",
        ),
        (check((), BOT, root=ROOT), check((), BOT, root=ROOT), ""),
    ],
)
def test_a_change_says_which_way_it_goes(old: Check, new: Check, said: str) -> None:
    found = [
        f"{one.direction}: {one.words.removeprefix('signed ')}" for one in signer_aspects("signed", old, new)
    ]
    assert [words.replace(": now ", ": ", 1)[: len(said)] for words in found] == ([said] if said else [])


def read(field: str, value: object) -> Check:
    return read_record(Check, json.dumps({"type": "evidence", field: value}).encode(), "check.yaml")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("model_signing_root", "{", "the text of a trusted_root.json is not JSON"),
        ("model_signing_root", '{"a": 1, "a": 2}', "the key 'a' is given twice"),
        (
            "model_signing_root",
            '{"mediaType": "application/json"}',
            "expected the text of a trusted_root.json",
        ),
        ("model_signing_root", "[]", "expected the text of a trusted_root.json"),
        ("model_signing_root", f'{ROOT[:-1]}, "x": "{"y" * 66000}"}}', "of 1 to 65536 characters"),
        ("model_signing_identities", [{"identity": WORKFLOW}], "issuer"),
        ("model_signing_identities", [{"issuer": BOT.issuer}], "identity"),
        (
            "model_signing_identities",
            [{"identity": f"{WORKFLOW[:20]}*", "issuer": BOT.issuer}],
            "whole and without patterns",
        ),
        ("model_signing_identities", [{"identity": "a b", "issuer": BOT.issuer}], "expected an identity"),
        (
            "model_signing_identities",
            [{"identity": "a", "issuer": "example.com"}],
            "expected an issuer's address",
        ),
        (
            "model_signing_identities",
            [{"identity": "a", "issuer": BOT.issuer, "regex": "a"}],
            "unknown field",
        ),
    ],
)
def test_what_names_nobody_in_particular_is_refused(field: str, value: object, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(field, value)
    assert words in str(caught.value)


def test_an_identity_and_a_root_are_read_as_they_stand() -> None:
    named = [{"identity": WORKFLOW, "issuer": BOT.issuer}]
    assert read("model_signing_identities", named).model_signing_identities == (
        SigningIdentity(identity=WORKFLOW, issuer=BOT.issuer),
    )
    assert read("model_signing_root", ROOT).model_signing_root == ROOT
