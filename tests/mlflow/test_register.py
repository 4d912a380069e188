"""``register --from-mlflow`` against the server that people run, of models that MLflow's own client made."""

from __future__ import annotations

import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from gitregistry.records import paths
from gitregistry.records.release import Release
from tests.mlflow.conftest import PROGRAM, Server, Trained
from tests.support.registry import Registry, Result


@pytest.fixture(autouse=True)
def tracking_uri(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)


def register(registry: Registry, reference: str, *arguments: str, expect: int = 0) -> Result:
    return registry.run("register", "--from-mlflow", reference, *arguments, expect=expect)


def release(registry: Registry, version: str) -> Release:
    return registry.record(Release, paths.manifest("churn", version))


def test_a_registered_version_becomes_a_release(
    server: Server, trained: Trained, empty_registry: Registry, tmp_path: Path
) -> None:
    done = register(empty_registry, f"models:/churn/{trained.version}")
    made = release(empty_registry, trained.version)
    assert made.hyperparameters == {"C": Decimal("0.5"), "fit": True}
    assert made.evaluation == {"auc": Decimal("0.91")}
    assert "'loss' is not a finite number: left out" in done.err
    assert [(port.name, port.type) for port in made.inputs] == [("tenure", "double"), ("spend", "double")]
    assert made.outputs
    assert made.dataset_snapshot is not None
    assert made.dataset_snapshot.startswith("customers from s3://bucket/train.parquet (mlflow-digest-weak:")
    assert made.evaluation_datasets[0].startswith("holdout (mlflow-digest-weak:")
    assert made.training_run == f"{server.uri}/#/experiments/0/runs/{trained.run}"
    assert made.labels == {
        "team": "risk",
        "mlflow.model_version": f"churn/{trained.version}",
        "mlflow.model_id": trained.model,
        "mlflow.run_id": trained.run,
    }
    assert "MLmodel" in [file.path for file in made.files]
    empty_registry.run("pull", f"churn:{trained.version}", str(tmp_path / "pulled"))
    assert empty_registry.json("artifacts", "verify")["artifacts"][0]["verdict"] == "whole"
    empty_registry.passes()


def test_what_mlflow_fetches_is_what_was_registered(
    trained: Trained, empty_registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own client writes ``registered_model_meta`` into what it fetches."""
    monkeypatch.setenv("REGISTRY_PIN", empty_registry.pin)
    register(empty_registry, f"models:/churn/{trained.version}")
    assert PROGRAM is not None
    subprocess.run(
        [
            PROGRAM,
            "artifacts",
            "download",
            "-u",
            f"models:/churn/{trained.version}",
            "-d",
            str(tmp_path / "m"),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    assert (tmp_path / "m/registered_model_meta").exists()
    done = register(
        empty_registry,
        f"models:/churn/{trained.version}",
        *("--as", "churn:fetched", "--artifact", str(tmp_path / "m")),
    )
    assert "note: registered_model_meta is left out" in done.err
    fetched = release(empty_registry, "fetched")
    assert fetched.artifact_digest == release(empty_registry, trained.version).artifact_digest
    empty_registry.run("check", "churn:fetched", "artifact_signature_verified")
    empty_registry.run("check", f"churn:{trained.version}", "artifact_signature_verified")


def test_an_alias_a_logged_model_and_a_run(
    server: Server, trained: Trained, empty_registry: Registry
) -> None:
    server.post("registered-models/alias", name="churn", alias="candidate", version=trained.version)
    for number, reference in enumerate(("models:/churn@candidate", f"models:/{trained.model}", trained.run)):
        register(empty_registry, reference, "--as", f"churn:as{number}")
        assert release(empty_registry, f"as{number}").evaluation == {"auc": Decimal("0.91")}
    refused = register(empty_registry, "models:/churn@nope", expect=3)
    assert "churn has no alias 'nope' there; it has candidate" in refused.err


def test_what_the_server_does_not_have(empty_registry: Registry) -> None:
    for reference in ("models:/churn/999", "models:/nobody/1", "models:/nobody@x", f"models:/m-{'0' * 32}"):
        refused = register(empty_registry, reference, "--as", "churn:x", expect=3)
        assert (
            "there is nothing" in refused.err or "has nothing there" in refused.err or "has no" in refused.err
        )
    assert "has nothing there" in register(empty_registry, "0" * 32, "--as", "churn:x", expect=3).err
