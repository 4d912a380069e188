"""A new key in the place of the old ones, in one step, with the administrators' threshold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitregistry.records import paths
from gitregistry.records.trust import Grant, Key, Principal, Revocation, Trust
from tests.support.keys import IDS, public_line
from tests.support.registry import Registry

REASON = ("--reason", "a new laptop")


def rotate(registry: Registry, who: str, new: str, *options: str, key: str = "alice") -> dict[str, object]:
    public = f"{registry.keys[new]}.pub"
    return registry.json("trust", "rotate", IDS[who], "--key", public, *REASON, *options, key=key)


def keys_of(registry: Registry, who: str) -> tuple[Key, ...]:
    trust = registry.record(Trust, paths.TRUST)
    return next(known.keys for known in trust.principals if known.id == IDS[who])


def test_one_step_adds_the_new_key_and_revokes_the_old_ones(known: Registry) -> None:
    before = int(known.git("rev-list", "--count", "HEAD"))
    rotate(known, "bob", "bob2", "--valid-until", "2099-01-01T00:00:00Z")
    assert int(known.git("rev-list", "--count", "HEAD")) == before + 1
    old, new = keys_of(known, "bob")
    assert old.revoked is not None
    assert old.revoked.reason == "a new laptop"
    assert (new.revoked, new.valid_until) == (None, "2099-01-01T00:00:00Z")
    known.passes()
    known.refuses("approve", "churn:v1", "--to", "production", key="bob")
    known.approve("v1", "bob2", "--note", "again")
    known.passes()


def test_a_lone_administrator_signs_with_the_old_key_and_then_with_the_new(known: Registry) -> None:
    before = known.head
    document = rotate(known, "alice", "alice3")
    assert document["in_force"] is False
    assert known.head == before
    assert known.json("sign", paths.TRUST, key="alice3")["in_force"] is True
    known.passes()
    known.refuses("trust", "grant", IDS["bob"], "promoter", key="alice")
    known.run("trust", "grant", IDS["bob"], "promoter", key="alice3")
    known.passes()


def test_one_of_two_rotates_with_the_other_one(ruled: Registry) -> None:
    rotate(ruled, "dave", "dave2")
    assert ruled.json("sign", paths.TRUST, key="dave")["in_force"] is False
    assert ruled.json("sign", paths.TRUST, key="dave2")["in_force"] is True
    ruled.passes()


@pytest.mark.parametrize("signers", [("alice",), ("alice3",), ("alice2", "alice3")], ids=str)
def test_half_of_a_rotation_by_hand_is_found(known: Registry, signers: tuple[str, ...]) -> None:
    """The ending key alone may be a thief's; the new key alone is a stranger's."""
    trust = known.record(Trust, paths.TRUST)
    rotate(known, "alice", "alice3", "--propose")
    known.forge_bytes(paths.TRUST, known.read(paths.TRUST), *signers)
    known.commit_all()
    assert trust.version + 1 == known.record(Trust, paths.TRUST).version
    known.finds("trust-threshold", paths.TRUST)


def test_a_key_that_ends_by_a_change_does_not_help_it_through_alone(ruled: Registry) -> None:
    """It ends because it may be stolen. Two must agree; the thief and dave are not two."""
    trust = ruled.record(Trust, paths.TRUST)
    ended = Revocation(reason="stolen", revoked_at=trust.created_at)
    principals = tuple(
        replace(who, keys=tuple(replace(key, revoked=ended) for key in who.keys))
        if who.id == IDS["alice"]
        else who
        for who in trust.principals
    )
    thresholds = replace(trust.thresholds, trust=1, policy=1)
    ruled.next_trust("alice", "dave", principals=principals, thresholds=thresholds)
    ruled.commit_all()
    ruled.finds("trust-threshold", paths.TRUST, message="of the trust in force")


def test_nobody_rotates_their_own_key_without_the_administrators(known: Registry) -> None:
    public = f"{known.keys['bob2']}.pub"
    known.refuses("trust", "rotate", IDS["bob"], "--key", public, *REASON, key="bob")


def test_a_key_that_is_in_trust_already_is_no_new_key(known: Registry) -> None:
    for taken in ("bob", "carol"):
        public = f"{known.keys[taken]}.pub"
        said = known.refuses("trust", "rotate", IDS["bob"], "--key", public, *REASON, expect=2)
        assert "already belongs to" in said.err


def test_who_is_not_there_or_has_no_key_left_has_nothing_to_rotate(known: Registry) -> None:
    public = f"{known.keys['erin']}.pub"
    known.refuses("trust", "rotate", "nobody", "--key", public, *REASON, expect=3)
    known.run("trust", "revoke", IDS["bob"], "--reason", "left")
    known.refuses("trust", "rotate", IDS["bob"], "--key", public, *REASON, expect=3)


def test_the_policy_stands_when_its_signer_steps_down(known: Registry) -> None:
    """Alice signed it as an administrator of her day; that she is none now spoils nothing."""
    known.add("dave", "administrator")
    trust = known.record(Trust, paths.TRUST)
    grants = tuple(
        given for given in trust.grants if (given.principal, given.role) != (IDS["alice"], "administrator")
    )
    known.next_trust("dave", grants=grants)
    known.commit_all("Alice steps down")
    known.passes()
    known.run("trust", "grant", IDS["bob"], "promoter", key="dave")
    known.run("promote", "churn:v1", "--to", "canary")
    known.passes()


def test_a_policy_by_who_stepped_down_is_not_worked_under(known: Registry) -> None:
    known.add("dave", "administrator")
    trust = known.record(Trust, paths.TRUST)
    grants = tuple(given for given in trust.grants if given.principal != IDS["alice"])
    known.next_trust("dave", grants=grants)
    known.commit_all("Alice leaves")
    known.next_text(paths.POLICY, "max: 60", "max: 600", "alice")
    known.commit_all()
    known.finds("policy-threshold", paths.POLICY)
    known.refuses("trust", "grant", IDS["bob"], "promoter", key="dave")


def test_a_policy_of_a_trust_that_never_was_in_force_is_not_worked_under(known: Registry) -> None:
    """Mallory names herself, signs a policy, and puts the trust back: on its day it was hers to sign."""
    first = known.head
    everything = Grant(principal=IDS["mallory"], role="administrator")
    trust = known.record(Trust, paths.TRUST)
    herself = Principal(
        id=IDS["mallory"], kind="person", keys=(Key(public_key=public_line(known.keys["mallory"])),)
    )
    known.next_trust("mallory", principals=(*trust.principals, herself), grants=(*trust.grants, everything))
    known.next_text(paths.POLICY, "max: 60", "max: 600", "mallory")
    known.commit_all()
    known.git("checkout", "--quiet", first, "--", paths.TRUST, paths.TRUST + paths.SIGNATURE)
    known.commit_all()
    said = known.refuses("promote", "churn:v1", "--to", "canary").err
    assert "no administrator signed the policy" in said


def test_a_bot_never_becomes_a_person(known: Registry) -> None:
    """Its key lies on a machine: as a person it could approve, and count as an administrator."""
    trust = known.record(Trust, paths.TRUST)
    turned = tuple(replace(who, kind="person") if who.id == IDS["ci"] else who for who in trust.principals)
    known.next_trust("alice", principals=turned)
    known.commit_all()
    known.finds("trust", paths.TRUST, message="was entered as a ci and cannot become a person")


def test_a_robot_that_is_named_administrator_counts_for_nothing(known: Registry) -> None:
    known.run("trust", "grant", IDS["ci"], "administrator")
    known.refuses("trust", "grant", IDS["bob"], "promoter", key="ci")
    known.next_trust("ci", name="ci's")
    known.commit_all()
    known.finds("trust-threshold", paths.TRUST)
