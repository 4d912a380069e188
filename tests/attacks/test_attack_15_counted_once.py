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
