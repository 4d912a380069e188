"""``attest --from mlflow:RUN_ID`` against the tracking server that people run."""

from __future__ import annotations

from gitregistry.records.evidence import Evidence
from tests.mlflow.conftest import Server
from tests.support.registry import Registry, Result

CHECK = "latency_p95_under_60ms"


def attest(registry: Registry, server: Server, run_id: str, expect: int = 0) -> Result:
    arguments = ("--from", f"mlflow:{run_id}", "--tracking-uri", server.uri)
    return registry.run("attest", "churn:v1", CHECK, *arguments, key="ci", expect=expect)


def test_a_run_meets_the_bound_of_a_check(server: Server, registered: Registry) -> None:
    registered.to_staging("v1")
    for check in ("staging_smoke_test_passed", "feature_parity_verified"):
        registered.attest("v1", check)
    done = attest(registered, server, server.run(latency_p95_ms=43.21, auc=0.873, tiny=1e-300))
    assert "does not meet" not in done.err
    evidence = registered.record(Evidence, registered.evidence("v1", CHECK))
    assert {item.name: str(item.value) for item in evidence.measurements} == {
        "latency_p95_ms": "43.21",
        "auc": "0.873",
        "tiny": "1E-300",
    }
    assert evidence.observed is not None
    registered.promote("v1", "canary")
    registered.passes()


def test_a_run_out_of_bounds_refuses(server: Server, registered: Registry) -> None:
    done = attest(registered, server, server.run(latency_p95_ms=60.01))
    assert f"note: this does not meet {CHECK}" in done.err


def test_a_run_that_failed_is_an_error(server: Server, registered: Registry) -> None:
    attest(registered, server, server.run("FAILED", latency_p95_ms=1))
    assert registered.record(Evidence, registered.evidence("v1", CHECK)).result == "error"


def test_what_is_no_number_is_refused(server: Server, registered: Registry) -> None:
    for value in ("NaN", "Infinity", "-Infinity"):
        refused = attest(registered, server, server.run(latency_p95_ms=1, loss=value), expect=2)
        assert "choose the metrics that count" in refused.err


def test_a_run_that_goes_on_or_is_gone_is_refused(server: Server, registered: Registry) -> None:
    running = attest(registered, server, server.run("RUNNING", latency_p95_ms=1), expect=2)
    assert "has not ended: 'RUNNING'" in running.err
    deleted = server.run(latency_p95_ms=1)
    server.post("runs/delete", run_id=deleted)
    assert "the run was deleted" in attest(registered, server, deleted, expect=2).err
    assert "there is no run" in attest(registered, server, "0" * 32, expect=3).err


def test_a_run_without_metrics_is_refused(server: Server, registered: Registry) -> None:
    assert "has nothing at '/run/data/metrics'" in attest(registered, server, server.run(), expect=2).err
