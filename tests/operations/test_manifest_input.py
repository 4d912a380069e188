"""Manifests as people hand them in: what is folded, what is refused, and that nothing is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitregistry.errors import BadInput
from gitregistry.operations.manifest_input import ManifestInput, read_manifest


def read(folder: Path, text: str, *, ignore_claims: bool = False) -> ManifestInput:
    path = folder / "manifest.yaml"
    path.write_text(text, "utf-8")
    return read_manifest(path, ignore_claims=ignore_claims)


def test_a_section_that_lost_its_indentation_is_folded(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        'model_name: m\nruntime:\npython: "3.11"\nframework: x\nevaluation:\nauc: 0.9\nversion: v1\n',
    )
    assert found.fields == {
        "model_name": "m",
        "runtime": {"python": "3.11", "framework": "x"},
        "evaluation": {"auc": "0.9"},
        "version": "v1",
    }
    assert [warning.split(": ", 1)[1] for warning in found.warnings] == [
        "the fields after runtime: are not indented; they were read as its own",
        "the fields after evaluation: are not indented; they were read as its own",
    ]


def test_a_section_with_indentation_is_left_as_it_is(tmp_path: Path) -> None:
    found = read(tmp_path, "model_name: m\nevaluation:\n  auc: 0.9\nversion: v1\n")
    assert found.fields == {"model_name": "m", "evaluation": {"auc": "0.9"}, "version": "v1"}
    assert found.warnings == ()


def test_an_empty_section_at_the_end_is_none(tmp_path: Path) -> None:
    found = read(tmp_path, "model_name: m\nversion: v1\nevaluation:\n")
    assert found.fields == {"model_name": "m", "version": "v1"}
    assert found.warnings == ()


def test_a_section_ends_at_a_field_of_the_manifests_own(tmp_path: Path) -> None:
    found = read(tmp_path, "evaluation:\nauc: 0.9\nlicense: MIT\nf1: 0.8\n")
    assert found.fields == {"evaluation": {"auc": "0.9"}, "license": "MIT", "f1": "0.8"}


@pytest.mark.parametrize("claim", ["approval_status", "status", "stage", "aliases", "approved_by"])
def test_what_only_the_registry_can_say(claim: str, tmp_path: Path) -> None:
    text = f"model_name: m\n{claim}: whatever\nversion: v1\n"
    with pytest.raises(BadInput, match="it cannot be claimed in a manifest") as refused:
        read(tmp_path, text)
    assert (refused.value.line, refused.value.field) == (2, claim)
    found = read(tmp_path, text, ignore_claims=True)
    assert claim not in found.fields
    assert "version" in found.fields
    assert any(f"{claim} was left out" in warning for warning in found.warnings)


def test_a_claim_after_a_flat_section_is_a_claim_and_ends_it(tmp_path: Path) -> None:
    found = read(tmp_path, "evaluation:\nauc: 0.9\nstatus: live\nf1: 0.8\n", ignore_claims=True)
    assert found.fields["evaluation"] == {"auc": "0.9"}
    assert "f1" in found.fields, "an unknown field, which the release's own reading refuses"


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_manifest_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "m.yaml"
    path.write_bytes(data)
    try:
        read_manifest(path, ignore_claims=True)
    except BadInput as error:
        place = error.path
        assert place == str(path)


def test_no_field_is_dropped_without_a_word(tmp_path: Path) -> None:
    assert read(tmp_path, '"!odd": 1\nversion: v1\n').fields == {"!odd": "1", "version": "v1"}
