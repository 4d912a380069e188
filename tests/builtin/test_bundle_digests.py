"""Bundles that list shards of files, or BLAKE2b: held against the bytes themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.storage.artifacts import ArtifactFacts, hash_artifact
from gitregistry.storage.delivery import WrongBytes
from gitregistry.storage.shard_digests import shard_digests
from tests.builtin.bundle_making import FILES, bundle_of, encoded, found, made, pem, statement, text, trust
from tests.builtin.conftest import BuiltIn, note

EMPTY = {"deep/empty.txt": b""}
LONG = {**FILES, "weights.bin": bytes(range(250)) * 20}  # 5000 bytes, no two shards of which are alike


@pytest.mark.parametrize(
    ("bundle", "anchor", "files"),
    [
        ("blake2.sig", "prime256v1.pub.pem", FILES),
        ("shards.sig", "prime256v1.pub.pem", FILES),
        ("small-shards.sig", "second.pub.pem", FILES),
        ("blake2-shards.sig", "second.pub.pem", FILES),
    ],
)
def test_a_bundle_of_other_digests_passes_over_the_same_bytes_alone(
    builtin: BuiltIn, bundle: str, anchor: str, files: Mapping[str, bytes]
) -> None:
    trust(builtin, text(anchor))
    evidence = found(builtin, made(bundle), files)
    assert evidence.result == "passed", note(evidence)
    assert note(evidence).startswith("model.sig: signed by key sha256:")
    builtin.registry.passes()
    evil = {**files, "weights.bin": files["weights.bin"][:-1] + b"v"}
    builtin.release("v2", {**evil, "model.sig": made(bundle)})
    evidence = builtin.found("v2", "artifact_signature_verified")
    assert evidence.result == "failed"
    assert note(evidence).splitlines()[0].endswith(": weights.bin")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({**FILES, "weights.bin": b"w" * 4000}, "signed as 5000 bytes, 4000 are there: weights.bin"),
        ({**FILES, "weights.bin": b"w" * 5001}, "signed as 5000 bytes, 5001 are there: weights.bin"),
        (
            {**FILES, "weights.bin": b"w" * 3500 + b"v" + b"w" * 1499},
            "other bytes from 3000 on than were signed",
        ),
        ({path: data for path, data in FILES.items() if path != "config.json"}, "not there: config.json"),
        ({**FILES, "evil.py": b"import os"}, "not signed: evil.py"),
    ],
    ids=["shorter", "longer", "altered", "missing", "extra"],
)
@pytest.mark.parametrize("bundle", ["small-shards.sig", "blake2-shards.sig"])
def test_what_is_not_what_the_shards_say_fails(
    builtin: BuiltIn, bundle: str, files: dict[str, bytes], words: str
) -> None:
    trust(builtin, text("second.pub.pem"))
    evidence = found(builtin, made(bundle), files)
    assert evidence.result == "failed"
    assert words in note(evidence)


def test_a_file_without_bytes_is_in_no_shard_and_nobody_is_said_to_have_left_it_out(builtin: BuiltIn) -> None:
    trust(builtin, text("second.pub.pem"))
    evidence = found(builtin, made("blake2-shards.sig"), {**FILES, **EMPTY, "deep/__init__.py": b""})
    assert evidence.result == "passed", note(evidence)
    first, *_ = note(evidence).splitlines()
    assert first.endswith("; without bytes, and so in no shard: deep/__init__.py, deep/empty.txt")
    assert "left out" not in first


def test_what_was_left_out_of_shards_is_told_apart_from_what_has_no_bytes(builtin: BuiltIn) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    trust(builtin, pem(key))
    said = sharded(FILES, "sha256", 700)
    said["predicate"]["serialization"]["ignore_paths"] = ["cache"]
    there = {**FILES, **EMPTY, "cache/a": b"a", "cache/b": b""}
    evidence = found(builtin, encoded(bundle_of(said, key)), there)
    assert evidence.result == "passed", note(evidence)
    first, *_ = note(evidence).splitlines()
    words = "; left out by the signer: cache/a, cache/b; without bytes, and so in no shard: deep/empty.txt"
    assert first.endswith(words)


def test_a_file_without_bytes_has_to_be_signed_as_a_file(builtin: BuiltIn) -> None:
    trust(builtin, text("prime256v1.pub.pem"))
    evidence = found(builtin, made("blake2.sig"), {**FILES, **EMPTY})
    assert evidence.result == "failed"
    assert "not signed: deep/empty.txt" in note(evidence)


@pytest.mark.parametrize("algorithm", ["sha256", "blake2b"])
@pytest.mark.parametrize("size", [None, 700, 5000, 6000])
def test_any_size_of_shards_is_understood(builtin: BuiltIn, algorithm: str, size: int | None) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    trust(builtin, pem(key))
    files = {**LONG, "colon:in:name": b"1"} if size else {**LONG, **EMPTY}
    evidence = found(builtin, encoded(bundle_of(sharded(files, algorithm, size), key)), files)
    assert evidence.result == "passed", note(evidence)


def sharded(files: Mapping[str, bytes], algorithm: str, size: int | None) -> dict[str, Any]:
    """A statement of these digests."""
    said = statement(files)
    listed = []
    for path, data in sorted(files.items()):
        if size is None:
            listed.append((path, data))
            continue
        for start in range(0, len(data), size):
            shard = data[start : start + size]
            listed.append((f"{path}:{start}:{start + len(shard)}", shard))
    form = said["predicate"]["serialization"] | {"hash_type": algorithm}
    if size is not None:
        form |= {"method": "shards", "shard_size": float(size)}
    said["predicate"]["serialization"] = form
    name = algorithm if size is None else f"{algorithm}-sharded-{size}"
    said["predicate"]["resources"] = [
        {"name": called, "algorithm": name, "digest": hashlib.new(algorithm, data).hexdigest()}
        for called, data in listed
    ]
    return rooted(said)


def rooted(said: dict[str, Any]) -> dict[str, Any]:
    """The statement with the root digest that it must have."""
    digests = (bytes.fromhex(item["digest"]) for item in said["predicate"]["resources"])
    said["subject"][0]["digest"]["sha256"] = hashlib.sha256(b"".join(digests)).hexdigest()
    return said


def without_the_second(said: dict[str, Any]) -> None:
    del said["predicate"]["resources"][3]


def overlapping(said: dict[str, Any]) -> None:
    said["predicate"]["resources"][3]["name"] = "weights.bin:699:1400"


def in_another_order(said: dict[str, Any]) -> None:
    items = said["predicate"]["resources"]
    items[3], items[4] = items[4], items[3]


def twice(said: dict[str, Any]) -> None:
    said["predicate"]["resources"].append(said["predicate"]["resources"][3])


def of_another_size(said: dict[str, Any]) -> None:
    said["predicate"]["serialization"]["shard_size"] = 1400.0


def of_half_a_byte(said: dict[str, Any]) -> None:
    said["predicate"]["serialization"]["shard_size"] = 700.5


def of_no_size(said: dict[str, Any]) -> None:
    del said["predicate"]["serialization"]["shard_size"]


def of_files_with_a_size(said: dict[str, Any]) -> None:
    said["predicate"]["serialization"]["method"] = "files"


def without_an_end(said: dict[str, Any]) -> None:
    said["predicate"]["resources"][3]["name"] = "weights.bin:700:"


def of_another_method(said: dict[str, Any]) -> None:
    said["predicate"]["serialization"]["method"] = "tensors"


def with_a_parameter(said: dict[str, Any]) -> None:
    said["predicate"]["serialization"]["salt"] = "0a"


def with_digests_of_another_length(said: dict[str, Any]) -> None:
    said["predicate"]["resources"][3]["digest"] = "00"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without_the_second, "the shards of 'weights.bin' do not follow one another"),
        (overlapping, "the shards of 'weights.bin' do not follow one another"),
        (in_another_order, "the shards of 'weights.bin' do not follow one another"),
        (twice, "'weights.bin' is listed twice"),
        (of_another_size, "has no digest by sha256-sharded-1400"),
        (of_half_a_byte, "says that a shard of 'shards' is '700.5' bytes"),
        (of_no_size, "says that a shard of 'shards' is 'None' bytes"),
        (of_files_with_a_size, "says that a shard of 'files' is '700.0' bytes"),
        (without_an_end, "'weights.bin:700:' names no shard"),
        (of_another_method, "lists 'sha256' of 'tensors', which is not understood here"),
        (with_a_parameter, "has a parameter 'salt', which is not understood here"),
        (with_digests_of_another_length, "has no digest by sha256-sharded-700"),
    ],
)
def test_what_is_listed_otherwise_is_an_error_that_names_it(
    builtin: BuiltIn, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    trust(builtin, pem(key))
    said = sharded(LONG, "sha256", 700)
    assert said["predicate"]["resources"][3]["name"] == "weights.bin:700:1400"
    change(said)
    evidence = found(builtin, encoded(bundle_of(rooted(said), key)), LONG)
    assert evidence.result == "error"
    assert words in note(evidence)


def test_blake3_is_an_error_that_names_it(builtin: BuiltIn) -> None:
    trust(builtin, text("second.pub.pem"))
    evidence = found(builtin, made("blake3.sig"))
    assert evidence.result == "error"
    assert "lists 'blake3' of 'files', which is not understood here" in note(evidence)
    assert "what to do: sign it by files or by shards of them, with sha256 or blake2b" in note(evidence)


def first_statement(files: Mapping[str, bytes], algorithm: str = "file-sha256") -> dict[str, Any]:
    """As model-signing 0.2 wrote it."""
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {
                "name": path,
                "digest": {"sha256": hashlib.sha256(data).hexdigest()},
                "annotations": {"actual_hash_algorithm": algorithm},
            }
            for path, data in files.items()
        ],
        "predicateType": "https://model_signing/Digests/v0.1",
        "predicate": {"unused": "Unused, just passed due to API requirements"},
    }


@pytest.mark.parametrize(
    ("said", "files", "result"),
    [
        (first_statement(FILES), FILES, "passed"),
        (first_statement(FILES), {**FILES, "evil.py": b"import os"}, "failed"),
        (first_statement(FILES), {**FILES, "config.json": b"{1}"}, "failed"),
        (first_statement({}), FILES, "error"),
        (first_statement(FILES, "file-blake2b"), FILES, "error"),
    ],
    ids=["same", "extra", "altered", "nothing", "other digests"],
)
def test_a_bundle_of_model_signing_0_2_is_read(
    builtin: BuiltIn, said: dict[str, Any], files: dict[str, bytes], result: str
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    trust(builtin, pem(key))
    evidence = found(builtin, encoded(bundle_of(said, key)), files)
    assert evidence.result == result, note(evidence)


def facts_of(folder: Path, files: Mapping[str, bytes]) -> ArtifactFacts:
    folder.mkdir(parents=True, exist_ok=True)
    for path, data in files.items():
        (folder / path).write_bytes(data)
    return hash_artifact(str(folder))


@given(st.data())
def test_shards_of_any_lengths_are_those_of_the_bytes(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    held = data.draw(st.binary(max_size=4000)) * data.draw(st.sampled_from([1, 900]))  # some above a chunk
    places = {len(held), *data.draw(st.lists(st.integers(0, len(held)), max_size=5))}
    ends = sorted(places - {0} or {0})
    algorithm: Literal["sha256", "blake2b"] = data.draw(st.sampled_from(["sha256", "blake2b"]))
    facts = facts_of(tmp_path_factory.mktemp("model"), {"file": held})
    expected = [
        hashlib.new(algorithm, held[start:end]).hexdigest()
        for start, end in zip([0, *ends], ends, strict=False)
    ]
    assert list(shard_digests(facts, {"file": ends}, algorithm)) == [("file", expected)]


def test_shards_of_bytes_that_were_swapped_meanwhile_are_nobody_s(tmp_path: Path) -> None:
    facts = facts_of(tmp_path / "model", {"file": b"right"})
    (tmp_path / "model/file").write_bytes(b"wrong")
    with pytest.raises(WrongBytes, match="the store holds other bytes"):
        list(shard_digests(facts, {"file": [5]}, "blake2b"))
