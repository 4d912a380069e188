"""``advance`` with holds and stopped lines."""

from __future__ import annotations

from tests.operations.advancing import (
    advance,
    ready,
    states,
    stops,
)
from tests.support.registry import Registry


def test_a_lifted_hold_lets_the_release_go_on(in_canary: Registry) -> None:
    in_canary.rollback("canary")
    stops(in_canary, ("churn:v2", "canary", "stopped"))
    in_canary.add("dave", "operator")
    in_canary.run("lift", "churn:v2", "--in", "canary", "--reason", "it was the network", key="dave")
    assert states(advance(in_canary)) == [("churn:v2", "canary", "moves")]
    in_canary.passes()


def test_a_held_release_is_stopped_elsewhere_too(in_canary: Registry) -> None:
    in_canary.rollback("canary")
    in_canary.promote("v1", "canary")
    stops(in_canary, ("churn:v2", "canary", "stopped"))


def test_nothing_passes_a_stopped_line(marked: Registry) -> None:
    ready(marked, "v1", "fraud")
    marked.run("stop", "churn", "--reason", "incident")
    assert states(advance(marked)) == [("churn:v1", "staging", "stopped"), ("fraud:v1", "staging", "moves")]
    marked.run("stop", "--fleet", "--reason", "incident")
    assert states(advance(marked)) == [("churn:v1", "staging", "stopped"), ("fraud:v1", "canary", "stopped")]
