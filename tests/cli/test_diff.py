"""``registry diff``: what a release has that another has not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.registry import Registry

MANIFEST = """\
model_name: churn
version: v9
artifact_uri: s3://models/churn/v9/model.tar.gz
artifact_format: onnx
git_commit: "0123456789abcdef"
dataset_snapshot: customers-2026-05-20
feature_set_version: customer_features_v18
hyperparameters:
  depth: 8
  early_stopping: true
inputs:
  - {name: age, type: float32, shape: "[-1]"}
  - {name: income, type: float32, optional: true}
  - {name: income, type: float64}
runtime:
  python: "3.12"
  dependencies: [numpy==2.1, onnxruntime==1.20]
evaluation:
  auc: 0.880
  recall: 0.7
"""


@pytest.fixture
def another(live: Registry) -> Registry:
    """``v9`` beside ``v1``, with more said of it."""
    beside = live.folder.parent
    (beside / "v9.yaml").write_text(MANIFEST, "utf-8")
    artifact = beside / "v9.onnx"
    artifact.write_bytes(b"other bytes")
    live.run("register", str(beside / "v9.yaml"), "--artifact", str(artifact))
    return live


def fields(registry: Registry, *names: str) -> dict[str, tuple[Any, Any, bool]]:
    document = registry.json("diff", *names, key=None)
    return {item["name"]: (item["before"], item["after"], item["differs"]) for item in document["fields"]}


def test_every_field_that_differs_and_every_evaluated_value(another: Registry) -> None:
    found = fields(another, "churn:v1", "churn:v9")
    assert found.pop("artifact_digest")[2]
    assert found.pop("artifact_uri")[2]
    assert found.pop("artifact_size_bytes")[1] == len(b"other bytes")
    assert found == {
        "artifact_format": ("tar.gz", "onnx", True),
        "git_commit": (None, "0123456789abcdef", True),
        "dataset_snapshot": ("customers-2026-04-20", "customers-2026-05-20", True),
        "hyperparameters.depth": (None, 8, True),
        "hyperparameters.early_stopping": (None, True, True),
        "inputs.age": (None, "type float32, shape [-1]", True),
        "inputs.income": (None, "type float32, optional; type float64", True),
        "runtime.python": (None, "3.12", True),
        "runtime.dependencies": (None, "numpy==2.1, onnxruntime==1.20", True),
        "evaluation.auc": (0.873, 0.88, True),
        "evaluation.recall": (None, 0.7, True),
    }


def test_the_other_way_round(another: Registry) -> None:
    there, back = fields(another, "churn:v1", "churn:v9"), fields(another, "churn:v9", "churn:v1")
    assert back == {name: (after, before, differs) for name, (before, after, differs) in there.items()}


def test_aliases_stand_for_what_they_point_at(another: Registry) -> None:
    assert fields(another, "churn@production", "churn:v9") == fields(another, "churn:v1", "churn:v9")
    shown = another.run("diff", "churn@production", "churn:v9", key=None).out
    assert shown.startswith("from churn:v1 to churn:v9\n")
    assert "0.880 (+0.007)" in shown


def test_a_release_does_not_differ_from_itself(live: Registry) -> None:
    assert fields(live, "churn:v1", "churn:v1") == {"evaluation.auc": (0.873, 0.873, False)}


def test_a_release_that_is_not_there(live: Registry) -> None:
    said = live.run("diff", "churn:v1", "churn:v7", key=None, expect=3).err
    assert "model churn has no release v7; it has v1" in said
