"""The tables of docs/records.md, from the dataclasses that the readers are compiled from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from gitregistry.records import names
from gitregistry.records.common import Record
from gitregistry.records.kinds import KINDS, STATEMENTS
from gitregistry.records.meanings import meanings_of
from gitregistry.records.shapes import Flag, Free, Integer, Name, Number, Shape, Text, Time, written
from tests.docs.blocks import table

_NAMES = {names.NAME: "name", names.VERSION: "version", names.PRINCIPAL: "identity"}
# What the readers' messages spell out, as a table says it. docs/records.md explains these words.
_SHORT = {
    "a digest like sha256:<64 hex digits>": "digest",
    "one line of text": "line",
    "a name or a pattern with up to three *": "pattern",
    "a public key like 'ssh-ed25519 AAAA…'": "public key",
    "a duration like 90s, 30m, 24h or 7d": "duration",
    "a transition like to_production": "transition name",
    "a commit id of 7 to 64 hex digits": "commit id",
    "a full commit id": "full commit id",
    "an incident's name or address without spaces, like INC-1": "incident",
    "a branch like refs/heads/main": "branch name",
    "a Prometheus label": "label",
    "a query": "text",
}
_PLAIN: dict[type[Shape], str] = {
    Time: "UTC time",
    Number: "decimal",
    Flag: "true or false",
    Free: "value",
}
_COMMON = {field.name for field in fields(Record)}
_ALWAYS = {"kind", "schema_version"}


def content_of(name: str) -> str:
    """``common fields``, or ``kind alias``: its fields, and below those of what they hold."""
    if name == "common fields":
        return _table(Record, ("Record",), lambda _field: True)
    kind = name.removeprefix("kind ")
    record = KINDS[kind] if kind in KINDS else STATEMENTS[kind]
    text = _doc(record) + "\n\n" + _table(record, ("Record", record.__name__), _own)
    for part in nested(record):
        text += f"\n**{_title(part)}**: {_doc(part)}\n\n"
        text += _table(part, (part.__name__,), lambda _field: True)
    return text


def _own(field: Field[Any]) -> bool:
    return field.name not in _COMMON


def _doc(record: type[Any]) -> str:
    return "\n".join(line.strip() for line in (record.__doc__ or "").replace("``", "`").strip().splitlines())


def _title(record: type[Any]) -> str:
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in record.__name__)
    return spaced.strip()


def _table(record: type[Any], owners: tuple[str, ...], wanted: Any) -> str:
    hints = get_type_hints(record, include_extras=True)
    meanings = meanings_of(*owners)
    rows = [
        (f"`{written(field.name)}`", words(hints[field.name]), _needed(field), meanings[field.name])
        for field in fields(record)
        if wanted(field)
    ]
    return table(("field", "type", "needed", "meaning"), rows)


def _needed(field: Field[Any]) -> str:
    if field.name in _ALWAYS or (field.default is MISSING and field.default_factory is MISSING):
        return "yes"
    if field.default in (None, ()) or field.default is MISSING:
        return ""
    default = field.default if isinstance(field.default, tuple) else (field.default,)
    return "else " + ", ".join(f"`{str(item).lower() if item is False else item}`" for item in default)


def words(annotation: Any) -> str:
    """What a field may hold, in words."""
    arguments = get_args(annotation)
    if isinstance(annotation, type) and is_dataclass(annotation):
        return _title(annotation)
    if get_origin(annotation) is Annotated:
        return next(shape_words(item) for item in annotation.__metadata__ if isinstance(item, Shape))
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{choice}`" for choice in arguments)
    if get_origin(annotation) is UnionType or str(get_origin(annotation)) == "typing.Union":
        return words(arguments[0])
    if get_origin(annotation) is Mapping:
        return f"map of {words(arguments[0])} to {words(arguments[1])}"
    return f"list of {words(arguments[0])}"


def shape_words(shape: Shape) -> str:
    """What one scalar may be, in words."""
    if isinstance(shape, Name):
        return _NAMES[str(shape.schema["pattern"])[1:-1]]
    if isinstance(shape, Text):
        means = str(vars(shape)["_means"])
        return _SHORT.get(means, means)
    if isinstance(shape, Integer):
        least, most = shape.schema["minimum"], shape.schema["maximum"]
        upwards = f"whole number from {least}"
        return upwards if most == 2**53 else f"{upwards} to {most}" if least < most else f"`{least}`"
    return _PLAIN[type(shape)]


def nested(record: type[Any]) -> list[type[Any]]:
    """Every dataclass that a record's fields hold, however deep, each once."""
    found: dict[type[Any], None] = {}
    hints = get_type_hints(record)
    for field in fields(record):
        for part in _parts(hints[field.name]):
            found |= dict.fromkeys([part, *nested(part)])
    return list(found)


def _parts(annotation: Any) -> list[type[Any]]:
    if isinstance(annotation, type) and is_dataclass(annotation):
        return [annotation]
    return [part for argument in get_args(annotation) for part in _parts(argument)]
