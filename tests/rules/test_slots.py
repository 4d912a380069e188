"""Who fills which slot: as many as can be, nobody twice, and the same in whatever order they come."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from gitregistry.rules.slots import Slots, any_number, one_each

PERSONS = "abcde"
NAMES = ("owner", "risk", "safety")
wanted = st.fixed_dictionaries({name: st.integers(1, 3) for name in NAMES})
able = st.fixed_dictionaries({name: st.sets(st.sampled_from(PERSONS)) for name in NAMES})
MANY = settings(max_examples=200, deadline=None)


def most(wanted: dict[str, int], able: dict[str, set[str]]) -> int:
    """How many slots can be filled, by trying each way to place each person."""
    best = 0
    for placed in product((None, *NAMES), repeat=len(PERSONS)):
        persons = {
            name: {who for who, at in zip(PERSONS, placed, strict=True) if at == name} for name in NAMES
        }
        if all(persons[name] <= able[name] for name in NAMES):
            best = max(best, sum(min(len(persons[name]), wanted[name]) for name in NAMES))
    return best


def number(slots: Slots) -> int:
    return sum(len(persons) for persons in slots.filled.values())


@MANY
@given(wanted, able)
def test_as_many_slots_are_filled_as_can_be(wanted: dict[str, int], able: dict[str, set[str]]) -> None:
    slots = one_each(wanted, able)
    assert number(slots) == most(wanted, able)
    everybody = [who for persons in slots.filled.values() for who in persons]
    assert len(everybody) == len(set(everybody))
    for name, persons in slots.filled.items():
        assert set(persons) <= able[name]
        assert len(persons) <= wanted[name]


@MANY
@given(wanted, able, st.permutations(NAMES), st.randoms(use_true_random=False))
def test_the_order_of_names_and_persons_means_nothing(
    wanted: dict[str, int], able: dict[str, set[str]], order: list[str], random: object
) -> None:
    shuffled = {}
    for name in order:
        persons = sorted(able[name])
        random.shuffle(persons)  # type: ignore[attr-defined] # a Random
        shuffled[name] = persons
    again = one_each({name: wanted[name] for name in order}, shuffled)
    assert dict(again.filled) == dict(one_each(wanted, able).filled)


@MANY
@given(wanted, able, st.sampled_from(PERSONS), st.sampled_from(NAMES))
def test_who_is_said_to_help_would_fill_one_more_slot_of_all_and_nobody_else(
    wanted: dict[str, int], able: dict[str, set[str]], who: str, name: str
) -> None:
    slots = one_each(wanted, able)
    lacking = [other for other in NAMES if len(slots.filled[other]) < wanted[other]]
    reach = {near for other in lacking for near in slots.within_reach(other)}
    more = one_each(wanted, able | {name: able[name] | {who}})
    assert (name in reach and slots.would_help(who, name)) == (number(more) > number(slots))


@MANY
@given(wanted, able)
def test_where_one_may_fill_several_each_is_filled_by_itself(
    wanted: dict[str, int], able: dict[str, set[str]]
) -> None:
    slots = any_number(wanted, able)
    for name in NAMES:
        assert slots.filled[name] == tuple(sorted(able[name]))[: wanted[name]]
