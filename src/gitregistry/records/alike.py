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
from itertools import count
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
from gitregistry.records.strict_yaml import Quoted, Value
from gitregistry.records.strict_yaml import read as read_strictly

RecordType = TypeVar("RecordType")
# Makes a part of a record of all values of its document.
_Maker = Callable[[Sequence[str]], Any]

# The keys of free-form maps are anybody's, so layouts are without number and may be of any size.
_MOST_LAYOUTS: Final = 16
_MOST_VALUES: Final = 200
_LARGEST: Final = 1 << 12  # bytes
# What is remembered of the values themselves: for each field, in all, and of what length.
_MOST_OF_A_FIELD: Final = 2048
_MOST_REMEMBERED: Final = 50_000
_LONGEST_REMEMBERED: Final = 100

_HARMLESS: Final = r"[A-Za-z0-9_./@+=,;()~%-]"
# A colon or a space needs a harmless character after it: neither ends a value, and `: ` and ` #` never occur.
# A text matches in one way only, so nothing need forbid others; possessive repeats are wrong before 3.11.5.
_VALUE: Final = rf"[A-Za-z0-9/]{_HARMLESS}*(?:[: ]{_HARMLESS}+)*"
_KEY: Final = r"[A-Za-z0-9_][A-Za-z0-9_./@+-]{0,200}"
_LINE: Final = rf" *(?:- )*(?:{_KEY}:(?: {_VALUE}| \"{_VALUE}\")?|(?<=- )(?:{_VALUE}|\"{_VALUE}\"))\n"


class Layouts:
    """The layouts met so far, of each class of record.

    Args:
        after: how many records are read before any layout is remembered.
    """

    def __init__(self, after: int) -> None:
        self._still = after
        self._known: dict[type[Any], list[_Layout]] = {}
        self._memory = _Memory()

    def read(self, record: type[RecordType], data: bytes, name: str) -> RecordType:
        """As ``shapes.read_record``, which is asked whenever there is any doubt.

        Raises:
            BadInput: as there.
        """
        known = self._known.setdefault(record, [])
        text = data.decode("ascii") if len(data) <= _LARGEST and data.isascii() else ""
        try:
            for layout in known:
                values = layout.values(text)
                if values is not None:
                    made: RecordType = layout.make(values)
                    return made
        except ShapeFault:
            pass  # what is wrong with it is told below, with the line
        document = read_strictly(data, name)
        made = from_value(record, document, data, name)
        if self._still:
            self._still -= 1
        elif len(known) < _MOST_LAYOUTS:
            known += _layout_of(record, text, document, self._memory)
        return made


class _Layout:
    """What records of a class look like without their values, and how one is made of its values."""

    def __init__(self, pattern: str, make: _Maker) -> None:
        self._match = re.compile(pattern).fullmatch
        self.make = make

    def values(self, text: str) -> Sequence[str] | None:
        """The values of a document that has this layout; None of any other."""
        found = self._match(text)
        return found.groups() if found is not None else None


def _layout_of(
    record: type[Any], text: str, document: dict[str, Value], memory: _Memory
) -> Iterator[_Layout]:
    """The layout of a document, if its lines are harmless and its values those of the strict reader."""
    if not _lines().fullmatch(text):
        return
    parts = _values().split(text)
    between, quotes, values = parts[0::3], parts[1::3], parts[2::3]
    found = [(value, bool(quote)) for value, quote in zip(values, quotes, strict=True)]
    if len(found) <= _MOST_VALUES and found == [*_leaves(document)]:
        pattern = [re.escape(between[0])]
        for quote, following in zip(quotes, between[1:], strict=True):
            pattern.append(f"{quote}({_VALUE}){quote}{re.escape(following)}")
        yield _Layout("".join(pattern), _Plan(memory).maker(record, document))


def _leaves(value: Value) -> Iterator[tuple[str, bool]]:
    """The scalars of a document in their order, and whether each is quoted."""
    if isinstance(value, str):
        yield value, type(value) is Quoted
        return
    for item in value.values() if isinstance(value, dict) else value:
        yield from _leaves(item)


class _Memory:
    """How much more may be remembered of values."""

    def __init__(self) -> None:
        self.room = _MOST_REMEMBERED


class _Plan:
    """What becomes of the values of one layout: each field's own converter, as ``shapes`` has it."""

    def __init__(self, memory: _Memory) -> None:
        self._memory = memory
        self._places = count()

    def maker(self, annotation: Any, like: Value) -> _Maker:
        """What makes a value of this annotation, of scalars that stand where they stand in ``like``."""
        if isinstance(like, str):
            return self._leaf(converter_of(annotation), next(self._places), quoted=type(like) is Quoted)
        arguments = get_args(annotation)
        if is_union(get_origin(annotation)):
            return self.maker(arguments[0], like)
        if isinstance(like, list):
            items = [self.maker(arguments[0], item) for item in like]
            return lambda values: tuple([make(values) for make in items])
        if get_origin(annotation) is Mapping:
            key = converter_of(arguments[0])
            pairs = [(key(Quoted(name)), self.maker(arguments[1], item)) for name, item in like.items()]
            return lambda values: types.MappingProxyType({name: make(values) for name, make in pairs})
        return self._record(annotation, like)

    def _record(self, record: type[Any], like: dict[str, Value]) -> _Maker:
        known, rest = annotations_by_field(record), left_out(record)
        fields = [(known[key][0], self.maker(known[key][1], item)) for key, item in like.items()]

        def make(values: Sequence[str]) -> Any:
            made = rest.copy()
            for name, make_field in fields:
                made[name] = make_field(values)
            return assembled(record, made)

        return make

    def _leaf(self, convert: Callable[[Value], Any], place: int, *, quoted: bool) -> _Maker:
        """The same names and digests come again and again: what they became is remembered too."""
        memory = self._memory
        known: dict[str, Any] = {}

        def make(values: Sequence[str]) -> Any:
            text = values[place]
            made = known.get(text)
            if made is None:
                made = convert(Quoted(text) if quoted else text)
                if memory.room and len(known) < _MOST_OF_A_FIELD and len(text) <= _LONGEST_REMEMBERED:
                    known[text] = made
                    memory.room -= 1
            return made

        return make


@cache
def _values() -> re.Pattern[str]:
    """What is taken out: the value at the end of a line, after its key or dash."""
    return re.compile(rf'(?m)(?<=[:-] )("?)({_VALUE})\1$')


@cache
def _lines() -> re.Pattern[str]:
    return re.compile(f"(?:{_LINE})+")


# Commands that start often read a few records; only who reads many gains by remembering.
_THIS_PROCESS: Final = Layouts(after=50)


def read(record: type[RecordType], data: bytes, name: str) -> RecordType:
    """As ``shapes.read_record``, and sooner done where many records are written alike.

    Raises:
        BadInput: as there.
    """
    return _THIS_PROCESS.read(record, data, name)
