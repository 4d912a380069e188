"""What artifacts say of their own inputs and outputs, on this machine and elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gitregistry.operations.filling import Nearby, filled
from gitregistry.operations.manifest_input import ManifestInput
from gitregistry.operations.nearby_schema import schema_nearby
from gitregistry.records.strict_yaml import Value, read
from gitregistry.storage.artifacts import hash_artifact
from tests.builtin.onnx_models import PLAIN, field
from tests.builtin.test_schema import MLMODEL
from tests.support.object_store import use_endpoint

ONNX: dict[str, Value] = {
    "inputs": [
        {"name": "x", "type": "float32", "shape": "[-1, 20]"},
        {"name": "s", "type": "string", "shape": "[-1]"},
        {"name": "w", "type": "float32", "shape": "[20, 2]", "optional": "true"},
    ],
    "outputs": [
        {"name": "y", "type": "float64", "shape": "[-1, 2]"},
    ],
}


def said(text: str = "") -> ManifestInput:
    fields: dict[str, Value] = read(text.encode(), "m.yaml") if text else {}
    return ManifestInput(fields, text.encode(), "m.yaml", ())


def looked(place: Path | str, text: str = "") -> Nearby | None:
    return schema_nearby(said(text), hash_artifact(str(place)))


def test_an_onnx_model_says_what_it_takes_and_gives(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(PLAIN)
    found = looked(tmp_path / "m.onnx")
    assert found is not None
    assert found.name == (tmp_path / "m.onnx").as_uri()
    assert found.fields["artifact_format"] == "onnx"
    assert found.fields["inputs"] == ONNX["inputs"]
    outputs = found.fields["outputs"]
    assert isinstance(outputs, list)
    assert outputs[:1] == ONNX["outputs"]


def test_a_folder_that_mlflow_wrote(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text(MLMODEL)
    (tmp_path / "model.pkl").write_bytes(b"x")
    found = looked(tmp_path)
    assert found is not None
    assert dict(found.fields) == {
        "artifact_format": "mlflow",
        "inputs": [
            {"name": "age", "type": "double"},
            {"name": "plan", "type": "string", "optional": "true"},
            {"name": "params.threshold", "type": "double", "optional": "true"},
        ],
        "outputs": [{"name": "churn", "type": "double"}],
    }
    assert found.warnings == ()


@pytest.mark.parametrize(("beside", "form"), [("config.json", "onnx"), ("head.pkl", None), ("run.py", None)])
def test_a_folder_is_onnx_when_nothing_else_is_in_it(tmp_path: Path, beside: str, form: str | None) -> None:
    (tmp_path / "m.onnx").write_bytes(PLAIN)
    (tmp_path / beside).write_bytes(b"x")
    found = looked(tmp_path)
    assert found is not None
    assert found.fields.get("artifact_format") == form
    assert found.fields["inputs"] == ONNX["inputs"]


def test_of_two_models_nobody_knows_which_is_served(tmp_path: Path) -> None:
    for name in ("a.onnx", "b.onnx"):
        (tmp_path / name).write_bytes(PLAIN)
    assert looked(tmp_path) is None
    (tmp_path / "c.tar.gz").write_bytes(b"x")
    assert looked(tmp_path / "c.tar.gz") is None


def test_what_the_manifest_says_stands_and_is_told_when_it_differs(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(PLAIN)
    same = (
        "artifact_format: ONNX\ninputs:\n- {name: x, type: float, shape: '[-1, 20]'}\n"
        "- {name: s, type: str, shape: '[?]'}\n- {name: w, type: float, shape: '[20, 2]', optional: true}\n"
    )
    found = looked(tmp_path / "m.onnx", same)
    assert found is not None
    assert "inputs" not in found.fields
    assert "artifact_format" not in found.fields
    other = "inputs:\n- {name: x, type: int64}\n"
    found = looked(tmp_path / "m.onnx", other)
    assert found is not None
    done = filled(said(other), [found])
    assert done.fields["inputs"] == [{"name": "x", "type": "int64"}]
    assert done.warnings[-1].startswith("inputs: the manifest stands; ")


@pytest.mark.parametrize("data", [b"no model", b"", PLAIN[:-20]])
def test_what_cannot_be_read_costs_these_fields_alone(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "m.onnx").write_bytes(data)
    found = looked(tmp_path / "m.onnx")
    assert found is not None
    assert "inputs" not in found.fields
    assert "inputs and outputs were not filled in" in found.warnings[0]


@pytest.mark.parametrize("name", ["", "a\nb", "\u202ereversed", "x" * 4097])
def test_names_that_no_record_may_hold_are_not_filled_in(tmp_path: Path, name: str) -> None:
    port = field(1, name.encode()) + field(2, field(1, field(1, 1)))
    (tmp_path / "m.onnx").write_bytes(field(1, 8) + field(7, field(11, port)))
    found = looked(tmp_path / "m.onnx")
    assert found is not None
    assert "inputs" not in found.fields
    assert "describes what no manifest can hold" in found.warnings[0]


def test_a_model_in_s3_is_read_there(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import s3fs  # noqa: PLC0415 - slow to load

    use_endpoint(monkeypatch, s3_server)
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    bucket = f"models-{os.urandom(4).hex()}"
    files.mkdir(bucket)
    files.pipe_file(f"{bucket}/m.onnx", PLAIN)
    files.pipe_file(f"{bucket}/folder/MLmodel", MLMODEL.encode())
    found = looked(f"s3://{bucket}/m.onnx")
    assert found is not None
    assert found.fields["inputs"] == ONNX["inputs"]
    folder = looked(f"s3://{bucket}/folder")
    assert folder is not None
    assert folder.fields["outputs"] == [{"name": "churn", "type": "double"}]
