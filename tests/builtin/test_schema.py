"""``schema_compatibility_passed`` and ``reproducible``: releases held against others."""

from __future__ import annotations

import json

import pytest

from gitregistry.records import paths
from tests.builtin.conftest import SCHEMA, BuiltIn, measured, note
from tests.builtin.onnx_models import PLAIN

MANIFEST = """\
inputs:
  - name: age
    type: float64
  - name: plan
    type: string
outputs:
  - name: churn
    type: float64
"""
# As MLflow 3.17 writes it.
MLMODEL = """\
artifact_path: model
flavors:
  python_function:
    env:
      conda: conda.yaml
    loader_module: mlflow.sklearn
model_id: null
run_id: '0123'
signature:
  inputs: '[{"type": "double", "name": "age", "required": true}, {"type": "string",
    "name": "plan", "required": false}]'
  outputs: '[{"type": "double", "name": "churn", "required": true}]'
  params: '[{"name": "threshold", "default": 0.5, "shape": null, "type": "double"}]'
"""


def live(builtin: BuiltIn, version: str = "v1") -> None:
    """Bring a release to production, with evidence by hand."""
    builtin.registry.to_production(version)


def test_with_nothing_live_there_is_nothing_to_compare_with(builtin: BuiltIn) -> None:
    builtin.release("v1", b"1")
    evidence = builtin.found("v1", SCHEMA)
    assert (evidence.result, note(evidence)) == (
        "passed",
        "nothing is live in production: there is nothing to compare with",
    )


def test_what_breaks_callers_of_the_live_release_is_listed(builtin: BuiltIn) -> None:
    builtin.release("v1", b"1", MANIFEST)
    live(builtin)
    assert builtin.found("v1", SCHEMA).result == "passed"
    changed = MANIFEST.replace("plan\n    type: string", "tenure\n    type: int64").replace("churn", "score")
    builtin.release("v2", b"2", changed)
    evidence = builtin.found("v2", SCHEMA)
    assert evidence.result == "failed"
    assert note(evidence).splitlines()[:4] == [
        "breaks: input plan: is missing",
        "breaks: input tenure: is new and required",
        "breaks: output churn: is missing",
        "compatible: output score: is new",
    ]
    digest = builtin.registry.digest(paths.manifest("churn", "v1"))
    assert f"compared with v1 ({digest}), live in production" in note(evidence)
    assert measured(evidence) == {"inputs": 2, "outputs": 1, "breaking": 3, "compatible": 1}
    builtin.release("v3", b"3", MANIFEST)
    assert builtin.found("v3", SCHEMA).result == "passed"
    builtin.registry.passes()


def test_it_is_compared_where_it_is_to_go(builtin: BuiltIn) -> None:
    builtin.release("v1", b"1", MANIFEST)
    builtin.registry.to_staging("v1")
    builtin.release("v2", b"2", MANIFEST.replace("float64", "int8"))
    assert builtin.found("v2", SCHEMA).result == "passed"
    assert builtin.found("v2", SCHEMA, "--environment", "staging").result == "failed"


def test_no_schema_on_either_side_is_an_error(builtin: BuiltIn) -> None:
    builtin.release("v1", b"1")
    live(builtin)
    builtin.release("v2", b"2")
    evidence = builtin.found("v2", SCHEMA)
    assert evidence.result == "error"
    assert "the inputs of v2 are not known" in note(evidence)


@pytest.mark.parametrize("whose", ["v1", "v2"])
@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_a_schema_that_only_one_knows_is_an_error(builtin: BuiltIn, whose: str, side: str) -> None:
    inputs, outputs = MANIFEST.split("outputs:")
    part = inputs if side == "outputs" else f"outputs:{outputs}"
    builtin.release("v1", b"1", part if whose == "v1" else MANIFEST)
    live(builtin)
    builtin.release("v2", b"2", part if whose == "v2" else MANIFEST)
    evidence = builtin.found("v2", SCHEMA)
    assert evidence.result == "error"
    assert f"the {side} of {whose}" in note(evidence)


def test_mlflow_says_what_a_manifest_does_not(builtin: BuiltIn) -> None:
    builtin.release("v1", b"1", MANIFEST)
    live(builtin)
    builtin.release("v2", {"MLmodel": MLMODEL.encode(), "model.bin": b"2"}, unread=True)
    evidence = builtin.found("v2", SCHEMA)
    assert evidence.result == "passed", note(evidence)
    assert note(evidence).splitlines()[:2] == [
        "compatible: input plan: was required, is optional",
        "compatible: input params.threshold: is new",
    ]
    other = MLMODEL.replace('"double", "name": "age"', '"long", "name": "age"')
    builtin.release("v3", {"MLmodel": other.encode()}, unread=True)
    evidence = builtin.found("v3", SCHEMA)
    assert "breaks: input age: was float64, is long" in note(evidence)
    assert "by the manifest there, by MLmodel here" in note(evidence)


@pytest.mark.parametrize(
    "signature", ["'[{'", "'{}'", "'[1]'", '\'[{"name": "age"}]\'', "'[NaN]'", "'[{\"type\": null}]'"]
)
def test_a_spoiled_mlmodel_is_an_error(builtin: BuiltIn, signature: str) -> None:
    builtin.release("v1", b"1", MANIFEST)
    live(builtin)
    builtin.release("v2", {"MLmodel": f"signature:\n  inputs: {signature}\n".encode(), "model.bin": b"2"})
    evidence = builtin.found("v2", SCHEMA)
    assert evidence.result == "error"
    assert "MLmodel" in note(evidence)


def test_an_onnx_model_says_what_a_manifest_does_not(builtin: BuiltIn) -> None:
    builtin.release("v1", PLAIN, "artifact_format: onnx\n", unread=True)
    live(builtin)
    manifest = MANIFEST.replace("age\n    type: float64", "x\n    type: float32\n    shape: '[-1, 20]'")
    builtin.release("v2", {"model.onnx": PLAIN, "readme.md": b"hello"}, manifest.replace("churn", "y"))
    evidence = builtin.found("v2", SCHEMA)
    assert evidence.result == "failed"
    assert "breaks: input s: is missing" in note(evidence)
    assert "by the ONNX model there, by the manifest here" in note(evidence)
    builtin.release("v3", {"model.onnx": PLAIN}, unread=True)
    assert builtin.found("v3", SCHEMA).result == "passed"


def test_bytes_that_were_swapped_say_nothing(builtin: BuiltIn) -> None:
    builtin.release("v1", b"1", MANIFEST)
    live(builtin)
    place = builtin.release("v2", {"MLmodel": MLMODEL.encode(), "model.bin": b"2"}, unread=True)
    (place / "MLmodel").write_text(MLMODEL.replace("age", "agf"), "utf-8")
    evidence = builtin.found("v2", SCHEMA)
    assert evidence.result == "error"
    assert "other bytes" in note(evidence)


# --- reproducible ---


@pytest.fixture
def twins(builtin: BuiltIn) -> BuiltIn:
    """Two runs that came to the same bytes, a third that did not, and a policy that asks for it."""
    for version, data, seed in (("v1", b"same", 1), ("v2", b"same", 1), ("v3", b"other", 2)):
        manifest = f"training_run: run-{version}\nhyperparameters:\n  seed: {seed}\n"
        builtin.release(version, data, manifest)
    builtin.registry.change_policy(
        "checks:\n", "checks:\n  reproducible:\n    type: evidence\n    by: [attester]\n"
    )
    return builtin


def test_a_second_run_with_the_same_bytes_passes_and_what_differs_is_listed(twins: BuiltIn) -> None:
    evidence = twins.found("v2", "reproducible", "--against", "churn:v1")
    assert evidence.result == "passed"
    assert note(evidence).splitlines()[1:] == ["training_run: run-v1 there, run-v2 here"]
    assert measured(evidence) == {"differences": 1}


def test_a_second_run_with_other_bytes_fails(twins: BuiltIn) -> None:
    evidence = twins.found("v3", "reproducible", "--against", "churn:v1")
    assert evidence.result == "failed"
    assert "hyperparameters.seed: 1 there, 2 here" in note(evidence)


def test_a_release_of_the_same_run_is_no_second_run(twins: BuiltIn) -> None:
    twins.release("v4", b"same", "training_run: run-v1\n")
    evidence = twins.found("v4", "reproducible", "--against", "churn:v1")
    assert (evidence.result, "no second one" not in note(evidence)) == ("error", False)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("reproducible",), 2, "none is named"),
        (("reproducible", "--against", "churn:v2"), 2, "against itself"),
        (("reproducible", "--against", "churn:v9"), 3, "no release v9"),
        (("artifact_signature_verified", "--against", "churn:v1"), 2, "--against is for reproducible"),
    ],
)
def test_what_it_is_held_against_is_said_and_is_there(
    twins: BuiltIn, arguments: tuple[str, ...], code: int, words: str
) -> None:
    assert words in twins.registry.refuses("check", "churn:v2", *arguments, key="ci", expect=code).err


def test_a_command_of_the_policy_goes_before_what_is_built_in(builtin: BuiltIn) -> None:
    builtin.release("v1", b"1")
    builtin.registry.change_policy(f"  {SCHEMA}:\n", f"  {SCHEMA}:\n    run: ['false']\n")
    document = json.loads(builtin.check("v1", SCHEMA, "--json", expect=1).out)
    assert [(item["result"], item["exit_code"]) for item in document["checks"]] == [("failed", 1)]
