"""What MLflow's ``MLmodel`` file says that a model takes and gives: a signature, JSON within YAML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, NamedTuple

from gitregistry.errors import BadInput
from gitregistry.records.release import Port
from gitregistry.records.shapes import is_null
from gitregistry.records.strict_json import read_json
from gitregistry.records.strict_yaml import Value, read

FILE: Final = "MLmodel"
MOST_BYTES: Final = 1 << 20


class Signature(NamedTuple):
    """What MLflow knows of a model; empty where it knows nothing. Parameters are optional inputs."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def read_signature(data: bytes, name: str) -> Signature:
    """Read the signature of a model.

    Raises:
        BadInput: the file cannot be read, or its signature is none.
    """
    given = read(data, name).get("signature", "")
    if not isinstance(given, dict):
        return Signature((), ())
    inputs = _columns(given.get("inputs"), f"{name}: signature.inputs")
    outputs = _columns(given.get("outputs"), f"{name}: signature.outputs")
    parameters = _parameters(given.get("params"), f"{name}: signature.params")
    return Signature((*inputs, *parameters), outputs)


def _columns(text: Value | None, name: str) -> tuple[Port, ...]:
    return tuple(_column(item, place, name) for place, item in enumerate(_items(text, name)))


def _column(item: Mapping[str, Value], place: int, name: str) -> Port:
    """A column or a tensor; one without a name goes by its place, as callers know it."""
    tensor = item.get("tensor-spec")
    if isinstance(tensor, dict):
        kind, shape = _text(tensor.get("dtype"), name), _shape(tensor.get("shape"))
    else:
        kind, shape = _text(item.get("type"), name), None
        nested = {key: value for key, value in item.items() if key not in ("name", "type", "required")}
        if nested:
            kind = f"{kind} {json.dumps(nested, sort_keys=True)}"
    named = item.get("name")
    return Port(
        name=named if isinstance(named, str) and named else str(place),
        type=kind,
        shape=shape,
        optional=item.get("required") == "false" or item.get("optional") == "true",
    )


def _parameters(text: Value | None, name: str) -> tuple[Port, ...]:
    return tuple(
        Port(
            name=f"params.{_text(item.get('name'), name)}",
            type=_text(item.get("type", item.get("dtype")), name),
            shape=_shape(item.get("shape")),
            optional=True,
        )
        for item in _items(text, name)
    )


def _items(text: Value | None, name: str) -> list[dict[str, Value]]:
    if text is None or not isinstance(text, str) or is_null(text):
        return []
    found = read_json(text.encode(), name)
    if not isinstance(found, list):
        raise BadInput("is not a list of columns", path=name)
    items = [item for item in found if isinstance(item, dict)]
    if len(items) != len(found):
        raise BadInput("holds something that is no column", path=name)
    return items


def _text(value: Value | None, name: str) -> str:
    if not isinstance(value, str) or not value or "\n" in value:
        raise BadInput("has a column without a type or name", path=name)
    return value


def _shape(value: Value | None) -> str | None:
    if not isinstance(value, list):
        return None
    return f"[{', '.join(item if isinstance(item, str) else '?' for item in value)}]"
