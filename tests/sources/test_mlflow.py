"""Runs of MLflow: asked of a server over HTTP, or saved. ``tests/mlflow`` asks a real one."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from gitregistry.errors import BadInput
from gitregistry.integrations.mlflow import fetch_run, tracking_server
from gitregistry.integrations.mlflow_run import read_run
from gitregistry.records.digests import digest_of
from gitregistry.records.evidence import Evidence
from tests.docs.blocks import ROOT
from tests.sources.answering import Answer, answering
from tests.support.registry import Registry, Result

LATENCY = "latency_p95_under_60ms"
SAVED = ROOT / "examples/reports/mlflow.json"
MAPPING = ROOT / "examples/reports/mlflow.mapping.yaml"
RUN = "625e56fd67224de4afd8ff1b2b8f59d4"
METRIC = {"key": "latency_p95_ms", "value": 43.5, "timestamp": 1, "step": 0}


def answer(status: str = "FINISHED", *metrics: dict[str, Any], **info: Any) -> bytes:
    """What a server says of a run, as MLflow 3 says it."""
    times = {"start_time": 4102444800000, "end_time": 4102444860999}
    about = {"run_id": RUN, "status": status, "lifecycle_stage": "active", **times, **info}
    about = {key: value for key, value in about.items() if value is not None}
    return json.dumps(
        {"run": {"info": about, "data": {"metrics": [*metrics], "tags": []}}}, indent=2
    ).encode()


def attest(registry: Registry, *arguments: str, check: str = LATENCY, expect: int = 0) -> Result:
    return registry.run("attest", "churn:v1", check, *arguments, key="ci", expect=expect)


def filed(registry: Registry, check: str = LATENCY) -> Evidence:
    return registry.record(Evidence, registry.evidence("v1", check))


def test_a_run_is_fetched_and_each_metric_measured(
    registered: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = answer("FINISHED", METRIC, {"key": "auc", "value": 0.1, "timestamp": 1, "step": 0})
    with answering(Answer(200, data)) as server:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"{server.uri}/prefix/")
        done = attest(registered, "--from", f"mlflow:{RUN}")
    path = f"/prefix/api/2.0/mlflow/runs/get?run_id={RUN}"
    assert [(asked.path, asked.authorization) for asked in server.asked] == [(path, None)]
    evidence = filed(registered)
    assert evidence.result == "passed"
    measured = {item.name: (str(item.value), item.unit) for item in evidence.measurements}
    assert measured == {"latency_p95_ms": ("43.5", "ms"), "auc": ("0.1", None)}
    assert evidence.report is not None
    assert (evidence.report.uri, evidence.report.digest) == (server.uri + path, digest_of(data))
    assert evidence.report.format == "mlflow"
    assert evidence.observed is not None
    assert (evidence.observed.start, evidence.observed.end) == (
        "2100-01-01T00:00:00Z",
        "2100-01-01T00:01:00Z",
    )
    assert "43.5" in done.err


def test_a_saved_answer_says_the_same(registered: Registry, tmp_path: Path) -> None:
    saved = tmp_path / "run.json"
    saved.write_bytes(answer("FINISHED", METRIC))
    attest(registered, "--from", str(saved), "--format", "mlflow")
    evidence = filed(registered)
    assert [str(item.value) for item in evidence.measurements] == ["43.5"]
    assert evidence.report is not None
    assert evidence.report.digest == digest_of(saved.read_bytes())


def test_the_example_is_read_by_its_mapping(registered: Registry) -> None:
    attest(registered, "--from", str(SAVED), "--format", "mlflow", "--mapping", str(MAPPING))
    evidence = filed(registered)
    assert evidence.result == "passed"
    measured = {item.name: (str(item.value), item.unit) for item in evidence.measurements}
    assert measured == {"auc": ("0.873", None), "latency_p95_ms": ("43.0", "ms")}


def test_a_run_before_the_release_counts_for_nothing(registered: Registry) -> None:
    """The example's run ended before this release was registered: its window says so."""
    done = attest(registered, "--from", str(SAVED), "--format", "mlflow", "--mapping", str(MAPPING))
    assert "before the release was registered" in done.err


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", 1.7976931348623157e308, -1.7976931348623157e308]
)
def test_what_is_no_number_is_an_error_when_it_is_asked_for(
    registered: Registry, tmp_path: Path, value: object
) -> None:
    saved = tmp_path / "run.json"
    saved.write_bytes(answer("FINISHED", METRIC, {"key": "loss", "value": value, "timestamp": 1, "step": 0}))
    refused = attest(registered, "--from", str(saved), "--format", "mlflow", expect=2)
    assert "choose the metrics that count: --mapping MAP.yaml" in refused.err
    chosen = tmp_path / "map.yaml"
    chosen.write_text(
        "measurements:\n"
        "  - {named_by: /key, each: /run/data/metrics, where: {/key: latency_p95_ms}, value: /value}\n",
        "utf-8",
    )
    attest(registered, "--from", str(saved), "--format", "mlflow", "--mapping", str(chosen))
    assert [item.name for item in filed(registered).measurements] == ["latency_p95_ms"]


@pytest.mark.parametrize("status", ["FAILED", "KILLED"])
def test_a_run_that_failed_never_passes(registered: Registry, tmp_path: Path, status: str) -> None:
    saved = tmp_path / "run.json"
    saved.write_bytes(answer(status, METRIC))
    done = attest(registered, "--from", str(saved), "--format", "mlflow")
    assert filed(registered).result == "error"
    assert f"the run is {status}" in done.err


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (answer("RUNNING", METRIC), "the run has not ended: 'RUNNING'"),
        (answer("FINISHED"), "has no item at '/run/data/metrics', of 0 there"),
        (answer("FINISHED", METRIC, lifecycle_stage="deleted"), "the run was deleted"),
        (answer("FINISHED", METRIC, METRIC), "gives 'latency_p95_ms' twice"),
        (answer("FINISHED", METRIC, start_time="soon"), "its times are no times"),
        (answer("FINISHED", METRIC, end_time=10**20), "its times are no times"),
        (b'{"run": {"info": {}}}', "has nothing at '/run/info/status'"),
        (b"<html>", "is not JSON"),
    ],
)
def test_answers_that_say_nothing(data: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read_run(data, "run.json", None)


def test_a_run_without_an_end_has_no_window() -> None:
    assert read_run(answer("FINISHED", METRIC, end_time=None), "run.json", None).observed is None


def test_a_run_says_nothing_of_a_check_without_bounds(registered: Registry, tmp_path: Path) -> None:
    saved = tmp_path / "run.json"
    saved.write_bytes(answer("FINISHED", METRIC))
    refused = attest(
        registered, "--from", str(saved), "--format", "mlflow", check="offline_eval_passed", expect=2
    )
    assert "says what was measured, not whether offline_eval_passed passed" in refused.err


SECRETS = {
    "basic": ({"USERNAME": "ann", "PASSWORD": "s3cret"}, "Basic " + base64.b64encode(b"ann:s3cret").decode()),
    "token": ({"TOKEN": "s3cret"}, "Bearer s3cret"),
    "both": (
        {"USERNAME": "ann", "PASSWORD": "s3cret", "TOKEN": "s3cret"},
        "Basic " + base64.b64encode(b"ann:s3cret").decode(),
    ),
    "a name alone": ({"USERNAME": "ann"}, None),
}


@pytest.mark.parametrize("name", SECRETS)
def test_credentials_come_from_the_environment_and_go_nowhere_else(
    registered: Registry, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    given, sent = SECRETS[name]
    for key, value in given.items():
        monkeypatch.setenv(f"MLFLOW_TRACKING_{key}", value)
    with answering(Answer(200, answer("FINISHED", METRIC))) as server:
        done = attest(registered, "--from", f"mlflow:{RUN}", "--tracking-uri", server.uri)
    assert [asked.authorization for asked in server.asked] == [sent]
    written = registered.read(registered.evidence("v1", LATENCY)).decode() + done.out + done.err
    assert "s3cret" not in written
    assert "ann:" not in written


def test_credentials_are_never_sent_in_the_clear_or_taken_from_an_address() -> None:
    secret = {"MLFLOW_TRACKING_TOKEN": "s3cret"}
    assert tracking_server("https://mlflow.example.com/", secret).authorization == "Bearer s3cret"
    for uri, words in (
        ("http://mlflow.example.com", "in the clear"),
        ("https://ann:s3cret@mlflow.example.com", "holds no credentials"),
        ("https://mlflow.example.com?token=s3cret", "holds no credentials and no query"),
        ("ftp://ann:s3cret@mlflow.example.com", "is not the address"),
        ("databricks", "is not the address"),
        ("file:///mlruns", "is not the address"),
        ("https://[", "is not the address"),
        ("https://a b", "is not the address"),
        ("https://h:99999", "is not the address"),
    ):
        with pytest.raises(BadInput, match=words) as caught:
            tracking_server(uri, secret)
        assert "s3cret" not in str(caught.value)
        assert caught.value.hint
    with pytest.raises(BadInput, match="what no header may"):
        tracking_server("https://mlflow.example.com", {"MLFLOW_TRACKING_TOKEN": "a\r\nHost: b"})
    with pytest.raises(BadInput, match="no tracking server is named"):
        tracking_server(None, {})


def test_a_redirect_is_not_followed_with_the_credentials(
    registered: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "s3cret")
    with answering(Answer(200, answer("FINISHED", METRIC))) as elsewhere:
        moved = Answer(302, b"", (("Location", elsewhere.uri),))
        with answering(moved) as server:
            refused = attest(registered, "--from", f"mlflow:{RUN}", "--tracking-uri", server.uri, expect=2)
    assert not elsewhere.asked
    assert f"it sends us to '{elsewhere.uri}'" in refused.err


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (Answer(404, b'{"error_code": "RESOURCE_DOES_NOT_EXIST"}'), 3, "there is no run"),
        (Answer(401, b"You are not authenticated\x1b[31m"), 2, "export MLFLOW_TRACKING_USERNAME"),
        (Answer(403, b""), 2, "does not let us in (403)"),
        (Answer(500, b"<h1>x</h1>"), 2, "answered 500"),
        (Answer(200, b"<html>log in</html>"), 2, "is not JSON"),
        (
            Answer(200, answer("FINISHED", METRIC, run_id="another")),
            2,
            "answered with another run: 'another'",
        ),
        (Answer(200, b" " * ((16 << 20) + 1)), 2, "the answer has more than 16 MiB"),
        (Answer(200, answer(), (("Content-Length", "999999"),)), 2, "the answer was cut short"),
    ],
)
def test_what_a_server_may_say_instead(registered: Registry, given: Answer, code: int, words: str) -> None:
    with answering(given) as server:
        refused = attest(registered, "--from", f"mlflow:{RUN}", "--tracking-uri", server.uri, expect=code)
    assert words in refused.err
    assert "\x1b" not in refused.err
    assert not registered.find("registry/models/churn/releases/v1/evidence/*")


def test_a_server_that_is_not_there(registered: Registry) -> None:
    with answering(Answer(200, b"")) as server:
        pass
    refused = attest(registered, "--from", f"mlflow:{RUN}", "--tracking-uri", server.uri, expect=2)
    assert "the server cannot be asked" in refused.err


@pytest.mark.parametrize("run", ["", "a/b", "x&y=1", "../..", "a" * 101])
def test_what_is_no_id_of_a_run_is_never_asked_for(run: str) -> None:
    with answering(Answer(200, answer())) as server, pytest.raises(BadInput, match="is not the id of a run"):
        fetch_run(tracking_server(server.uri, {}), run)
    assert not server.asked


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", f"mlflow:{RUN}"), "--tracking-uri URI, or export MLFLOW_TRACKING_URI=URI"),
        (("--from", f"mlflow:{RUN}", "--format", "json"), "leave out --format json"),
        (("--from", str(SAVED), "--tracking-uri", "http://127.0.0.1"), "--from mlflow:RUN_ID"),
        (("--passed", "--tracking-uri", "http://127.0.0.1"), "name it: --from FILE"),
    ],
)
def test_options_that_do_not_go_together(
    registered: Registry, arguments: tuple[str, ...], words: str
) -> None:
    assert words in attest(registered, *arguments, expect=2).err
