"""JSON Pointer (RFC 6901): one place in a document, which is there or is an error. Nothing is searched."""

from __future__ import annotations

import re
from typing import Any

from gitregistry.errors import BadInput
from gitregistry.records.names import shown
from gitregistry.records.shapes import Shape, ShapeFault, is_null
from gitregistry.records.strict_yaml import Value

_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_MOST_KEYS = 8


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
        BadInput: nothing lies there; it says how far the way goes, and what there is instead.
    """
    found = document
    way = above
    for token in pointer.split("/")[1:]:
        inner = _step(found, token.replace("~1", "/").replace("~0", "~"))
        if inner is None:
            raise BadInput(
                f"has nothing at {shown(above + pointer)}: {_instead(found, way)}",
                path=name,
                hint="mend the mapping, or let the program write it",
            )
        found = inner
        way += f"/{token}"
    if is_null(found):
        raise BadInput(f"has null at {shown(way)}: no data", path=name, hint="see why it was not measured")
    return found


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
