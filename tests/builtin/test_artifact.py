"""``artifact_signature_verified``: whatever was done to an artifact since it was registered is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builtin.conftest import ARTIFACT, BuiltIn, measured, note

FILES = {"weights.bin": b"w" * 5000, "config.json": b"{}", "deep/vocab.txt": b"a\nb\n"}


def test_what_lies_there_as_it_was_registered_passes(builtin: BuiltIn) -> None:
    builtin.release("v1", FILES)
    evidence = builtin.found("v1", ARTIFACT)
    assert evidence.result == "passed"
    assert measured(evidence) == {"files": 3, "bytes": 5006, "differences": 0}
    assert "alice@example.com signed" in note(evidence)
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
