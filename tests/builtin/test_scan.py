"""``security_scan_passed``: whole artifacts, the formats that are allowed, and releases that lie."""

from __future__ import annotations

import resource

import pytest

from tests.builtin import hostile_files as hostile
from tests.builtin.conftest import SCAN, BuiltIn, measured, note
from tests.builtin.hostile_files import EVIL, HARMLESS
from tests.builtin.onnx_models import PLAIN, model_with_tensor_at

ALLOWED = "artifact_formats:\n  allowed: [onnx, safetensors]\n"


def allow(builtin: BuiltIn) -> None:
    """Allow ONNX and safetensors and nothing else."""
    builtin.registry.change_policy("\nlifecycle:\n", f"\n{ALLOWED}\nlifecycle:\n")


def test_a_folder_of_what_runs_nothing_passes(builtin: BuiltIn) -> None:
    files = {
        "model.onnx": PLAIN,
        "config.json": b"{}",
        "vectors.npy": hostile.NUMBERS,
        "labels.pkl": HARMLESS,
    }
    builtin.release("v1", files)
    evidence = builtin.found("v1", SCAN)
    assert evidence.result == "passed", note(evidence)
    assert note(evidence).startswith(
        "4 files looked into: 1 numpy, 1 onnx, 1 pickle, 1 text; pickles by picklescan "
    )
    assert measured(evidence) == {"files": 4, "unsafe": 0, "not_looked_into": 0}
    builtin.registry.passes()


def test_a_pickle_that_runs_something_fails_and_is_named(builtin: BuiltIn) -> None:
    builtin.release("v1", {"good.pkl": HARMLESS, "deep/evil.bin": EVIL})
    evidence = builtin.found("v1", SCAN)
    assert evidence.result == "failed"
    assert note(evidence).startswith("unsafe: deep/evil.bin: a pickle that imports posix.system\n")
    assert measured(evidence)["unsafe"] == 1


def test_one_file_that_cannot_be_looked_into_is_an_error(builtin: BuiltIn) -> None:
    builtin.release("v1", {"model.onnx": PLAIN, "table": bytes(range(256))})
    evidence = builtin.found("v1", SCAN)
    assert evidence.result == "error"
    assert "not looked into: table" in note(evidence)


def test_a_single_file_goes_by_the_name_in_its_address(builtin: BuiltIn) -> None:
    place = builtin.folder / "model.onnx"
    place.write_bytes(PLAIN)
    written = builtin.folder / "single.yaml"
    written.write_text("model_name: churn\nversion: v1\n", "utf-8")
    builtin.registry.run("register", str(written), "--artifact", str(place))
    assert "1 onnx" in note(builtin.found("v1", SCAN))


def test_other_bytes_than_those_registered_are_not_looked_into(builtin: BuiltIn) -> None:
    place = builtin.release("v1", {"a.pkl": EVIL})
    (place / "a.pkl").write_bytes(HARMLESS.ljust(len(EVIL), b" ")[: len(EVIL)])
    evidence = builtin.found("v1", SCAN)
    assert evidence.result == "error"
    assert "other bytes" in note(evidence)


@pytest.mark.parametrize(
    ("said", "files", "result", "words"),
    [
        ("onnx", {"model.onnx": PLAIN, "readme.md": b"hi"}, "passed", "1 onnx, 1 text"),
        ("pickle", {"model.pkl": HARMLESS}, "failed", "artifact_format is pickle, the policy allows onnx or"),
        (None, {"a.onnx": PLAIN, "b.onnx": PLAIN}, "failed", "artifact_format is not given"),
        (
            "onnx",
            {"model.onnx": PLAIN, "extra.pkl": HARMLESS},
            "failed",
            "extra.pkl is pickle, and the release",
        ),
        ("onnx", {"model.onnx": HARMLESS}, "failed", "model.onnx is pickle, and the release says to be onnx"),
        ("safetensors", {"a.safetensors": hostile.safetensors({})}, "passed", "1 safetensors"),
    ],
)
def test_only_what_the_policy_allows_passes_and_only_what_the_release_says(
    builtin: BuiltIn, said: str | None, files: dict[str, bytes], result: str, words: str
) -> None:
    allow(builtin)
    builtin.release("v1", files, f"artifact_format: {said}\n" if said else "")
    evidence = builtin.found("v1", SCAN)
    assert evidence.result == result, note(evidence)
    assert words in note(evidence)


@pytest.mark.parametrize(
    ("name", "data", "length", "result"),
    [
        ("weights.bin", bytes(range(160)), "160", "passed"),
        ("weights", bytes(range(160)), "160", "passed"),
        ("weights.bin", bytes(range(160)), "161", "error"),
        ("weights.bin", EVIL, "20", "failed"),
        ("weights.pkl", hostile.SPELLED, "20", "failed"),
    ],
)
def test_the_tensors_of_an_onnx_model_may_lie_beside_it(
    builtin: BuiltIn, name: str, data: bytes, length: str, result: str
) -> None:
    model = model_with_tensor_at(location=name, length=length)
    files = {"m/model.onnx": model, f"m/{name}": data}
    builtin.release("v1", files, "artifact_format: onnx\n")
    evidence = builtin.found("v1", SCAN)
    assert evidence.result == result, note(evidence)
    builtin.release("v2", files)  # that says nothing of its format: no model vouches for its neighbours
    assert builtin.found("v2", SCAN).result != "passed"


def test_names_from_an_artifact_reach_the_record_as_plain_text(builtin: BuiltIn) -> None:
    builtin.release("v1", hostile.zipped({"\x1b[2Jevil\n\u115f.pkl": EVIL}))
    evidence = builtin.found("v1", SCAN)
    assert "\x1b" not in note(evidence)
    assert "\\x1b[2Jevil\\n\\u115f.pkl" in note(evidence)
    builtin.registry.passes()


def test_hundreds_of_findings_fit_into_a_record(builtin: BuiltIn) -> None:
    builtin.release("v1", hostile.zipped({f"{'long' * 60}{number}.pkl": EVIL for number in range(300)}))
    evidence = builtin.found("v1", SCAN)
    assert measured(evidence)["unsafe"] == 300
    lines = note(evidence).splitlines()
    assert (len(lines), lines[-2]) == (201, "and 102 more")
    assert lines[-1].startswith("301 files looked into")


def test_a_machine_without_room_for_the_artifact_is_an_error(builtin: BuiltIn) -> None:
    builtin.release("v1", {"words.txt": b"word\n" * 200_000})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512 << 10, before[1]))
    try:
        evidence = builtin.found("v1", SCAN)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (evidence.result, "TMPDIR" in note(evidence)) == ("error", True)


@pytest.mark.parametrize(("measurement", "result"), [("unsafe", "passed"), ("severity", "error")])
def test_a_bound_is_on_what_is_counted_or_there_is_no_data(
    builtin: BuiltIn, measurement: str, result: str
) -> None:
    bound = f"  {SCAN}:\n    type: measurement\n    measurement: {measurement}\n    max: 0\n"
    builtin.registry.change_policy(f"  {SCAN}:\n    type: evidence\n", bound)
    builtin.release("v1", {"config.json": b"{}"})
    evidence = builtin.found("v1", SCAN)
    assert evidence.result == result
    assert ("no data" in note(evidence)) == (result == "error")
