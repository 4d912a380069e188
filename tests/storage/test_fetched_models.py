"""``registered_model_meta``: MLflow writes it beside a model that it fetches; it is no part of the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitregistry.records import paths
from gitregistry.records.release import Release
from gitregistry.storage.artifacts import hash_artifact
from tests.support.registry import Registry

META = "registered_model_meta"


@pytest.fixture(autouse=True)
def pin(empty_registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_PIN", empty_registry.pin)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "data").mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}\n", "utf-8")
    (folder / "model.skops").write_bytes(b"weights")
    (folder / "data" / META).write_bytes(b"of the model itself")
    return folder


def test_a_model_is_the_same_before_and_after_it_was_fetched(model: Path) -> None:
    before = hash_artifact(str(model))
    (model / META).write_text("model_name: churn\nmodel_version: '3'\n", "utf-8")
    after = hash_artifact(str(model))
    assert (after.digest, after.files) == (before.digest, before.files)
    assert (before.left_out, after.left_out) == ((), (META,))
    assert f"data/{META}" in [file.path for file in after.files]


def test_a_folder_that_is_no_model_of_mlflow_is_taken_whole(model: Path) -> None:
    (model / META).write_bytes(b"x")
    (model / "MLmodel").unlink()
    assert META in [file.path for file in hash_artifact(str(model)).files]


def test_every_reader_of_the_artifact_agrees(model: Path, empty_registry: Registry, tmp_path: Path) -> None:
    (model / META).write_bytes(b"x")
    done = empty_registry.run("register", "--as", "m:1", "--artifact", str(model))
    assert f"note: {META} is left out: MLflow writes it" in done.err
    assert META not in [file.path for file in empty_registry.record(Release, paths.manifest("m", "1")).files]
    check = ("check", "m:1", "artifact_signature_verified")
    empty_registry.run(*check)
    (model / META).unlink()
    empty_registry.run(*check)
    pulled = tmp_path / "pulled"
    empty_registry.run("pull", "m:1", str(pulled))
    assert not (pulled / META).exists()
    (pulled / META).write_bytes(b"MLflow looked into it")
    empty_registry.run("pull", "m:1", str(pulled))
    assert empty_registry.json("artifacts", "verify")["artifacts"][0]["verdict"] == "whole"
    (model / META).write_bytes(b"y")
    upload = ("--upload", str(tmp_path / "kept"))
    empty_registry.run("register", "--as", "m:2", "--artifact", str(model), *upload)
    (tmp_path / "kept" / META).write_bytes(b"fetched from there")
    empty_registry.run("register", "--as", "m:3", "--artifact", str(model), *upload)


def test_a_release_that_names_the_file_is_held_to_it(
    model: Path, empty_registry: Registry, tmp_path: Path
) -> None:
    """Releases from before the file was left out keep their digest."""
    (model / META).write_bytes(b"x")
    facts = hash_artifact(str(model), known={META})
    assert (facts.left_out, len(facts.files)) == ((), 4)
    files = "".join(
        f"- path: {file.path}\n  digest: {file.digest}\n  size_bytes: {file.size}\n" for file in facts.files
    )
    manifest = tmp_path / "m.yaml"
    manifest.write_text(
        f"model_name: m\nversion: 1\nartifact_uri: {facts.uri}\nartifact_digest: {facts.digest}\n"
        f"artifact_size_bytes: {facts.size}\nfiles:\n{files}",
        "utf-8",
    )
    empty_registry.run("register", str(manifest))
    empty_registry.run("check", "m:1", "artifact_signature_verified")
    (model / META).write_bytes(b"y")
    empty_registry.run("check", "m:1", "artifact_signature_verified", expect=1)
