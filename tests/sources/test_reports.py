"""Reports of other tools: what they come to, and what is refused. The cases are data."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gitregistry.errors import BadInput
from gitregistry.integrations.found import Found, read_bounded
from gitregistry.integrations.json_mapping import read_mapping
from gitregistry.integrations.json_report import read_json_report
from gitregistry.integrations.junit import read_junit
from gitregistry.operations.measurements import MAX_MEASUREMENTS
from tests.docs.blocks import ROOT

CASES = Path(__file__).parent / "cases"
REPORTS = ROOT / "examples/reports"


def cases(name: str) -> list[Any]:
    loaded = yaml.safe_load((CASES / f"{name}.yaml").read_text("utf-8"))
    return [pytest.param(case, id=case["name"]) for case in loaded]


def says(found: Found, case: dict[str, Any]) -> None:
    """See that a report says what the case expects, and nothing else."""
    assert found.result == case["result"]
    tool, window = found.tool, found.observed
    assert (f"{tool.name} {tool.version or ''}".strip() if tool else None) == case.get("tool")
    assert ([window.start, window.end] if window else None) == case.get("observed")
    assert list(found.remarks) == case.get("remarks", [])


def refused(fault: BadInput, case: dict[str, Any]) -> None:
    assert fault.message.startswith(case["fault"]), fault.message
    assert fault.exit_code == 2
    assert fault.path
    if "line" in case:
        assert fault.line == case["line"]


@pytest.mark.parametrize("case", cases("junit"))
def test_test_reports(case: dict[str, Any]) -> None:
    data = case["report"].encode()
    if "fault" in case:
        with pytest.raises(BadInput) as caught:
            read_junit(data, "report.xml")
        refused(caught.value, case)
        return
    found = read_junit(data, "report.xml")
    says(found, case)
    values = {item.name: str(item.value) for item in found.measurements}
    names = ("tests", "failures", "errors", "skipped", "duration")
    assert values == dict(zip(names, map(str, case["counts"]), strict=True))
    assert {item.unit for item in found.measurements if item.name == "duration"} == {"s"}


@pytest.mark.parametrize("case", cases("mappings"))
def test_mappings(case: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "map.yaml"
    file.write_text(case["mapping"], "utf-8")
    mapping = read_mapping(file).mapping
    data = case["report"].encode()
    if "fault" in case:
        with pytest.raises(BadInput) as caught:
            read_json_report(data, "report.json", mapping)
        refused(caught.value, case)
        assert caught.value.hint or "is not JSON" in caught.value.message
        return
    found = read_json_report(data, "report.json", mapping)
    says(found, case)
    measured = [[item.name, str(item.value), item.unit, item.slice] for item in found.measurements]
    assert measured == case.get("measurements", [])


@pytest.mark.parametrize("case", cases("mapping_faults"))
def test_mappings_that_do_not_say_what_they_must(case: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "map.yaml"
    file.write_text(case["mapping"], "utf-8")
    with pytest.raises(BadInput) as caught:
        read_mapping(file)
    refused(caught.value, case)
    assert caught.value.line


@st.composite
def spoiled(draw: st.DrawFn, data: bytes) -> bytes:
    """A report with pieces taken out, doubled, or put in."""
    for _ in range(draw(st.integers(0, 3))):
        start, end = sorted(draw(st.tuples(*[st.integers(0, len(data))] * 2)))
        data = (
            data[:start]
            + draw(st.sampled_from([b"", data[start:end] * 2, b"\x00", b"NaN", b"<"]))
            + data[end:]
        )
    return data


@given(data=st.one_of(st.binary(max_size=200), spoiled((REPORTS / "evidently.json").read_bytes())))
@settings(max_examples=60, deadline=None)
def test_spoiled_json_is_read_or_refused(data: bytes) -> None:
    mapping = read_mapping(REPORTS / "evidently.mapping.yaml").mapping
    with suppress(BadInput):
        found = read_json_report(data, "report.json", mapping)
        assert found.result in ("passed", "failed", "error", "skipped")
        assert all(item.value.is_finite() for item in found.measurements)


JUNIT = b"""<testsuites><testsuite name="pytest" tests="2" failures="1" time="1.5"
timestamp="2026-05-01T09:30:00Z">
<testcase classname="t" name="a" time="1"/><testcase name="b"><failure message="x">y</failure></testcase>
</testsuite></testsuites>"""


@given(data=st.one_of(st.binary(max_size=200), spoiled(JUNIT)))
@settings(max_examples=150, deadline=None)
def test_a_spoiled_test_report_is_read_or_refused(data: bytes) -> None:
    with suppress(BadInput):
        found = read_junit(data, "report.xml")
        assert {item.name for item in found.measurements} >= {"tests", "failures"}
        assert all(item.value.is_finite() for item in found.measurements)


def test_a_json_depth_bomb_is_refused(tmp_path: Path) -> None:
    mapping = written(tmp_path, "measurements: [{name: x, value: /a}]")
    for bomb in (b"[" * 100_000, b'{"a":' * 100_000, b"[" * 65 + b"1" + b"]" * 65):
        with pytest.raises(BadInput, match="nested deeper than 64 levels"):
            read_json_report(bomb, "report.json", mapping)
    deep = b'{"b":' * 63 + b"1" + b"}" * 63
    found = read_json_report(b'{"a": 1, "deep": ' + deep + b"}", "report.json", mapping)
    assert [str(item.value) for item in found.measurements] == ["1"]


def test_an_xml_depth_bomb_is_refused() -> None:
    with pytest.raises(BadInput, match="nested deeper than 64 elements"):
        read_junit(b"<testsuite>" * 100_000, "report.xml")


def test_huge_numbers_cost_nothing_and_are_refused(tmp_path: Path) -> None:
    mapping = written(tmp_path, "measurements: [{name: x, value: /a}]")
    for number in (b"1" * 1_000_000, b"1e999999999", b"-1e-99999", b"0." + b"1" * 1_000_000):
        with pytest.raises(BadInput, match="expected a finite decimal number"):
            read_json_report(b'{"a": ' + number + b"}", "report.json", mapping)


def test_bytes_that_are_no_text_are_named_by_line(tmp_path: Path) -> None:
    mapping = written(tmp_path, "measurements: [{name: x, value: /a}]")
    with pytest.raises(BadInput, match="UTF-8") as caught:
        read_json_report(b'{"a":\n "\xff"}', "report.json", mapping)
    assert caught.value.line == 2


def test_more_measurements_than_evidence_may_have(tmp_path: Path) -> None:
    mapping = written(tmp_path, "measurements: [{named_by: key, each: ''}]")
    many = ", ".join(f'"m{number}": {number}' for number in range(MAX_MEASUREMENTS + 1))
    with pytest.raises(BadInput, match="evidence has at most 1,000"):
        read_json_report(f"{{{many}}}".encode(), "report.json", mapping)


def test_a_file_over_the_bound_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_bytes(b" " * 2048)
    assert len(read_bounded(file, "report", 2048)) == 2048
    with pytest.raises(BadInput, match="more than"):
        read_bounded(file, "report", 2047)
    with pytest.raises(BadInput, match="cannot read the report: Is a directory"):
        read_bounded(tmp_path, "report")


def written(folder: Path, text: str) -> Any:
    file = folder / "map.yaml"
    file.write_text(text, "utf-8")
    return read_mapping(file).mapping
