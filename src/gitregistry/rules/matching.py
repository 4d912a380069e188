"""Whether there are enough different persons to fill every place."""

from __future__ import annotations

from collections.abc import Sequence


def can_fill(places: Sequence[frozenset[str]]) -> bool:
    """Whether each place can have a person of its own, of those who may take it (Kuhn's augmenting paths)."""
    taken: dict[str, int] = {}

    def seat(place: int, tried: set[str]) -> bool:
        for person in sorted(places[place] - tried):
            tried.add(person)
            if person not in taken or seat(taken[person], tried):
                taken[person] = place
                return True
        return False

    return all(seat(place, set()) for place in range(len(places)))
