"""Attack 1: somebody who may push but holds no key edits an alias; no signature is over these bytes."""

from __future__ import annotations

import pytest

from gitregistry.records.alias import Alias
from tests.support.registry import Registry


def test_an_alias_edited_by_hand_is_found_and_not_followed(two: Registry) -> None:
    path = two.alias()
    two.write(path, two.read(path).replace(b"version: v2", b"version: v1"))
    two.commit_all()
    two.finds("signature", path, message="not over these bytes")
    two.refuses("resolve", "churn@production")


def test_an_alias_without_a_signature_is_found_and_not_followed(live: Registry) -> None:
    path = live.alias()
    (live.folder / f"{path}.sig").unlink()
    live.commit_all()
    live.finds("signature", path, message="has no signature")
    live.refuses("resolve", "churn@production")


def test_the_signature_of_another_alias_does_not_pass(live: Registry) -> None:
    path = live.alias()
    live.write(f"{path}.sig", live.read(live.alias("canary") + ".sig"))
    live.commit_all()
    live.finds("signature", path, message="not over these bytes")


def test_one_trailing_byte_in_the_record_is_found(live: Registry) -> None:
    path = live.alias()
    live.write(path, live.read(path) + b"\n")
    live.commit_all()
    live.finds("signature", path)


def test_a_release_whose_signature_was_taken_away_is_not_promoted(registered: Registry) -> None:
    registered.pass_staging("v1")
    path = registered.manifest("v1")
    (registered.folder / f"{path}.sig").unlink()
    registered.commit_all()
    registered.finds("signature", path, also=["immutable"])
    registered.refuses("promote", "churn:v1", "--to", "staging")


@pytest.mark.parametrize("verb", ["rollback", "promote"])
def test_a_signed_move_mends_what_was_scribbled_on_an_alias(two: Registry, verb: str) -> None:
    path = two.alias()
    two.write(path, two.read(path).replace(b"version: v2", b"version: v1"))
    scribbled = two.commit_all()
    commit = two.rollback() if verb == "rollback" else two.promote("v2", "production")
    document = two.passes()
    assert [(found["commit"], found["mended_by"]) for found in document["mended"]] == [(scribbled, commit)]
    assert two.record(Alias, path).mends == (scribbled,)


def test_settling_a_scribble_does_not_settle_what_else_that_commit_did(two: Registry) -> None:
    path = two.alias()
    two.write(path, b"scribble\n")
    evidence = two.evidence("v1", "offline_eval_passed")
    two.remove(evidence)
    scribbled = two.commit_all()
    two.rollback()
    two.finds("missing", evidence, commit=scribbled)


def test_a_failure_without_its_signature_still_refuses(registered: Registry) -> None:
    """Else the pass that it replaced would come back."""
    registered.pass_staging("v1")
    old = registered.evidence("v1", "offline_eval_passed")
    registered.attest("v1", "offline_eval_passed", "--failed")
    (path,) = set(registered.find(old.rpartition("-")[0] + "-*.yaml")) - {old}
    (registered.folder / f"{path}.sig").unlink()
    registered.commit_all()
    registered.finds("signature", path, also=["immutable"])
    refused = registered.refuses("promote", "churn:v1", "--to", "staging", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert unmet["reason"].startswith(f"{path} cannot be used")


def test_a_rejection_scribbled_over_still_refuses(approved: Registry) -> None:
    approved.add("dave", "risk-owner")
    approved.approve("v1", "dave", "--reject")
    path = approved.approval("v1", "dave")
    approved.write(path, b"scribble\n")
    approved.commit_all()
    approved.finds("signature", path, also=["immutable"])
    approved.refuses("promote", "churn:v1", "--to", "production")
