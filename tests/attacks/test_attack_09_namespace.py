"""Attack 9: a signature made for one kind of record, or for a commit or file, is used on another."""

from __future__ import annotations

import pytest

from gitregistry.records import paths
from tests.support.forging import made_approval, made_evidence, made_promotion
from tests.support.registry import Registry


@pytest.mark.parametrize("namespace", ["git", "file", "gitregistry.approval.v1", "gitregistry.alias.v2"])
def test_a_promotion_signed_for_something_else_is_found(approved: Registry, namespace: str) -> None:
    record = made_promotion(approved, "v1", "production")
    approved.forge(approved.alias(), record, "alice", namespace)
    approved.commit_all()
    approved.finds("namespace", approved.alias(), message=namespace)
    approved.refuses("resolve", "churn@production")


def test_evidence_signed_as_an_approval_is_found_and_does_not_count(registered: Registry) -> None:
    registered.pass_staging("v1")
    path, record = made_evidence(registered, "v1", "staging_smoke_test_passed")
    registered.forge(path, record, "ci", "gitregistry.approval.v1")
    registered.commit_all()
    registered.finds("namespace", path)


def test_an_approval_signed_as_a_commit_is_found_and_does_not_count(registered: Registry) -> None:
    registered.to_canary("v1")
    registered.pass_production("v1")
    registered.approve("v1", "bob")
    path, record = made_approval(registered, "v1", "carol", "risk-owner")
    registered.forge(path, record, "carol", "git")
    registered.commit_all()
    registered.finds("namespace", path)
    registered.refuses("promote", "churn:v1", "--to", "production")


@pytest.mark.parametrize("kind", ["trust", "policy"])
def test_law_signed_for_another_kind_is_found(live: Registry, kind: str) -> None:
    path = paths.TRUST if kind == "trust" else paths.POLICY
    text = live.read(path)
    live.next_text(path, "kind:", "kind:", "alice")
    live.forge_bytes(path, live.read(path), "alice", namespace="gitregistry.alias.v1")
    assert live.read(path) != text
    live.commit_all()
    live.finds("namespace", path)


def test_the_bytes_of_one_kind_signed_for_the_other_are_no_record_of_either(approved: Registry) -> None:
    """Alice signs a manifest as an alias: the signature holds, the record there is of the wrong kind."""
    approved.forge_bytes(approved.alias(), approved.read(approved.manifest("v1")), "alice")
    approved.commit_all()
    approved.finds("parse", approved.alias())
