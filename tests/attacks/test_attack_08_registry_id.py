"""Attack 8: a record from a fork, or from the staging registry that the same people keep."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support import templates
from tests.support.forging import made_approval, made_evidence, promote_by_hand
from tests.support.registry import Registry


@pytest.fixture
def elsewhere(approved_template: Registry, tmp_path: Path) -> Registry:
    """Another registry of the same people and keys, with the same release."""
    (tmp_path / "elsewhere").mkdir()
    registry = templates.build_empty(tmp_path / "elsewhere", approved_template.keys)
    registry.register("v1")
    assert registry.pin != approved_template.pin
    return registry


def test_a_manifest_of_another_registry_is_found(empty_registry: Registry, elsewhere: Registry) -> None:
    shutil.copytree(elsewhere.folder / "registry/models", empty_registry.folder / "registry/models")
    empty_registry.commit_all()
    empty_registry.finds("registry-id", empty_registry.manifest("v1"))
    empty_registry.refuses("promote", "churn:v1", "--to", "staging")
    empty_registry.refuses("resolve", "churn:v1")


def test_a_promotion_of_another_registry_is_found(approved: Registry, elsewhere: Registry) -> None:
    promote_by_hand(approved, "v1", "production", registry_id=elsewhere.pin)
    approved.finds("registry-id", approved.alias(), message=elsewhere.pin)
    approved.refuses("resolve", "churn@production")


def test_a_promotion_of_another_registry_does_not_mislead_the_next(
    approved: Registry, elsewhere: Registry
) -> None:
    promote_by_hand(approved, "v1", "production", registry_id=elsewhere.pin)
    approved.promote("v1", "production")
    approved.passes()


@pytest.mark.parametrize("what", ["evidence", "approval"])
def test_evidence_or_approval_of_another_registry_is_found(
    registered: Registry, elsewhere: Registry, what: str
) -> None:
    if what == "evidence":
        path, evidence = made_evidence(registered, "v1", "offline_eval_passed", registry_id=elsewhere.pin)
        registered.forge(path, evidence, "ci")
    else:
        path, approval = made_approval(registered, "v1", "bob", "model-owner", registry_id=elsewhere.pin)
        registered.forge(path, approval, "bob")
    registered.commit_all()
    registered.finds("registry-id", path)


def test_evidence_of_another_registry_does_not_count(registered: Registry, elsewhere: Registry) -> None:
    registered.pass_staging("v1")
    path = registered.evidence("v1", "offline_eval_passed")
    registered.attest("v1", "offline_eval_passed", "--failed")
    path, record = made_evidence(
        registered,
        "v1",
        "offline_eval_passed",
        registry_id=elsewhere.pin,
        supersedes=tuple(registered.digest(p) for p in registered.find(path.rpartition("-")[0] + "-*.yaml")),
    )
    registered.forge(path, record, "ci")
    registered.commit_all()
    registered.refuses("promote", "churn:v1", "--to", "staging")


def test_a_policy_of_another_registry_is_found(live: Registry, elsewhere: Registry) -> None:
    path = "registry/policy.yaml"
    live.next_text(path, live.pin, elsewhere.pin, "alice")
    live.commit_all()
    live.finds("registry-id", path)
