"""Attack 2: signed by a stranger, or by somebody in trust without the role for this model and environment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitregistry.records.evidence import Evidence
from gitregistry.records.release import Release
from tests.support.forging import made_approval, made_evidence, promote_by_hand
from tests.support.keys import IDS
from tests.support.registry import Registry


@pytest.mark.parametrize("name", ["alice", "mallory"])
def test_a_strangers_promotion_is_found_whoever_it_says_made_it(approved: Registry, name: str) -> None:
    promote_by_hand(approved, "v1", "production", "mallory", created_by=IDS[name])
    approved.finds("role", approved.alias(), message="belongs to nobody in trust", hint="git rebase --onto")


@pytest.mark.parametrize("name", ["bob", "ci"])
def test_a_promotion_by_somebody_without_the_role_is_found(approved: Registry, name: str) -> None:
    promote_by_hand(approved, "v1", "production", name, created_by=IDS[name])
    # Bob approved it besides, and nobody approves what they promote.
    approved.finds(
        "role",
        approved.alias(),
        message="does not hold the role promoter",
        hint="git rebase --onto",
        also=["separation", "cited"] if name == "bob" else [],
    )


def test_a_promoters_name_does_not_lend_their_role(approved: Registry) -> None:
    promote_by_hand(approved, "v1", "production", "bob", created_by=IDS["alice"])
    approved.finds("subject", approved.alias(), message=f"{IDS['bob']} signed it")


@pytest.mark.parametrize("scope", [("--model", "other-*"), ("--environment", "staging")])
def test_a_role_for_another_model_or_environment_is_no_role_here(
    approved: Registry, scope: tuple[str, str]
) -> None:
    approved.add("dave", "promoter", options=scope)
    approved.refuses("promote", "churn:v1", "--to", "production", key="dave")
    promote_by_hand(approved, "v1", "production", "dave", created_by=IDS["dave"])
    approved.finds("role", approved.alias())


def test_an_operator_cannot_promote_and_a_promoter_cannot_roll_back(two: Registry) -> None:
    two.add("dave", "operator")
    two.add("mallory", "promoter")
    two.refuses("promote", "churn:v2", "--to", "staging", key="dave")
    two.refuses("rollback", "churn", "--in", "production", "--reason", "because", key="mallory")
    two.run("rollback", "churn", "--in", "production", "--reason", "because", key="dave")
    two.passes()


@pytest.mark.parametrize(
    "arguments",
    [
        ("promote", "churn:v1", "--to", "production"),
        ("rollback", "churn", "--in", "staging", "--reason", "because", "--to", "v1"),
        ("attest", "churn:v1", "offline_eval_passed", "--passed"),
        ("approve", "churn:v1", "--to", "production", "--role", "risk-owner"),
        ("retire", "churn:v1", "--withdraw", "--reason", "because"),
        ("deploy", "churn", "--in", "production", "--revision", "r1", "--release", "v1", "--traffic", "100"),
        ("trust", "grant", "bob@example.com", "promoter"),
    ],
)
@pytest.mark.parametrize("name", ["mallory", "bob"])
def test_no_verb_writes_for_who_may_not(approved: Registry, name: str, arguments: tuple[str, ...]) -> None:
    approved.refuses(*arguments, key=name)


def test_evidence_by_a_stranger_is_found_and_does_not_count(registered: Registry) -> None:
    for check in ("artifact_signature_verified", "offline_eval_passed", "schema_compatibility_passed"):
        registered.attest("v1", check)
    path, record = made_evidence(registered, "v1", "security_scan_passed")
    registered.forge(path, record, "mallory")
    registered.commit_all()
    registered.finds("role", path)
    refused = registered.refuses("promote", "churn:v1", "--to", "staging", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert unmet["name"] == "security_scan_passed"
    assert "belongs to nobody in trust" in unmet["reason"]


def test_an_approval_by_a_stranger_is_found_and_does_not_count(approved: Registry) -> None:
    approved.remove(approved.approval("v1", "carol"))
    approved.commit_all("only so that the stranger's is all there is")
    path, record = made_approval(approved, "v1", "mallory", "risk-owner")
    approved.forge(path, record, "mallory")
    approved.commit_all()
    findings = approved.verify()["findings"]
    assert [(found["rule"], found["commit"]) for found in findings if found["path"] == path] == [
        ("role", approved.head)
    ]
    approved.refuses("promote", "churn:v1", "--to", "production")


def test_a_release_by_a_stranger_is_found_and_not_promoted(registered: Registry) -> None:
    manifest = registered.manifest("v1")
    record = registered.record(Release, manifest)
    path = registered.manifest("v6")
    registered.forge(path, replace(record, version="v6"), "mallory")
    registered.commit_all()
    registered.finds("role", path)
    registered.pass_staging("v6")
    registered.refuses("promote", "churn:v6", "--to", "staging")


def test_a_release_by_somebody_who_may_not_publish_is_found_and_not_promoted(registered: Registry) -> None:
    manifest = registered.manifest("v1")
    record = registered.record(Release, manifest)
    path = registered.manifest("v6")
    registered.forge(path, replace(record, version="v6", created_by=IDS["bob"]), "bob")
    registered.commit_all()
    registered.finds("role", path)
    registered.pass_staging("v6")
    registered.refuses("promote", "churn:v6", "--to", "staging")


def test_a_promotion_to_the_earlier_environment_by_who_may_not_opens_no_door(registered: Registry) -> None:
    registered.pass_staging("v1")
    moved = promote_by_hand(registered, "v1", "staging", "bob", created_by=IDS["bob"])
    registered.finds("role", registered.alias("staging"))
    registered.pass_canary("v1")
    registered.refuses("promote", "churn:v1", "--to", "canary")
    registered.finds("role", registered.alias("staging"), commit=moved)


def test_evidence_may_only_be_superseded_by_who_may_attest(registered: Registry) -> None:
    registered.attest("v1", "offline_eval_passed", "--failed")
    failed = registered.evidence("v1", "offline_eval_passed")
    for check in ("artifact_signature_verified", "security_scan_passed", "schema_compatibility_passed"):
        registered.attest("v1", check)
    path, record = made_evidence(
        registered,
        "v1",
        "offline_eval_passed",
        supersedes=(registered.digest(failed),),
        created_by=IDS["bob"],
    )
    registered.forge(path, record, "bob")
    registered.commit_all()
    registered.finds("role", path)
    refused = registered.refuses("promote", "churn:v1", "--to", "staging", "--json").json
    assert [(item["name"], item["reason"]) for item in refused["requirements"] if not item["met"]] == [
        ("offline_eval_passed", f"its result is failed ({failed}, by ci)")
    ]
    assert registered.record(Evidence, failed).result == "failed"
