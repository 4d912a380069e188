"""Attack 22: trust is changed without the old and the new threshold, with a gap, or down to nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gitregistry.records import paths
from gitregistry.records.trust import Grant, Key, Principal, Trust
from tests.support.keys import IDS, public_line
from tests.support.registry import Registry


def with_mallory(registry: Registry) -> dict[str, tuple[object, ...]]:
    """The fields of a trust in which mallory is an administrator."""
    trust = registry.record(Trust, paths.TRUST)
    key = Key(public_key=public_line(registry.keys["mallory"]))
    newcomer = Principal(id=IDS["mallory"], kind="person", keys=(key,))
    return {
        "principals": (*trust.principals, newcomer),
        "grants": (*trust.grants, Grant(principal=IDS["mallory"], role="administrator")),
    }


@pytest.mark.parametrize("signers", [("mallory",), ("bob",), ("bob", "carol", "ci", "mallory")], ids=str)
def test_newcomers_and_others_cannot_vote_themselves_in(
    empty_registry: Registry, signers: tuple[str, ...]
) -> None:
    empty_registry.next_trust(*signers, **with_mallory(empty_registry))
    empty_registry.commit_all()
    empty_registry.finds(
        "trust-threshold",
        paths.TRUST,
        message="of the trust in force",
        hint="git rebase --onto",
    )


def test_one_of_two_administrators_is_not_enough(empty_registry: Registry) -> None:
    empty_registry.two_administrators()
    empty_registry.passes()
    empty_registry.next_trust("alice", **with_mallory(empty_registry))
    empty_registry.commit_all()
    empty_registry.finds("trust-threshold", paths.TRUST, message=f"signed by {IDS['alice']}")


def test_one_of_two_signs_and_the_other_puts_it_in_force(empty_registry: Registry) -> None:
    empty_registry.two_administrators()
    before = empty_registry.head
    arguments = ("trust", "grant", IDS["bob"], "promoter")
    assert empty_registry.json(*arguments)["in_force"] is False
    assert empty_registry.head == before
    empty_registry.run("sign", paths.TRUST, key="bob", expect=1)
    assert empty_registry.json("sign", paths.TRUST, key="dave")["in_force"] is True
    empty_registry.passes()


def test_a_new_threshold_counts_at_once(empty_registry: Registry) -> None:
    """Alice alone may not raise the bar to two: dave must show that he can sign."""
    empty_registry.add("dave", "administrator")
    trust = empty_registry.record(Trust, paths.TRUST)
    empty_registry.next_trust("alice", thresholds=replace(trust.thresholds, trust=2))
    empty_registry.commit_all()
    empty_registry.finds("trust-threshold", paths.TRUST, message="of the trust proposed")


def test_an_administrator_who_is_thrown_out_does_not_count_for_it(empty_registry: Registry) -> None:
    empty_registry.two_administrators()
    trust = empty_registry.record(Trust, paths.TRUST)
    grants = tuple(
        grant for grant in trust.grants if (grant.principal, grant.role) != (IDS["dave"], "administrator")
    )
    empty_registry.next_trust("alice", grants=grants, thresholds=replace(trust.thresholds, trust=1, policy=1))
    empty_registry.commit_all()
    empty_registry.finds("trust-threshold", paths.TRUST, message="of the trust in force")


def test_a_role_for_some_models_does_not_administer(empty_registry: Registry) -> None:
    empty_registry.add("dave", "administrator", options=("--model", "churn"))
    empty_registry.refuses("trust", "grant", IDS["bob"], "promoter", key="dave")
    empty_registry.next_trust("dave", **with_mallory(empty_registry))
    empty_registry.commit_all()
    empty_registry.finds("trust-threshold", paths.TRUST)


def test_a_key_revoked_in_the_same_step_does_not_sign_it(empty_registry: Registry) -> None:
    empty_registry.add("dave", "administrator")
    empty_registry.run("trust", "revoke", IDS["alice"], "--reason", "stolen", key="dave")
    empty_registry.next_trust("alice", **with_mallory(empty_registry))
    empty_registry.commit_all()
    empty_registry.finds("trust-threshold", paths.TRUST)


@pytest.mark.parametrize("version", [1, 4, 6, 99])
def test_a_gap_or_a_step_back_is_found(empty_registry: Registry, version: int) -> None:
    assert empty_registry.record(Trust, paths.TRUST).version == 4
    empty_registry.next_trust("alice", version=version)
    empty_registry.commit_all()
    empty_registry.finds("version", paths.TRUST, message="must be followed by 5")


def test_a_trust_that_names_another_predecessor_is_found(empty_registry: Registry) -> None:
    empty_registry.next_trust("alice", previous="sha256:" + "0" * 64)
    empty_registry.commit_all()
    empty_registry.finds("version", paths.TRUST)


@pytest.mark.parametrize("threshold", ["0", "-1", "true", "1.0", "0x1", '"1"', "", "null", "1e0", "[1]"])
@pytest.mark.parametrize("which", ["trust", "policy"])
def test_a_threshold_that_is_no_count_is_found(empty_registry: Registry, which: str, threshold: str) -> None:
    empty_registry.next_text(paths.TRUST, f"  {which}: 1", f"  {which}: {threshold}", "alice")
    empty_registry.commit_all()
    empty_registry.finds("parse", paths.TRUST, message=which)


def test_a_threshold_that_nobody_could_meet_is_found(empty_registry: Registry) -> None:
    trust = empty_registry.record(Trust, paths.TRUST)
    empty_registry.next_trust("alice", thresholds=replace(trust.thresholds, policy=2))
    empty_registry.commit_all()
    empty_registry.finds("trust", paths.TRUST, message="nobody could ever change it again")


def test_a_key_taken_out_is_found_and_revoked_instead(live: Registry) -> None:
    """Without it nobody could tell who signed what before; here, who promoted."""
    live.add("dave", "administrator")
    trust = live.record(Trust, paths.TRUST)
    gone = IDS["alice"]
    live.next_trust(
        "dave",
        principals=tuple(known for known in trust.principals if known.id != gone),
        grants=tuple(grant for grant in trust.grants if grant.principal != gone),
    )
    live.commit_all()
    live.finds("trust", paths.TRUST, message="was taken away", hint=f"registry trust revoke {gone}")


def test_a_key_handed_to_somebody_else_is_found(live: Registry) -> None:
    trust = live.record(Trust, paths.TRUST)
    carol = next(known for known in trust.principals if known.id == IDS["carol"])
    bob = next(known for known in trust.principals if known.id == IDS["bob"])
    swapped = {carol.id: replace(carol, keys=bob.keys), bob.id: replace(bob, keys=carol.keys)}
    live.next_trust("alice", principals=tuple(swapped.get(known.id, known) for known in trust.principals))
    live.commit_all()
    live.finds("trust", paths.TRUST, message="was taken away")


def test_a_role_for_no_model_does_not_become_one_for_all(live: Registry) -> None:
    """An empty list, as somebody may write by hand, stays empty when the tool writes the next version."""
    trust = live.record(Trust, paths.TRUST)
    live.next_trust("alice", grants=(*trust.grants, Grant(principal=IDS["bob"], role="promoter", models=())))
    live.commit_all()
    assert b"models: []" in live.read(paths.TRUST)
    live.add("dave", "attester")
    granted = live.record(Trust, paths.TRUST).grants
    assert [
        grant.models for grant in granted if grant.role == "promoter" and grant.principal == IDS["bob"]
    ] == [()]
    live.refuses("promote", "churn:v1", "--to", "canary", key="bob")
    live.passes()


SMALL_ORDER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def test_a_key_of_small_order_is_found(live: Registry) -> None:
    trust = live.record(Trust, paths.TRUST)
    weak = Principal(id="weak@example.com", kind="person", keys=(Key(public_key=SMALL_ORDER),))
    live.next_trust("alice", principals=(*trust.principals, weak))
    live.commit_all()
    live.finds("trust", paths.TRUST, message="small order")


def test_a_principal_twice_or_a_role_for_nobody_is_found(live: Registry) -> None:
    trust = live.record(Trust, paths.TRUST)
    key = Key(public_key=public_line(live.keys["dave"]))
    live.next_trust(
        "alice",
        principals=(*trust.principals, Principal(id=IDS["bob"], kind="person", keys=(key,))),
        grants=(*trust.grants, Grant(principal="nobody", role="promoter")),
    )
    live.commit_all()
    messages = {found["message"] for found in live.verify()["findings"]}
    assert f"{IDS['bob']} stands twice" in messages
    assert "a role is granted to nobody, who is not in trust" in messages


def test_nothing_is_written_under_a_trust_that_a_stranger_made(live: Registry) -> None:
    live.run("trust", "pin", live.pin)
    live.next_trust("mallory", **with_mallory(live))
    live.commit_all()
    live.finds("trust-threshold", paths.TRUST)
    live.refuses("promote", "churn:v1", "--to", "canary")
    live.refuses("trust", "grant", IDS["mallory"], "promoter", key="mallory")


def test_nothing_is_resolved_under_a_trust_that_a_stranger_made(live: Registry) -> None:
    live.run("trust", "pin", live.pin)
    assert live.run("resolve", "churn@production").out
    live.next_trust("mallory", **with_mallory(live))
    live.commit_all()
    live.refuses("resolve", "churn@production")


def test_lawful_changes_of_trust_are_followed_from_the_pin(live: Registry) -> None:
    live.run("trust", "pin", live.pin)
    live.add("dave", "promoter")
    live.run("trust", "revoke", IDS["dave"], "--reason", "left")
    assert live.run("resolve", "churn@production").out
    live.run("promote", "churn:v1", "--to", "canary")


def test_another_first_trust_than_the_pins_is_not_worked_under(
    live: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_PIN", "sha256:" + "0" * 64)
    live.refuses("resolve", "churn@production")
    live.refuses("promote", "churn:v1", "--to", "canary")


def test_trust_begun_anew_is_found_by_whoever_holds_the_pin(live: Registry) -> None:
    person = f"{IDS['mallory']}={live.keys['mallory']}.pub"
    live.run("trust", "recover", "--reason", "they are gone", "--person", person, key="mallory")
    document = live.json("verify", "--pin", live.pin, key=None, expect=1)
    assert [found["rule"] for found in document["findings"]] == ["recovery"]
