"""Attacks 41 to 43: the store holds other bytes than those that were registered, now or in a moment."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import s3fs

from tests.support.object_store import use_endpoint
from tests.support.registry import MODEL, Registry


def register(registry: Registry, version: str, artifact: Path | str) -> None:
    manifest = registry.folder.parent / f"{version}.yaml"
    manifest.write_text(
        f"model_name: {MODEL}\nversion: {version}\ngit_commit: {'4' * 40}\ndataset_snapshot: warehouse://x/1\n"
    )
    registry.run("register", str(manifest), "--artifact", str(artifact))


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "stored"
    (folder / "weights").mkdir(parents=True)
    (folder / "weights/0.bin").write_bytes(b"0" * 1000)
    (folder / "config.json").write_bytes(b"{}")
    return folder


def pull(registry: Registry, reference: str, target: Path) -> None:
    result = registry.run("pull", reference, str(target), "--json", key=None)
    assert result.json["path"] == str(target)


def refused(registry: Registry, reference: str, target: Path, *words: str, code: int = 1) -> None:
    """The pull is refused in these words, and nothing is left where it was to go."""
    result = registry.run("pull", reference, str(target), key=None, expect=code)
    for word in words:
        assert word in result.err
    assert sorted(target.parent.iterdir()) == []


def test_41_an_artifact_swapped_in_the_store_is_not_delivered(
    registered: Registry, s3_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_endpoint(monkeypatch, s3_server)
    files = s3fs.S3FileSystem()
    bucket = f"models-{os.urandom(4).hex()}"
    files.mkdir(bucket)
    files.pipe_file(f"{bucket}/model.onnx", b"honest" * 1000)
    register(registered, "v7", f"s3://{bucket}/model.onnx")
    target = tmp_path / "out" / "model.onnx"
    pull(registered, f"{MODEL}:v7", target)
    assert target.read_bytes() == b"honest" * 1000
    target.unlink()
    files.pipe_file(f"{bucket}/model.onnx", b"wicked" * 1000)
    refused(registered, f"{MODEL}:v7", target, "expected sha256:", "found sha256:", "nothing was left")


def test_42_an_artifact_swapped_between_the_check_and_the_use_is_not_delivered(
    registered: Registry, tmp_path: Path
) -> None:
    stored = tmp_path / "model.bin"
    stored.write_bytes(b"honest" * 1000)
    register(registered, "v7", stored)
    registered.run("attest", f"{MODEL}:v7", "artifact_signature_verified", "--passed")
    stored.write_bytes(b"wicked" * 1000)
    refused(registered, f"{MODEL}:v7", tmp_path / "out" / "model.bin", "expected sha256:")


@pytest.mark.parametrize("change", ["a file altered", "a file missing", "a file made a link"])
def test_43_a_folder_that_is_not_the_one_registered_is_not_delivered(
    change: str, registered: Registry, model_folder: Path, tmp_path: Path
) -> None:
    register(registered, "v7", model_folder)
    weights = model_folder / "weights/0.bin"
    weights.unlink()
    if change == "a file altered":
        weights.write_bytes(b"1" * 1000)
    elif change == "a file made a link":
        (tmp_path / "secret").write_bytes(b"0" * 1000)
        weights.symlink_to(tmp_path / "secret")
    code = 1 if change == "a file altered" else 2
    (tmp_path / "out").mkdir()
    result = registered.run("pull", f"{MODEL}:v7", str(tmp_path / "out/m"), key=None, expect=code)
    assert "weights/0.bin" in result.err
    assert not (tmp_path / "out/m").exists()


@pytest.mark.parametrize("extra", ["extra.bin", ".git/hooks/post-checkout", "../escaped"])
def test_43_a_file_that_was_not_registered_is_never_delivered(
    extra: str, registered: Registry, model_folder: Path, tmp_path: Path
) -> None:
    register(registered, "v7", model_folder)
    place = model_folder / extra
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"x")
    pull(registered, f"{MODEL}:v7", tmp_path / "out" / "m")
    delivered = {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert delivered == {"0.bin", "config.json"}


def test_43_a_signed_list_of_files_that_leads_elsewhere_is_not_followed(
    registered: Registry, model_folder: Path, tmp_path: Path
) -> None:
    register(registered, "v7", model_folder)
    path = registered.manifest("v7")
    registered.edit_text(path, "weights/0.bin", "../../../owned", "alice")
    registered.commit_all()
    result = registered.run("pull", f"{MODEL}:v7", str(tmp_path / "out" / "m"), key=None, expect=2)
    assert "cannot be a file of an artifact" in result.err
    assert not (tmp_path / "out").exists()


def test_a_single_file_goes_into_a_folder_under_its_own_name(registered: Registry, tmp_path: Path) -> None:
    stored = tmp_path / "churn.onnx"
    stored.write_bytes(b"model")
    register(registered, "v7", stored)
    (tmp_path / "out").mkdir()
    document = json.loads(
        registered.run("pull", f"{MODEL}:v7", str(tmp_path / "out"), "--json", key=None).out
    )
    assert document["path"] == str(tmp_path / "out" / "churn.onnx")
    assert document["fetched_bytes"] == 5
    again = registered.run("pull", f"{MODEL}:v7", str(tmp_path / "out"), key=None)
    assert "nothing had to come" in again.out


def test_a_release_that_was_withdrawn_is_not_delivered(registered: Registry, tmp_path: Path) -> None:
    stored = tmp_path / "churn.onnx"
    stored.write_bytes(b"model")
    register(registered, "v7", stored)
    registered.run("retire", f"{MODEL}:v7", "--withdraw", "--reason", "leaks")
    result = registered.run("pull", f"{MODEL}:v7", str(tmp_path / "out"), key=None, expect=1)
    assert "withdrawn" in result.err
    assert not (tmp_path / "out").exists()
