"""Patterns of names, compared with each other: how specific one is, and what two have in common."""

from __future__ import annotations

from gitregistry.registry.trust import matches_any

ANY = "*"


def is_name(glob: str) -> bool:
    """Whether a pattern stands for one name alone."""
    return ANY not in glob


def literal_length(glob: str) -> int:
    """How many of its characters are not stars."""
    return len(glob) - glob.count(ANY)


def covers(outer: str, inner: str) -> bool:
    """Whether every name of the inner pattern is one of the outer's: a star is matched by a star alone."""
    return inner.startswith(outer.partition(ANY)[0]) and matches_any((outer,), inner)


def intersect(one: str, other: str) -> bool:
    """Whether some text is matched by both."""
    if is_name(one) or is_name(other):
        return covers(other, one) if is_name(one) else covers(one, other)
    # What stands between the stars of both can stand one after the other; only the ends can contradict.
    (begin, end), (other_begin, other_end) = _ends(one), _ends(other)
    return _agree(begin, other_begin) and _agree(end[::-1], other_end[::-1])


def _ends(glob: str) -> tuple[str, str]:
    return glob.partition(ANY)[0], glob.rpartition(ANY)[2]


def _agree(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
