"""Attack 15: one person with two keys, one key under two names, one signature twice."""

from __future__ import annotations

import pytest

from gitregistry.records import paths
from gitregistry.records.approval import Approval
from gitregistry.records.trust import Key, Principal, Trust
from tests.support.forging import made_approval, promote_by_hand
from tests.support.keys import IDS, public_line, sign
from tests.support.registry import Registry


@pytest.fixture
def two_needed(registered: Registry) -> Registry:
    """A policy that asks for two risk owners; ``v1`` waits for them in canary."""
    text = registered.read(paths.POLICY).decode()
    head, _, tail = text.rpartition("count: 1")
    registered.write(paths.POLICY, f"{head}count: 2{tail}".encode())
    registered.run("sign", paths.POLICY)
    registered.to_canary("v1")
    registered.pass_production("v1")
    registered.approve("v1", "bob")
    registered.git("reset", "--quiet", "--hard")
    return registered


def test_one_person_with_two_keys_is_one_person(two_needed: Registry) -> None:
    two_needed.run("trust", "add", IDS["carol"], "--key", f"{two_needed.keys['dave']}.pub")
    two_needed.approve("v1", "carol")
    path, record = made_approval(two_needed, "v1", "carol", "risk-owner")
    two_needed.forge(path, record, "dave")  # carol's second key
    two_needed.commit_all("lawful by itself: it is hers")
    two_needed.passes()
    refused = two_needed.refuses("promote", "churn:v1", "--to", "production", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert unmet["reason"] == f"1 of 2 approvals (by {IDS['carol']})"
    promote_by_hand(two_needed, "v1", "production")
    two_needed.finds("requirement", two_needed.alias(), message="1 of 2 approvals", also=["cited"])


def test_two_persons_are_two(two_needed: Registry) -> None:
    two_needed.add("dave", "risk-owner")
    two_needed.approve("v1", "carol")
    two_needed.approve("v1", "dave")
    two_needed.promote("v1", "production")
    two_needed.passes()


@pytest.fixture
def two_roles(registered: Registry) -> Registry:
    return with_two_roles(registered)


def with_two_roles(registered: Registry) -> Registry:
    """``v1`` waits for a model owner and a risk owner; Dave holds both roles, and two keys."""
    registered.add("dave", "model-owner", "risk-owner")
    registered.run("trust", "add", IDS["dave"], "--key", f"{registered.keys['mallory']}.pub")
    registered.to_canary("v1")
    registered.pass_production("v1")
    return registered


def refused_for_a_slot(registry: Registry) -> None:
    """Neither does the write path promote, nor does a promotion made by hand pass."""
    words = f"{IDS['dave']} counts for manual_approval_from_model_owner already; one person fills one slot"
    refused = registry.refuses("promote", "churn:v1", "--to", "production", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert (unmet["name"], unmet["reason"]) == ("manual_approval_from_risk_owner", f"does not count: {words}")
    promote_by_hand(registry, "v1", "production")
    registry.finds("approval-slot", registry.alias(), message=words, also=["cited"])


def test_one_person_in_two_roles_by_two_keys_is_one_person(registered: Registry) -> None:
    with_two_roles(registered)
    registered.approve("v1", "dave", "--role", "model-owner")
    registered.approve("v1", "mallory", "--role", "risk-owner")  # dave's second key
    refused_for_a_slot(registered)


def test_one_person_in_two_roles_by_one_key_is_one_person(two_roles: Registry) -> None:
    for role in ("model-owner", "risk-owner"):
        two_roles.approve("v1", "dave", "--role", role)
    refused_for_a_slot(two_roles)


def test_who_holds_two_roles_fills_the_one_that_is_left(two_roles: Registry) -> None:
    """The hint names whoever would help: Bob in his role lets Dave count in the other."""
    for role in ("model-owner", "risk-owner"):
        two_roles.approve("v1", "dave", "--role", role)
    two_roles.run("trust", "revoke", IDS["carol"], "--reason", "left")
    refused = two_roles.refuses("promote", "churn:v1", "--to", "production", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert unmet["hint"].endswith(f"--role model-owner   (as {IDS['bob']})")
    two_roles.approve("v1", "bob")
    two_roles.promote("v1", "production")
    met = {item["name"]: item["by"] for item in two_roles.json("why", "churn@production")["requirements"]}
    assert [one["signer"] for one in met["manual_approval_from_model_owner"]] == [IDS["bob"]]
    assert [one["signer"] for one in met["manual_approval_from_risk_owner"]] == [IDS["dave"]]
    two_roles.passes()


def test_a_promotion_that_swaps_who_fills_which_slot_is_found(two_roles: Registry) -> None:
    """It names an approval that would count as well, in the place of one that does."""
    for key, role in (("bob", "model-owner"), ("carol", "risk-owner"), ("dave", "risk-owner")):
        two_roles.approve("v1", key, "--role", role)
    filed = (two_roles.digest(two_roles.approval("v1", name)) for name in ("bob", "dave"))
    promote_by_hand(two_roles, "v1", "production", approvals=tuple(sorted(filed)))
    two_roles.finds("cited", two_roles.alias(), message="which does not count")


def test_an_approval_in_one_role_is_not_filed_again_in_another(two_roles: Registry) -> None:
    """The same signature over another role is no signature."""
    two_roles.approve("v1", "dave", "--role", "model-owner")
    path = two_roles.approval("v1", "dave")
    changed = two_roles.read(path).replace(b"role: model-owner", b"role: risk-owner")
    other = path.replace(".yaml", "0.yaml")
    two_roles.write(other, changed)
    two_roles.write(f"{other}.sig", two_roles.read(f"{path}.sig"))
    two_roles.commit_all()
    two_roles.finds("signature", other)
    two_roles.refuses("promote", "churn:v1", "--to", "production")


def test_two_signatures_on_one_approval_are_found_and_count_for_nobody(two_needed: Registry) -> None:
    two_needed.add("dave", "risk-owner")
    path, record = made_approval(two_needed, "v1", "carol", "risk-owner")
    two_needed.forge(path, record, "carol")
    second = sign(two_needed.keys["dave"], two_needed.read(path), "gitregistry.approval.v1")
    two_needed.write(f"{path}.sig", two_needed.read(f"{path}.sig") + second)
    two_needed.commit_all()
    two_needed.finds("signature", path, message="expected one signature, found 2")
    two_needed.refuses("promote", "churn:v1", "--to", "production")


def test_one_key_under_two_names_is_found(live: Registry) -> None:
    trust = live.record(Trust, paths.TRUST)
    key = Key(public_key=public_line(live.keys["bob"]))
    principals = (*trust.principals, Principal(id="robert@example.com", kind="person", keys=(key,)))
    live.next_trust("alice", principals=principals)
    live.commit_all()
    live.finds("trust", paths.TRUST, message="stands twice", also=["trust"])


def test_a_revoked_key_listed_again_as_if_new_is_found(live: Registry) -> None:
    live.run("trust", "revoke", IDS["carol"], "--reason", "stolen")
    trust = live.record(Trust, paths.TRUST)
    key = Key(public_key=public_line(live.keys["carol"]))
    principals = tuple(
        Principal(id=known.id, kind=known.kind, keys=(*known.keys, key))
        if known.id == IDS["carol"]
        else known
        for known in trust.principals
    )
    live.next_trust("alice", principals=principals)
    live.commit_all()
    live.finds("trust", paths.TRUST, message="stands twice")


def test_two_names_that_differ_by_case_alone_are_found(live: Registry) -> None:
    trust = live.record(Trust, paths.TRUST)
    key = Key(public_key=public_line(live.keys["dave"]))
    principals = (*trust.principals, Principal(id="Bob@example.com", kind="person", keys=(key,)))
    live.next_trust("alice", principals=principals)
    live.commit_all()
    live.finds("trust", paths.TRUST, message="upper and lower case")


def test_one_administrator_signing_twice_is_one(empty_registry: Registry) -> None:
    empty_registry.two_administrators()
    empty_registry.next_text(paths.POLICY, "max: 60", "max: 6000", "alice", "alice")
    empty_registry.commit_all()
    empty_registry.finds("policy-threshold", paths.POLICY, message=f"signed by {IDS['alice']}")


def test_one_administrator_with_two_keys_is_one(empty_registry: Registry) -> None:
    empty_registry.run("trust", "add", IDS["alice"], "--key", f"{empty_registry.keys['alice2']}.pub")
    empty_registry.two_administrators()
    empty_registry.next_text(paths.POLICY, "max: 60", "max: 6000", "alice", "alice2")
    empty_registry.commit_all()
    empty_registry.finds("policy-threshold", paths.POLICY, message=f"signed by {IDS['alice']}")


def test_the_same_approval_filed_twice_is_one(two_needed: Registry) -> None:
    two_needed.approve("v1", "carol")
    path = two_needed.approval("v1", "carol")
    for suffix in ("", ".sig"):
        two_needed.write(path.replace(".yaml", "0.yaml") + suffix, two_needed.read(path + suffix))
    two_needed.commit_all()
    assert two_needed.record(Approval, path).decision == "approve"
    two_needed.refuses("promote", "churn:v1", "--to", "production")
