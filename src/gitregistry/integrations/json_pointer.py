"""JSON Pointer (RFC 6901): one place in a document, which is there or is an error. Nothing is searched."""

from __future__ import annotations

import re
from typing import Any

from gitregistry.errors import BadInput
from gitregistry.records.names import shown
from gitregistry.records.shapes import Shape, ShapeFault, is_null
from gitregistry.records.strict_yaml import Value, line_of

_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_MOST_KEYS = 8


class Misplaced(BadInput):
    """What was looked for is not there, or not of its kind; ``pointer`` says where."""

    def __init__(self, message: str, pointer: str, name: str, hint: str = "") -> None:
        mend = hint or "mend the mapping, or let the program write it"
        super().__init__(message, path=name, hint=mend)
        self.pointer = pointer


class PointerShape(Shape):
    """``/statistics/success_percent``; ``""`` is the whole document."""

    schema = {"type": "string", "pattern": "^(?:/(?:[^~/]|~[01])*)*$"}  # noqa: RUF012 - as in every shape

    def convert(self, value: Value) -> str:
        if isinstance(value, str) and not is_null(value) and len(value) <= 4096 and _POINTER.fullmatch(value):
            return str(value)
        given = shown(value) if isinstance(value, str) else "no text"
        raise ShapeFault(f"expected a JSON Pointer like /statistics/success_percent, found {given}")


def at(document: Value, pointer: str, name: str, above: str = "") -> Value:
    """What lies at a pointer.

    Args:
        name: the file named in faults.
        above: the pointer to ``document`` itself, for faults.

    Raises:
        Misplaced: nothing lies there; it says how far the way goes, and what there is instead.
    """
    found = document
    way = above
    for token in pointer.split("/")[1:]:
        inner = _step(found, token.replace("~1", "/").replace("~0", "~"))
        if inner is None:
            words = f"has nothing at {shown(above + pointer)}: {_instead(found, way)}"
            raise Misplaced(words, above + pointer, name)
        found = inner
        way += f"/{token}"
    if is_null(found):
        raise Misplaced(f"has null at {shown(way)}: no data", way, name, "see why it was not measured")
    return found


def line_at(data: bytes, document: Value, pointer: str) -> int | None:
    """The line of a pointer's place, or of the last one on the way to it; None where none can be told."""
    way: list[str | int] = []
    found = document
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        inner = _step(found, key)
        if inner is None:
            break
        way.append(int(key) if isinstance(found, list) else key)
        found = inner
    return line_of(data, way)  # JSON is YAML as well; where tabs make it none, no line is told


def escaped(key: str) -> str:
    """A key as a pointer spells it."""
    return key.replace("~", "~0").replace("/", "~1")


def _step(found: Value, token: str) -> Value | None:
    if isinstance(found, dict):
        return found.get(token)
    if isinstance(found, list) and _INDEX.fullmatch(token) and int(token) < len(found):
        return found[int(token)]
    return None


def _instead(found: Any, way: str) -> str:
    place = shown(way) if way else "the top"
    if isinstance(found, dict):
        keys = ", ".join(shown(key)[1:-1] for key in list(found)[:_MOST_KEYS])
        return f"{place} has {keys or 'no keys'}" + (", …" if len(found) > _MOST_KEYS else "")
    if isinstance(found, list):
        return f"{place} is a list of {len(found)}"
    return f"{place} is {shown(found)}"
