"""Attack 21: the machine's clock stands behind what the registry holds, or held when it was last seen."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gitregistry.registry.moments import moment_text
from tests.freshness.mirrors import seen_files
from tests.support.registry import Registry

AHEAD = moment_text(datetime.now(UTC) + timedelta(days=1))


@pytest.fixture
def slow(live: Registry, home: Path) -> Registry:
    """A registry of which a step of tomorrow was seen here: since then the clock was set back by a day."""
    live.passes()
    (kept,) = seen_files(live, home)
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {"newest": AHEAD}), "utf-8")
    return live


@pytest.mark.parametrize(
    "command",
    [
        ("promote", "churn:v1", "--to", "production"),
        ("retire", "churn:v1", "--withdraw", "--reason", "x"),
        ("attest", "churn:v1", "offline_eval_passed", "--passed"),
        ("trust", "grant", "bob@example.com", "risk-owner"),
    ],
    ids=" ".join,
)
def test_nothing_is_written_on_a_clock_behind_what_was_seen(slow: Registry, command: tuple[str, ...]) -> None:
    refused = slow.refuses(*command)
    assert "clock" in refused.out + refused.err
    assert AHEAD in refused.out + refused.err


def test_verify_says_that_the_clock_is_behind(slow: Registry) -> None:
    document = slow.verify()
    assert document["verdict"] == "fail"
    (finding,) = document["findings"]
    assert (finding["rule"], finding["hint"]) == (
        "clock",
        "timedatectl set-ntp true, or set the clock otherwise",
    )
    assert AHEAD in finding["message"]


def test_nothing_is_written_on_a_clock_behind_the_branch(live: Registry) -> None:
    live.write("registry/policy.yaml.note", b"a step from a machine whose clock is ahead\n")
    live.commit_all(date=AHEAD)
    assert "clock" in live.refuses("promote", "churn:v1", "--to", "staging").out


def test_verify_on_such_a_clock_finds_the_step_that_it_cannot_place(live: Registry) -> None:
    live.write("registry/policy.yaml.note", b"a step from a machine whose clock is ahead\n")
    live.commit_all(date=AHEAD)
    live.finds("time", "registry/", message="or this machine's clock is behind", also=["tree"])


def test_a_clock_that_differs_by_less_than_honest_ones_do_stops_nobody(live: Registry, home: Path) -> None:
    live.passes()
    (kept,) = seen_files(live, home)
    soon = moment_text(datetime.now(UTC) + timedelta(minutes=3))
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {"newest": soon}), "utf-8")
    live.attest("v1", "offline_eval_passed")
    assert live.verify()["findings"] == []
