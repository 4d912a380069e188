"""Attack 25: the policy is weakened just before a promotion and restored just after."""

from __future__ import annotations

from dataclasses import replace

from gitregistry.records import paths
from gitregistry.records.trust import Trust
from tests.support.registry import TO_STAGING, Registry

RISK = "      - manual_approval_from_risk_owner\n"
ALL = "manual_approval_from_model_owner\n" + RISK
LESS = "manual_approval_from_model_owner\n"
WORDS = "production no longer needs risk-owner approval (manual_approval_from_risk_owner)"


def ready_but_for_the_risk_owner(registry: Registry) -> None:
    registry.to_canary("v1")
    registry.pass_production("v1")


def test_it_needs_its_own_threshold_at_every_door(approved: Registry) -> None:
    """Alone, an insider of two administrators can neither sign it through nor push it through."""
    approved.two_administrators()
    approved.write(paths.POLICY, approved.read(paths.POLICY).replace(RISK.encode(), b""))
    head = approved.head
    signed = approved.run("sign", paths.POLICY)
    assert f"looser  {WORDS}" in signed.err
    assert "signed, not yet in force" in signed.out
    assert approved.head == head
    weakened = approved.commit_all("Weaken the policy, with one signature of two")
    approved.finds("policy-threshold", paths.POLICY, commit=weakened, message="2 administrators")
    approved.git("revert", "--no-edit", weakened)
    restored = approved.verify()
    assert {found["commit"] for found in restored["findings"]} == {weakened}
    assert restored["windows"] == [], "what never came into force opened no window"


def test_one_person_with_two_keys_is_one_administrator(approved: Registry) -> None:
    approved.two_administrators()
    approved.next_text(paths.POLICY, RISK, "", "alice", "alice")
    approved.commit_all()
    approved.finds(
        "policy-threshold", paths.POLICY, message="signed by alice@example.com", also=["signature"]
    )


def test_enough_administrators_may_but_it_is_listed_as_a_window(registered: Registry) -> None:
    registered.two_administrators()
    ready_but_for_the_risk_owner(registered)
    weakened = registered.change_policy(ALL, LESS, "alice", "dave")
    registered.approve("v1", "bob")
    promoted = registered.promote("v1", "production")
    (open_window,) = registered.passes()["windows"]
    assert (open_window["words"], open_window["until"], open_window["ended_at"]) == (WORDS, None, None)
    restored = registered.change_policy(LESS, ALL, "alice", "dave")
    (window,) = registered.passes()["windows"]
    assert window["environment"] == "production"
    assert window["requirement"] == "manual_approval_from_risk_owner"
    assert window["direction"] == "looser"
    assert (window["from"]["commit"], window["from"]["version"]) == (weakened, 2)
    assert (window["until"]["commit"], window["until"]["version"]) == (restored, 3)
    assert window["ended_at"] == window["until"]["time"]
    made = {"alias": "churn@production", "number": 1, "first": promoted, "last": promoted}
    assert window["promotions"] == [made]
    text = registered.run("verify", "--pin", registered.pin, key=None).out
    assert f"[window] {WORDS}" in text
    assert f"1 promotion meanwhile: churn@production ({promoted[:12]})" in text
    assert "PASS" in text


def test_the_promotion_in_the_window_is_judged_by_the_policy_of_its_day(registered: Registry) -> None:
    """Restored first, the same promotion is refused; the window let through one and no more."""
    ready_but_for_the_risk_owner(registered)
    registered.change_policy(ALL, LESS)
    registered.change_policy(LESS, ALL)
    registered.approve("v1", "bob")
    refused = registered.refuses("promote", "churn:v1", "--to", "production", "--json").json
    unmet = [item["name"] for item in refused["requirements"] if not item["met"]]
    assert unmet == ["manual_approval_from_risk_owner"]
    (window,) = registered.passes()["windows"]
    assert window["promotions"] == []
    text = registered.run("verify", "--pin", registered.pin, key=None).out
    assert "no promotion meanwhile" in text


def test_a_threshold_lowered_first_needs_the_old_threshold(registered: Registry) -> None:
    """To weaken the policy alone, an insider would first make trust ask for one signature."""
    registered.two_administrators()
    thresholds = replace(registered.record(Trust, paths.TRUST).thresholds, policy=1)
    registered.next_trust("alice", thresholds=thresholds)
    registered.commit_all()
    registered.finds("trust-threshold", paths.TRUST)
    registered.write(paths.POLICY, registered.read(paths.POLICY).replace(RISK.encode(), b""))
    registered.run("sign", paths.POLICY, expect=None)
    assert registered.verify()["windows"] == []


def test_a_profile_that_asks_less_for_an_hour_is_listed_with_what_it_let_through(
    registered: Registry,
) -> None:
    """Nothing is said of the other models, to which it never applied."""
    registered.register("v1", model="other")
    for check in TO_STAGING:
        registered.attest("v1", check, model="other")
    place = "\nchecks:\n"
    profile = (
        "{name: quick, models: [chu*], promotion_policy: {to_staging: {requires: [offline_eval_passed]}}}"
    )
    registered.attest("v1", "offline_eval_passed")
    registered.change_policy(place, f"\nprofiles:\n  - {profile}\n{place}")
    promoted = registered.promote("v1", "staging")
    registered.run("promote", "other:v1", "--to", "staging")
    registered.change_policy(f"\nprofiles:\n  - {profile}\n{place}", place)
    windows = registered.passes()["windows"]
    assert {window["words"] for window in windows} == {
        f"for chu*: staging no longer needs {check}" for check in TO_STAGING if check != "offline_eval_passed"
    }
    for window in windows:
        assert (window["for"], window["environment"], window["until"]["version"]) == ("chu*", "staging", 3)
        assert window["promotions"] == [
            {"alias": "churn@staging", "number": 1, "first": promoted, "last": promoted}
        ]
