"""Strict YAML: what is read, what is refused and where, and that no document takes more than its due."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.records.strict_yaml import MAX_BYTES, MAX_DEPTH, Quoted, Value, YamlFault, line_of, read

CASES = Path(__file__).parent / "cases"
HOSTILE = CASES / "hostile.py"


def cases(name: str) -> list[Any]:
    loaded = yaml.safe_load((CASES / name).read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["name"]) for case in loaded]


def refused(data: bytes) -> YamlFault:
    with pytest.raises(YamlFault) as caught:
        read(data, "x.yaml")
    assert caught.value.path == "x.yaml"
    assert caught.value.exit_code == 2
    return caught.value


def quoted_fields(value: Value) -> list[str]:
    assert isinstance(value, dict)
    return [key for key, item in value.items() if type(item) is Quoted]


@pytest.mark.parametrize("case", cases("read.yaml"))
def test_reads_scalars_as_text(case: dict[str, Any]) -> None:
    value = read(case["document"].encode(), "x.yaml")
    assert value == case["value"]
    if "quoted" in case:
        assert quoted_fields(value) == case["quoted"]


@pytest.mark.parametrize("case", cases("refused.yaml"))
def test_refuses_and_names_the_place(case: dict[str, Any]) -> None:
    fault = refused(case["document"].encode())
    assert fault.message.startswith(case["message"])
    assert (fault.line, fault.field) == (case.get("line"), case.get("field"))
    assert fault.hint is not None or fault.message.startswith("is not YAML")


def test_a_fault_is_shown_with_file_line_and_field() -> None:
    fault = refused(b"runtime:\n  python: 1\n  python: 2\n")
    assert str(fault) == "x.yaml:3: runtime.python: is given twice"


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("a.b", "labels['a.b']"),
        ("a b", "labels['a b']"),
        ("é", r"labels['\xe9']"),
        ("k" * 2000, "labels['kkk"),
    ],
    ids=["dot", "blank", "not ASCII", "long"],
)
def test_odd_keys_are_shown_short_and_inert(key: str, field: str) -> None:
    found = refused(f"labels: {{ ? {key} : &x 1}}\n".encode()).field
    assert found is not None
    assert found.startswith(field)
    assert len(found) < 100


def test_keys_are_plain_text_and_values_know_their_quotes() -> None:
    value = read(b"'a': 'b'\nc: d\ne: ['f', g]\n", "x.yaml")
    assert [type(key) for key in value] == [str, str, str]
    assert type(value["a"]) is Quoted
    assert type(value["c"]) is str
    assert [type(item) for item in value["e"]] == [Quoted, str]


# --- bytes that are refused before the parser sees them ---


def test_a_file_of_50_mb_is_refused_by_its_size_alone() -> None:
    fault = refused(bytes(50_000_000))
    assert fault.message == f"has 50,000,000 bytes; a record has at most {MAX_BYTES:,}"


def test_the_size_limit_is_exact() -> None:
    head = b"a: "
    assert read(head + b"x" * (MAX_BYTES - len(head)), "x.yaml")
    assert "bytes" in refused(head + b"x" * (MAX_BYTES - len(head) + 1)).message


@pytest.mark.parametrize(
    "bad",
    [b"\xff", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80", b"\xff\xfea\x00:\x00"],
    ids=[
        "no such byte",
        "cut short",
        "overlong",
        "surrogate",
        "past the last plane",
        "continuation",
        "UTF-16",
    ],
)
def test_bad_utf8_is_refused_on_its_line(bad: bytes) -> None:
    fault = refused(b"a: b\nc: d" + bad + b"\n")
    assert fault.message.endswith("is not UTF-8")
    assert fault.line == 2


def test_utf16_with_its_mark_is_refused() -> None:
    assert refused("a: b\n".encode("utf-16")).message == "byte 0xff is not UTF-8"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a: b\r\n", "holds U+000D (a control character)"),
        ("a: b\rc: d", "holds U+000D (a control character)"),
        ("a: b\x00", "holds U+0000 (a control character)"),
        ("a: \x1b[2J", "holds U+001B (a control character)"),
        ("a: b\x0b", "holds U+000B (a control character)"),
        ("a: b\x7f", "holds U+007F (a control character)"),
        ("a: b\x9b2J", "holds U+009B (a control character)"),
        ("a: b\x85c: d", "holds U+0085 (a line break other than LF)"),
        ("a: b\u2028c: d", "holds U+2028 (a line break other than LF)"),
        ("a: b\u2029", "holds U+2029 (a line break other than LF)"),
        ("a: \u202eb", "holds U+202E (a bidirectional control)"),
        ("a: \u2066b", "holds U+2066 (a bidirectional control)"),
        ("a: \u200fb", "holds U+200F (a bidirectional control)"),
        ("a: \u061cb", "holds U+061C (a bidirectional control)"),
        ("a\u200b: b", "holds U+200B (a zero-width character)"),
        ("a: b\u200d", "holds U+200D (a zero-width character)"),
        ("a: b\ufeff", "holds U+FEFF (a zero-width character)"),
        ("a: b\u00ad", "holds U+00AD (a zero-width character)"),
        ("a: b\u3164", "holds U+3164 (a zero-width character)"),
        ("a: b\U000e0041", "holds U+E0041 (a zero-width character)"),
        ("a: b\U000e0100", "holds U+E0100 (a zero-width character)"),
        ("a: b\ufe00", "holds U+FE00 (a zero-width character)"),
        ("a: b\ufffe", "holds U+FFFE (a non-character)"),
        ("a: b\ufdd0", "holds U+FDD0 (a non-character)"),
        ("a: b\U0010ffff", "holds U+10FFFF (a non-character)"),
    ],
)
def test_characters_that_mislead_are_refused_wherever_they_stand(text: str, name: str) -> None:
    for document, line in ((text, 1), (f"# {text}", 1), (f"x: y\n{text}", 2), (f"x: |\n\n {text}", 3)):
        fault = refused(document.encode())
        assert (fault.message, fault.line) == (name, line)
        assert fault.hint


def test_a_byte_order_mark_is_refused() -> None:
    assert refused(b"\xef\xbb\xbfa: b\n").message == "begins with a byte order mark"


def test_crlf_line_ends_are_refused_with_the_way_to_mend_them() -> None:
    fault = refused(b"a: b\nc: d\r\n")
    assert (fault.line, fault.hint) == (2, "end its lines with LF alone")


# --- depth, time and memory ---


@pytest.mark.parametrize(
    "nest",
    [
        lambda depth: b"a: " + b"[" * (depth - 1) + b"]" * (depth - 1),
        lambda depth: b"{a: " * (depth - 1) + b"{}" + b"}" * (depth - 1),
        lambda depth: b"a:\n" + b"- " * (depth - 1) + b"x\n",
        lambda depth: b"".join(b" " * n + b"a:\n" for n in range(depth)),
    ],
    ids=["flow lists", "flow maps", "dashes", "indentation"],
)
def test_the_depth_limit_is_exact(nest: Any) -> None:
    assert read(nest(MAX_DEPTH), "x.yaml")
    fault = refused(nest(MAX_DEPTH + 1))
    assert fault.message == f"is nested deeper than {MAX_DEPTH} levels"
    assert fault.line is not None


def run_hostile(*arguments: str) -> list[Any]:
    """Run the hostile program in a process of its own, where a crash or a limit passed is a return code."""
    done = subprocess.run(
        [sys.executable, str(HOSTILE), *arguments], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, f"died after {done.stdout[-200:]!r}: {done.stderr[-2000:]}"
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_hostile_documents_are_answered_in_bounded_time_and_memory() -> None:
    expected = {name: fault for name, (_, fault) in runpy.run_path(str(HOSTILE))["DOCUMENTS"].items()}
    answers = dict(run_hostile("documents"))
    assert answers.keys() == expected.keys()
    for name, beginning in expected.items():
        assert answers[name].startswith(beginning), name
        assert answers[name] == "" or beginning, name


@pytest.mark.parametrize("seed", range(3))
def test_random_fragments_are_read_as_pyyaml_reads_them_or_refused(seed: int) -> None:
    [accepted] = run_hostile("soup", str(seed))
    assert accepted > 500


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        value = read(data, "x.yaml")
    except YamlFault:
        return
    assert value == yaml.load(data, yaml.CBaseLoader)


@given(st.text(alphabet=st.sampled_from("ab:-?[]{},#'\"|>&*!%@`~ \n\\x0<="), max_size=60))
def test_any_text_of_signs_is_read_as_pyyaml_reads_it_or_refused(text: str) -> None:
    try:
        value = read(text.encode(), "x.yaml")
    except YamlFault:
        return
    assert value == yaml.load(text, yaml.CBaseLoader)


# --- lines for faults found later ---

DOCUMENT = b"""\
# a release
model_name: churn
runtime:
  python: "3.11"
  hardware: {gpu: none,
    cpu: 2}
files:
  - path: a
    size: 1

  - path: b
    size: 2
  -
    path: c
shapes: [[1, 2],
  [3,
   4]]
notes: |
  files:
    - no
last: x
"""


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ([], 2),
        (["model_name"], 2),
        (["runtime"], 3),
        (["runtime", "python"], 4),
        (["runtime", "hardware"], 5),
        (["runtime", "hardware", "gpu"], 5),
        (["runtime", "hardware", "cpu"], 6),
        (["files"], 7),
        (["files", 0], 8),
        (["files", 0, "size"], 9),
        (["files", 1], 11),
        (["files", 1, "path"], 11),
        (["files", 2, "path"], 14),
        (["shapes", 0, 1], 15),
        (["shapes", 1], 16),
        (["shapes", 1, 1], 17),
        (["notes"], 18),
        (["last"], 21),
        (["missing"], None),
        (["runtime", "missing"], None),
        (["files", 3], None),
        (["files", "0"], None),
        (["runtime", 0], None),
        (["last", "deeper"], None),
        (["files", 0, "path", 0], None),
    ],
)
def test_line_of_a_field(field: list[str | int], line: int | None) -> None:
    assert line_of(DOCUMENT, field) == line


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"", ["a"]),
        (b"\xff", ["a"]),
        (b"a: [\n", ["b"]),
        (b"{[a]: b}", ["b"]),
        (b"a: " + b"[" * 200 + b"]" * 200 + b"\nb: c\n", ["b"]),
        (b"a: b\n", ["a"] * 100),
        (b"a" * (MAX_BYTES + 1), []),
    ],
    ids=["nothing", "not UTF-8", "broken", "map as a key", "passed over too deep", "long path", "too large"],
)
def test_line_of_says_none_where_it_cannot_tell(data: bytes, field: list[str | int]) -> None:
    assert line_of(data, field) is None


def test_line_of_reads_no_further_than_the_field() -> None:
    assert line_of(b"a:\n  - b\n  - [" + b"[" * 200, ["a", 1]) == 3
