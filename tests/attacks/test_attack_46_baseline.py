"""Attack 46, against what is live: a baseline that was left out, moved over, or made up to be easily met."""

from __future__ import annotations

import shlex
from decimal import Decimal

import pytest

from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.approval import Approval
from gitregistry.records.evidence import Measurement
from tests.support.forging import made_evidence, promote_by_hand
from tests.support.registry import MODEL, Registry

OLD = """\
    requires:
      - artifact_signature_verified
      - offline_eval_passed
      - schema_compatibility_passed
      - security_scan_passed
"""
NEW = "    requires: [auc_kept, approved]\n"
CHECKS = """
checks:
  auc_kept:
    type: measurement
    measurement: auc
    baseline: staging
    max_drop: 0.02
  approved:
    type: approval
    role: model-owner
"""
LIVE = "v1, live in staging, has no usable auc to compare with"


def auc(value: str) -> Measurement:
    return Measurement(name="auc", value=Decimal(value))


@pytest.fixture
def challenger(registered: Registry) -> Registry:
    """``v1`` in staging with an AUC of 0.9; ``v2`` measured at 0.7, and not yet approved."""
    registered.change_policy("\nchecks:\n", CHECKS)
    registered.change_policy(OLD, NEW)
    registered.attest("v1", "auc_kept", "--metric", "auc=0.9")
    registered.approve("v1", "bob", to="staging")
    registered.promote("v1", "staging")
    registered.register("v2")
    registered.attest("v2", "auc_kept", "--metric", "auc=0.7")
    return registered


def test_what_is_live_is_what_it_is_compared_with(challenger: Registry) -> None:
    challenger.approve("v2", "bob", to="staging")
    refused = challenger.refuses("promote", "churn:v2", "--to", "staging", "--json").json
    unmet = [item for item in refused["requirements"] if not item["met"]]
    assert [item["name"] for item in unmet] == ["auc_kept"]
    assert "auc = 0.7, more than 0.02 below the 0.9 of churn:v1, live in staging" in unmet[0]["reason"]
    promote_by_hand(challenger, "v2", "staging")
    challenger.finds("requirement", challenger.alias("staging"), message="more than 0.02", also=["cited"])


def test_the_evidence_of_what_is_live_is_reviewed_cited_and_shown(challenger: Registry) -> None:
    challenger.attest("v2", "auc_kept", "--metric", "auc=0.88")
    challenger.approve("v2", "bob", to="staging")
    challenger.promote("v2", "staging")
    decided = challenger.digest(challenger.evidence("v1", "auc_kept"))
    assert decided in challenger.record(Alias, challenger.alias("staging")).evidence
    assert decided in challenger.record(Approval, challenger.approval("v2", "bob", "staging")).reviewed
    why = challenger.json("why", "churn@staging", key=None)
    (requirement,) = [item for item in why["requirements"] if item["name"] == "auc_kept"]
    assert [(item["measured"], item["bound"]) for item in requirement["by"]] == [
        ("auc = 0.88", "no more than 0.02 below what is live in staging"),
        ("auc = 0.9", "live in staging"),
    ]
    challenger.passes()


def test_a_promotion_that_leaves_the_baseline_out_is_found(challenger: Registry) -> None:
    challenger.attest("v2", "auc_kept", "--metric", "auc=0.88")
    challenger.approve("v2", "bob", to="staging")
    path = challenger.evidence("v1", "auc_kept")
    promote_by_hand(challenger, "v2", "staging")
    challenger.finds("cited", challenger.alias("staging"), message=challenger.digest(path))


def test_a_baseline_measured_anew_makes_an_approval_stale(challenger: Registry) -> None:
    challenger.attest("v2", "auc_kept", "--metric", "auc=0.88")
    challenger.approve("v2", "bob", to="staging")
    challenger.attest("v1", "auc_kept", "--metric", "auc=0.89")
    refused = challenger.refuses("promote", "churn:v2", "--to", "staging", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert unmet["name"] == "approved"
    assert "before seeing auc_kept of churn:v1 by ci at " in unmet["reason"]


def test_a_stranger_cannot_lower_the_baseline(challenger: Registry) -> None:
    path, record = made_evidence(
        challenger,
        "v1",
        "auc_kept",
        measurements=(auc("0.7"),),
        supersedes=(challenger.digest(challenger.evidence("v1", "auc_kept")),),
    )
    challenger.forge(path, record, "mallory")
    forged = challenger.commit_all()
    challenger.finds("role", path, commit=forged)
    challenger.approve("v2", "bob", to="staging")
    refused = challenger.run("promote", "churn:v2", "--to", "staging", "--json", expect=1).json
    assert any("below the 0.9 of churn:v1" in (item["reason"] or "") for item in refused["requirements"])


def test_the_candidates_own_evidence_is_no_baseline(challenger: Registry) -> None:
    """Moved into the live release's folder, and what was there taken away."""
    mine, theirs = challenger.evidence("v2", "auc_kept"), challenger.evidence("v1", "auc_kept")
    there = f"{paths.evidence_folder(MODEL, 'v1')}/{mine.rsplit('/', 1)[1]}"
    for suffix in ("", paths.SIGNATURE):
        challenger.write(there + suffix, challenger.read(mine + suffix))
    challenger.remove(theirs)
    challenger.commit_all()
    challenger.finds("missing", theirs, also=["subject", "release"])
    refused = challenger.run("promote", "churn:v2", "--to", "staging", "--json", expect=1).json
    assert any(LIVE in (item["reason"] or "") for item in refused["requirements"])


def test_the_command_that_the_refusal_names_mends_it(challenger: Registry) -> None:
    challenger.attest("v1", "auc_kept", "--failed")
    challenger.attest("v2", "auc_kept", "--metric", "auc=0.88")
    challenger.approve("v2", "bob", to="staging")
    refused = challenger.refuses("promote", "churn:v2", "--to", "staging", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert LIVE in unmet["reason"]
    assert unmet["hint"] == "registry attest churn:v1 auc_kept --passed --metric auc=VALUE"
    challenger.run(*unmet["hint"].replace("VALUE", "0.9").split()[1:], key="ci")
    challenger.approve("v2", "bob", to="staging")
    challenger.promote("v2", "staging")
    challenger.passes()


def test_the_bad_slice_cannot_be_left_out(registered: Registry) -> None:
    """What the refusal names is typed as it stands, and is enough."""
    slices = 'max_drop: 0.02\n    every_slice_of: age_band\n    slices: ["18-25", "26-40"]'
    registered.change_policy("\nchecks:\n", CHECKS.replace("max_drop: 0.02", slices))
    registered.change_policy(OLD, NEW)
    registered.attest("v1", "auc_kept", "--metric", "auc=0.9", "--metric", "auc[age_band=18-25]=0.9")
    registered.approve("v1", "bob", to="staging")
    refused = registered.refuses("promote", "churn:v1", "--to", "staging", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert "no data: it has no auc for age_band=26-40" in unmet["reason"]
    registered.run(*shlex.split(unmet["hint"].replace("VALUE", "0.9"))[1:], key="ci")
    registered.approve("v1", "bob", to="staging")
    registered.promote("v1", "staging")
    registered.passes()
