"""``registry guard`` against a real Prometheus that scrapes a model whose error rate rises."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import Any

from gitregistry.records.alias import Alias
from gitregistry.records.evidence import Evidence
from tests.guard.conftest import CHECK
from tests.robustness.processes import start
from tests.support.prometheus import Observatory
from tests.support.registry import Registry
from tests.support.transports import free_port

GUARD = ("guard", "churn", "--in", "canary")


def lines(process: subprocess.Popen[bytes]) -> list[dict[str, Any]]:
    """What a guard with ``--json`` said until it ended."""
    out, err = process.communicate(timeout=120)
    assert not err, err.decode()
    return [json.loads(line) for line in out.splitlines()]


def next_line(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The next round, once it is there."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()[1].decode()
    document: dict[str, Any] = json.loads(line)
    return document


def points_at(registry: Registry) -> tuple[str, str]:
    alias = registry.record(Alias, registry.alias("canary"))
    return alias.version, alias.action


def test_errors_that_rise_take_the_canary_back(watched: Registry, prometheus: Observatory) -> None:
    prometheus.model.takes("v2")
    prometheus.await_share("v2", lambda share: share == 0)
    guard = start(
        watched, *GUARD, "--prometheus", prometheus.url, "--every", "1s", "--json", key="deploy-bot"
    )
    first = next_line(guard)
    assert (first["outcome"], first["conditions"][0]["seen"]) == ("watching", "ok")
    prometheus.model.takes("v2", failing=0.2)
    last = lines(guard)[-1]
    assert guard.returncode == 1
    assert (last["outcome"], last["points_at"], last["commit"]) == ("rolled back", "v1", watched.head)
    assert points_at(watched) == ("v1", "rollback")
    ((path, digest),) = last["evidence"].items()
    evidence = watched.record(Evidence, path)
    assert (evidence.check, evidence.result) == (CHECK, "failed")
    assert evidence.query is not None
    assert evidence.query.url == prometheus.url
    assert digest in (watched.record(Alias, watched.alias("canary")).reason or "")
    watched.passes()


def test_a_canary_that_holds_gets_its_evidence(watched: Registry, prometheus: Observatory) -> None:
    watched.change_policy("guard_for: 30s", "guard_for: 2s")
    prometheus.model.takes("v2")
    prometheus.await_share("v2", lambda share: share == 0)
    arguments = (*GUARD, "--prometheus", prometheus.url, "--every", "1s")
    result = watched.run(*arguments, key="deploy-bot")
    assert "no breach, watched 0:00:0" in result.out
    assert "error_rate = 0 ratio, the policy asks for at most 0.01 ratio" in result.out
    refused = watched.json("promote", "churn:v2", "--to", "production", "--dry-run", expect=1)
    assert [item["met"] for item in refused["requirements"] if item["name"] == CHECK] == [True]
    watched.passes()


def test_a_metric_that_went_away_is_a_breach(watched: Registry, prometheus: Observatory) -> None:
    prometheus.model.stops("v2")
    prometheus.await_share("v2", lambda share: share is None)
    for code in (5, 5, 1):
        result = watched.run(*GUARD, "--prometheus", prometheus.url, "--once", key="deploy-bot", expect=code)
        assert "the answer is empty" in result.out
    assert "BREACHED: churn:v2 in canary. It went back to churn:v1" in result.out
    assert points_at(watched) == ("v1", "rollback")


def test_a_server_that_is_down_is_a_breach(watched: Registry) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    documents = []
    for code in (5, 5, 1):
        result = watched.run(
            *GUARD, "--prometheus", nowhere, "--once", "--json", key="deploy-bot", expect=code
        )
        documents.append(json.loads(result.out))
    assert [document["conditions"][0]["no_data_rounds"] for document in documents] == [1, 2, 3]
    assert "Connection refused" in documents[-1]["conditions"][0]["words"]
    (path,) = documents[-1]["evidence"]
    evidence = watched.record(Evidence, path)
    assert (evidence.result, evidence.query and evidence.query.result_digest) == ("error", None)
    watched.passes()


def test_a_query_that_the_server_refuses_is_said_and_is_no_data(
    watched: Registry, prometheus: Observatory
) -> None:
    watched.change_policy("/ sum(rate(requests_total", "/ summ(rate(requests_total")
    result = watched.run(*GUARD, "--prometheus", prometheus.url, "--once", key="deploy-bot", expect=5)
    assert "the server refused the query (status 400, bad_data)" in result.out
    assert "no data 1 of 3" in result.out


def test_two_guards_at_once_go_back_once(watched: Registry, prometheus: Observatory) -> None:
    prometheus.model.takes("v2")
    prometheus.await_share("v2", lambda share: share == 0)
    arguments = (*GUARD, "--prometheus", prometheus.url, "--every", "1s", "--json")
    guards = [start(watched, *arguments, key="deploy-bot") for _ in range(2)]
    for guard in guards:
        assert next_line(guard)["outcome"] == "watching"
    prometheus.model.takes("v2", failing=0.5)
    outcomes = sorted(lines(guard)[-1]["outcome"] for guard in guards)
    assert outcomes == ["moved on", "rolled back"]
    assert [guard.returncode for guard in guards] == [1, 1]
    moves = watched.json("log", "churn@canary")["moves"]
    assert [move["action"] for move in moves] == ["rollback", "promote", "promote"]
    watched.passes()


def test_an_interrupted_guard_says_where_it_stands(watched: Registry, prometheus: Observatory) -> None:
    prometheus.model.takes("v2")
    prometheus.await_share("v2", lambda share: share == 0)
    guard = start(watched, *GUARD, "--prometheus", prometheus.url, "--json", key="deploy-bot")
    next_line(guard)
    os.kill(guard.pid, signal.SIGINT)
    _, err = guard.communicate(timeout=60)
    assert guard.returncode == 130
    assert b"churn:v2 in canary: watched 0:00:00 of 0:00:30 in 1 round, no breach so far" in err
    assert points_at(watched) == ("v2", "promote")
