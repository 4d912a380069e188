"""``register`` with what lies nearby: what is filled in, that it is told, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitregistry.records import paths
from gitregistry.records.release import Release
from tests.builtin.onnx_models import PLAIN
from tests.support.registry import Registry
from tests.support.training import training_code


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    path = tmp_path / "model.tar.gz"
    path.write_bytes(b"the bytes of a model\n")
    return path


@pytest.fixture
def code(tmp_path: Path) -> Registry:
    return training_code(tmp_path / "code", "https://bob:token@git.example.com/team/churn.git")


def registered(registry: Registry) -> Release:
    registry.passes()
    return registry.record(Release, paths.manifest("m", "v1"))


def test_what_is_checked_out_is_filled_in_and_told(
    empty_registry: Registry, artifact: Path, code: Registry
) -> None:
    named = ("register", "--as", "m:v1", "--artifact", str(artifact), "--git", str(code.folder))
    done = empty_registry.run(*named, "--json")
    release = registered(empty_registry)
    assert release.git_commit == code.head
    assert release.git_repository == "https://git.example.com/team/churn.git"
    assert done.json["filled_in"] == {
        "git_commit": str(code.folder),
        "git_repository": str(code.folder),
    }
    assert f"note: filled in from {code.folder}: git_commit, git_repository" in done.err


def test_uncommitted_code_is_refused_or_recorded(
    empty_registry: Registry, artifact: Path, code: Registry
) -> None:
    (code.folder / "train.py").write_text("fat()\n")
    named = ("register", "--as", "m:v1", "--artifact", str(artifact), "--git", str(code.folder))
    refused = empty_registry.refuses(*named)
    assert "git_commit: train.py: not as committed" in refused.err
    empty_registry.run(*named, "--even-if-the-code-is-not-committed")
    assert registered(empty_registry).labels["git_dirty"] is True


def test_code_that_nobody_names_is_not_vouched_for(empty_registry: Registry, artifact: Path) -> None:
    refused = empty_registry.refuses(
        "register",
        "--as",
        "m:v1",
        "--artifact",
        str(artifact),
        "--even-if-the-code-is-not-committed",
        expect=2,
    )
    assert "add --git DIR" in refused.err


def test_an_image_without_a_digest_is_taken_with_a_warning(empty_registry: Registry, artifact: Path) -> None:
    named = ("register", "--as", "m:v1", "--artifact", str(artifact))
    refused = empty_registry.refuses(*named, "--image", "Team/Serving", expect=2)
    assert "'Team/Serving' names no image" in refused.err
    done = empty_registry.run(*named, "--image", "ghcr.io/team/serving:1.4")
    assert "warning: --image ghcr.io/team/serving:1.4 holds no digest" in done.err
    runtime = registered(empty_registry).runtime
    assert runtime is not None
    assert runtime.base_image == "ghcr.io/team/serving:1.4"


def test_data_of_dvc_are_named_by_their_weak_digest(
    empty_registry: Registry, artifact: Path, tmp_path: Path
) -> None:
    item = "- md5: f79b8c06f932a7a2a72b8e54d69deee6\n  size: 2\n  hash: md5\n  path: {}\n"
    for name in ("train.csv", "test.csv"):
        (tmp_path / f"{name}.dvc").write_text("outs:\n" + item.format(name))
    named = ("register", "--as", "m:v1", "--artifact", str(artifact))
    files = [word for name in ("train", "test") for word in ("--from-dvc", str(tmp_path / f"{name}.csv.dvc"))]
    done = empty_registry.run(*named, *files)
    assert "data are named by MD5" in done.err
    release = registered(empty_registry)
    assert release.dataset_snapshot == "dvc-md5:f79b8c06f932a7a2a72b8e54d69deee6 train.csv, 2 bytes"
    assert release.evaluation_datasets == ("dvc-md5:f79b8c06f932a7a2a72b8e54d69deee6 test.csv, 2 bytes",)


def test_of_many_values_only_the_number_is_told(
    empty_registry: Registry, artifact: Path, tmp_path: Path
) -> None:
    params = "".join(f"        p{number}: {number}\n" for number in range(6))
    lock = tmp_path / "dvc.lock"
    lock.write_text(f"stages:\n  fit:\n    params:\n      params.yaml:\n{params}")
    done = empty_registry.run(
        "register", "--as", "m:v1", "--artifact", str(artifact), "--from-dvc", str(lock), "--json"
    )
    assert f"note: filled in from {lock}:fit: hyperparameters (6 values)\n" in done.err
    assert done.json["filled_in"]["hyperparameters.p5"] == f"{lock}:fit"
    assert registered(empty_registry).hyperparameters["p5"] == 5


def test_a_lock_fills_in_the_runtime_and_never_against_the_manifest(
    empty_registry: Registry, artifact: Path, tmp_path: Path
) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("xgboost==2.1.1\nnumpy==2.4.6\n")
    manifest = tmp_path / "m.yaml"
    manifest.write_text("model_name: m\nversion: v1\nruntime:\n  framework: xgboost==2.0.0\n")
    given = ("register", str(manifest), "--artifact", str(artifact), "--lockfile", str(lock))
    refused = empty_registry.refuses(*given)
    words = f"the manifest says 'xgboost==2.0.0', and {lock} says 'xgboost==2.1.1'"
    assert f"m.yaml:4: runtime.framework: {words}" in refused.err
    assert "or leave out --lockfile" in refused.err
    manifest.write_text("model_name: m\nversion: v1\nruntime:\n  python: 3.11.7\n")
    empty_registry.run(*given)
    runtime = registered(empty_registry).runtime
    assert runtime is not None
    assert (runtime.python, runtime.framework) == ("3.11.7", "xgboost==2.1.1")
    assert runtime.dependencies == ("xgboost==2.1.1", "numpy==2.4.6")
    assert runtime.lockfile_digest is not None


def test_an_artifact_says_what_it_takes_and_gives(empty_registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(PLAIN)
    done = empty_registry.run("register", "--as", "m:v1", "--artifact", str(tmp_path / "m.onnx"), "--json")
    release = registered(empty_registry)
    assert [(port.name, port.type, port.optional) for port in release.inputs] == [
        ("x", "float32", False),
        ("s", "string", False),
        ("w", "float32", True),
    ]
    uri = (tmp_path / "m.onnx").as_uri()
    assert done.json["filled_in"] == {"artifact_format": uri, "inputs": uri, "outputs": uri}
