"""Attack 7: a record, validly signed, is copied to another model, version or environment."""

from __future__ import annotations

import pytest

from gitregistry.records import paths
from gitregistry.records.alias import Alias
from tests.support.forging import made_evidence
from tests.support.keys import IDS
from tests.support.registry import TO_STAGING, Registry


def copied(registry: Registry, source: str, target: str) -> str:
    """Copy a record with its signature and commit it."""
    registry.write(target, registry.read(source))
    registry.write(f"{target}.sig", registry.read(f"{source}.sig"))
    return registry.commit_all()


def test_an_alias_copied_to_another_environment_is_found(approved: Registry) -> None:
    copied(approved, approved.alias("staging"), approved.alias("production"))
    approved.finds("subject", approved.alias(), message="environment")
    approved.refuses("resolve", "churn@production")


def test_what_was_copied_into_an_alias_does_not_mislead_the_next_promotion(approved: Registry) -> None:
    """The copy is of sequence 1 and follows nothing, as a first record of production would."""
    misplaced = copied(approved, approved.alias("staging"), approved.alias("production"))
    commit = approved.promote("v1", "production")
    record = approved.record(Alias, approved.alias())
    assert (record.sequence, record.previous, record.mends) == (1, None, (misplaced,))
    assert {found["mended_by"] for found in approved.passes()["mended"]} == {commit}


def test_an_alias_of_another_model_is_found(two: Registry) -> None:
    two.register("v1", model="fraud")
    copied(two, two.alias(), two.alias(model="fraud"))
    two.finds("subject", two.alias(model="fraud"), message="model_name is churn")
    two.refuses("resolve", "fraud@production")


def test_a_manifest_copied_to_another_version_is_found(registered: Registry) -> None:
    copied(registered, registered.manifest("v1"), registered.manifest("v2"))
    registered.finds("subject", registered.manifest("v2"), message="version is v1")
    registered.refuses("promote", "churn:v2", "--to", "staging")
    registered.refuses("resolve", "churn:v2")


def test_a_manifest_copied_to_another_model_is_found(registered: Registry) -> None:
    target = registered.manifest("v1", model="fraud")
    copied(registered, registered.manifest("v1"), target)
    registered.finds("subject", target, message="model_name is churn")


def test_evidence_copied_to_another_release_is_found_and_does_not_count(registered: Registry) -> None:
    registered.pass_staging("v1")
    registered.register("v2")
    for check in TO_STAGING[1:]:
        registered.attest("v2", check)
    source = registered.evidence("v1", TO_STAGING[0])
    copied(registered, source, source.replace("/v1/", "/v2/"))
    registered.finds("subject", source.replace("/v1/", "/v2/"), message="version is v1", also=["release"])
    refused = registered.refuses("promote", "churn:v2", "--to", "staging", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert "it is about churn:v1" in unmet["reason"]


def test_evidence_filed_under_another_check_is_found_and_does_not_count(registered: Registry) -> None:
    path, record = made_evidence(registered, "v1", "offline_eval_passed")
    path = path.replace("offline_eval_passed", "security_scan_passed")
    registered.forge(path, record, "ci")
    registered.commit_all()
    registered.finds("subject", path, message="about offline_eval_passed is named security_scan_passed")


def test_an_approval_filed_under_another_person_is_found(approved: Registry) -> None:
    source = approved.approval("v1", "bob")
    target = source.replace(IDS["bob"], IDS["carol"]).replace(".yaml", "0.yaml")
    copied(approved, source, target)
    approved.finds("subject", target)


@pytest.mark.parametrize("kind", ["deployments/production.yaml", "releases/v1/retirement.yaml"])
def test_a_deployment_or_retirement_of_another_model_is_found(live: Registry, kind: str) -> None:
    live.register("v1", model="fraud")
    live.run(
        "deploy", "churn", "--in", "production", "--revision", "r", "--release", "v1", "--traffic", "100"
    )
    live.run("retire", "churn:v1", "--withdraw", "--reason", "because")
    copied(live, f"{paths.model_folder('churn')}/{kind}", f"{paths.model_folder('fraud')}/{kind}")
    live.finds("subject", f"{paths.model_folder('fraud')}/{kind}", also=["release"])


def test_a_models_page_copied_to_another_model_is_found(registered: Registry) -> None:
    copied(registered, paths.model_page("churn"), paths.model_page("fraud"))
    registered.finds("subject", paths.model_page("fraud"))


def test_a_policy_put_where_trust_belongs_is_found(live: Registry) -> None:
    copied(live, paths.POLICY, paths.TRUST)
    live.finds("namespace", paths.TRUST)
