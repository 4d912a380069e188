"""Nested values of other programs as the flat maps that a manifest has: ``train.lr``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gitregistry.records.common import FreeValue
from gitregistry.records.shapes import ShapeFault, converter_of, is_null
from gitregistry.records.strict_yaml import Quoted, Value


def flattened(given: Mapping[str, Value], prefix: str = "") -> Iterator[tuple[str, Value]]:
    """Every scalar under its dotted name; a list as one text, ``[64, 32]``; what says nothing is left out."""
    for key, value in given.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from flattened(value, f"{name}.")
        elif isinstance(value, list):
            yield name, Quoted(_flow(value))
        elif not is_null(value):
            yield name, _taken(value)


def _taken(value: str) -> str:
    """A scalar; as text where a manifest has no such number, such as NaN."""
    try:
        converter_of(FreeValue)(value)
    except ShapeFault:
        return Quoted(value)
    return value


def _flow(value: Value) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return value
