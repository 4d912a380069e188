"""The file that says where a JSON report keeps its result and its measurements.

It points and compares; it computes nothing. Annotations stay unquoted here: ``records/shapes.py`` reads them.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

from gitregistry.errors import BadInput
from gitregistry.integrations.found import read_bounded
from gitregistry.integrations.json_pointer import PointerShape
from gitregistry.records.common import FreeValue, Line
from gitregistry.records.digests import digest_of
from gitregistry.records.frozen import Frozen, frozen
from gitregistry.records.shapes import Text, read_record
from gitregistry.records.strict_yaml import MAX_BYTES, line_of
from gitregistry.records.text import dotted

Pointer = Annotated[str, PointerShape()]
# A pointer into each item; `key` is the key that the item lies under.
Slice = Annotated[str, Text(r"key|/[^\n]*", "key, or a JSON Pointer within the item")]


@frozen
class ResultMapping(Frozen):
    """Where the result stands. With ``each``, every item's must be one of ``passed``.

    A value that none of the three lists names means *failed*.
    """

    each: Pointer | None = None
    where: Mapping[Pointer, FreeValue] | None = None
    path: Pointer | None = None
    passed: tuple[FreeValue, ...]
    error: tuple[FreeValue, ...] = ()
    skipped: tuple[FreeValue, ...] = ()


@frozen
class MeasurementMapping(Frozen):
    """Where one measurement stands; with ``each``, one for every item that ``where`` fits.

    It has a ``name``, or each item gives its own at ``named_by``.
    """

    name: Line | None = None
    named_by: Slice | None = None
    each: Pointer | None = None
    where: Mapping[Pointer, FreeValue] | None = None
    value: Pointer | None = None
    slice: Slice | None = None
    unit: Line | None = None


@frozen
class ToolMapping(Frozen):
    """What wrote the report; its version is a pointer when it begins with ``/``."""

    name: Line
    version: Line | None = None


@frozen
class WindowMapping(Frozen):
    """Where the report says from when to when it looked: RFC 3339 times with their zone."""

    start: Pointer
    end: Pointer


@frozen
class ReportMapping(Frozen):
    """A whole mapping. Without ``result`` the verdict is left to the bounds of the policy's check."""

    result: ResultMapping | None = None
    measurements: tuple[MeasurementMapping, ...] = ()
    tool: ToolMapping | None = None
    observed: WindowMapping | None = None


class Mapped(NamedTuple):
    """A mapping file as read, its name for messages, and the digest that evidence names it by."""

    mapping: ReportMapping
    name: str
    digest: str


def read_mapping(path: Path) -> Mapped:
    """Read a mapping file strictly.

    Raises:
        BadInput: it cannot be read, or does not say what it must; with line and field.
    """
    data = read_bounded(path, "mapping", MAX_BYTES)
    mapping = read_record(ReportMapping, data, str(path))
    for way, words in _faults(mapping):
        field = dotted(way)
        raise BadInput(words, path=str(path), line=line_of(data, way), field=field, hint="docs/evidence.md")
    return Mapped(mapping, str(path), digest_of(data))


def _faults(mapping: ReportMapping) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if mapping.result is not None:
        yield from _faults_in_result(mapping.result)
    elif not mapping.measurements:
        yield (), "names neither a result nor a measurement"
    for index, item in enumerate(mapping.measurements):
        for field, words in _faults_in_measurement(item):
            yield ("measurements", index, *field), words


def _faults_in_result(result: ResultMapping) -> Iterator[tuple[tuple[str, ...], str]]:
    if not result.passed:
        yield ("result", "passed"), "names no value that means passed"
    if result.each is None and result.path is None:
        yield ("result",), "has no path"
    if result.each is None and result.where is not None:
        yield ("result", "where"), "chooses among the items of `each`, which is missing"


def _faults_in_measurement(item: MeasurementMapping) -> Iterator[tuple[tuple[str, ...], str]]:
    if (item.name is None) == (item.named_by is None):
        yield (), "has either a name, or named_by"
    if item.each is None:
        if item.value is None:
            yield (), "has no value"
        for field in ("where", "slice", "named_by"):
            if getattr(item, field) is not None:
                yield (field,), "speaks of the items of `each`, which is missing"
