"""Inputs and outputs compared: the cases as data, and what holds for any two releases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.records.release import Port
from gitregistry.registry.ports import Ports, canonical_type, compare_ports, shape_of


def port(text: str) -> Port:
    """``name: type [shape] ?`` with the last two left out or not."""
    name, _, rest = text.partition(": ")
    optional = rest.endswith(" ?")
    kind, _, shape = rest.removesuffix(" ?").partition(" ")
    return Port(name=name, type=kind, shape=shape or None, optional=optional)


X, Y = "x: float64 [-1, 20]", "y: float64"

# The live input, the candidate's (None for none), the words, and whether callers break.
INPUTS = [
    (X, None, "input x: is missing", True),
    (None, X, "input x: is new and required", True),
    (None, f"{X} ?", "input x: is new", False),
    (X, "x: float32 [-1, 20]", "input x: was float64, is float32", True),
    (X, "x: double [-1, 20]", None, False),
    (X, "x: tensor(double) batch x 20", None, False),
    (X, "x: float64 (None, 20)", None, False),
    (X, "x: float64 [1, 20]", "input x: its shape was [-1, 20], is [1, 20]: narrowed", True),
    (X, "x: float64 [-1, -1]", "input x: its shape was [-1, 20], is [-1, -1]: widened", False),
    (X, "x: float64 [-1, 21]", "input x: its shape was [-1, 20], is [-1, 21]: narrowed", True),
    (X, "x: float64 [-1, 20, 1]", "input x: its shape was [-1, 20], is [-1, 20, 1]: narrowed", True),
    (X, "x: float64", "input x: its shape was [-1, 20], is not said: they cannot be compared", True),
    ("x: float64", X, "input x: its shape was not said, is [-1, 20]: they cannot be compared", True),
    (
        X,
        "x: float64 about twenty",
        "input x: its shape was [-1, 20], is about twenty: they cannot be compared",
        True,
    ),
    (X, f"{X} ?", "input x: was required, is optional", False),
    (f"{X} ?", X, "input x: was optional, is required", True),
]
OUTPUTS = [
    (X, None, "output x: is missing", True),
    (None, X, "output x: is new", False),
    (X, "x: string [-1, 20]", "output x: was float64, is string", True),
    (X, "x: float64 [1, 20]", "output x: its shape was [-1, 20], is [1, 20]: narrowed", False),
    (X, "x: float64 [-1, -1]", "output x: its shape was [-1, 20], is [-1, -1]: no longer fits", True),
    (X, f"{X} ?", "output x: was required, is optional", True),
    (f"{X} ?", X, "output x: was optional, is required", False),
]


@pytest.mark.parametrize(("live", "candidate", "words", "breaks"), INPUTS)
def test_an_input(live: str | None, candidate: str | None, words: str | None, breaks: bool) -> None:
    sides = [tuple(port(text) for text in (Y, one) if text) for one in (live, candidate)]
    found = compare_ports(Ports(sides[0], ()), Ports(sides[1], ()))
    assert [(str(change), change.breaks) for change in found] == ([(words, breaks)] if words else [])


@pytest.mark.parametrize(("live", "candidate", "words", "breaks"), OUTPUTS)
def test_an_output(live: str | None, candidate: str | None, words: str | None, breaks: bool) -> None:
    sides = [tuple(port(text) for text in (Y, one) if text) for one in (live, candidate)]
    found = compare_ports(Ports((), sides[0]), Ports((), sides[1]))
    assert [(str(change), change.breaks) for change in found] == [(words, breaks)]


@pytest.mark.parametrize("order", [False, True])
def test_one_name_for_two_inputs_breaks(order: bool) -> None:
    twice = Ports((port("x: float64"), port("x: string")), ())
    once = Ports((port("x: string"),), ())
    (change,) = compare_ports(*((twice, once) if order else (once, twice)))
    assert change.breaks
    assert "x: is described twice" in str(change)


def test_shapes_that_mean_the_same() -> None:
    written = ["[-1, 20]", "(None, 20)", "batch x 20", "[?, 20]", "-1, 20", "[batch_size,20]", "(*, 20,)"]
    assert {shape_of(text) for text in written} == {(None, 20)}
    assert (shape_of("[]"), shape_of("()"), shape_of(None), shape_of("[1, -2]")) == ((), (), None, None)
    assert {canonical_type(text) for text in ("double", "Float64", "tensor(double)")} == {"float64"}


DIMENSIONS = st.lists(st.one_of(st.none(), st.integers(0, 9)), max_size=3)
SHAPES = st.one_of(
    st.none(),
    DIMENSIONS.map(lambda dims: str([-1 if one is None else one for one in dims])),
    st.just("odd one"),
)
PORTS = st.builds(
    Port,
    name=st.text("abc", min_size=1, max_size=2),
    type=st.sampled_from(["double", "float64", "string"]),
    shape=SHAPES,
    optional=st.booleans(),
)
SIDES = st.lists(PORTS, max_size=5, unique_by=lambda one: one.name).map(tuple)
RELEASES = st.builds(Ports, SIDES, SIDES)


def breaks(live: Ports, candidate: Ports) -> bool:
    return any(change.breaks for change in compare_ports(live, candidate))


@given(RELEASES)
def test_what_is_the_same_never_differs(ports: Ports) -> None:
    assert not compare_ports(ports, ports)


@given(RELEASES, PORTS)
def test_an_optional_input_more_or_any_output_more_never_breaks(ports: Ports, more: Port) -> None:
    new = replace(more, name="new", optional=True)
    wider = Ports((*ports.inputs, new), (*ports.outputs, new))
    assert [change.name for change in compare_ports(ports, wider)] == ["new", "new"]
    assert not breaks(ports, wider)
    assert breaks(wider, ports)


@given(RELEASES, RELEASES, RELEASES)
def test_what_fits_twice_fits_at_once(first: Ports, second: Ports, third: Ports) -> None:
    if not breaks(first, second) and not breaks(second, third):
        assert not breaks(first, third)


@given(RELEASES, RELEASES)
def test_only_what_differs_is_told_and_the_order_decides_nothing(live: Ports, candidate: Ports) -> None:
    turned = Ports(candidate.inputs[::-1], candidate.outputs[::-1])
    assert set(compare_ports(live, candidate)) == set(compare_ports(live, turned))


@given(RELEASES, st.data())
def test_taking_away_or_retyping_anything_breaks(ports: Ports, data: st.DataObject) -> None:
    if not ports.inputs:
        return
    place = data.draw(st.integers(0, len(ports.inputs) - 1))
    without = (*ports.inputs[:place], *ports.inputs[place + 1 :])
    retyped = (*without, replace(ports.inputs[place], type="image"))
    assert breaks(ports, Ports(without, ports.outputs))
    assert breaks(ports, Ports(retyped, ports.outputs))
