"""Attack 48: a freeze window is open and the step is a promotion, not a rollback."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.attacks.test_attack_47_rollback import rollback_by_hand
from tests.support.forging import promote_by_hand
from tests.support.registry import Registry

PLACE = "promotion_policy:\n"


def window(begins: str, ends: str, more: str = "") -> str:
    return f'freeze_windows:\n  - {{name: year-end, from: "{begins}", until: "{ends}"{more}}}\n{PLACE}'


OPEN = window("2020-01-01T00:00:00Z", "2099-01-02T00:00:00Z", ", reason: nobody is on call")
OVER = window("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z")
AHEAD = window("2099-01-01T00:00:00Z", "2099-01-02T00:00:00Z")


def recurring(begins: str, ends: str, zone: str = "Europe/Berlin") -> str:
    return (
        "freeze_windows:\n"
        f'  - {{name: nights, every: day, from: "{begins}", until: "{ends}", time_zone: {zone}}}\n{PLACE}'
    )


# Open at every time of day but one minute that is hours away.
ALWAYS = [recurring("00:00", "23:59"), recurring("12:00", "11:59")]


@pytest.fixture
def open_now() -> str:
    """Of two windows that each leave out a minute, one that is open for hours yet."""
    hour = datetime.now(UTC).astimezone(ZoneInfo("Europe/Berlin")).hour
    return ALWAYS[0] if 3 <= hour < 20 else ALWAYS[1]


def test_a_promotion_in_a_recurring_window_is_refused_and_found(registered: Registry, open_now: str) -> None:
    registered.pass_staging("v1")
    registered.change_policy(PLACE, open_now)
    refused = registered.refuses("promote", "churn:v1", "--to", "staging", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert unmet["name"] == "no_freeze_window"
    assert "frozen: nights every day from" in unmet["reason"]
    assert "in Europe/Berlin, now until 20" in unmet["reason"]
    promote_by_hand(registered, "v1", "staging")
    registered.finds("freeze", registered.alias("staging"), message="nights", hint="git rebase --onto")


def test_a_rollback_passes_a_recurring_window(two: Registry, open_now: str) -> None:
    two.change_policy(PLACE, open_now)
    two.rollback()
    two.passes()


def test_outside_of_a_recurring_window_a_promotion_says_when_the_next_one_is(registered: Registry) -> None:
    hour = datetime.now(UTC).hour
    away = [f"{(hour + more) % 24:02}:30" for more in (11, 12)]
    registered.change_policy(PLACE, recurring(away[0], away[1], "UTC"))
    registered.to_staging("v1")
    registered.passes()
    (item,) = [
        item
        for item in registered.json("why", "churn@staging")["requirements"]
        if item["name"] == "no_freeze_window"
    ]
    assert (
        f"the next is nights every day from {away[0]} until {away[1]} in UTC, on 20" in item["by"][0]["bound"]
    )


def test_whoever_takes_a_recurring_window_away_is_listed(registered: Registry, open_now: str) -> None:
    registered.pass_staging("v1")
    registered.change_policy(PLACE, open_now)
    registered.change_policy(open_now, PLACE)
    registered.promote("v1", "staging")
    (lifted,) = registered.passes()["windows"]
    assert lifted["words"].startswith("every environment: no longer frozen by nights every day")
    assert [promoted["number"] for promoted in lifted["promotions"]] == [1]


def test_a_window_that_cannot_be_meant_is_not_put_in_force(registered: Registry) -> None:
    text = registered.read("registry/policy.yaml").decode()
    window = recurring("18:00", "08:00", "Europe/Atlantis")
    registered.write("registry/policy.yaml", text.replace(PLACE, window).encode())
    faults = registered.json("policy", "check", expect=1)["faults"]
    assert [fault["words"] for fault in faults] == [
        "freeze_windows: nights: there is no time zone Europe/Atlantis; write one like Europe/Berlin"
    ]
    assert "Europe/Atlantis" in registered.run("sign", "registry/policy.yaml", expect=1).err
    registered.write("registry/policy.yaml", text.encode())
    registered.next_text("registry/policy.yaml", PLACE, window, "alice")
    registered.commit_all()
    registered.finds("policy", "registry/policy.yaml", message="Europe/Atlantis")


def test_a_promotion_in_the_window_is_refused_and_found(registered: Registry) -> None:
    registered.pass_staging("v1")
    registered.change_policy(PLACE, OPEN)
    refused = registered.refuses("promote", "churn:v1", "--to", "staging", "--json").json
    (unmet,) = [item for item in refused["requirements"] if not item["met"]]
    assert unmet["name"] == "no_freeze_window"
    assert "frozen: year-end" in unmet["reason"]
    assert "until 2099-01-02T00:00:00Z (nobody is on call)" in unmet["reason"]
    assert "2099-01-02" in unmet["hint"]
    assert [found["rule"] for found in refused["findings"]] == ["freeze"]
    said = registered.run("promote", "churn:v1", "--to", "staging", "--dry-run", expect=1)
    assert "no_freeze_window" in said.out + said.err
    promote_by_hand(registered, "v1", "staging")
    registered.finds("freeze", registered.alias("staging"), message="year-end", hint="git rebase --onto")


def test_a_rollback_passes(two: Registry) -> None:
    two.change_policy(PLACE, OPEN)
    two.rollback()
    two.passes()


def test_a_rollback_that_is_no_rollback_does_not_pass(live: Registry) -> None:
    """To call a promotion a rollback gets nothing new out."""
    live.register("v2")
    live.change_policy(PLACE, OPEN)
    rollback_by_hand(live, "v2", "alice", "v1")
    live.finds("rollback", live.alias(), message="never served")


@pytest.mark.parametrize(
    "elsewhere",
    [
        OVER,
        AHEAD,
        window("2020-01-01T00:00:00Z", "2099-01-02T00:00:00Z", ", environments: [production]"),
        window("2020-01-01T00:00:00Z", "2099-01-02T00:00:00Z", ", models: [shop-*]"),
    ],
    ids=["over", "ahead", "another environment", "another model"],
)
def test_a_window_holds_where_and_when_it_says(registered: Registry, elsewhere: str) -> None:
    registered.change_policy(PLACE, elsewhere)
    registered.to_staging("v1")
    registered.passes()


def test_whoever_ends_a_freeze_early_is_listed(registered: Registry) -> None:
    registered.pass_staging("v1")
    registered.change_policy(PLACE, OPEN)
    registered.change_policy(OPEN, PLACE)
    promoted = registered.promote("v1", "staging")
    (lifted,) = registered.passes()["windows"]
    assert lifted["words"].startswith("every environment: no longer frozen by year-end")
    assert lifted["promotions"] == [
        {"alias": "churn@staging", "number": 1, "first": promoted, "last": promoted}
    ]


def test_a_freeze_says_nothing_of_a_release(registered: Registry) -> None:
    registered.pass_staging("v1")
    registered.change_policy(PLACE, OPEN)
    assert registered.json("show", "churn:v1")["state"] == "validation-passed"


def test_the_policy_says_its_windows_in_words(registered: Registry) -> None:
    registered.change_policy(PLACE, OPEN)
    words = "not made in year-end from 2020-01-01T00:00:00Z until 2099-01-02T00:00:00Z"
    (row, *_) = registered.json("policy", "explain", "staging")["requirements"]
    assert row["name"] == "no_freeze_window"
    assert words in row["meets"]
    assert "no_freeze_window" in registered.run("policy", "show").out
