"""A release goes on before it was in an environment for as long as the policy asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gitregistry.registry.moments import moment_text
from tests.support.forging import made_promotion, promote_by_hand
from tests.support.registry import Registry

PLACE = "  to_production:\n"


def asked(duration: str) -> str:
    return f"{PLACE}    min_time_in: {{canary: {duration}}}\n"


def ago(minutes: int) -> str:
    """So long before now: clocks may differ by five minutes, so a step may be dated as far back."""
    return moment_text(datetime.now(UTC) - timedelta(minutes=minutes))


def unmet(registry: Registry, version: str = "v1") -> dict[str, Any]:
    refused = registry.refuses("promote", f"churn:{version}", "--to", "production", "--json").json
    return {item["name"]: item for item in refused["requirements"] if not item["met"]}


@pytest.fixture
def soaking(registered: Registry) -> Registry:
    """``churn:v1`` in canary by a step that is dated four minutes ago; production asks for three."""
    registered.change_policy(PLACE, asked("3m"))
    registered.to_staging("v1")
    registered.pass_canary("v1")
    registered.forge(registered.alias("canary"), made_promotion(registered, "v1", "canary"), "alice")
    registered.commit_all(date=ago(4))
    registered.pass_production("v1")
    registered.approve_all("v1")
    return registered


def test_a_promotion_too_early_is_refused_and_found(approved: Registry) -> None:
    approved.change_policy(PLACE, asked("24h"))
    approved.approve_all("v1")
    (item,) = unmet(approved).values()
    assert item["name"] == "min_time_in_canary"
    assert item["reason"].startswith("in canary since 20")
    assert "of 1 d; from 20" in item["reason"]
    assert item["hint"].startswith("registry promote churn:v1 --to production   (from 20")
    promote_by_hand(approved, "v1", "production")
    approved.finds("soak", approved.alias(), message="of 1 d", also=["cited"])


def test_after_that_time_it_goes_on(soaking: Registry) -> None:
    soaking.passes()  # from here on the replay is taken up again, and must say the same
    soaking.promote("v1", "production")
    soaking.passes()
    assert soaking.verify("--anew")["verdict"] == "pass"
    requirements = soaking.json("why", "churn@production")["requirements"]
    (soaked,) = [item for item in requirements if item["name"] == "min_time_in_canary"]
    assert [support["bound"][-8:] for support in soaked["by"]] == ["of 3 min"]


def test_what_a_record_says_of_its_time_counts_for_nothing(registered: Registry) -> None:
    registered.change_policy(PLACE, asked("3m"))
    registered.to_staging("v1")
    registered.pass_canary("v1")
    release = registered.json("show", "churn:v1")["manifest"]["created_at"]
    back = moment_text(datetime.fromisoformat(release) - timedelta(minutes=4))
    promote_by_hand(registered, "v1", "canary", created_at=back)
    registered.pass_production("v1")
    registered.approve_all("v1")
    registered.passes()
    assert list(unmet(registered)) == ["min_time_in_canary"]
    promote_by_hand(registered, "v1", "production")
    registered.finds("soak", registered.alias())


def test_a_rollback_begins_the_time_anew(soaking: Registry) -> None:
    soaking.register("v2")
    soaking.to_canary("v2")
    soaking.rollback("canary")
    assert "min_time_in_canary" in unmet(soaking)


def test_the_policy_says_it_in_words_and_must_be_able_to_mean_it(registered: Registry) -> None:
    registered.change_policy(PLACE, asked("24h"))
    rows = registered.json("policy", "explain", "production")["requirements"]
    assert {"name": "min_time_in_canary", "meets": "it has been in canary for 1 d without a break"} in rows


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("nowhere", "there is no environment nowhere"),
        ("production", "production does not stand above production"),
    ],
)
def test_a_soak_that_nothing_could_meet_is_no_policy(registered: Registry, place: str, says: str) -> None:
    text = registered.read("registry/policy.yaml").decode()
    edited = text.replace(PLACE, f"{PLACE}    min_time_in: {{{place}: 24h}}\n")
    registered.write("registry/policy.yaml", edited.encode())
    document = registered.json("policy", "check", expect=1)
    words = f"promotion_policy.to_production.min_time_in.{place}: {says}"
    assert [fault["words"] for fault in document["faults"]] == [words]


def test_the_hint_of_an_emergency_that_comes_too_early_is_that_emergency(approved: Registry) -> None:
    section = (
        "emergency:\n  authorised_by: [promoter]\n  may_skip: [manual_approval_from_risk_owner]\n"
        "  review_within: 72h\n  review_by: [risk-owner]\n"
    )
    approved.change_policy("promotion_policy:\n", section + "promotion_policy:\n")
    approved.change_policy(PLACE, asked("24h"))
    why = ("--emergency", "--incident", "INC-1", "--reason", "down")
    said = approved.refuses("promote", "churn:v1", "--to", "production", *why, "--json").json
    (soak,) = [item for item in said["requirements"] if item["name"] == "min_time_in_canary"]
    again = "registry promote churn:v1 --to production --emergency --incident INC-1 --reason '…'   (from 20"
    assert soak["hint"].startswith(again)
