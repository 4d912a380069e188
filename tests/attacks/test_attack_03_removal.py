"""Attack 3: somebody who may push removes an alias, a signature, an approval, evidence or a whole release."""

from __future__ import annotations

import shutil

import pytest

from gitregistry.records import paths
from tests.support.forging import made_promotion
from tests.support.registry import Registry


def test_a_removed_alias_is_found_and_signed_anew_by_the_hint(two: Registry) -> None:
    two.remove(two.alias())
    removed = two.commit_all()
    found = two.finds("missing", two.alias(), hint="registry rollback churn --in production --to v2")
    two.run(*found["hint"].replace("'…'", "because").split()[1:])
    document = two.passes()
    assert [entry["commit"] for entry in document["mended"]] == [removed]
    assert two.json("resolve", "churn@production")["version"] == "v2"


@pytest.mark.parametrize("who", ["bob", "carol"])
def test_a_removed_approval_is_found(live: Registry, who: str) -> None:
    path = live.approval("v1", who)
    live.remove(path)
    live.commit_all()
    live.finds("missing", path, hint="git rebase --onto")


def test_removing_failed_evidence_is_found(registered: Registry) -> None:
    registered.attest("v1", "offline_eval_passed", "--failed")
    path = registered.evidence("v1", "offline_eval_passed")
    registered.remove(path)
    removed = registered.commit_all()
    registered.finds("missing", path)
    registered.pass_staging("v1")
    registered.promote("v1", "staging")
    registered.finds("missing", path, commit=removed)


def test_a_removal_that_is_undone_later_stays_found(registered: Registry) -> None:
    """Else failing evidence could be away for just the one step that it would have stopped."""
    registered.attest("v1", "offline_eval_passed", "--failed")
    path = registered.evidence("v1", "offline_eval_passed")
    registered.remove(path)
    removed = registered.commit_all()
    registered.git("revert", "--no-edit", removed)
    document = registered.verify()
    assert document["verdict"] == "fail"
    assert ("missing", removed) in [(found["rule"], found["commit"]) for found in document["findings"]]


def test_a_whole_release_removed_is_found_record_by_record(live: Registry) -> None:
    folder = paths.release_folder("churn", "v1")
    records = live.find(f"{folder}/**/*.yaml")
    shutil.rmtree(live.folder / folder)
    live.commit_all()
    findings = live.verify()["findings"]
    assert sorted(found["path"] for found in findings) == records
    assert {found["rule"] for found in findings} == {"missing"}
    live.run("resolve", "churn@production", expect=3)


def test_a_release_removed_under_a_promotion_is_found_twice_over(approved: Registry) -> None:
    record = made_promotion(approved, "v1", "production")
    shutil.rmtree(approved.folder / paths.release_folder("churn", "v1"))
    approved.forge(approved.alias(), record, "alice")
    approved.commit_all()
    approved.finds("release", approved.alias(), message="there is no release", also=["missing"])


@pytest.mark.parametrize("path", [paths.TRUST, paths.POLICY, "registry/models/churn/model.yaml"])
def test_removed_law_is_found_and_nothing_is_written_without_it(live: Registry, path: str) -> None:
    live.remove(path)
    live.commit_all()
    live.finds("missing", path)
    if path != "registry/models/churn/model.yaml":
        live.refuses("promote", "churn:v1", "--to", "canary", expect=2 if path == paths.TRUST else 1)


@pytest.mark.parametrize("path", [paths.TRUST, paths.POLICY])
def test_law_without_its_signature_is_found_and_nothing_is_written_under_it(
    live: Registry, path: str
) -> None:
    (live.folder / f"{path}.sig").unlink()
    live.commit_all()
    live.finds("signature", path)
    live.refuses("promote", "churn:v1", "--to", "canary")
    assert f"{path}: the record cannot be used" in live.refuses("list").err


def test_the_whole_registry_removed_is_found(live: Registry) -> None:
    shutil.rmtree(live.folder / "registry")
    live.commit_all()
    assert {found["rule"] for found in live.verify()["findings"]} == {"missing"}
