"""Traffic: whoever comes takes what was asked, the others share what is left, and it sums to 100."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.errors import BadInput
from gitregistry.operations.deploy import share_traffic
from gitregistry.records.deployment import Binding


def binding(revision: str, traffic: int, mode: str = "live") -> Binding:
    return Binding(
        revision=revision,
        version="v1",
        release_digest="sha256:" + "0" * 64,
        mode=mode,  # type: ignore[arg-type] # one of the four words
        traffic_percent=traffic,
        requested_at="2026-05-01T00:00:00Z",
    )


def shares(bindings: tuple[Binding, ...]) -> dict[str, int]:
    return {item.revision: item.traffic_percent for item in bindings}


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 100)), max_size=12))
def test_whatever_order_of_rollouts_the_traffic_sums_to_100(rollouts: list[tuple[int, int]]) -> None:
    present: tuple[Binding, ...] = (binding("r0", 100),)
    for revision, traffic in rollouts:
        try:
            present = share_traffic(present, binding(f"r{revision}", traffic))
        except BadInput:
            assert len(present) == 1, "only where nobody is left to take the rest"
            continue
        assert sum(item.traffic_percent for item in present) == 100
        assert all(item.traffic_percent > 0 for item in present)
        assert shares(present).get(f"r{revision}", 0) == traffic


def test_the_others_keep_their_proportions() -> None:
    present = (binding("a", 60), binding("b", 40))
    assert shares(share_traffic(present, binding("c", 50))) == {"a": 30, "b": 20, "c": 50}
    assert shares(share_traffic(present, binding("a", 10))) == {"b": 90, "a": 10}
    assert shares(share_traffic(present, binding("c", 100))) == {"c": 100}
    assert shares(share_traffic(present, binding("a", 0))) == {"b": 100}


def test_shadows_take_no_traffic_and_stay() -> None:
    present = share_traffic((binding("a", 100),), binding("s", 0, "shadow"))
    assert shares(present) == {"a": 100, "s": 0}
    assert shares(share_traffic(present, binding("b", 10))) == {"a": 90, "b": 10, "s": 0}
    assert shares(share_traffic(present, binding("s", 0, "shadow"))) == {"a": 100, "s": 0}


def test_a_shadow_that_goes_live_takes_its_share() -> None:
    present = share_traffic((binding("a", 100),), binding("s", 0, "shadow"))
    assert shares(share_traffic(present, binding("s", 5))) == {"a": 95, "s": 5}


def test_an_only_revision_takes_all() -> None:
    with pytest.raises(BadInput, match="nothing else serves here"):
        share_traffic((), binding("a", 50))
    with pytest.raises(BadInput, match="nothing else serves here"):
        share_traffic((binding("a", 100),), binding("a", 50))
