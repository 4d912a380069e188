"""Test reports in the XML that JUnit began and pytest, Maven, Gradle and others write.

There is no standard, so the tests that stand there are counted, and a suite's own numbers only ever make it
worse: a file that claims more failures than it shows has them, and one that claims more tests than it shows
was cut short. A document type is refused, and with it every entity that XML's bombs and thefts are made of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, NoReturn
from xml.parsers import expat

from gitregistry.errors import BadInput
from gitregistry.integrations.found import Found
from gitregistry.records.evidence import Measurement, Result, Tool, Window
from gitregistry.records.names import shown
from gitregistry.registry.moments import moment_text

_MAX_DEPTH: Final = 64
_SUITES: Final = ("testsuites", "testsuite")
_OUTCOMES: Final = {"failure": "failures", "error": "errors", "skipped": "skipped"}
# `1,234.5` is how Maven writes a long time.
_SECONDS: Final = re.compile(
    r"[0-9]{1,3}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,9})?|[0-9]{1,12}(?:\.[0-9]{1,18})?(?:[eE]-?[0-9])?"
)
_NAMED: Final = 5
_LONGEST_NAME: Final = 200


def read_junit(data: bytes, name: str) -> Found:
    """Count what a test report says.

    Args:
        name: the file named in faults.

    Raises:
        BadInput: it is no such report, holds no test, or contradicts itself; with its line.
    """
    reader = _Reader(name)
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as fault:
        words = expat.errors.messages[fault.code]
        raise BadInput(f"is not XML: {words}", path=name, line=fault.lineno) from None
    counts = reader.total
    if counts is None or not counts.tests:
        raise BadInput("holds no test: nothing was checked", path=name, hint="see why none was collected")
    return Found(
        result=_result(counts),
        measurements=_measurements(counts),
        tool=Tool(name="pytest") if reader.by_pytest else None,
        observed=reader.window(),
        remarks=reader.remarks(),
    )


class _Counts:
    """What a suite comes to, with all suites in it. ``said`` is what it claims itself."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        self.said = attributes
        self.tests = 0
        self.failures = 0
        self.errors = 0
        self.skipped = 0
        self.seconds = Decimal(0)

    def add(self, inner: _Counts) -> None:
        for field in ("tests", "failures", "errors", "skipped", "seconds"):
            setattr(self, field, getattr(self, field) + getattr(inner, field))


def _result(counts: _Counts) -> Result:
    if counts.failures:
        return "failed"
    if counts.errors:
        return "error"
    return "skipped" if counts.skipped >= counts.tests else "passed"


def _measurements(counts: _Counts) -> tuple[Measurement, ...]:
    numbers = {name: Decimal(getattr(counts, name)) for name in ("tests", "failures", "errors", "skipped")}
    made = [Measurement(name=name, value=number) for name, number in numbers.items()]
    return (*made, Measurement(name="duration", value=counts.seconds, unit="s"))


class _Reader:
    """One pass over the document. ``open`` are the suites around the present place, from the outside in."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = self.refuse_doctype
        self.way: list[str] = []
        self.open: list[_Counts] = []
        self.total: _Counts | None = None
        self.outcomes: set[str] = set()
        self.case = ""
        self.troubled: list[str] = []
        self.by_pytest = False
        self.zoned: list[tuple[datetime, Decimal]] = []
        self.unzoned = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        parent = self.way[-1] if self.way else None
        self.way.append(tag)
        if len(self.way) > _MAX_DEPTH:
            self.refuse(f"is nested deeper than {_MAX_DEPTH} elements")
        if parent is None and tag not in _SUITES:
            self.refuse(f"is no test report: it begins with <{shown(tag)[1:-1]}>, not with <testsuites>")
        if tag in _SUITES and parent in (None, *_SUITES):
            self.open.append(_Counts(attributes))
            self.by_pytest |= tag == "testsuite" and attributes.get("name") == "pytest"
        elif tag == "testcase" and parent in _SUITES:
            self.begin_case(attributes)
        elif tag in _OUTCOMES and parent == "testcase":
            self.outcomes.add(_OUTCOMES[tag])
        elif tag in ("failure", "error") and parent in _SUITES:  # a suite that never came to its tests
            self.open[-1].errors += 1
            self.troubled.append(self.open[-1].said.get("name", "a suite"))

    def end(self, tag: str) -> None:
        self.way.pop()
        parent = self.way[-1] if self.way else None
        if tag == "testcase" and parent in _SUITES:
            self.end_case()
        elif tag in _SUITES and parent in (None, *_SUITES):
            self.end_suite()

    def begin_case(self, attributes: Mapping[str, str]) -> None:
        counts = self.open[-1]
        counts.tests += 1
        counts.seconds += self.seconds_of(attributes)
        self.case = "::".join(part for part in (attributes.get("classname"), attributes.get("name")) if part)
        # GoogleTest has no element for what was not run.
        notrun = attributes.get("status") == "notrun" or attributes.get("result") == "suppressed"
        self.outcomes = {"skipped"} if notrun else set()

    def end_case(self) -> None:
        """One outcome for each test, the worst that it was given."""
        worst = next((word for word in ("failures", "errors", "skipped") if word in self.outcomes), None)
        if worst is not None:
            setattr(self.open[-1], worst, getattr(self.open[-1], worst) + 1)
        if worst in ("failures", "errors"):
            self.troubled.append(self.case)

    def end_suite(self) -> None:
        counts = self.open.pop()
        claimed = self.claimed(counts, "tests")
        if claimed > counts.tests:
            self.refuse(f"a suite claims {claimed} tests and shows {counts.tests}: the file was cut short")
        counts.failures = max(counts.failures, self.claimed(counts, "failures"))
        counts.errors = max(counts.errors, self.claimed(counts, "errors"))
        counts.seconds = self.seconds_of(counts.said, counts.seconds)
        self.note_time(counts)
        if self.open:
            self.open[-1].add(counts)
        else:
            self.total = counts

    def claimed(self, counts: _Counts, field: str) -> int:
        text = counts.said.get(field, "") or "0"
        if not (text.isascii() and text.isdecimal() and len(text) <= 9):
            self.refuse(f"{field}={shown(text)} is no number of tests")
        return int(text)

    def seconds_of(self, attributes: Mapping[str, str], otherwise: Decimal = Decimal(0)) -> Decimal:
        text = attributes.get("time", "")
        if not text:
            return otherwise
        if not _SECONDS.fullmatch(text):
            self.refuse(f"time={shown(text)} is no number of seconds")
        return Decimal(text.replace(",", ""))

    def note_time(self, counts: _Counts) -> None:
        text = counts.said.get("timestamp", "")
        if not text:
            return
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.refuse(f"timestamp={shown(text)} is no time")
        if moment.tzinfo is None:
            self.unzoned = True  # somebody's local time: it may have been hours before or after
        else:
            self.zoned.append((moment, counts.seconds))

    def window(self) -> Window | None:
        """From the first suite's beginning to the last one's end, where all say in which time zone."""
        if self.unzoned or not self.zoned:
            return None
        try:
            end = max(moment + timedelta(seconds=float(seconds)) for moment, seconds in self.zoned)
            return Window(start=moment_text(min(moment for moment, _ in self.zoned)), end=moment_text(end))
        except OverflowError:
            self.refuse("its times are out of range")

    def remarks(self) -> tuple[str, ...]:
        found = [f"did not pass: {name[:_LONGEST_NAME]}" for name in self.troubled[:_NAMED]]
        if len(self.troubled) > _NAMED:
            found.append(f"and {len(self.troubled) - _NAMED} more")
        if self.unzoned:
            found.append("its timestamps have no time zone, so no observation window is recorded")
        return tuple(found)

    def refuse_doctype(self, *_: object) -> NoReturn:
        self.refuse("has a document type, which no test report needs", "remove the line with <!DOCTYPE")

    def refuse(self, words: str, hint: str | None = None) -> NoReturn:
        raise BadInput(words, path=self.name, line=self.parser.CurrentLineNumber, hint=hint)
