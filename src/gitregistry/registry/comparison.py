"""Two release manifests, field by field: what a person has to know of one who knows the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from gitregistry.records.common import Record
from gitregistry.records.release import Release
from gitregistry.records.shapes import plain

Scalar = str | int | Decimal | bool

# What tells records apart, not models: two releases always differ in some of these.
_OF_THE_RECORD = (
    "kind",
    "schema_version",
    "registry_id",
    "created_at",
    "created_by",
    "model_name",
    "version",
)
# Lists of things that have names: each is compared with its namesake.
_NAMED_BY = {"inputs": "name", "outputs": "name", "files": "path"}


class Field(NamedTuple):
    """One field in both manifests; None where it is not given. ``name`` is dotted: ``evaluation.auc``."""

    name: str
    before: Scalar | None
    after: Scalar | None

    @property
    def differs(self) -> bool:
        return self.before != self.after or isinstance(self.before, bool) != isinstance(self.after, bool)


def compare(before: Release, after: Release) -> tuple[Field, ...]:
    """Every field that differs, in the manifest's order; and every evaluated value, the same or not."""
    old, new = _by_name(before), _by_name(after)
    fields = (Field(name, old.get(name), new.get(name)) for name in _merged(list(old), list(new)))
    return tuple(field for field in fields if field.differs or field.name.startswith("evaluation."))


def _by_name(release: Release) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for name, value in _flat(release):
        # Two inputs of one name are nonsense, and none of it may be left out.
        found[name] = f"{found[name]}; {value}" if name in found else value
    return found


def _flat(release: Release) -> Iterator[tuple[str, Scalar]]:
    for name, value in plain(release).items():
        if name not in _OF_THE_RECORD:
            yield from _leaves(name, value, _NAMED_BY.get(name))


def _leaves(name: str, value: object, named_by: str | None = None) -> Iterator[tuple[str, Scalar]]:
    """The scalars below a field. A list is one value, unless its items have names."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(f"{name}.{key}", item)
    elif isinstance(value, list) and named_by is not None:
        for item in value:
            rest = {key: part for key, part in item.items() if key != named_by and part is not False}
            words = (key if part is True else f"{key} {part}" for key, part in rest.items())
            yield f"{name}.{item[named_by]}", ", ".join(words)
    elif isinstance(value, list):
        yield name, ", ".join(str(item) for item in value)
    elif isinstance(value, str | int | Decimal | bool):
        yield name, value


def _merged(old: list[str], new: list[str]) -> list[str]:
    """All names, each once, those that belong together side by side."""
    order = {name: place for place, name in enumerate(_FIELDS)}
    return sorted(dict.fromkeys((*new, *old)), key=lambda name: order[name.partition(".")[0]])


_FIELDS = tuple(name for name in Release.__dataclass_fields__ if name not in Record.__dataclass_fields__)
