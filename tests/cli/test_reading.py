"""The questions people ask, and the keys that scripts read the answers by: these never change their names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.registry import MODEL, Registry

DIGEST_LENGTH = len("sha256:") + 64


def keys_of(document: Any) -> set[str]:
    return set(document)


def test_resolve(two: Registry) -> None:
    document = two.json("resolve", "churn@production", key=None)
    assert keys_of(document) >= {
        "model_name", "version", "alias", "artifact_uri", "artifact_digest", "release_digest", "sequence",
        "commit",
    }  # fmt: skip
    assert (document["model_name"], document["version"], document["alias"]) == ("churn", "v2", "production")
    assert document["artifact_uri"] == "s3://models/churn/v2/model.tar.gz"
    assert document["sequence"] == 2
    assert document["commit"] == two.head
    assert len(document["artifact_digest"]) == len(document["release_digest"]) == DIGEST_LENGTH
    assert two.run("resolve", "churn@production", key=None).out == "s3://models/churn/v2/model.tar.gz\n"


def test_resolve_a_release(two: Registry) -> None:
    document = two.json("resolve", "churn:v1", key=None)
    assert (document["version"], document["alias"], document["sequence"]) == ("v1", None, None)


def test_show(two: Registry) -> None:
    document = two.json("show", "churn:v2", key=None)
    assert keys_of(document) >= {
        "model_name", "version", "state", "release_digest", "aliases", "evidence", "approvals",
    }  # fmt: skip
    assert document["state"] == "production-approved"
    assert document["aliases"] == ["staging", "canary", "production"]
    assert {item["check"] for item in document["evidence"]} >= {
        "offline_eval_passed",
        "latency_p95_under_60ms",
    }
    assert {item["role"] for item in document["approvals"]} == {"model-owner", "risk-owner"}
    assert document == two.json("show", "churn@production", key=None)
    shown = two.run("show", "churn:v2", key=None).out
    for words in (
        "production-approved",
        "customers-2026-04-20",
        "auc = 0.873",
        "latency_p95_ms = 43 ms",
        "bob",
    ):
        assert words in shown


def test_the_release_before_is_archived_and_stays_promotable(two: Registry) -> None:
    shown = two.json("show", "churn:v1", key=None)
    assert (shown["state"], shown["archived"], shown["aliases"]) == ("production-approved", True, [])
    assert "production-approved, archived" in two.run("show", "churn:v1", key=None).out
    listed = {row["version"]: row for row in two.json("list", key=None)["releases"]}
    assert (listed["v1"]["archived"], listed["v2"]["archived"]) == (True, False)
    assert "(archived)" in two.run("list", key=None).out
    two.promote("v1", "production")
    assert two.json("show", "churn:v1", key=None)["archived"] is False
    assert two.json("show", "churn:v2", key=None)["archived"] is True


def test_states_follow_from_the_records(empty_registry: Registry) -> None:
    registry = empty_registry

    def state() -> str:
        return str(registry.json("show", "churn:v1", key=None)["state"])

    registry.register("v1")
    assert state() == "registered"
    registry.pass_staging("v1")
    assert state() == "validation-passed"
    registry.promote("v1", "staging")
    assert state() == "staging-approved"
    registry.pass_canary("v1")
    registry.promote("v1", "canary")
    assert state() == "canary-approved"
    registry.pass_production("v1")
    registry.approve_all("v1")
    registry.promote("v1", "production")
    assert state() == "production-approved"
    registry.run("retire", "churn:v1", "--withdraw", "--reason", "leaks data")
    assert state() == "retired"
    assert registry.json("show", "churn:v1", key=None)["withdrawn"] is True


def test_list(two: Registry) -> None:
    document = two.json("list", "churn", key=None)
    assert [row["version"] for row in document["releases"]] == ["v1", "v2"]
    assert document["unusable"] == []
    assert two.json("show", "churn", key=None) == document


def test_an_empty_registry_lists_nothing(empty_registry: Registry) -> None:
    assert empty_registry.json("list", key=None) == {"releases": [], "unusable": []}
    assert "registry register MANIFEST.yaml" in empty_registry.run("list", key=None).out
    assert empty_registry.json("status", key=None)["environments"] == []


def test_log_of_an_alias(two: Registry) -> None:
    two.rollback()
    moves = two.json("log", "churn@production", key=None)["moves"]
    assert [(m["sequence"], m["action"], m["from"], m["to"]) for m in moves] == [
        (3, "rollback", "v2", "v1"),
        (2, "promote", "v1", "v2"),
        (1, "promote", None, "v1"),
    ]
    assert {"by", "at", "commit", "reason"} <= keys_of(moves[0])
    assert (moves[0]["by"], moves[0]["reason"]) == ("alice@example.com", "too many errors")
    assert moves[0]["commit"] == two.head


def test_log_of_all_and_of_a_model(two: Registry) -> None:
    two.register("v1", model="fraud")
    everything = two.json("log", key=None)["steps"]
    assert everything[0]["subject"] == "Register fraud:v1"
    assert everything[0]["trailers"] == {"Registry-Action": "register", "Registry-Release": "fraud:v1"}
    assert everything[-1]["subject"].startswith("Initialise the registry")
    assert len(everything) == int(two.git("rev-list", "--count", "HEAD"))
    assert [step["subject"] for step in two.json("log", "fraud", key=None)["steps"]] == ["Register fraud:v1"]
    assert len(two.json("log", "-n", "3", key=None)["steps"]) == 3


def test_why(two: Registry) -> None:
    document = two.json("why", "churn@production", key=None)
    assert document["version"] == "v2"
    assert (document["policy_version"], document["trust_version"]) == (1, 4)
    assert document["rollback_target"] == "v1"
    by_name = {item["name"]: item for item in document["requirements"]}
    assert set(by_name) == {
        "promoted_to_canary",
        "canary_error_rate_under_1_percent",
        "canary_business_metric_regression_under_2_percent",
        "manual_approval_from_model_owner",
        "manual_approval_from_risk_owner",
    }
    assert all(item["met"] for item in by_name.values())
    (support,) = by_name["canary_error_rate_under_1_percent"]["by"]
    assert (support["measured"], support["bound"]) == ("error_rate = 0.004 ratio", "at most 0.01 ratio")
    assert support["signer"] == "ci"
    assert two.git("show", f"HEAD:{support['path']}")
    (approval,) = by_name["manual_approval_from_model_owner"]["by"]
    assert approval["signer"] == "bob@example.com"
    text = two.run("why", "churn@production", key=None).out
    assert len(text.splitlines()) <= 24, "one screen"
    for words in (
        "error_rate = 0.004 ratio (at most 0.01 ratio)",
        "bob@example.com",
        support["digest"][7:19],
    ):
        assert words in text


def test_why_after_a_rollback_tells_of_the_promotion_that_it_went_back_to(two: Registry) -> None:
    first = two.json("log", "churn@production", key=None)["moves"][-1]["commit"]
    two.rollback()
    document = two.json("why", "churn@production", key=None)
    assert (document["action"], document["version"], document["reason"]) == (
        "rollback",
        "v1",
        "too many errors",
    )
    assert document["promotion_commit"] == first
    assert all(item["met"] for item in document["requirements"])
    assert "v1 was promoted here" in two.run("why", "churn@production", key=None).out


def test_status_names_drift(two: Registry) -> None:
    def drift(environment: str = "production") -> str | None:
        places = two.json("status", key=None)["environments"]
        (place,) = (place for place in places if place["environment"] == environment)
        said: str | None = place["drift"]
        return said

    assert drift() == "no deployment is recorded"
    two.run(
        "deploy", "churn", "--in", "production", "--revision", "s1", "--release", "v1", "--traffic", "100"
    )
    assert drift() == "s1 serves v1 with 100 %; v2 should"
    two.run("deploy", "churn", "--in", "production", "--revision", "s2", "--release", "v2", "--traffic", "10")
    assert drift() == "s1 serves v1 with 90 %; v2 should"
    two.run(
        "deploy", "churn", "--in", "production", "--revision", "s2", "--release", "v2", "--traffic", "100"
    )
    assert drift() is None
    assert "as it should be" in two.run("status", key=None).out
    two.run("deploy", "churn", "--in", "production", "--revision", "s3", "--release", "v1", "--traffic", "0",
            "--mode", "shadow")  # fmt: skip
    assert drift() is None
    two.run("retire", "churn:v2", "--withdraw", "--reason", "leaks data")
    assert drift() == "v2 was withdrawn and is still promoted"


def test_status_is_of_every_model_and_environment(two: Registry) -> None:
    document = two.json("status", key=None)
    assert keys_of(document) >= {"registry", "commit", "environments"}
    assert [place["environment"] for place in document["environments"]] == ["staging", "canary", "production"]
    seen = {"artifact_seen_whole", "artifact_fault"}
    said = {"model_name", "environment", "should", "since", "action", "reason", "serving", "drift"}
    assert said | seen == keys_of(document["environments"][0])


def test_verify(two: Registry) -> None:
    document = two.json("verify", "--pin", two.pin, key=None)
    assert keys_of(document) >= {"verdict", "pin", "head", "steps", "findings"}
    assert (document["verdict"], document["pin"], document["head"]) == ("pass", two.pin, two.head)
    assert document["steps"] == int(two.git("rev-list", "--count", "HEAD"))
    assert document["findings"] == []


def test_verify_with_findings(two: Registry) -> None:
    two.git("revert", "--no-edit", "HEAD")
    document = two.json("verify", "--pin", two.pin, key=None, expect=1)
    assert document["verdict"] == "fail"
    (finding, *_) = document["findings"]
    assert {"rule", "commit", "path", "message", "hint"} <= keys_of(finding)
    assert (finding["rule"], finding["commit"], finding["path"]) == ("replay", two.head, two.alias())
    assert "registry rollback" in finding["hint"]


def test_verify_of_a_range_reports_only_what_is_in_it(two: Registry) -> None:
    two.git("revert", "--no-edit", "HEAD")
    bad = two.head
    two.register("v3")
    after = two.json("verify", f"{bad}..", "--pin", two.pin, key=None, expect=1)
    assert (after["verdict"], after["findings"], after["outside"]) == ("fail", [], 1)
    assert two.json("verify", f"{bad}~1..{bad}", "--pin", two.pin, key=None, expect=1)["verdict"] == "fail"
    assert two.json("verify", f"{bad}~1", "--pin", two.pin, key=None)["verdict"] == "pass"


def test_the_pin_is_kept_outside_of_the_clone(two: Registry) -> None:
    assert two.run("verify", key=None, expect=5)
    assert two.json("trust", "pin", key=None) == {"claimed": two.pin, "kept": None, "seen": None}
    two.run("trust", "pin", two.pin, key=None)
    assert two.json("trust", "pin", key=None) == {"claimed": two.pin, "kept": two.pin, "seen": None}
    assert two.json("verify", key=None)["verdict"] == "pass"


def test_policy_in_words(two: Registry) -> None:
    document = two.json("policy", "explain", "production", key=None)
    meets = {item["name"]: item["meets"] for item in document["requirements"]}
    assert meets["promoted_to_canary"] == "it was promoted to canary before"
    assert meets["manual_approval_from_risk_owner"] == "a person in the role risk-owner approves"
    words = meets["canary_error_rate_under_1_percent"]
    assert "error_rate at most 0.01 ratio" in words
    assert "measured in canary" in words
    assert "signed by attester" in words
    shown = two.json("policy", "show", key=None)
    assert set(shown["promotion_policy"]) == {"to_staging", "to_canary", "to_production"}
    assert sum(len(step["requires"]) for step in shown["promotion_policy"].values()) == 11
    assert "latency_p95_ms at most 60 ms" in two.run("policy", "show", key=None).out


def test_trust_in_words(two: Registry) -> None:
    document = two.json("trust", "show", key=None)
    assert {principal["id"] for principal in document["principals"]} == {
        "alice@example.com", "bob@example.com", "carol@example.com", "ci",
    }  # fmt: skip
    assert document["pin"] == two.pin
    shown = two.run("trust", "show", key=None).out
    assert "SHA256:" in shown
    assert "model-owner" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("resolve", "churn@production"), ("show", "churn:v2"), ("list",), ("log",),
        ("log", "churn@production"),
        ("why", "churn@production"), ("status",), ("trust", "show"), ("policy", "show"),
        ("policy", "explain", "production"), ("policy", "check"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_reading_changes_nothing_and_needs_no_key(arguments: tuple[str, ...], two: Registry) -> None:
    before = two.state()
    assert two.run(*arguments, key=None).out
    assert two.json(*arguments, key=None)
    assert two.state() == before
    assert MODEL in two.run("list", key=None).out


def test_c_may_stand_anywhere(two: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    from gitregistry.cli.main import main  # noqa: PLC0415 - the only test that calls it bare

    monkeypatch.chdir(two.folder.parent)
    name = two.folder.name
    assert main(["-C", name, "resolve", "churn@production"]) == 0
    assert main(["resolve", "-C", name, "churn@production"]) == 0
    assert main(["resolve", "churn@production", "-C", name]) == 0
    assert main(["resolve", "churn@production"]) == 2
    monkeypatch.chdir(two.folder / "registry" / "models")
    assert main(["resolve", "churn@production"]) == 0
