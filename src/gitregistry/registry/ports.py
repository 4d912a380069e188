"""Whether what a release takes and gives still fits whoever serves and calls the release that is live.

A caller of the live release must be able to go on as before: what it sends has to be taken, and what it
reads has to come, of the same type and in a shape that it knows. Doubt is a break.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from gitregistry.records.release import Port

Side = Literal["input", "output"]
# One dimension: its length, or None for any.
Shape = tuple[int | None, ...]

# What MLflow, ONNX and numpy call the same things.
_SAME = {
    "double": "float64",
    "float": "float32",
    "half": "float16",
    "long": "int64",
    "integer": "int32",
    "int": "int32",
    "boolean": "bool",
    "str": "string",
    "binary": "bytes",
}
_ANY = ("", "-1", "?", "*", "none", "any")


class Change(NamedTuple):
    """One difference between two releases; whether it ``breaks`` callers, and the words for it."""

    side: Side
    name: str
    words: str
    breaks: bool

    def __str__(self) -> str:
        return f"{self.side} {self.name}: {self.words}"


class Ports(NamedTuple):
    """What a release takes and gives; a side that nobody described is empty."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def compare_ports(live: Ports, candidate: Ports) -> tuple[Change, ...]:
    """Every difference, breaking or not, in the order of the live release's description."""
    inputs = _compare("input", live.inputs, candidate.inputs)
    outputs = _compare("output", live.outputs, candidate.outputs)
    return (*inputs, *outputs)


def _compare(side: Side, live: Sequence[Port], candidate: Sequence[Port]) -> Iterator[Change]:
    old, new = {port.name: port for port in live}, {port.name: port for port in candidate}
    for ports, known in ((live, old), (candidate, new)):
        if len(ports) != len(known):
            twice = next(port.name for port in ports if ports.count(port) > 1 or known[port.name] is not port)
            yield Change(side, twice, "is described twice: which of the two holds is not known", breaks=True)
            return
    for name, was in old.items():
        now = new.get(name)
        if now is None:
            yield Change(side, name, "is missing", breaks=True)
        else:
            yield from _same_port(side, was, now)
    for name, now in new.items():
        if name not in old:
            required = side == "input" and not now.optional
            words = "is new and required" if required else "is new"
            yield Change(side, name, words, breaks=required)


def _same_port(side: Side, was: Port, now: Port) -> Iterator[Change]:
    if canonical_type(was.type) != canonical_type(now.type):
        yield Change(side, was.name, f"was {was.type}, is {now.type}", breaks=True)
    if was.optional != now.optional:
        # An input that nobody has to send, an output that always comes: either asks less of a caller.
        words = "was required, is optional" if now.optional else "was optional, is required"
        yield Change(side, was.name, words, breaks=now.optional is (side == "output"))
    yield from _shapes(side, was, now)


def _shapes(side: Side, was: Port, now: Port) -> Iterator[Change]:
    old, new = shape_of(was.shape), shape_of(now.shape)
    if old == new and (old is not None or was.shape == now.shape):
        return
    said = f"its shape was {was.shape or 'not said'}, is {now.shape or 'not said'}"
    if old is None or new is None:
        yield Change(side, was.name, f"{said}: they cannot be compared", breaks=True)
    elif side == "input":
        fits = _holds(new, old)
        yield Change(side, was.name, f"{said}: {'widened' if fits else 'narrowed'}", breaks=not fits)
    else:
        fits = _holds(old, new)
        yield Change(side, was.name, f"{said}: {'narrowed' if fits else 'no longer fits'}", breaks=not fits)


def _holds(outer: Shape, inner: Shape) -> bool:
    """Whether everything of one shape is of the other as well."""
    return len(outer) == len(inner) and all(
        wide is None or wide == narrow for wide, narrow in zip(outer, inner, strict=True)
    )


def canonical_type(words: str) -> str:
    """A type by one name, whoever wrote it: ``tensor(double)`` and ``Double`` are ``float64``."""
    text = words.strip().lower()
    inner = re.fullmatch(r"tensor\((\w+)\)", text)
    text = inner[1] if inner is not None else text
    return _SAME.get(text, text)


def shape_of(words: str | None) -> Shape | None:
    """A shape as people write it, ``[-1, 20]``, ``(None, 20)`` or ``batch x 20``; None if it is none."""
    if words is None:
        return None
    text = re.sub(r"^\s*[\[(]|,?\s*[\])]\s*$", "", words).strip()
    if not text:
        return ()
    found: list[int | None] = []
    for part in re.split(r"\s*,\s*|\s+x\s+", text):
        word = part.strip().lower()
        if re.fullmatch(r"[0-9]{1,18}", word):
            found.append(int(word))
        elif word in _ANY[1:] or re.fullmatch(r"[a-z_][a-z0-9_.+*/-]*", word):
            found.append(None)
        else:
            return None
    return tuple(found)
