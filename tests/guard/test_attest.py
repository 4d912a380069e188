"""``attest --prometheus``: what a real server says becomes evidence, by the policy's bounds."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from gitregistry.records.digests import digest_of
from gitregistry.records.evidence import Evidence
from tests.guard.conftest import CHECK, QUERY, WINDOW
from tests.support.prometheus import Observatory
from tests.support.registry import MODEL, Registry

BUSINESS = "canary_business_metric_regression_under_2_percent"
LOAD = ("--query", "node_load1", "--metric", "load", "--environment", "staging")


def filed(registry: Registry, check: str, version: str = "v2") -> Evidence:
    return registry.record(Evidence, registry.evidence(version, check))


def unmet(registry: Registry, version: str = "v2") -> dict[str, str]:
    refused = registry.json("promote", f"{MODEL}:{version}", "--to", "production", "--dry-run", expect=1)
    return {item["name"]: item["reason"] for item in refused["requirements"] if not item["met"]}


def test_the_policys_query_is_asked_and_its_bounds_decide(watched: Registry, prometheus: Observatory) -> None:
    prometheus.model.takes("v2")
    prometheus.await_share("v2", lambda share: share == 0)
    result = watched.run("attest", "churn:v2", CHECK, "--prometheus", prometheus.url, key="ci")
    assert "error_rate = 0 ratio: passed" in result.err
    evidence = filed(watched, CHECK)
    assert evidence.result == "passed"
    assert evidence.environment == "canary"
    assert evidence.query is not None
    expression = QUERY.replace("{model}", "churn").replace("{version}", "v2").replace("{window}", WINDOW)
    assert (evidence.query.url, evidence.query.expression) == (prometheus.url, expression)
    assert evidence.query.result_digest is not None
    assert evidence.observed is not None
    assert evidence.observed.end == evidence.query.evaluated_at
    assert CHECK not in unmet(watched)
    watched.passes()


def test_what_fails_is_filed_as_what_it_is(watched: Registry, prometheus: Observatory) -> None:
    prometheus.model.takes("v2", failing=0.5)
    prometheus.await_share("v2", lambda share: share == 0.5)
    watched.run("attest", "churn:v2", CHECK, "--prometheus", prometheus.url, key="ci")
    assert filed(watched, CHECK).result == "failed"
    assert "error_rate = 0.5 ratio" in unmet(watched)[CHECK]


def test_a_user_in_the_address_is_not_recorded(watched: Registry, prometheus: Observatory) -> None:
    prometheus.model.takes("v2")
    prometheus.await_share("v2", lambda share: share == 0)
    secret = prometheus.url.replace("http://", "http://alice:s3cret@")
    result = watched.run("attest", "churn:v2", CHECK, "--prometheus", secret, key="ci")
    assert "s3cret" not in result.out + result.err
    path = watched.evidence("v2", CHECK)
    assert b"s3cret" not in watched.read(path)
    assert b"alice:" not in watched.read(path)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("no_such_metric", "the answer is empty"),
        ("0/0", "the value is NaN"),
        ("1/0", "the value is +Inf"),
        ("requests_total", "series came where one is expected"),
        ("requests_total[1m]", "of the type matrix"),
        ("sum by ((", "status 400, bad_data"),
    ],
)
def test_what_is_no_value_is_an_error_and_files_nothing(
    query: str, words: str, watched: Registry, prometheus: Observatory
) -> None:
    prometheus.model.takes("v2")
    prometheus.await_value("count(requests_total)", lambda count: count is not None and count >= 2)
    result = watched.refuses(
        *("attest", "churn:v2", BUSINESS, "--prometheus", prometheus.url, "--query", query),
        key="ci",
        expect=5,
    )
    assert words in result.err


def test_a_word_that_nothing_stands_for_is_refused(watched: Registry) -> None:
    arguments = ("attest", "churn:v2", BUSINESS, "--prometheus", "http://127.0.0.1:1")
    result = watched.refuses(*arguments, "--query", "up{window}", key="ci", expect=2)
    assert "--window 30m" in result.err
    result = watched.refuses(*arguments, "--query", "up", "--window", "soon", key="ci", expect=2)
    assert "a duration like" in result.err
    result = watched.refuses(*arguments, key="ci", expect=2)
    assert "the policy names no query" in result.err
    result = watched.refuses("attest", "churn:v2", BUSINESS, "--passed", "--query", "up", key="ci", expect=2)
    assert "--prometheus URL" in result.err


def test_slices_by_a_label(watched: Registry, prometheus: Observatory) -> None:
    prometheus.model.takes("v2")
    query = "0 * sum by (age_band) (rate(requests_total{version='{version}'}[{window}]))"
    prometheus.await_share("v2", lambda share: share == 0)
    arguments = ("--query", query, "--window", "2s", "--slice-label", "age_band")
    watched.run("attest", "churn:v2", BUSINESS, "--prometheus", prometheus.url, *arguments, key="ci")
    values = {item.slice: item.value for item in filed(watched, BUSINESS).measurements}
    assert values == {"age_band=18-25": 0, "age_band=26-40": 0}


def test_a_real_exporter(watched: Registry, prometheus: Observatory) -> None:
    if not prometheus.exporter:
        pytest.skip("prometheus-node-exporter is not installed")
    prometheus.await_value("node_load1", lambda value: value is not None)
    check = "staging_smoke_test_passed"
    arguments = ("attest", "churn:v2", check, "--prometheus", prometheus.url, *LOAD)
    watched.refuses(*arguments, key="ci", expect=2)  # a check without bounds: somebody says how it ended
    watched.run(*arguments, "--passed", key="ci")
    (path,) = (
        path
        for path in watched.find(f"registry/models/churn/releases/v2/evidence/{check}-*.yaml")
        if watched.record(Evidence, path).query is not None
    )
    (value,) = watched.record(Evidence, path).measurements
    assert (value.name, value.value >= 0) == ("load", True)


def test_the_policys_question_is_the_only_one(watched: Registry, prometheus: Observatory) -> None:
    arguments = ("attest", "churn:v2", CHECK, "--prometheus", prometheus.url)
    result = watched.refuses(*arguments, "--query", "vector(0)", key="ci", expect=2)
    assert "the policy says what is asked" in result.err
    result = watched.refuses(*arguments, "--passed", key="ci", expect=2)
    assert "by the policy's bounds" in result.err


def test_evidence_that_was_not_asked_of_the_server_does_not_count(watched: Registry) -> None:
    watched.attest("v2", CHECK, "--metric", "error_rate=0")
    assert "it names no query" in unmet(watched)[CHECK]


def test_evidence_from_an_easier_query_does_not_count(watched: Registry, prometheus: Observatory) -> None:
    prometheus.model.takes("v2")
    prometheus.await_share("v2", lambda share: share == 0)
    watched.run("attest", "churn:v2", CHECK, "--prometheus", prometheus.url, key="ci")
    path = watched.evidence("v2", CHECK)
    evidence = watched.record(Evidence, path)
    assert evidence.query is not None
    for query, words in (
        (replace(evidence.query, expression="vector(0)"), "another query"),
        (replace(evidence.query, window="1s"), "it was asked over 1s"),
        (replace(evidence.query, result_digest=None), "no answer"),
    ):
        forged = replace(evidence, query=query, supersedes=(), note=words)
        watched.remove(path)
        watched.forge(path.replace(".yaml", "f.yaml"), forged, "ci")
        watched.commit_all()
        assert words in unmet(watched)[CHECK]
        watched.git("reset", "--hard", "--quiet", "HEAD~1")


def test_a_digest_is_of_the_answers_bytes(watched: Registry, prometheus: Observatory) -> None:
    """Whoever asks the same again gets the same bytes, and so the digest that was recorded."""
    prometheus.model.takes("v2")
    prometheus.await_share("v2", lambda share: share == 0)
    watched.run("attest", "churn:v2", CHECK, "--prometheus", prometheus.url, key="ci")
    asked = filed(watched, CHECK).query
    assert asked is not None
    form = urlencode({"query": asked.expression, "time": asked.evaluated_at})
    with urlopen(f"{asked.url}/api/v1/query?{form}", timeout=10) as response:
        body = response.read()
    assert json.loads(body)["status"] == "success"
    assert digest_of(body) == asked.result_digest
