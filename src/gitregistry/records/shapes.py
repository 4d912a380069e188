"""From strict YAML to frozen records: what each field's text must look like, and what it becomes.

A record is a frozen dataclass whose annotations carry a *shape*. :func:`read_record` compiles a reader
from those annotations once for each class; pydantic reads the same annotations to write the JSON
Schemas (``schema_export.py``). There is one declaration, and the commands that start often do not pay
for pydantic. Scalars arrive as text and become what the shape says: nothing guesses.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache, cached_property
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from gitregistry.errors import BadInput
from gitregistry.records import names
from gitregistry.records.frozen import assembled
from gitregistry.records.strict_yaml import Quoted, Value, line_of, read
from gitregistry.records.text import dotted

Converter = Callable[[Value], Any]
RecordType = TypeVar("RecordType")


class ShapeFault(Exception):
    """A value that does not fit: the way down to it and what is wrong."""

    def __init__(self, message: str, *way: str | int) -> None:
        super().__init__(message)
        self.message = message
        self.way: list[str | int] = list(way)


class Shape:
    """What one scalar must look like. ``schema`` is its JSON Schema; ``convert`` its reader."""

    schema: Mapping[str, Any] = {"type": "string"}

    def convert(self, value: Value) -> Any:
        raise NotImplementedError

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        handler(core_schema)
        return dict(self.schema)


class Text(Shape):
    """Text as written: ``1.10`` and ``no`` stay what they are. May not be empty."""

    def __init__(self, pattern: str = "", means: str = "text", max_length: int = 4096) -> None:
        self._pattern = pattern
        self._means = means
        self._max_length = max_length
        self.schema = {"type": "string", "minLength": 1, "maxLength": max_length}
        if pattern:
            self.schema["pattern"] = f"^(?:{pattern})$"

    def convert(self, value: Value) -> str:
        text = _scalar(value, self._means)
        if not text or len(text) > self._max_length:
            raise ShapeFault(f"expected {self._means} of 1 to {self._max_length} characters")
        if self._pattern and not self._fits(text):
            raise ShapeFault(f"expected {self._means}, found {names.shown(text)}")
        return str(text)

    @cached_property
    def _fits(self) -> Callable[[str], object]:
        """Compiled at the first use: most commands read few kinds of record."""
        return re.compile(self._pattern).fullmatch


class Name(Shape):
    """A name by the rules of :mod:`gitregistry.records.names`."""

    def __init__(self, fault: Callable[[str], str | None], pattern: str) -> None:
        self._fault = fault
        self.schema = {"type": "string", "pattern": f"^{pattern}$"}

    def convert(self, value: Value) -> str:
        text = _scalar(value, "a name")
        fault = self._fault(text)
        if fault:
            raise ShapeFault(fault)
        return str(text)


class Time(Shape):
    """RFC 3339, UTC, whole seconds: ``2026-05-01T09:30:00Z``. Text order is time order."""

    pattern = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
    schema: Mapping[str, Any] = {"type": "string", "pattern": f"^{pattern}$"}

    def convert(self, value: Value) -> str:
        text = _scalar(value, "a time")
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        # ISO 8601 has many spellings; written back, only this one gives the same text.
        if moment is None or moment.isoformat() != f"{text[:-1]}+00:00" or text[-1] != "Z":
            raise ShapeFault(f"expected a UTC time like 2026-05-01T09:30:00Z, found {names.shown(text)}")
        return str(text)


class Integer(Shape):
    """A whole number in plain digits: neither ``true`` nor ``1.0`` nor ``"1"`` is one."""

    def __init__(self, least: int, most: int = 2**53) -> None:
        self._least, self._most = least, most
        self.schema = {"type": "integer", "minimum": least, "maximum": most}

    def convert(self, value: Value) -> int:
        if type(value) is not str or not _is_integer(value):
            raise ShapeFault(f"expected a whole number, found {_found(value)}")
        number = int(value)
        if not self._least <= number <= self._most:
            raise ShapeFault(f"expected a whole number from {self._least} to {self._most}, found {number}")
        return number


class Number(Shape):
    """A decimal, read exactly and never through a binary float."""

    schema: Mapping[str, Any] = {"type": "number"}

    def convert(self, value: Value) -> Decimal:
        if type(value) is not str or not re.fullmatch(_NUMBER, value):
            raise ShapeFault(f"expected a finite decimal number, found {_found(value)}")
        return Decimal(value)


class Flag(Shape):
    """``true`` or ``false``, unquoted."""

    schema: Mapping[str, Any] = {"type": "boolean"}

    def convert(self, value: Value) -> bool:
        if type(value) is str and value in ("true", "false"):
            return value == "true"
        raise ShapeFault(f"expected true or false, found {_found(value)}")


class Free(Shape):
    """A scalar of a free-form map: true, false, a finite decimal, else text."""

    schema: Mapping[str, Any] = {"type": ["string", "number", "boolean"]}

    def convert(self, value: Value) -> str | Decimal | bool:
        text = _scalar(value, "one value")
        if type(value) is Quoted:
            return str(text)
        if text in ("true", "false"):
            return text == "true"
        if text[0] in "+-.0123456789" and re.fullmatch(_NUMBER, text):
            return Decimal(text)
        if text.lower().lstrip("+-.") in _NOT_FINITE:
            raise ShapeFault(f"{names.shown(text)} is not a finite number; quote it if it is a word")
        return str(text)


# A record says what it is, whatever a program that makes one may leave out.
_ALWAYS_WRITTEN = ("kind", "schema_version")
# Compiled at the first use, like every pattern here: commands that start often meet few of them.
_NUMBER = r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?"
_NOTHING = ("", "null", "~")
_NOT_FINITE = ("nan", "inf", "infinity")


def _is_integer(text: str) -> bool:
    """Plain digits, at most 18 of them, without a leading zero."""
    return text.isascii() and text.isdecimal() and len(text) <= 18 and (text == "0" or text[0] != "0")


def _unknown(key: str, known: list[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only this message needs it

    close = get_close_matches(key, known, 1)
    return "unknown field; " + (f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}")


def _scalar(value: Value, means: str) -> str:
    if type(value) is Quoted or (isinstance(value, str) and value not in _NOTHING):
        return value
    if isinstance(value, str):
        raise ShapeFault(f"expected {means}, found nothing")
    raise ShapeFault(f"expected {means}, found {_found(value)}")


def is_null(value: Value) -> bool:
    """Whether a plain scalar says "nothing": empty, ``null`` or ``~``."""
    return type(value) is str and value in _NOTHING


def _found(value: Value) -> str:
    if isinstance(value, str):
        return f"the quoted text {names.shown(value)}" if type(value) is Quoted else names.shown(value)
    return "a list" if isinstance(value, list) else "a map"


def read_record(record: type[RecordType], data: bytes, name: str) -> RecordType:
    """Read one record's exact bytes strictly.

    Args:
        record: the frozen dataclass to make.
        data: the file's bytes as Git stores them.
        name: the path that messages name.

    Raises:
        BadInput: with path, line and field of the first fault.
    """
    return from_value(record, read(data, name), data, name)


def from_value(record: type[RecordType], value: Value, data: bytes, name: str) -> RecordType:
    """The record of already parsed YAML; ``data`` is only used to find a fault's line."""
    try:
        annotation: Any = record
        made: RecordType = converter_of(annotation)(value)
        return made
    except ShapeFault as fault:
        way = fault.way
        line = line_of(data, way) or (line_of(data, way[:-1]) if way[:-1] else 1)
        raise BadInput(fault.message, path=name, line=line, field=dotted(way)) from None


@cache
def converter_of(annotation: Any) -> Converter:
    """The reader of an annotation: a dataclass, a shaped scalar, a tuple, a mapping, an optional."""
    if is_dataclass(annotation) and isinstance(annotation, type):
        return _record_converter(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return next(item for item in annotation.__metadata__ if isinstance(item, Shape)).convert
    if origin is Literal:
        return _choice_converter(arguments)
    if is_union(origin):
        return _optional_converter(converter_of(arguments[0]))
    if origin is tuple:
        return _list_converter(converter_of(arguments[0]))
    if origin is Mapping:
        return _map_converter(converter_of(arguments[0]), converter_of(arguments[1]))
    raise TypeError(f"no shape for {annotation!r}")


def is_union(origin: Any) -> bool:
    """Whether an annotation of this origin is ``… | None``, however it is spelled."""
    return origin is types.UnionType or str(origin) == "typing.Union"


def _choice_converter(choices: tuple[str, ...]) -> Converter:
    def convert(value: Value) -> str:
        if isinstance(value, str) and value in choices:
            return str(value)
        raise ShapeFault(f"expected {' or '.join(choices)}, found {_found(value)}")

    return convert


def _optional_converter(inner: Converter) -> Converter:
    def convert(value: Value) -> Any:
        return None if type(value) is str and is_null(value) else inner(value)

    return convert


def _list_converter(inner: Converter) -> Converter:
    def convert(value: Value) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ShapeFault(f"expected a list, found {_found(value)}")
        made = []
        for index, item in enumerate(value):
            try:
                made.append(inner(item))
            except ShapeFault as fault:
                fault.way.insert(0, index)
                raise
        return tuple(made)

    return convert


def _map_converter(key_converter: Converter, inner: Converter) -> Converter:
    def convert(value: Value) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise ShapeFault(f"expected a map, found {_found(value)}")
        made = {}
        for key, item in value.items():
            try:
                made[key_converter(Quoted(key))] = inner(item)
            except ShapeFault as fault:
                fault.way.insert(0, key)
                raise
        return types.MappingProxyType(made)

    return convert


def annotations_by_field(record: type[Any]) -> dict[str, tuple[str, Any]]:
    """By the name in the file: the field, and its annotation."""
    # Record modules leave annotations unquoted, so that nothing has to be compiled to read them here.
    hints: dict[str, Any] = {}
    for ancestor in reversed(record.__mro__):
        hints |= getattr(ancestor, "__annotations__", {})
    return {written(field.name): (field.name, hints[field.name]) for field in fields(record)}


def left_out(record: type[Any]) -> dict[str, Any]:
    """What every field is when the file leaves it out, in their order; those that it must have among them."""
    return {
        field.name: field.default if field.default_factory is MISSING else field.default_factory()
        for field in fields(record)
    }


def _record_converter(record: type[Any]) -> Converter:
    converters = {
        key: (name, converter_of(annotation))
        for key, (name, annotation) in annotations_by_field(record).items()
    }
    required = {
        written(field.name): None
        for field in fields(record)
        if field.name in _ALWAYS_WRITTEN or (field.default is MISSING and field.default_factory is MISSING)
    }
    # What is required has been seen to be there before it is made of these.
    defaults = left_out(record)

    def convert(value: Value) -> Any:
        if not isinstance(value, dict):
            raise ShapeFault(f"expected a map, found {_found(value)}")
        made = defaults.copy()
        for key, item in value.items():
            known = converters.get(key)
            if known is None:
                raise ShapeFault(_unknown(key, list(converters)), key)
            name, converter = known
            try:
                made[name] = converter(item)
            except ShapeFault as fault:
                fault.way.insert(0, key)
                raise
        if not required.keys() <= value.keys():
            missing = next(key for key in required if key not in value)
            raise ShapeFault("this field is missing", missing)
        return assembled(record, made)

    return convert


def written(field: str) -> str:
    """A field's name in the file: ``from`` is a word of Python's own, so the class says ``from_``."""
    return field.rstrip("_")


def plain(value: object) -> Any:
    """A record as plain maps, lists and scalars for the YAML writer and for JSON; empty fields left out.

    Not so where a field left out would be read as something: an empty list of models grants none, not all.
    """
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((field, getattr(value, field.name)) for field in fields(value))
        return {
            written(field.name): plain(item)
            for field, item in pairs
            if not _is_empty(item) or (isinstance(field.default, tuple) and field.default != item)
        }
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, tuple | Mapping) and not value)
