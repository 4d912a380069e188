"""``register --from-mlflow``: what a tracking server says, in the fields of a release. Over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gitregistry.errors import BadInput
from gitregistry.integrations.mlflow_manifest import without_user
from gitregistry.integrations.mlflow_reference import parse_reference
from gitregistry.records import paths
from gitregistry.records.release import Release
from tests.support.mlflow import MODEL_ID, PLACE, RUN, Answer, Mlflow, pairs, tracking
from tests.support.registry import Registry, Result

OTHER = "m-" + "b" * 32


@pytest.fixture
def mlflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mlflow]:
    with tracking() as held:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", held.uri)
        held.version("3")
        yield held


def register(registry: Registry, reference: str, *arguments: str, expect: int = 0) -> Result:
    return registry.run("register", *arguments, "--from-mlflow", reference, expect=expect)


def release(registry: Registry, version: str = "3", model: str = "churn") -> Release:
    return registry.record(Release, paths.manifest(model, version))


def test_a_registered_version_fills_in_a_release_without_a_manifest(
    mlflow: Mlflow, empty_registry: Registry
) -> None:
    mlflow.versions["churn", "3"]["tags"] = {"owner": "ann", "gitregistry.version": "churn:2"}
    done = register(empty_registry, "models:/churn/3")
    made = release(empty_registry)
    address = f"mlflow+{mlflow.uri}/api/2.0/mlflow-artifacts/artifacts/{PLACE}"
    assert made.artifact_uri == address
    assert [file.path for file in made.files] == ["MLmodel", "model.skops"]
    assert made.hyperparameters == {"C": Decimal("0.5"), "fit": True, "seed": "007", "solver": "None"}
    assert made.evaluation == {"auc": Decimal("0.873")}
    assert "'loss' is not a finite number: left out" in done.err
    assert made.git_commit == "6d92bc1" + "0" * 33
    assert made.training_run == f"{mlflow.uri}/#/experiments/7/runs/{RUN}"
    assert made.labels == {
        "team": "risk",
        "owner": "ann",
        "mlflow.model_version": "churn/3",
        "mlflow.model_id": MODEL_ID,
        "mlflow.run_id": RUN,
    }
    assert [(port.name, port.type, port.optional) for port in made.inputs] == [
        ("tenure", "double", False),
        ("calls", "long", True),
    ]
    assert [(port.name, port.type, port.shape) for port in made.outputs] == [("0", "int64", "[-1]")]
    empty_registry.passes()


def test_its_files_can_be_pulled_and_verified_where_they_lie(
    mlflow: Mlflow, empty_registry: Registry, tmp_path: Path
) -> None:
    mlflow.model(OTHER)
    mlflow.files[f"{PLACE}/data/big file%.bin"] = b"x" * (40 << 20)  # several pieces of one file
    register(empty_registry, "models:/churn/3")
    pulled = tmp_path / "pulled"
    empty_registry.run("pull", "churn:3", str(pulled))
    assert (pulled / "data/big file%.bin").stat().st_size == 40 << 20
    assert empty_registry.json("artifacts", "verify")["artifacts"][0]["verdict"] == "whole"
    place = f"mlflow+{mlflow.uri}/api/2.0/mlflow-artifacts/artifacts"
    waste = empty_registry.json("artifacts", "gc", place, "--dry-run", "--older-than", "1s")
    assert (waste["named"], waste["left_out"]) == (3, 2)  # of the other model, of unknown age
    mlflow.files[f"{PLACE}/model.skops"] = b"other weights now"
    empty_registry.run("artifacts", "verify", expect=1)
    del mlflow.files[f"{PLACE}/model.skops"]
    empty_registry.run("artifacts", "verify", expect=1)


@pytest.mark.parametrize("reference", ["models:/churn@champion", f"models:/{MODEL_ID}", RUN, f"runs:/{RUN}"])
def test_every_way_to_name_a_model(mlflow: Mlflow, empty_registry: Registry, reference: str) -> None:
    mlflow.registered["churn"]["aliases"]["champion"] = "3"
    register(empty_registry, reference, "--as", "churn:v9")
    made = release(empty_registry, "v9")
    assert made.training_run is not None
    assert made.training_run.endswith(RUN)
    assert made.inputs
    assert ("mlflow.model_version" in made.labels) == ("@" in reference)


def test_a_name_of_ones_own_stands(mlflow: Mlflow, empty_registry: Registry, tmp_path: Path) -> None:
    manifest = tmp_path / "m.yaml"
    manifest.write_text("model_name: churn-eu\n", "utf-8")
    register(empty_registry, "models:/churn/3", str(manifest), "--as", "churn-eu:2026.04")
    assert release(empty_registry, "2026.04", "churn-eu").labels["mlflow.model_version"] == "churn/3"


def test_what_is_called_nothing_is_not_registered(mlflow: Mlflow, empty_registry: Registry) -> None:
    refused = register(empty_registry, RUN, expect=2)
    assert "nothing says what the release of runs:/" in refused.err
    assert "--as MODEL:VERSION" in refused.err
    mlflow.version("1", "Churn Model", OTHER, "c" * 32)
    assert "--as MODEL:VERSION" in register(empty_registry, "models:/Churn Model/1", expect=2).err
    register(empty_registry, "models:/Churn Model/1", "--as", "churn:v1")


def test_data_sets_are_named_with_what_their_digest_is_worth(
    mlflow: Mlflow, empty_registry: Registry, tmp_path: Path
) -> None:
    def data(name: str, context: str | None, source: Any, kind: str = "s3") -> dict[str, Any]:
        tags = pairs(**{"mlflow.data.context": context}) if context else []
        described = {"name": name, "digest": "49d77bfc", "source_type": kind, "source": json.dumps(source)}
        return {"tags": tags, "dataset": described}

    mlflow.runs[RUN]["inputs"]["dataset_inputs"] = [
        data("customers", "training", {"uri": "s3://bucket/train.parquet"}),
        data("more", None, {"url": "https://data/x.csv"}),
        data("holdout", "eval", {"tags": {"mlflow.user": "ann"}}, "code"),
        data("odd", "testing", ["a list"], "custom"),
    ]
    done = register(empty_registry, "models:/churn/3")
    made = release(empty_registry)
    assert made.dataset_snapshot == (
        "customers from s3://bucket/train.parquet (mlflow-digest-weak:49d77bfc); "
        "more from https://data/x.csv (mlflow-digest-weak:49d77bfc)"
    )
    assert made.evaluation_datasets == (
        "holdout (mlflow-digest-weak:49d77bfc)",
        "odd from custom (mlflow-digest-weak:49d77bfc)",
    )
    assert "cover 10,000 rows at most, in 8 hex digits" in done.err
    manifest = tmp_path / "m.yaml"
    manifest.write_text("dataset_snapshot: warehouse://customers/2026-04-20\n", "utf-8")
    done = register(empty_registry, "models:/churn/3", str(manifest), "--as", "churn:4")
    assert release(empty_registry, "4").dataset_snapshot == "warehouse://customers/2026-04-20"
    assert "dataset_snapshot: the manifest stands; MLflow says 'customers from" in done.err


def test_a_manifest_that_says_something_else_is_refused(
    mlflow: Mlflow, empty_registry: Registry, tmp_path: Path
) -> None:
    manifest = tmp_path / "m.yaml"
    for text, field in (
        ("evaluation:\n  auc: 0.9\n", "evaluation.auc"),
        ("training_run: another\n", "training_run"),
        ("git_commit: abcdef1\n", "git_commit"),
    ):
        manifest.write_text(text, "utf-8")
        refused = register(empty_registry, "models:/churn/3", str(manifest), expect=1)
        assert f"{field}: the manifest says" in refused.err
        assert "leave out --from-mlflow" in refused.err
    manifest.write_text(f"evaluation:\n  auc: 0.8730\ntraining_run: mlflow:{RUN}\n", "utf-8")
    register(empty_registry, "models:/churn/3", str(manifest))
    assert release(empty_registry).training_run == f"mlflow:{RUN}"


def test_a_user_in_the_repositorys_address_is_cut_out(mlflow: Mlflow, empty_registry: Registry) -> None:
    mlflow.runs[RUN]["data"]["tags"] += pairs(
        **{"mlflow.source.git.repoURL": "https://ann:ghp_secret@git.example.com/ml/churn.git"}
    )
    register(empty_registry, "models:/churn/3")
    assert release(empty_registry).git_repository == "https://git.example.com/ml/churn.git"
    assert "ghp_secret" not in empty_registry.read(paths.manifest("churn", "3")).decode()


@pytest.mark.parametrize("address", ["git@git.example.com:ml/churn.git", "ssh://git@host/x", "/srv/x.git"])
def test_a_repository_that_holds_no_secret_is_kept(address: str) -> None:
    assert without_user(address) == address


def test_metrics_of_a_run_that_made_several_models_are_nobodys(
    mlflow: Mlflow, empty_registry: Registry
) -> None:
    mlflow.model(OTHER)
    mlflow.runs[RUN]["outputs"]["model_outputs"].append({"model_id": OTHER})
    mlflow.runs[RUN]["data"]["metrics"] += [
        {"key": "of_the_other", "value": 0.2},
        {"key": "errors", "value": 0},
    ]
    mlflow.models[MODEL_ID]["data"]["metrics"] += [
        {"key": "errors", "value": 0.0},
        {"key": "f1", "value": 0.5},
        {"key": "recall", "value": 0.5, "dataset_name": "a"},
        {"key": "recall", "value": 0.6, "dataset_name": "b"},
    ]
    done = register(empty_registry, "models:/churn/3")
    assert release(empty_registry).evaluation == {
        "auc": Decimal("0.873"),
        "errors": Decimal(0),
        "f1": Decimal("0.5"),
    }
    assert "'loss' is 0 of the logged model alone, where MLflow shows NaN as 0: left out" in done.err
    assert "'recall' was measured several times, with different values: left out" in done.err
    several = register(empty_registry, RUN, "--as", "churn:x", expect=2)
    assert "does not say where the model's files lie" in several.err


def test_tags_parameters_and_metrics_are_bounded_and_fit_for_a_record(
    mlflow: Mlflow, empty_registry: Registry
) -> None:
    run = mlflow.runs[RUN]["data"]
    run["tags"] = pairs(**{f"tag{number:03}": "x" for number in range(60)}, **{"mlflow.own": "x"})
    run["params"] = pairs(ok="1e-3", long="x" * 5000, hidden="a\u202eb", words="two\nlines", nothing="")
    run["metrics"] += [{"key": "system/cpu", "value": 3}, {"key": "inf", "value": 1.7976931348623157e308}]
    done = register(empty_registry, "models:/churn/3")
    made = release(empty_registry)
    assert len([name for name in made.labels if name.startswith("tag")]) == 50
    assert "10 more tags are left out" in done.err
    assert made.hyperparameters["ok"] == Decimal("1e-3")
    assert made.hyperparameters["words"] == "two\nlines"
    assert not {"long", "hidden"} & set(made.hyperparameters)
    assert "the parameter 'hidden' holds U+202E" in done.err
    assert set(made.evaluation) == {"auc"}


def test_files_elsewhere_are_read_from_there(
    mlflow: Mlflow, empty_registry: Registry, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    (folder / "MLmodel").write_bytes(mlflow.files[f"{PLACE}/MLmodel"])
    (folder / "model.skops").write_bytes(b"weights")
    mlflow.models[MODEL_ID]["info"]["artifact_uri"] = str(folder)
    register(empty_registry, "models:/churn/3")
    assert release(empty_registry).artifact_uri == folder.as_uri()
    mlflow.models[MODEL_ID]["info"]["artifact_uri"] = "/nowhere/on/this/machine"
    refused = register(empty_registry, "models:/churn/3", "--as", "churn:4", expect=2)
    assert "lie on the server's own machine" in refused.err
    assert "--artifact PATH|URI" in refused.err
    register(empty_registry, "models:/churn/3", "--as", "churn:4", "--artifact", str(folder))
    assert release(empty_registry, "4").artifact_uri == folder.as_uri()


def test_the_artifact_that_is_given_is_what_is_registered(
    mlflow: Mlflow, empty_registry: Registry, tmp_path: Path
) -> None:
    artifact = tmp_path / "model.onnx"
    artifact.write_bytes(b"a copy")
    place = tmp_path / "kept/model.onnx"
    register(empty_registry, "models:/churn/3", "--artifact", str(artifact), "--upload", str(place))
    assert release(empty_registry).artifact_uri == place.as_uri()
    assert not [asked for asked in mlflow.asked if asked.path.endswith("model.skops")]


def test_models_of_older_clients_are_found_in_their_run(mlflow: Mlflow, empty_registry: Registry) -> None:
    history = json.dumps([{"artifact_path": "model", "flavors": {}}])
    run = mlflow.run("d" * 32, outputs={})
    run["data"]["tags"] = pairs(**{"mlflow.log-model.history": history})
    mlflow.files[f"7/{'d' * 32}/artifacts/model/MLmodel"] = mlflow.files[f"{PLACE}/MLmodel"]
    register(empty_registry, "d" * 32, "--as", "churn:old")
    made = release(empty_registry, "old")
    assert made.artifact_uri.endswith(f"/7/{'d' * 32}/artifacts/model")
    assert made.evaluation["auc"] == Decimal("0.873")
    assert made.inputs


@pytest.mark.parametrize(
    ("where", "name", "value", "words"),
    [
        ("run", "status", "RUNNING", "has not ended"),
        ("run", "status", "FAILED", "is FAILED"),
        ("run", "lifecycle_stage", "deleted", "was deleted"),
    ],
)
def test_a_run_to_be_wary_of_is_a_warning(
    mlflow: Mlflow, empty_registry: Registry, where: str, name: str, value: str, words: str
) -> None:
    mlflow.runs[RUN]["info"][name] = value
    assert words in register(empty_registry, "models:/churn/3").err


def test_a_run_that_is_gone_leaves_what_the_model_says(mlflow: Mlflow, empty_registry: Registry) -> None:
    del mlflow.runs[RUN]
    assert "that made it is gone" in register(empty_registry, "models:/churn/3").err
    made = release(empty_registry)
    assert (made.training_run, set(made.evaluation)) == (None, {"auc"})


def test_what_is_not_ready_is_refused(mlflow: Mlflow, empty_registry: Registry) -> None:
    mlflow.models[MODEL_ID]["info"]["status"] = "LOGGED_MODEL_UPLOAD_FAILED"
    assert "is not ready" in register(empty_registry, "models:/churn/3", expect=2).err
    mlflow.versions["churn", "3"]["status"] = "PENDING_REGISTRATION"
    assert "is not ready" in register(empty_registry, "models:/churn/3", expect=2).err
    mlflow.runs[RUN]["info"]["lifecycle_stage"] = "deleted"
    assert "the run was deleted" in register(empty_registry, RUN, "--as", "a:b", expect=2).err


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("models:/churn/7", "Model Version (name=churn, version=7) not found"),
        ("models:/nope/7", "Registered Model with name=nope not found"),
        ("models:/churn@nope", "has no alias 'nope' there; it has none"),
        (f"models:/{OTHER}", "no such model"),
        ("f" * 32, "no such run"),
    ],
)
def test_what_the_server_does_not_have(
    mlflow: Mlflow, empty_registry: Registry, reference: str, words: str
) -> None:
    assert words in register(empty_registry, reference, "--as", "a:b", expect=3).err


@pytest.mark.parametrize(
    "text",
    ["models:/churn", "models:/churn/latest", "models:/churn/Production", "models:/", "a b", "../x", ""],
)
def test_what_names_no_one_model(text: str) -> None:
    with pytest.raises(BadInput):
        parse_reference(text)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(403, b'{"message": "Permission denied"}'), "does not let us in (403): 'Permission denied'"),
        (Answer(500, b"<html>oops"), "answered 500: '<html>oops'"),
        (Answer(200, b"<html>login"), "is not JSON"),
        (Answer(200, b'{"model_version": {"status": 7, "tags": 3}}'), "is not ready: '7'"),
        (Answer(200, b'{"model_version": {"tags": 3}}'), "answers no list of maps at '/model_version/tags'"),
        (
            Answer(302, b"", (("Location", "https://evil.example/"),)),
            "it sends us to 'https://evil.example/'",
        ),
    ],
)
def test_a_server_that_answers_badly(
    mlflow: Mlflow, empty_registry: Registry, monkeypatch: pytest.MonkeyPatch, answer: Answer, words: str
) -> None:
    monkeypatch.setattr("gitregistry.integrations.mlflow_rest._PAUSES", (0.0, 0.0))
    mlflow.fault = lambda path: answer if "model-versions/get?" in path else None
    refused = register(empty_registry, "models:/churn/3", expect=2)
    assert words in refused.err
    assert "try: " in refused.err or answer.body == b"<html>login"


def test_a_server_that_is_busy_is_asked_again(
    mlflow: Mlflow, empty_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitregistry.integrations.mlflow_rest._PAUSES", (0.0, 0.0))
    busy = [Answer(503, b"starting"), Answer(429, b"slow down")]
    mlflow.fault = lambda path: busy.pop() if busy and "runs/get" in path else None
    register(empty_registry, "models:/churn/3")
    assert not busy


@pytest.mark.parametrize(
    "listing",
    [
        b'{"files": [{"path": "../../x", "is_dir": false, "file_size": 1}]}',
        b'{"files": [{"path": "x", "is_dir": false, "file_size": -1}]}',
        b'{"files": ["x"]}',
        b"nonsense",
    ],
)
def test_a_listing_that_lies_registers_nothing(
    mlflow: Mlflow, empty_registry: Registry, listing: bytes
) -> None:
    mlflow.fault = lambda path: Answer(200, listing) if "artifacts?path=" in path else None
    register(empty_registry, "models:/churn/3", expect=2)


def test_a_folder_that_is_not_answered_is_never_an_empty_one(
    mlflow: Mlflow, empty_registry: Registry
) -> None:
    mlflow.files[f"{PLACE}/data/x.bin"] = b"x"
    mlflow.fault = lambda path: Answer(500, b"") if path.endswith("artifacts%2Fdata") else None
    assert "answered 500" in register(empty_registry, "models:/churn/3", expect=2).err


def test_credentials_go_to_the_server_of_the_environment_alone(
    mlflow: Mlflow, empty_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "s3cret")
    register(empty_registry, "models:/churn/3")
    assert {asked.authorization for asked in mlflow.asked} == {"Bearer s3cret"}
    with tracking() as elsewhere:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", elsewhere.uri)
        mlflow.asked.clear()
        empty_registry.run("artifacts", "verify")
    assert {asked.authorization for asked in mlflow.asked} == {None}
    mlflow.fault = lambda path: Answer(401, b"") if "mlflow-artifacts" in path else None
    refused = empty_registry.run("artifacts", "verify", expect=5)
    assert f"export MLFLOW_TRACKING_URI={mlflow.uri}" in refused.out + refused.err


def test_options_that_say_nothing_alone(empty_registry: Registry, tmp_path: Path) -> None:
    artifact = tmp_path / "a.onnx"
    artifact.write_bytes(b"x")
    arguments = ("register", "--as", "a:b", "--artifact", str(artifact), "--tracking-uri", "http://127.0.0.1")
    assert "--from-mlflow models:/NAME/3" in empty_registry.run(*arguments, expect=2).err
    assert "no tracking server is named" in register(empty_registry, RUN, expect=2).err


def test_what_no_run_made_and_what_its_source_says_wrongly(mlflow: Mlflow, empty_registry: Registry) -> None:
    mlflow.models[MODEL_ID]["info"]["source_run_id"] = ""
    mlflow.versions["churn", "3"]["run_id"] = ""
    assert "no run made this model" in register(empty_registry, "models:/churn/3").err
    mlflow.versions["churn", "3"] |= {"source": "s3://bucket/model", "run_id": RUN}
    mlflow.runs[RUN]["data"]["tags"] = pairs(**{"mlflow.source.git.commit": "main", "a\nb": "x"})
    mlflow.runs[RUN]["inputs"]["dataset_inputs"] = [
        {"dataset": {"name": "two\nlines", "digest": "1"}},
        {"dataset": {"name": "plain", "digest": "2", "source": "a table", "source_type": "x"}},
        *({"dataset": {"name": f"{number:04}" + "x" * 100}} for number in range(50)),
    ]
    artifact = empty_registry.folder.parent / "a.onnx"
    artifact.write_bytes(b"x")
    done = register(empty_registry, "models:/churn/3", "--as", "churn:4", "--artifact", str(artifact))
    for words in (
        "mlflow.source.git.commit is no commit id: 'main'",
        "has a name of several lines: left out",
        "cannot be named in a record: left out",
        "more training data sets are left out",
    ):
        assert words in done.err
    made = release(empty_registry, "4")
    assert made.dataset_snapshot is not None
    assert made.dataset_snapshot.startswith("plain from a table (mlflow-digest-weak:2); 0000x")
    assert len(made.dataset_snapshot) <= 4096


@pytest.mark.parametrize(
    "place",
    [
        "dbfs:/models/m",
        "mlflow-artifacts://127.0.0.1:1/0/m",
        "http://127.0.0.1:1/api/2.0/mlflow-artifacts/artifacts/0",
    ],
)
def test_places_that_cannot_be_read_from_here(mlflow: Mlflow, empty_registry: Registry, place: str) -> None:
    mlflow.models[MODEL_ID]["info"]["artifact_uri"] = place
    refused = register(empty_registry, "models:/churn/3", expect=2)
    assert (
        "lie where nothing here can read" if place.startswith("dbfs") else "http://127.0.0.1:1/"
    ) in refused.err


def test_an_mlmodel_that_cannot_be_read_leaves_the_schema_out(
    mlflow: Mlflow, empty_registry: Registry
) -> None:
    for data, words in (
        (b"signature: [", "inputs and outputs are not known"),
        (b"#" * (2 << 20), "more than 1 MiB"),
    ):
        mlflow.files[f"{PLACE}/MLmodel"] = data
        name = f"churn:{len(data)}"
        assert words in register(empty_registry, "models:/churn/3", "--as", name).err
        assert release(empty_registry, str(len(data))).inputs == ()


def test_a_label_of_the_manifest_stands_but_not_another_origin(
    mlflow: Mlflow, empty_registry: Registry, tmp_path: Path
) -> None:
    manifest = tmp_path / "m.yaml"
    manifest.write_text("labels:\n  team: fraud\n", "utf-8")
    done = register(empty_registry, "models:/churn/3", str(manifest))
    assert "labels.team: the manifest stands; MLflow says 'risk'" in done.err
    assert release(empty_registry).labels["team"] == "fraud"
    manifest.write_text("labels:\n  mlflow.model_version: churn/2\n", "utf-8")
    refused = register(empty_registry, "models:/churn/3", str(manifest), "--as", "churn:4", expect=1)
    assert "says 'churn/2', and models:/churn/3 of" in refused.err
