"""One difference of two definitions, and which way it goes: what every comparison of policies is made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

Direction = Literal["looser", "stricter", "other"]


class Aspect(NamedTuple):
    """One difference of two definitions: of what, which way, and a sentence without its environment."""

    name: str
    direction: Direction
    words: str


def narrowing(old: Iterable[object], new: Iterable[object]) -> Direction:
    """Which way it goes when what is allowed changes from one set to another."""
    before, after = set(old), set(new)
    return "looser" if before < after else "stricter" if after < before else "other"
