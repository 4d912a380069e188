"""Attack 11: a gap in the sequence, or two successors of one record."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.forging import made_promotion, promote_by_hand
from tests.support.registry import Registry

OTHER = "sha256:" + "0" * 64


@pytest.fixture
def next_up(two: Registry) -> Registry:
    """``v3`` ready for production, where v2 is."""
    two.register("v3")
    two.to_approved("v3")
    return two


@pytest.mark.parametrize(
    "changes",
    [{"sequence": 4}, {"sequence": 2}, {"sequence": 1}, {"previous": OTHER}, {"previous": None}],
    ids=str,
)
def test_a_record_that_does_not_follow_the_latest_is_found_and_mended_by_the_next(
    next_up: Registry, changes: dict[str, Any]
) -> None:
    promote_by_hand(next_up, "v3", "production", **changes)
    next_up.finds("sequence", next_up.alias())
    next_up.promote("v3", "production")
    next_up.passes()
    assert next_up.json("resolve", "churn@production")["sequence"] == 3


def test_the_second_of_two_successors_is_found(next_up: Registry) -> None:
    """Two clones each promote on the same record; the second is forced in behind the first."""
    second = made_promotion(next_up, "v3", "production", reason="made in another clone")
    next_up.promote("v2", "production", "--reason", "first")
    next_up.forge(next_up.alias(), second, "alice")
    next_up.commit_all()
    next_up.finds("sequence", next_up.alias(), message="must come")


def test_a_first_record_that_claims_a_past_is_found(approved: Registry) -> None:
    promote_by_hand(approved, "v1", "production", sequence=7, previous=OTHER)
    approved.finds("sequence", approved.alias())
    approved.promote("v1", "production")
    approved.passes()


def test_a_deployment_out_of_order_is_found(live: Registry) -> None:
    path = "registry/models/churn/deployments/production.yaml"
    live.run(
        "deploy", "churn", "--in", "production", "--revision", "r", "--release", "v1", "--traffic", "100"
    )
    live.edit(path, "alice", sequence=9, previous=live.digest(path))
    live.commit_all()
    live.finds("sequence", path)
