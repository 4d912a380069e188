"""``artifact_signature_verified``: whatever was done to an artifact since it was registered is named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import s3fs

from tests.builtin.conftest import ARTIFACT, SCAN, SCHEMA, BuiltIn, measured, note
from tests.builtin.hostile_files import EVIL
from tests.support.object_store import use_endpoint

FILES = {"weights.bin": b"w" * 5000, "config.json": b"{}", "deep/vocab.txt": b"a\nb\n"}


def test_what_lies_there_as_it_was_registered_passes(builtin: BuiltIn) -> None:
    builtin.release("v1", FILES)
    evidence = builtin.found("v1", ARTIFACT)
    assert evidence.result == "passed"
    assert measured(evidence) == {"files": 3, "bytes": 5006, "differences": 0}
    assert "alice@example.com signed it" in note(evidence)
    assert evidence.observed is not None
    builtin.registry.passes()


def alter(place: Path) -> None:
    (place / "weights.bin").write_bytes(b"v" * 5000)


def remove(place: Path) -> None:
    (place / "deep" / "vocab.txt").unlink()


def add(place: Path) -> None:
    (place / "deep" / "evil.py").write_bytes(b"import os")


def swap(place: Path) -> None:
    first, second = (place / name for name in ("weights.bin", "config.json"))
    other = place / "other"
    first.rename(other)
    second.rename(first)
    other.rename(second)


@pytest.mark.parametrize(
    ("attack", "words"),
    [
        (alter, ["altered: weights.bin"]),
        (remove, ["missing: deep/vocab.txt"]),
        (add, ["extra: deep/evil.py"]),
        (swap, ["altered: config.json", "altered: weights.bin"]),
    ],
)
def test_a_folder_that_changed_is_told_file_by_file(
    builtin: BuiltIn, attack: Callable[[Path], None], words: list[str]
) -> None:
    place = builtin.release("v1", FILES)
    attack(place)
    evidence = builtin.found("v1", ARTIFACT)
    assert evidence.result == "failed"
    assert [line.partition(" (")[0] for line in note(evidence).splitlines()[1:]] == words
    assert measured(evidence)["differences"] == len(words)


def test_a_file_that_changed_is_told_with_both_digests(builtin: BuiltIn) -> None:
    place = builtin.release("v1", b"the model")
    place.write_bytes(b"the mode1")
    evidence = builtin.found("v1", ARTIFACT)
    assert evidence.result == "failed"
    assert "altered: expected sha256:" in note(evidence)


def test_a_file_in_the_place_of_a_folder_fails(builtin: BuiltIn) -> None:
    place = builtin.release("v1", {"only": b"x"})
    (place / "only").unlink()
    place.rmdir()
    place.write_bytes(b"x")
    evidence = builtin.found("v1", ARTIFACT)
    assert (evidence.result, note(evidence).splitlines()[1]) == (
        "failed",
        "it was a folder and is a single file",
    )


@pytest.mark.parametrize("links", [False, True])
def test_what_cannot_be_read_is_an_error(builtin: BuiltIn, links: bool) -> None:
    place = builtin.release("v1", FILES)
    if links:
        (place / "link").symlink_to("/etc/hostname")
    else:
        place.rename(place.with_name("elsewhere"))
    evidence = builtin.found("v1", ARTIFACT)
    assert evidence.result == "error"
    assert ("symbolic links" if links else "no such file or folder") in note(evidence)


def test_a_release_that_no_publisher_signed_fails(builtin: BuiltIn) -> None:
    builtin.release("v1", FILES)
    path = "registry/models/churn/releases/v1/manifest.yaml"
    builtin.registry.edit(path, "mallory", created_by="alice@example.com")
    builtin.registry.commit_all()
    evidence = builtin.found("v1", ARTIFACT)
    assert evidence.result == "failed"
    assert "not to be believed" in note(evidence)


def test_in_object_storage_it_is_the_same(
    builtin: BuiltIn, s3_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_endpoint(monkeypatch, s3_server)
    store = s3fs.S3FileSystem()
    bucket = f"models-{os.urandom(4).hex()}"
    store.mkdir(bucket)
    for path, data in FILES.items():
        store.pipe_file(f"{bucket}/v1/{path}", data)
    manifest = builtin.folder / "v1.yaml"
    manifest.write_text("model_name: churn\nversion: v1\n", "utf-8")
    builtin.registry.run("register", str(manifest), "--artifact", f"s3://{bucket}/v1")
    assert builtin.found("v1", ARTIFACT).result == "passed"
    scan = builtin.found("v1", SCAN)
    assert (scan.result, "not looked into: weights.bin" in note(scan)) == ("error", True)
    store.pipe_file(f"{bucket}/v1/weights.bin", EVIL)
    store.pipe_file(f"{bucket}/v1/extra", b"")
    evidence = builtin.found("v1", ARTIFACT)
    assert evidence.result == "failed"
    assert "altered: weights.bin" in note(evidence)
    assert "extra: extra" in note(evidence)
    store.rm(f"{bucket}/v1", recursive=True)
    assert builtin.found("v1", ARTIFACT).result == "error"


def test_all_that_is_required_is_made_in_one_commit_and_promotes(builtin: BuiltIn) -> None:
    builtin.release("v1", {"config.json": b"{}"})
    document = builtin.check("v1", "--json").json
    assert [item["check"] for item in document["checks"]] == [ARTIFACT, SCHEMA, SCAN]
    assert {item["result"] for item in document["checks"]} == {"passed"}
    assert builtin.registry.git("log", "-1", "--format=%s") == "Attest 3 checks (3 passed) for churn:v1"
    builtin.registry.attest("v1", "offline_eval_passed")
    builtin.registry.promote("v1", "staging")
    builtin.registry.passes()
