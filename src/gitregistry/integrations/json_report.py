"""A JSON report, read as its mapping says.

What the mapping names and the report lacks is an error, never a zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from gitregistry.errors import BadInput
from gitregistry.integrations.found import Found
from gitregistry.integrations.json_mapping import (
    MeasurementMapping,
    ReportMapping,
    ResultMapping,
    ToolMapping,
    WindowMapping,
)
from gitregistry.integrations.json_pointer import Misplaced, at, escaped, line_at
from gitregistry.operations.measurements import require_distinct
from gitregistry.records.evidence import Measurement, Result, Tool, Window
from gitregistry.records.names import shown
from gitregistry.records.shapes import Free, Number, Shape, ShapeFault, Text
from gitregistry.records.strict_json import read_json
from gitregistry.records.strict_yaml import Quoted, Value
from gitregistry.registry.moments import moment_text

_NUMBER = Number()
_FREE = Free()
_LINE = Text(r"[^\n]+", "one line of text")


def read_json_report(data: bytes, name: str, mapping: ReportMapping) -> Found:
    """What a report says, by a mapping.

    Raises:
        BadInput: it is not strict JSON, or lacks what the mapping names; with the place in it.
    """
    return apply(mapping, read_json(data, name), data, name)


def apply(mapping: ReportMapping, document: Value, data: bytes, name: str) -> Found:
    """The same for a document already read; ``data`` is only used to find a fault's line."""
    try:
        return _found(mapping, _Report(document, name))
    except Misplaced as fault:
        line = line_at(data, document, fault.pointer)
        raise BadInput(fault.message, path=name, line=line, hint=fault.hint) from None


def _found(mapping: ReportMapping, report: _Report) -> Found:
    measurements = tuple(made for item in mapping.measurements for made in _measured(report, item))
    require_distinct(
        measurements, report.name, "tell its items apart with `slice`, or choose one with `where`"
    )
    return Found(
        result=_result(report, mapping.result) if mapping.result is not None else None,
        measurements=measurements,
        tool=_tool(report, mapping.tool) if mapping.tool is not None else None,
        observed=_window(report, mapping.observed) if mapping.observed is not None else None,
    )


class _Item(NamedTuple):
    """One value of the report: where it lies, and the key or the index that it lies under."""

    value: Value
    way: str
    key: str


class _Report(NamedTuple):
    document: Value
    name: str

    def items(self, each: str, where: Mapping[str, Any] | None) -> list[_Item]:
        """The items of a list or a map that fit.

        Raises:
            BadInput: there is no list or map, or nothing in it fits.
        """
        container = at(self.document, each, self.name)
        if isinstance(container, str):
            raise Misplaced(f"has no list and no map at {shown(each)}", each, self.name)
        pairs = container.items() if isinstance(container, dict) else enumerate(container)
        found = [_Item(value, f"{each}/{escaped(str(key))}", str(key)) for key, value in pairs]
        fitting = [item for item in found if self.fits(item, where or {})]
        if not fitting:
            wanted = ", ".join(f"{path} = {value}" for path, value in (where or {}).items())
            which = f" with {shown(wanted)}" if wanted else ""
            words = f"has no item{which} at {shown(each)}, of {len(found)} there"
            raise Misplaced(words, each, self.name)
        return fitting

    def fits(self, item: _Item, where: Mapping[str, Any]) -> bool:
        """Whether an item has these values; one that lacks a place does not."""
        for path, wanted in where.items():
            try:
                found = self.scalar(at(item.value, path, self.name, item.way), item.way + path)
            except Misplaced:  # an item of another kind; that one fits is seen to by whoever asks
                return False
            if not _same(found, wanted):
                return False
        return True

    def scalar(self, value: Value, way: str) -> Any:
        return self.read(_FREE, value, way)

    def text(self, value: Value, way: str) -> str:
        """A word, or a number as it is written: what a name or a slice may be."""
        made: str = self.read(_LINE, value, way)
        return made

    def read(self, shape: Shape, value: Value, way: str) -> Any:
        try:
            return shape.convert(value)
        except ShapeFault as fault:
            raise Misplaced(f"at {shown(way)}: {fault.message}", way, self.name) from None


def _result(report: _Report, wanted: ResultMapping) -> Result:
    """The worst of what the items say; all must have been skipped for *skipped*."""
    if wanted.each is None:
        found = {_verdict(report, wanted, _Item(report.document, "", ""))}
    else:
        found = {_verdict(report, wanted, item) for item in report.items(wanted.each, wanted.where)}
    for result in ("failed", "error", "passed"):
        if result in found:
            return result
    return "skipped"


def _verdict(report: _Report, wanted: ResultMapping, item: _Item) -> Result:
    way = item.way + (wanted.path or "")
    said = report.scalar(at(item.value, wanted.path or "", report.name, item.way), way)
    for result, values in (("passed", wanted.passed), ("error", wanted.error), ("skipped", wanted.skipped)):
        if any(_same(said, value) for value in values):
            return result  # type: ignore[return-value] # the three words above are results
    return "failed"


def _same(found: Any, wanted: Any) -> bool:
    """Whether two values are the same and of one type: ``true`` is not ``1``, nor ``"true"``."""
    return type(found) is type(wanted) and bool(found == wanted)


def _measured(report: _Report, wanted: MeasurementMapping) -> Iterator[Measurement]:
    if wanted.each is None:
        yield _measurement(report, wanted, _Item(report.document, "", ""))
        return
    for item in report.items(wanted.each, wanted.where):
        yield _measurement(report, wanted, item)


def _measurement(report: _Report, wanted: MeasurementMapping, item: _Item) -> Measurement:
    way = item.way + (wanted.value or "")
    value = report.read(_NUMBER, at(item.value, wanted.value or "", report.name, item.way), way)
    return Measurement(
        name=wanted.name if wanted.name is not None else _own(report, wanted.named_by or "key", item),
        value=value,
        unit=wanted.unit,
        slice=_own(report, wanted.slice, item) if wanted.slice is not None else None,
    )


def _own(report: _Report, wanted: str, item: _Item) -> str:
    """What an item calls itself: by the key that it lies under, or at a pointer within it."""
    if wanted == "key":
        return report.text(Quoted(item.key), item.way)
    return report.text(at(item.value, wanted, report.name, item.way), item.way + wanted)


def _tool(report: _Report, wanted: ToolMapping) -> Tool:
    version = wanted.version
    if version is not None and version.startswith("/"):
        version = report.text(at(report.document, version, report.name), version)
    return Tool(name=wanted.name, version=version)


def _window(report: _Report, wanted: WindowMapping) -> Window:
    return Window(start=_moment(report, wanted.start), end=_moment(report, wanted.end))


def _moment(report: _Report, path: str) -> str:
    text = at(report.document, path, report.name)
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, Quoted) else None
        if moment is not None and moment.tzinfo is not None:
            return moment_text(moment)
    except (ValueError, OverflowError):
        pass
    given = shown(text) if isinstance(text, str) else "no text"
    words = f"at {shown(path)}: expected a time with its zone, found {given}"
    raise Misplaced(words, path, report.name)
