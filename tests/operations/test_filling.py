"""What sources nearby fill into a manifest, and what they may not say against it."""

from __future__ import annotations

import pytest

from gitregistry.errors import Refused
from gitregistry.operations.filling import Nearby, filled
from gitregistry.operations.manifest_input import ManifestInput
from gitregistry.records.strict_yaml import Value, read

FULL = "6d92bc1" + "0" * 33


def manifest(text: str) -> ManifestInput:
    data = text.encode()
    return ManifestInput(read(data, "m.yaml") if text else {}, data, "m.yaml", ("a warning before",))


def run(**fields: Value) -> Nearby:
    return Nearby("http://tracking/run/1", "--from-mlflow", fields, ("its data set digest is weak",))


def lock(**fields: Value) -> Nearby:
    return Nearby("uv.lock", "--lockfile", fields)


def test_what_is_left_out_is_filled_in_with_where_it_was_read() -> None:
    given = manifest("model_name: m\nlicense: ~\nevaluation:\n  auc: 0.9\n")
    done = filled(
        given,
        [
            run(license="MIT", evaluation={"auc": "0.90", "loss": "0.1"}, training_run="mlflow:1"),
            lock(runtime={"python": "3.11"}),
        ],
    )
    assert done.fields == {
        "model_name": "m",
        "license": "MIT",
        "evaluation": {"auc": "0.9", "loss": "0.1"},
        "training_run": "mlflow:1",
        "runtime": {"python": "3.11"},
    }
    assert dict(done.origins) == {
        "license": "http://tracking/run/1",
        "evaluation.loss": "http://tracking/run/1",
        "training_run": "http://tracking/run/1",
        "runtime.python": "uv.lock",
    }
    assert done.warnings == ("a warning before", "its data set digest is weak")


def test_what_was_given_is_not_changed() -> None:
    given = manifest("evaluation:\n  auc: 0.9\n")
    filled(given, [run(evaluation={"loss": "1"}, license="MIT")])
    assert given.fields == {"evaluation": {"auc": "0.9"}}


@pytest.mark.parametrize(
    ("text", "fields", "field", "line"),
    [
        ("a: 1\nlicense: MIT\n", {"license": "GPL"}, "license", 2),
        ("a: 1\nevaluation:\n  auc: 0.9\n", {"evaluation": {"auc": "0.91"}}, "evaluation.auc", 3),
        ("git_commit: 6d92bc2\n", {"git_commit": FULL}, "git_commit", 1),
        ("license: [MIT]\n", {"license": "MIT"}, "license", 1),
    ],
)
def test_a_source_that_says_something_else_registers_nothing(
    text: str, fields: dict[str, Value], field: str, line: int
) -> None:
    with pytest.raises(Refused) as refused:
        filled(manifest(text), [run(**fields)])
    fault = refused.value
    assert (fault.path, fault.field, fault.line) == ("m.yaml", field, line)
    assert "the manifest says" in fault.message
    assert "http://tracking/run/1 says" in fault.message
    assert fault.hint is not None
    assert "--from-mlflow" in fault.hint


def test_two_sources_that_say_different_things_register_nothing() -> None:
    with pytest.raises(Refused) as refused:
        filled(manifest(""), [run(runtime={"python": "3.12"}), lock(runtime={"python": "3.11"})])
    fault = refused.value
    assert "http://tracking/run/1 says '3.12', and uv.lock says '3.11'" in fault.message
    assert fault.field == "runtime.python"
    assert fault.hint == "one is of another artifact: leave out --from-mlflow or --lockfile"


def test_a_source_completes_a_short_commit() -> None:
    done = filled(manifest("git_commit: 6d92bc1\n"), [run(git_commit=FULL)])
    assert done.text("git_commit") == FULL


def test_a_list_that_was_given_stands_with_a_warning() -> None:
    given = manifest("inputs:\n- name: x\n  type: float\n")
    done = filled(given, [run(inputs=[{"name": "x", "type": "double"}])])
    assert done.fields["inputs"] == [{"name": "x", "type": "float"}]
    assert done.warnings[-1] == "inputs: the manifest stands; 'http://tracking/run/1' says something else"
    again = filled(manifest(""), [run(inputs=["a"]), lock(inputs=["b"])])
    assert again.fields["inputs"] == ["a"]
    assert again.warnings[-1] == "inputs: http://tracking/run/1 stands; 'uv.lock' says something else"


@pytest.mark.parametrize(("mine", "value"), [("a/b:1", "a/b:1@sha256:0"), ("a/b:1@sha256:0", "a/b:1")])
def test_an_image_is_completed_by_its_digest_and_never_loses_it(mine: str, value: str) -> None:
    done = filled(manifest(f"runtime:\n  base_image: {mine}\n"), [lock(runtime={"base_image": value})])
    assert done.fields["runtime"] == {"base_image": "a/b:1@sha256:0"}
    with pytest.raises(Refused):
        filled(manifest("runtime:\n  base_image: a/b\n"), [lock(runtime={"base_image": "a/bc@sha256:0"})])


def test_versions_are_not_compared_as_numbers() -> None:
    with pytest.raises(Refused):
        filled(manifest("runtime:\n  python: 3.1\n"), [lock(runtime={"python": "3.10"})])
    assert filled(manifest("evaluation:\n  auc: 0.9\n"), [run(evaluation={"auc": "0.90"})]).fields
