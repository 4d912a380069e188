"""Records that are written like one met before, read without the parser.

The records of a kind are alike line for line: the same keys, other values. Judging a history reads tens of
thousands of them, and there the parser and what follows on it take the longest of all that is ours. So what
is left of a record when its values are taken out, its *layout*, is remembered with what becomes of each
value; the next record of that layout is made of its own values in the same way.

That holds because of what a layout may be. Every line is ``key:``, ``key: value``, ``- value`` or ``- `` and
one of the first two; keys and values are of characters that mean nothing to YAML where they stand, a value
may be in double quotes, and there is nothing else: no comment, no flow, no block of text, no escape. What
such a document means to YAML depends on its layout alone, never on which of those values stand in it. And
only those layouts are kept whose values came out of the strict reader one for one, in their order: where it
joined two lines into one value there is no such layout. What becomes of a value is for its field's shape to
say, as ever.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeVar, get_args, get_origin

from gitregistry.records.frozen import assembled
from gitregistry.records.shapes import (
    ShapeFault,
    annotations_by_field,
    converter_of,
    from_value,
    is_union,
    left_out,
)
from gitregistry.records.strict_yaml import Quoted, Value, read

RecordType = TypeVar("RecordType")
# Makes a part of a record of all values of its document.
_Maker = Callable[[Sequence[str]], Any]

# The keys of free-form maps are anybody's, so layouts are without number.
_MOST_LAYOUTS: Final = 16
_LARGEST: Final = 1 << 13  # bytes
_MOST_VALUES: Final = 2048

_HARMLESS: Final = r"[A-Za-z0-9_./@+=,;()~%-]"
# A colon or a space needs a harmless character after it: neither ends a value, and `: ` and ` #` never occur.
_VALUE: Final = rf"[A-Za-z0-9/](?:{_HARMLESS}++|[: ](?={_HARMLESS}))*+"
_KEY: Final = r"[A-Za-z0-9_][A-Za-z0-9_./@+-]{0,200}"
_LINE: Final = rf" *(?:- )*+(?:{_KEY}:(?: {_VALUE}| \"{_VALUE}\")?|(?<=- )(?:{_VALUE}|\"{_VALUE}\"))\n"


class Layouts:
    """The layouts met so far, of each class of record.

    Args:
        after: how many records are read before any layout is remembered.
    """

    def __init__(self, after: int) -> None:
        self._still = after
        self._known: dict[type[Any], list[_Layout]] = {}

    def read_record(self, record: type[RecordType], data: bytes, name: str) -> RecordType:
        """As ``shapes.read_record``, which is asked whenever there is any doubt."""
        known = self._known.setdefault(record, [])
        text = data.decode("ascii") if data.isascii() and len(data) <= _LARGEST else ""
        for layout in known:
            values = layout.values(text)
            if values is not None:
                try:
                    found: RecordType = layout.make(values)
                except ShapeFault:
                    break  # what is wrong with it is told by whoever knows the line
                return found
        document = read(data, name)
        made = from_value(record, document, data, name)
        if self._still:
            self._still -= 1
        elif text and len(known) < _MOST_LAYOUTS and _lines().fullmatch(text):
            known += _layout_of(record, text, document)
        return made


# Commands that start often read a few records; only who reads many gains by remembering.
_THIS_PROCESS: Final = Layouts(after=50)


def read_record(record: type[RecordType], data: bytes, name: str) -> RecordType:
    """As ``shapes.read_record``, and sooner done where many records are written alike."""
    return _THIS_PROCESS.read_record(record, data, name)


class _Layout:
    """What records of a class look like without their values, and how one is made of its values."""

    def __init__(self, pattern: str, make: _Maker) -> None:
        self._match = re.compile(pattern).fullmatch
        self.make = make

    def values(self, text: str) -> Sequence[str] | None:
        """The values of a document that has this layout; None of any other."""
        found = self._match(text)
        return found.groups() if found is not None else None


def _layout_of(record: type[Any], text: str, document: dict[str, Value]) -> Iterator[_Layout]:
    """The layout of a document of harmless lines, if its values are those that the strict reader found."""
    parts = _values().split(text)
    between, quotes, values = parts[0::3], parts[1::3], parts[2::3]
    if [(value, bool(quote)) for value, quote in zip(values, quotes, strict=True)] == [*_leaves(document)]:
        pattern = [re.escape(between[0])]
        for quote, following in zip(quotes, between[1:], strict=True):
            pattern.append(f"{quote}({_VALUE}){quote}{re.escape(following)}")
        yield _Layout("".join(pattern), _maker(record, document, iter(range(len(values)))))


def _leaves(value: Value) -> Iterator[tuple[str, bool]]:
    """The scalars of a document in their order, and whether each is quoted."""
    if isinstance(value, str):
        yield value, type(value) is Quoted
        return
    for item in value.values() if isinstance(value, dict) else value:
        yield from _leaves(item)


def _maker(annotation: Any, like: Value, places: Iterator[int]) -> _Maker:
    """What makes a value of this annotation, of scalars that stand where they stand in ``like``."""
    if isinstance(like, str):
        return _leaf(annotation, next(places), quoted=type(like) is Quoted)
    if is_union(get_origin(annotation)):
        return _maker(get_args(annotation)[0], like, places)
    arguments = get_args(annotation)
    if isinstance(like, list):
        items = [_maker(arguments[0], item, places) for item in like]
        return lambda values: tuple([make(values) for make in items])
    if get_origin(annotation) is Mapping:
        key = converter_of(arguments[0])
        pairs = [(key(Quoted(name)), _maker(arguments[1], item, places)) for name, item in like.items()]
        return lambda values: types.MappingProxyType({name: make(values) for name, make in pairs})
    return _record(annotation, like, places)


def _record(record: type[Any], like: dict[str, Value], places: Iterator[int]) -> _Maker:
    known = annotations_by_field(record)
    rest = left_out(record)
    fields = [(known[key][0], _maker(known[key][1], item, places)) for key, item in like.items()]

    def make(values: Sequence[str]) -> Any:
        made = rest.copy()
        for name, make_field in fields:
            made[name] = make_field(values)
        return assembled(record, made)

    return make


def _leaf(annotation: Any, place: int, *, quoted: bool) -> _Maker:
    """The same names and digests come again and again: what they became is remembered too."""
    convert = converter_of(annotation)
    known: dict[str, Any] = {}

    def make(values: Sequence[str]) -> Any:
        text = values[place]
        made = known.get(text)
        if made is None:
            made = convert(Quoted(text) if quoted else text)
            if len(known) < _MOST_VALUES:
                known[text] = made
        return made

    return make


@cache
def _values() -> re.Pattern[str]:
    """What is taken out: the value at the end of a line, after its key or dash."""
    return re.compile(rf'(?m)(?<=[:-] )("?)({_VALUE})\1$')


@cache
def _lines() -> re.Pattern[str]:
    return re.compile(f"(?:{_LINE})+")
