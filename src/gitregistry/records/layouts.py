"""Documents of a layout that was met before, read without the parser.

The records of one kind are alike line for line: the same keys, other values. Judging a history reads tens of
thousands of them, and the parser takes the longest of all that is ours there. So what is left of a document
when its values are taken out, its *layout*, is remembered with what the strict reader made of it; the next
document of that layout is the same with its own values in their places.

That holds because of what a layout may be. Every line is ``key:``, ``key: value``, ``- value`` or ``- `` and
one of the first two; keys and values are of characters that mean nothing to YAML where they stand, a value
may be in double quotes, and there is nothing else: no comment, no flow, no block of text, no escape. What
such a document means to YAML depends on its layout alone, never on which of those values stand in it. And
only those layouts are kept whose values came out of the strict reader one for one, in their order: where it
joined two lines into one value there is no such layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from gitregistry.records.strict_yaml import Quoted, Value
from gitregistry.records.strict_yaml import read as read_strictly

_Layout = tuple[str, ...]

# The keys of free-form maps are anybody's, so layouts are without number.
_MOST: Final = 1000
_LARGEST: Final = 1 << 14  # bytes

_HARMLESS: Final = r"[A-Za-z0-9_./@+=,;()~%-]"
# A colon or a space needs a harmless character after it: neither ends a value, and `: ` and ` #` never occur.
_VALUE: Final = rf"[A-Za-z0-9/](?:{_HARMLESS}++|[: ](?={_HARMLESS}))*+"
_KEY: Final = r"[A-Za-z0-9_][A-Za-z0-9_./@+-]{0,200}"
_LINE: Final = rf" *(?:- )*+(?:{_KEY}:(?: {_VALUE}| \"{_VALUE}\")?|(?<=- )(?:{_VALUE}|\"{_VALUE}\"))\n"


class Layouts:
    """The layouts met so far, each with a document of it.

    Args:
        after: how many documents are read before any is remembered.
    """

    def __init__(self, after: int) -> None:
        self._still = after
        self._known: dict[_Layout, dict[str, Value]] = {}

    def read(self, data: bytes, name: str) -> dict[str, Value]:
        """As ``strict_yaml.read``, which is asked whenever there is any doubt."""
        if self._still:
            self._still -= 1
            return read_strictly(data, name)
        if len(data) > _LARGEST or not data.isascii():
            return read_strictly(data, name)
        text = data.decode("ascii")
        layout, values = _taken_apart(text)
        alike = self._known.get(layout)
        if alike is not None:
            return _like_map(alike, iter(values))
        document = read_strictly(data, name)
        if len(self._known) < _MOST and _lines().fullmatch(text) and _are_values_of(values, document):
            self._known[layout] = _like_map(document, iter(values))
        return document


# Commands that start often read a few records; only who reads many gains by remembering.
_THIS_PROCESS: Final = Layouts(after=50)


def read(data: bytes, name: str) -> dict[str, Value]:
    """As ``strict_yaml.read``, and sooner done where many documents of one layout are read."""
    return _THIS_PROCESS.read(data, name)


def _taken_apart(text: str) -> tuple[_Layout, list[str]]:
    """A document without its values, quotes left in place, and the values: ``Quoted`` where those are."""
    parts = _values().split(text)
    values = [
        Quoted(value) if quote else value for quote, value in zip(parts[1::3], parts[2::3], strict=False)
    ]
    del parts[2::3]
    return tuple(parts), values


def _like_map(model: dict[str, Value], values: Iterator[str]) -> dict[str, Value]:
    return {
        key: next(values) if isinstance(item, str) else _like(item, values) for key, item in model.items()
    }


def _like(model: Value, values: Iterator[str]) -> Value:
    """A value of the same build as another, with these scalars in it."""
    if isinstance(model, str):
        return next(values)
    return _like_map(model, values) if isinstance(model, dict) else [_like(item, values) for item in model]


def _are_values_of(values: list[str], document: dict[str, Value]) -> bool:
    """Whether these are all scalars of a document, in their order, with quotes where they have some."""
    leaves = list(_leaves(document))
    return leaves == values and [*map(type, leaves)] == [*map(type, values)]


def _leaves(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        return
    for item in value.values() if isinstance(value, dict) else value:
        yield from _leaves(item)


@cache
def _values() -> re.Pattern[str]:
    """What is taken out: the value at the end of a line, after its key or dash."""
    return re.compile(rf'(?m)(?<=[:-] )("?)({_VALUE})\1$')


@cache
def _lines() -> re.Pattern[str]:
    return re.compile(f"(?:{_LINE})+")
