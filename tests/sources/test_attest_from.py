"""``attest --from``: the report decides, is shown before it is signed, and is named by its digest."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gitregistry.records.digests import digest_of
from gitregistry.records.evidence import Evidence
from tests.docs.blocks import ROOT
from tests.support.registry import Registry, Result

REPORTS = ROOT / "examples/reports"
CHECK = "offline_eval_passed"
PASSED = b'<testsuite tests="1"><testcase name="1"/></testsuite>'
FAILED = b'<testsuite tests="1"><testcase name="loads"><failure/></testcase></testsuite>'


def filed(registry: Registry, check: str = CHECK) -> Evidence:
    return registry.record(Evidence, registry.evidence("v1", check))


def test_a_test_report_decides(registered: Registry, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_bytes(PASSED)
    done = registered.run("attest", "churn:v1", CHECK, "--from", str(report), key="ci")
    evidence = filed(registered)
    assert evidence.result == "passed"
    assert evidence.report is not None
    assert evidence.report.digest == digest_of(PASSED)
    assert (evidence.report.uri, evidence.report.format) == (report.as_posix(), "junit")
    assert {item.name: str(item.value) for item in evidence.measurements} == {
        "tests": "1", "failures": "0", "errors": "0", "skipped": "0", "duration": "0",
    }  # fmt: skip
    for words in ("passed", "failures", digest_of(PASSED)):
        assert words in done.err, "what was found is shown"


def test_a_report_of_a_real_run_of_pytest(registered: Registry, tmp_path: Path) -> None:
    (tmp_path / "test_model.py").write_text(
        "import pytest\ndef test_good(): pass\ndef test_bad(): assert 0\n"
        "@pytest.mark.skip\ndef test_not(): pass\n@pytest.fixture\ndef torn():\n    yield\n    1 / 0\n"
        "def test_torn(torn): pass\n",
        "utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junit-xml=out.xml"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    registered.run("attest", "churn:v1", CHECK, "--from", str(tmp_path / "out.xml"), key="ci")
    evidence = filed(registered)
    values = {item.name: int(item.value) for item in evidence.measurements if item.unit is None}
    assert evidence.result == "failed"
    assert (values["failures"], values["errors"], values["skipped"]) == (1, 1, 1)
    assert evidence.tool is not None
    assert evidence.tool.name == "pytest"


def test_a_report_that_failed_names_its_tests_and_refuses_the_promotion(
    registered: Registry, tmp_path: Path
) -> None:
    registered.pass_staging("v1")
    report = tmp_path / "report.xml"
    report.write_bytes(FAILED)
    done = registered.run("attest", "churn:v1", CHECK, "--from", str(report), key="ci")
    assert "did not pass: loads" in done.err
    unmet = registered.refuses("promote", "churn:v1", "--to", "staging", "--json").json["requirements"]
    assert [item["name"] for item in unmet if not item["met"]] == [CHECK]


@pytest.mark.parametrize("option", ["--passed", "--failed", "--error", "--skipped"])
def test_nobody_contradicts_a_report(registered: Registry, tmp_path: Path, option: str) -> None:
    report = tmp_path / "report.xml"
    report.write_bytes(FAILED)
    result = registered.refuses(
        "attest", "churn:v1", CHECK, "--from", str(report), option, key="ci", expect=2
    )
    assert f"leave out {option}" in result.err


@pytest.mark.parametrize("extra", [("--metric", "failures=0"), ("--report", "README.md")])
def test_nothing_is_measured_beside_a_report(
    registered: Registry, tmp_path: Path, extra: tuple[str, str]
) -> None:
    report = tmp_path / "report.xml"
    report.write_bytes(PASSED)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        result = registered.refuses(
            "attest", "churn:v1", CHECK, "--from", str(report), *extra, key="ci", expect=2
        )
    assert f"leave out {extra[0]}" in result.err


@pytest.mark.parametrize("name", ["great_expectations", "evidently"])
def test_the_examples_are_read_by_their_mappings(registered: Registry, name: str) -> None:
    report, mapping = REPORTS / f"{name}.json", REPORTS / f"{name}.mapping.yaml"
    arguments = ("attest", "churn:v1", CHECK, "--from", str(report), "--mapping", str(mapping))
    registered.run(*arguments, key="ci")
    evidence = filed(registered)
    assert evidence.result == "passed"
    assert evidence.report is not None
    assert evidence.report.format == "json"
    assert evidence.report.mapping == digest_of(mapping.read_bytes())
    assert evidence.tool is not None
    assert evidence.tool.name == name
    measured = {(item.name, item.slice): str(item.value) for item in evidence.measurements}
    assert (
        measured
        == {
            "great_expectations": {
                ("success_percent", None): "100.0",
                ("evaluated_expectations", None): "2",
                ("unexpected_percent", "age"): "0.0657750493312870",
                ("unexpected_percent", "tenure_months"): "0.0",
            },
            "evidently": {
                ("drifted_columns_share", None): "0.25",
                ("missing_share", "MissingValueCount(column=income)"): "0.0006",
            },
        }[name]
    )


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("great_expectations", '"success": true,\n  "results"', '"success": false,\n  "results"'),
        ("evidently", '"status": "SUCCESS"', '"status": "FAIL"'),
    ],
)
def test_the_examples_fail_when_they_say_so(
    registered: Registry, tmp_path: Path, name: str, old: str, new: str
) -> None:
    text = (REPORTS / f"{name}.json").read_text("utf-8")
    assert old in text
    report = tmp_path / "report.json"
    report.write_text(text.replace(old, new, 1), "utf-8")
    mapping = REPORTS / f"{name}.mapping.yaml"
    registered.run("attest", "churn:v1", CHECK, "--from", str(report), "--mapping", str(mapping), key="ci")
    assert filed(registered).result == "failed"


def test_what_was_only_measured_is_left_to_the_bounds(registered: Registry, tmp_path: Path) -> None:
    registered.to_staging("v1")
    registered.pass_canary("v1")
    for value, met in ((61, False), (43, True)):
        done = attest_latency(registered, tmp_path, {"p95": value})
        assert "as the policy's bounds say" in done.err
        assert ("note: this does not meet latency_p95_under_60ms" in done.err) is not met
    promoted = registered.json("promote", "churn:v1", "--to", "canary", "--dry-run")
    assert all(item["met"] for item in promoted["requirements"])


def test_only_measured_meets_nothing_that_has_no_bounds(registered: Registry, tmp_path: Path) -> None:
    result = attest_latency(registered, tmp_path, {"p95": 1}, check=CHECK, expect=2)
    assert "the policy has no bounds for it" in result.err
    assert not registered.find("registry/models/churn/releases/v1/evidence/*")


def test_what_the_bound_is_on_must_have_been_measured(registered: Registry, tmp_path: Path) -> None:
    result = attest_latency(registered, tmp_path, {"p95": 1}, name="latency", expect=2)
    assert "does not give latency_p95_ms" in result.err
    assert "it gives latency" in result.err


def attest_latency(
    registry: Registry,
    folder: Path,
    document: object,
    *,
    check: str = "latency_p95_under_60ms",
    name: str = "latency_p95_ms",
    expect: int = 0,
) -> Result:
    (folder / "report.json").write_text(json.dumps(document), "utf-8")
    (folder / "map.yaml").write_text(f"measurements: [{{name: {name}, value: /p95, unit: ms}}]\n", "utf-8")
    return registry.run(
        "attest", "churn:v1", check, "--from", str(folder / "report.json"),
        "--mapping", str(folder / "map.yaml"), key="ci", expect=expect,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", "missing.xml"), "missing.xml: cannot read the report: No such file"),
        (("--from", "report.json"), "JSON says what it says only by a mapping"),
        (("--from", "report.xml", "--mapping", "map.yaml"), "leave out --mapping"),
        (("--from", "report.xml", "--format", "tap"), "one of junit, json, mlflow"),
        (("--from", "report.xml", "--format", "json"), "JSON says what it says only by a mapping"),
        (("--passed", "--mapping", "map.yaml"), "name it: --from FILE"),
        ((), "or --from FILE, which says it"),
        (("--from", "2026-05-01T09:30:00Z"), "for the observation window: --observed-from TIME"),
        (("--from", "timed.xml", "--observed-from", "2026-05-01", "--observed-to", "2026-05-02"),
         "leave out --observed-from"),
        (("--from", "escapes.json", "--mapping", "map.yaml"), "holds U+001B (a control character)"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_a_way_on(
    registered: Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("report.json").write_text('{"a": 1}', "utf-8")
    Path("escapes.json").write_text('{"a\\u001b[31m": 1}', "utf-8")
    Path("report.xml").write_bytes(PASSED)
    Path("timed.xml").write_bytes(PASSED.replace(b"tests=", b'timestamp="2026-05-01T09:30:00Z" tests='))
    Path("map.yaml").write_text(
        "result: {each: '', passed: [1]}\nmeasurements: [{named_by: key, each: ''}]\n", "utf-8"
    )
    result = registered.refuses("attest", "churn:v1", CHECK, *arguments, key="ci", expect=2)
    assert words in result.err
    assert "\x1b" not in result.err


def timed(moment: str, xml: bytes = PASSED) -> bytes:
    return xml.replace(b"tests=", b'timestamp="' + moment.encode() + b'" tests=')


def test_a_report_that_was_left_over_replaces_nothing_newer(registered: Registry, tmp_path: Path) -> None:
    """Neither a good one nor a failure, unless somebody says so."""
    (tmp_path / "new.xml").write_bytes(timed("2026-05-02T09:30:00Z", FAILED))
    (tmp_path / "old.xml").write_bytes(timed("2026-05-01T09:30:00Z"))
    old = ("attest", "churn:v1", CHECK, "--from", str(tmp_path / "old.xml"))
    registered.run(*old, key="ci")
    registered.run("attest", "churn:v1", CHECK, "--from", str(tmp_path / "new.xml"), key="ci")
    before = registered.head
    refused = registered.refuses(*old, key="ci")
    assert (
        "evidence of 2026-05-02T09:30:00Z is on file: offline_eval_passed of churn:v1 failed" in refused.err
    )
    assert "--even-if-older" in refused.err
    assert registered.head == before
    registered.run(*old, "--even-if-older", key="ci")
    newest = registered.git("show", "--name-only", "--format=", "HEAD").split()[0]
    assert len(registered.record(Evidence, newest).supersedes) == 2


def test_a_report_of_another_check_is_no_measure_of_age(registered: Registry, tmp_path: Path) -> None:
    (tmp_path / "old.xml").write_bytes(timed("2026-05-01T09:30:00Z"))
    registered.attest("v1", "security_scan_passed")
    registered.run("attest", "churn:v1", CHECK, "--from", str(tmp_path / "old.xml"), key="ci")
