"""``mirror mlflow`` against the server that people run, and what its own client then finds."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.mlflow.conftest import PROGRAM, Server, Trained, train
from tests.support.registry import Registry

_ASK = """\
import json, sys
from mlflow import MlflowClient
client = MlflowClient(sys.argv[1])
found = client.get_model_version_by_alias(sys.argv[2], sys.argv[3])
print(json.dumps({"version": str(found.version), "tags": found.tags}))
"""


@pytest.fixture(autouse=True)
def unmarked(server: Server, trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a registry of its own, and takes over from none before."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    server.delete("registered-models/delete-tag", name="churn", key="gitregistry.alias.staging")
    server.delete("registered-models/alias", name="churn", alias="staging")


@pytest.fixture(scope="session")
def later(server: Server, trained: Trained) -> Trained:
    """The next version of the same registered model."""
    return train(server, trained.name)


def aliases(server: Server) -> dict[str, str]:
    found = server.get("registered-models/get", name="churn")["registered_model"]
    return {item["alias"]: item["version"] for item in found.get("aliases", ())}


def by_client(server: Server, alias: str) -> Any:
    """What MLflow's own client finds under an alias."""
    assert PROGRAM is not None
    done = subprocess.run(
        [Path(PROGRAM).with_name("python"), "-W", "ignore", "-c", _ASK, server.uri, "churn", alias],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout.splitlines()[-1])


def mirror(registry: Registry, *arguments: str, expect: int = 0) -> Any:
    return registry.json("mirror", "mlflow", *arguments, key=None, expect=expect)


def test_promotion_rollback_and_somebody_elses_hand(
    server: Server, trained: Trained, later: Trained, empty_registry: Registry
) -> None:
    registry = empty_registry
    for made, version in ((trained, "v1"), (later, "v2")):
        registry.run("register", "--from-mlflow", f"models:/churn/{made.version}", "--as", f"churn:{version}")
    registry.to_staging("v1")
    assert mirror(registry, "--check", expect=1)["differing"] == 1
    assert "staging" not in aliases(server)
    mirror(registry)
    assert aliases(server)["staging"] == trained.version
    found = by_client(server, "staging")
    assert found["version"] == trained.version
    digest = registry.json("resolve", "churn@staging")["release_digest"]
    assert found["tags"]["gitregistry.release_digest"] == digest
    registry.to_staging("v2")
    mirror(registry)
    assert by_client(server, "staging")["version"] == later.version
    registry.rollback("staging")
    mirror(registry)
    assert aliases(server)["staging"] == trained.version
    assert mirror(registry, "--check")["differing"] == 0
    server.post("registered-models/alias", name="churn", alias="staging", version=later.version)
    told = mirror(registry, "--check", expect=1)["aliases"][0]
    assert f"it stood at {later.version}, although it had been set to {trained.version}" in told["reason"]
    mirror(registry)
    assert aliases(server)["staging"] == trained.version
    registry.passes()
    registry.remove("registry/models/churn/aliases/staging.yaml")
    registry.commit_all("a step past the registry")
    assert mirror(registry)["aliases"][0]["outcome"] == "removed"
    assert "staging" not in aliases(server)
    assert mirror(registry, "--check")["aliases"] == []


def test_a_release_is_found_by_the_tag_that_a_person_set(
    server: Server, trained: Trained, empty_registry: Registry
) -> None:
    registry = empty_registry
    registry.register("v1")
    registry.to_staging("v1")
    assert "nothing says which version" in mirror(registry, expect=1)["aliases"][0]["reason"]
    digest = registry.json("resolve", "churn@staging")["release_digest"]
    tag = {"key": "gitregistry.release_digest", "value": digest}
    server.post("model-versions/set-tag", name="churn", version=trained.version, **tag)
    assert mirror(registry)["aliases"][0]["target"] == f"churn/{trained.version}"
    assert aliases(server)["staging"] == trained.version


def test_another_registry_does_not_take_an_alias_over(
    server: Server, trained: Trained, later: Trained, empty_registry: Registry
) -> None:
    registry = empty_registry
    registry.run("register", "--from-mlflow", f"models:/churn/{later.version}", "--as", "churn:v1")
    registry.to_staging("v1")
    mark = {
        "registry_id": "sha256:" + "0" * 64,
        "model": "churn",
        "sequence": 1,
        "commit": "0" * 40,
        "version": trained.version,
    }
    server.post("registered-models/alias", name="churn", alias="staging", version=trained.version)
    tag = {"key": "gitregistry.alias.staging", "value": json.dumps(mark)}
    server.post("registered-models/set-tag", name="churn", **tag)
    told = mirror(registry, expect=1)["aliases"][0]
    assert "is set for another registry" in told["reason"]
    assert aliases(server)["staging"] == trained.version
