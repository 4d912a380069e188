"""Attack 48: a freeze window is open and the step is a promotion, not a rollback."""

from __future__ import annotations

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
