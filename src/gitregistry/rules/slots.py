"""One person fills one slot: who counts for which of the approvals that a transition asks for.

A slot is one of the ``count`` persons of one requirement. The assignment is a largest one, so nothing is
refused that another assignment would let through; requirements and persons are tried by name, so it is the
same on every machine and in whatever order the records come.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple


class Slots(NamedTuple):
    """Who fills the slots of each requirement.

    Attributes:
        able: the persons who could, by requirement.
        filled: those of them who do, by requirement, sorted.
        place: the one requirement that each of them fills a slot of; empty where they may fill several.
    """

    able: Mapping[str, Collection[str]]
    filled: Mapping[str, tuple[str, ...]]
    place: Mapping[str, str]

    def within_reach(self, name: str) -> list[str]:
        """The requirements where one more person would fill a slot of ``name``, itself first.

        Somebody new elsewhere lets another change places, and so on until one comes free for ``name``.
        """
        return _search(name, self.able, self.place).reached

    def would_help(self, person: str, name: str) -> bool:
        """Whether one more slot could be filled if a person were able to fill one of ``name`` as well."""
        if person in self.able[name]:
            return False
        at = self.place.get(person)
        return at is None or _search(at, self.able, self.place).free is not None


def one_each(
    wanted: Mapping[str, int], able: Mapping[str, Collection[str]], last: Collection[str] = ()
) -> Slots:
    """Give as many slots as can be to persons, at most one to each person.

    Args:
        last: the requirements that come last: what is filled before them stays filled, so of all largest
            assignments it is one that fills most of the others.
    """
    place: dict[str, str] = {}
    for name in sorted(wanted, key=lambda name: (name in last, name)):
        while sum(at == name for at in place.values()) < wanted[name]:
            found = _search(name, able, place)
            if found.free is None:
                break
            _move(found.free, found.came, name, place)
    filled = {name: tuple(sorted(who for who, at in place.items() if at == name)) for name in wanted}
    return Slots(able, filled, place)


def any_number(wanted: Mapping[str, int], able: Mapping[str, Collection[str]]) -> Slots:
    """The same where one person may fill a slot of each requirement."""
    return Slots(able, {name: tuple(sorted(able[name])[: wanted[name]]) for name in wanted}, {})


class _Found(NamedTuple):
    """A walk from a requirement that lacks somebody to one where somebody is free.

    ``came`` says for each requirement on the way whom the one before would take from it.
    """

    reached: list[str]
    came: Mapping[str, tuple[str, str]]
    free: tuple[str, str] | None


def _search(name: str, able: Mapping[str, Collection[str]], place: Mapping[str, str]) -> _Found:
    reached = [name]
    came: dict[str, tuple[str, str]] = {}
    for asking in reached:  # which grows meanwhile: the nearest first
        for person in sorted(able[asking]):
            at = place.get(person)
            if at is None:
                return _Found(reached, came, (person, asking))
            if at not in reached:
                came[at] = (person, asking)
                reached.append(at)
    return _Found(reached, came, None)


def _move(
    free: tuple[str, str], came: Mapping[str, tuple[str, str]], name: str, place: dict[str, str]
) -> None:
    """Seat whoever is free, and let those on the way back to ``name`` change places."""
    person, at = free
    place[person] = at
    while at != name:
        person, at = came[at]
        place[person] = at
