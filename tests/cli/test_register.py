"""``register``: the mission's manifest as it stands, and every place that an artifact may lie in."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from gitregistry.records import paths
from gitregistry.records.release import Release
from tests.support.object_store import use_endpoint
from tests.support.registry import Registry, Result

# Word for word from the mission, where it lost its indentation.
FLAT = """\
model_name: churn-predictor
version: 2026.04.27-rc2
artifact_uri: s3://ml-registry/churn/2026.04.27-rc2/model.tar.gz
git_commit: 6d92bc1
dataset_snapshot: warehouse://features/churn_training/2026-04-20
feature_set_version: fs-churn-v19
runtime:
python: "3.11.7"
base_image: "ghcr.io/resiliotech/model-serving:2026-04-21"
framework: "xgboost==2.1.1"
evaluation:
auc: 0.912
calibration_error: 0.019
bias_check: pass
latency_p95_ms: 43
approval_status: staging-approved
"""
SECTIONS = ("python", "base_image", "framework", "auc", "calibration_error", "bias_check", "latency_p95_ms")
INDENTED = "".join(
    f"  {line}\n" if line.split(":")[0] in SECTIONS else f"{line}\n" for line in FLAT.splitlines()
)
NAME = "churn-predictor:2026.04.27-rc2"


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    path = tmp_path / "model.tar.gz"
    path.write_bytes(b"the bytes of a model\n" * 1000)
    return path


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def register(registry: Registry, text: str, *options: str, folder: Path, expect: int = 0) -> Result:
    manifest = folder / "manifest.yaml"
    manifest.write_text(text, "utf-8")
    return registry.run("register", str(manifest), *options, expect=expect)


def minimal(registry: Registry, *options: str, folder: Path, text: str = "") -> Release:
    register(registry, f"model_name: m\nversion: v1\n{text}", *options, folder=folder)
    registry.passes()
    return registry.record(Release, paths.manifest("m", "v1"))


@pytest.mark.parametrize("text", [FLAT, INDENTED], ids=["flat", "indented"])
def test_the_missions_manifest_word_for_word(
    text: str, empty_registry: Registry, artifact: Path, tmp_path: Path
) -> None:
    refused = register(empty_registry, text, "--artifact", str(artifact), folder=tmp_path, expect=2)
    assert "manifest.yaml:16: approval_status: a release's state is derived" in refused.err
    done = register(empty_registry, text, "--artifact", str(artifact), "--ignore-claims", folder=tmp_path)
    assert "approval_status was left out" in done.err
    assert "git_commit 6d92bc1 is short and its repository is not at hand: recorded as given" in done.err
    assert ("not indented" in done.err) == (text == FLAT)
    release = empty_registry.record(Release, paths.manifest("churn-predictor", "2026.04.27-rc2"))
    assert release.artifact_uri == "s3://ml-registry/churn/2026.04.27-rc2/model.tar.gz"
    assert release.artifact_digest == digest(artifact.read_bytes())
    assert (release.artifact_size_bytes, release.artifact_format) == (21_000, "tar.gz")
    assert (release.git_commit, release.feature_set_version) == ("6d92bc1", "fs-churn-v19")
    assert release.dataset_snapshot == "warehouse://features/churn_training/2026-04-20"
    assert release.runtime is not None
    assert (release.runtime.python, release.runtime.framework) == ("3.11.7", "xgboost==2.1.1")
    assert {name: str(value) for name, value in release.evaluation.items()} == {
        "auc": "0.912", "calibration_error": "0.019", "bias_check": "pass", "latency_p95_ms": "43",
    }  # fmt: skip
    shown = empty_registry.json("show", NAME)
    assert shown["state"] == "registered"
    assert shown["manifest"]["evaluation"]["auc"] == 0.912
    empty_registry.passes()


def test_the_answer_of_register(empty_registry: Registry, artifact: Path, tmp_path: Path) -> None:
    done = register(
        empty_registry, FLAT, "--artifact", str(artifact), "--ignore-claims", "--json", folder=tmp_path
    )
    document = done.json
    assert {"model_name", "version", "release_digest", "artifact_uri", "artifact_digest"} <= set(document)
    assert document["commit"] == empty_registry.head
    assert document["release_digest"] == digest(empty_registry.read(document["path"]))


def test_a_short_commit_is_completed_from_its_repository(
    empty_registry: Registry, artifact: Path, tmp_path: Path
) -> None:
    code = tmp_path / "code"
    code.mkdir()
    training = Registry(code, "", {})
    training.git("init", "--quiet", "--initial-branch=main")
    full = training.commit_all("train")
    given = f"git_commit: {full[:7]}\n"
    options = ("--artifact", str(artifact), "--git", str(code))
    assert minimal(empty_registry, *options, folder=tmp_path, text=given).git_commit == full


def test_a_branch_is_no_commit_however_it_is_called(
    empty_registry: Registry, artifact: Path, tmp_path: Path
) -> None:
    code = tmp_path / "code"
    code.mkdir()
    training = Registry(code, "", {})
    training.git("init", "--quiet", "--initial-branch=deadbee")
    training.commit_all("train")
    options = ("--artifact", str(artifact), "--git", str(code))
    release = minimal(empty_registry, *options, folder=tmp_path, text="git_commit: deadbee\n")
    assert release.git_commit == "deadbee"


@pytest.mark.parametrize("commit", ["692e10f", "1234567", "0e00000", "0123456"])
def test_a_commit_that_looks_like_a_number_stays_text(
    commit: str, empty_registry: Registry, artifact: Path, tmp_path: Path
) -> None:
    given = f"git_commit: {commit}\nlicense: 1.10\nrisk_tier: no\n"
    release = minimal(empty_registry, "--artifact", str(artifact), folder=tmp_path, text=given)
    assert (release.git_commit, release.license, release.risk_tier) == (commit, "1.10", "no")


def test_a_folder(empty_registry: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "weights").mkdir(parents=True)
    (folder / "config.json").write_bytes(b"{}")
    (folder / "weights" / "a b.bin").write_bytes(b"\0" * 1000)
    release = minimal(empty_registry, "--artifact", str(folder), folder=tmp_path)
    assert [(file.path, file.size_bytes) for file in release.files] == [
        ("config.json", 2),
        ("weights/a b.bin", 1000),
    ]
    recipe = "LC_ALL=C find . -type f -printf '%P\\n' | LC_ALL=C sort | xargs -d '\\n' sha256sum | sha256sum"
    told = subprocess.run(["bash", "-c", recipe], cwd=folder, capture_output=True, check=True, text=True)
    assert release.artifact_digest == f"sha256:{told.stdout.split()[0]}"
    assert release.artifact_uri == f"file://{folder}"


def test_a_model_card_lies_beside_the_manifest(
    empty_registry: Registry, artifact: Path, tmp_path: Path
) -> None:
    card = tmp_path / "card.md"
    card.write_bytes("# Churn\n\nPredicts who leaves — in Märkte.\n".encode())
    release = minimal(empty_registry, "--artifact", str(artifact), "--card", str(card), folder=tmp_path)
    assert release.model_card == digest(card.read_bytes())
    assert empty_registry.read(paths.card("m", "v1")) == card.read_bytes()


def test_the_digest_may_be_known_already(empty_registry: Registry, tmp_path: Path) -> None:
    known = digest(b"elsewhere")
    text = f"artifact_uri: s3://far/away.onnx\nartifact_digest: {known}\nartifact_size_bytes: 9\n"
    release = minimal(empty_registry, folder=tmp_path, text=text)
    assert (release.artifact_digest, release.artifact_uri) == (known, "s3://far/away.onnx")


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket with an object and a folder in it; its address."""
    import s3fs  # noqa: PLC0415 - slow to load

    use_endpoint(monkeypatch, s3_server)
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    name = f"models-{os.urandom(4).hex()}"
    files.mkdir(name)
    files.pipe_file(f"{name}/model.onnx", b"onnx" * 3_000_000)
    files.pipe_file(f"{name}/folder/a", b"a")
    files.pipe_file(f"{name}/folder/b/c", b"c")
    return f"s3://{name}"


def test_an_object_in_s3(bucket: str, empty_registry: Registry, tmp_path: Path) -> None:
    release = minimal(empty_registry, folder=tmp_path, text=f"artifact_uri: {bucket}/model.onnx\n")
    assert release.artifact_digest == digest(b"onnx" * 3_000_000)
    assert (release.artifact_size_bytes, release.artifact_format) == (12_000_000, "onnx")
    assert release.artifact_uri == f"{bucket}/model.onnx"


def test_a_folder_in_s3(bucket: str, empty_registry: Registry, tmp_path: Path) -> None:
    release = minimal(empty_registry, "--artifact", f"{bucket}/folder", folder=tmp_path)
    assert [file.path for file in release.files] == ["a", "b/c"]


def test_what_is_not_in_s3(bucket: str, empty_registry: Registry, tmp_path: Path) -> None:
    before = empty_registry.state()
    text = f"model_name: m\nversion: v1\nartifact_uri: {bucket}/nowhere\n"
    done = register(empty_registry, text, folder=tmp_path, expect=2)
    assert f"{bucket}/nowhere: there is nothing at this address" in done.err
    assert empty_registry.state() == before


def test_a_release_that_is_only_named(empty_registry: Registry, artifact: Path, tmp_path: Path) -> None:
    empty_registry.run("register", "--as", "m:v1", "--artifact", str(artifact))
    assert empty_registry.record(Release, paths.manifest("m", "v1")).artifact_size_bytes == 21_000
    refused = empty_registry.run("register", "--artifact", str(artifact), expect=2)
    assert "MANIFEST.yaml, or --as MODEL:VERSION" in refused.err
    assert "is no MODEL:VERSION" in empty_registry.run("register", "--as", "m", expect=2).err
    other = register(empty_registry, "model_name: m\n", "--as", "n:1", folder=tmp_path, expect=1)
    assert "model_name: the manifest says 'm', and --as says 'n'" in other.err
