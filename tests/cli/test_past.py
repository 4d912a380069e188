"""``--at``: every question asked of the past, by revision and by date."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli import past
from tests.support.registry import Registry

READING = [
    ("resolve", "churn@staging"), ("show", "churn:v1"), ("list",), ("log",), ("log", "churn@staging"),
    ("why", "churn@staging"), ("status",), ("trust", "show"), ("policy", "show"),
    ("policy", "explain", "canary"),
]  # fmt: skip


@pytest.fixture(scope="module")
def dated(session_home: None, keys: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return past.build(tmp_path_factory.mktemp("dated"), keys)


def version(registry: Registry, at: str) -> str:
    return str(registry.json("resolve", "churn@staging", "--at", at, key=None)["version"])


def test_the_history_is_lawful_at_its_own_dates(dated: Registry) -> None:
    dated.passes()
    assert dated.git("log", "-1", "--format=%cI %aI") == "2021-05-05T12:00:00+00:00 2021-05-05T12:00:00+00:00"


def test_a_date_means_the_end_of_that_day(dated: Registry) -> None:
    days = {day: version(dated, f"2021-05-0{day}") for day in range(1, 8)}
    assert days == {1: "v1", 2: "v1", 3: "v2", 4: "v2", 5: "v1", 6: "v1", 7: "v1"}


@pytest.mark.parametrize(
    ("at", "found"),
    [
        ("2021-05-03T11:59:59Z", "v1"),
        ("2021-05-03T12:00:00Z", "v2"),
        ("2021-05-03 12:00", "v2"),
        ("2021-05-03T13:59:00+02:00", "v1"),
        ("2021-05-03T14:00:00+02:00", "v2"),
    ],
)
def test_a_time_means_that_moment(at: str, found: str, dated: Registry) -> None:
    assert version(dated, at) == found


def test_a_revision_means_that_commit(dated: Registry) -> None:
    assert version(dated, "HEAD") == "v1"
    assert version(dated, "HEAD~1") == "v2"
    assert version(dated, dated.git("rev-parse", "HEAD~1")) == "v2"
    assert version(dated, dated.git("rev-parse", "--short=10", "HEAD~1")) == "v2"
    assert version(dated, "main~2") == "v1"


def test_what_was_said_then(dated: Registry) -> None:
    then = dated.json("why", "churn@staging", "--at", "2021-05-04", key=None)
    assert (then["version"], then["action"], then["sequence"]) == ("v2", "promote", 2)
    moves = dated.json("log", "churn@staging", "--at", "2021-05-04", key=None)["moves"]
    assert [(move["to"], move["at"]) for move in moves] == [
        ("v2", "2021-05-03T12:00:00Z"),
        ("v1", "2021-05-01T12:00:00Z"),
    ]
    shown = dated.json("show", "churn:v2", "--at", "2021-05-02", key=None)
    assert (shown["state"], shown["aliases"]) == ("validation-passed", [])
    (place,) = dated.json("status", "--at", "2021-05-04", key=None)["environments"]
    assert (place["should"], place["since"]) == ("v2", "2021-05-03T12:00:00Z")


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_every_reading_verb_asks_of_the_past(arguments: tuple[str, ...], dated: Registry) -> None:
    by_revision = dated.json(*arguments, "--at", "HEAD~1", key=None)
    assert dated.json(*arguments, "--at", "2021-05-04", key=None) == by_revision


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_before_the_beginning_there_was_nothing(arguments: tuple[str, ...], dated: Registry) -> None:
    said = dated.run(*arguments, "--at", "2021-03-31", key=None, expect=3)
    assert "the registry began after 2021-03-31" in said.err


def test_what_was_not_there_yet(dated: Registry) -> None:
    assert dated.json("list", "--at", "2021-04-01", key=None)["releases"] == []
    assert dated.run("resolve", "churn@staging", "--at", "2021-04-01", key=None, expect=3)
    assert (
        "nothing is promoted to staging"
        in dated.run("resolve", "churn@staging", "--at", "2021-04-30", key=None, expect=3).err
    )


def test_trust_of_then(live: Registry) -> None:
    live.run("trust", "revoke", "bob@example.com", "--reason", "left")
    now = live.json("trust", "show", key=None)
    then = live.json("trust", "show", "--at", "HEAD~1", key=None)
    assert now["version"] == then["version"] + 1
    assert "bob@example.com" in live.run("trust", "allowed-signers", "--at", "HEAD~1", key=None).out
    assert "bob@example.com" not in live.run("trust", "allowed-signers", key=None).out


def test_a_step_is_dated_as_it_was_judged_whatever_git_is_told(
    approved: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2099-01-01T00:00:00Z")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "1999-01-01T00:00:00Z")
    approved.promote("v1", "production")
    assert (
        approved.git("log", "-1", "--format=%cI")[:4]
        == approved.git("log", "-1", "--format=%aI")[:4]
        != "2099"
    )
    assert approved.passes()
