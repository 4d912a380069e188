"""The writer: one spelling for each value, that our reader and every other reader take for the same thing."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.errors import BadInput
from gitregistry.records.strict_yaml import MAX_BYTES, MAX_DEPTH, Quoted, Value, line_of, read
from gitregistry.records.text import first_refused
from gitregistry.records.yaml_writer import write

SCALARS = yaml.safe_load((Path(__file__).parent / "cases" / "scalars.yaml").read_text(encoding="utf-8"))

# What the core schema of YAML 1.2.2 (section 10.3.2) and the types of YAML 1.1 (yaml.org/type) do not read as
# text; written from the specifications, not from the writer.
NOT_TEXT = re.compile(
    r"""~ | null | Null | NULL | (?:)
      | true | True | TRUE | false | False | FALSE
      | y | Y | yes | Yes | YES | n | N | no | No | NO | on | On | ON | off | Off | OFF
      | [-+]?0b[0-1_]+ | [-+]?0o[0-7]+ | [-+]?0[0-7_]+ | [-+]?0x[0-9a-fA-F_]+ | [-+]?[0-9][0-9_]*
      | [-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?
      | [-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_.]*)?)(?:[eE][-+]?[0-9]+)?
      | [-+]?\.(?:inf|Inf|INF) | \.(?:nan|NaN|NAN)
      | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt\ \t].*)?
      | = | <<""",
    re.VERBOSE,
)

# Text of every character that a record may hold, rich in what means something to YAML.
signs = st.sampled_from(
    [*"abyn01.-+_:#'\"\\|>&*!%@`~?=<[]{}, \t\n/", "\n\n", ": ", " #", "no", "1e5", "\n  "]
)
texts = st.one_of(
    st.lists(signs, max_size=12).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.sampled_from(SCALARS["plain"] + SCALARS["quoted"]),
).filter(lambda text: first_refused(text) is None)
keys = texts.filter(lambda text: text != "<<")
decimals = st.decimals(allow_nan=False, allow_infinity=False)
scalars = st.one_of(texts, st.integers(), decimals, st.booleans(), st.none())
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=8,
)
records = st.dictionaries(keys, values, max_size=5)


def as_text(value: object) -> Value:
    """What our reader is to give for a value: text for every scalar."""
    if isinstance(value, dict):
        return {key: as_text(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_text(item) for item in value]
    if isinstance(value, str):
        return value
    return write({"a": value}).decode().removeprefix("a: ").removesuffix("\n")


def pairs(value: object, other: object) -> Iterator[tuple[object, object]]:
    """The scalars of two structures side by side, keys included."""
    if isinstance(value, dict):
        assert isinstance(other, dict)
        yield from zip(value, other, strict=True)
        value, other = list(value.values()), list(other.values())
    if isinstance(value, list):
        assert isinstance(other, list)
        for left, right in zip(value, other, strict=True):
            yield from pairs(left, right)
        return
    yield value, other


@given(records)
def test_what_is_written_is_read_back_text_for_text(record: dict[str, object]) -> None:
    back = read(write(record), "x.yaml")
    assert back == as_text(record)
    assert list(back) == list(record)


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.CSafeLoader])
@given(record=records)
def test_other_readers_see_the_same_text_and_types(loader: Any, record: dict[str, object]) -> None:
    loaded = yaml.load(write(record), loader)
    for written, found in pairs(record, loaded):
        if not isinstance(written, Decimal):
            assert (type(found), found) == (type(written), written)


@given(texts)
def test_text_is_quoted_wherever_a_reader_could_guess(text: str) -> None:
    value = read(write({"a": text}), "x.yaml")["a"]
    assert type(value) is Quoted or not NOT_TEXT.fullmatch(text)


@pytest.mark.parametrize("text", SCALARS["plain"])
def test_harmless_text_is_plain(text: str) -> None:
    assert write({"a": text, "b": [text]}) == f"a: {text}\nb:\n  - {text}\n".encode()
    assert write({text: 1}) == f"{text}: 1\n".encode()


@pytest.mark.parametrize("text", SCALARS["quoted"])
def test_text_that_means_something_to_yaml_is_quoted(text: str) -> None:
    assert write({"a": text}).startswith(b'a: "')
    assert read(write({"a": text}), "x.yaml") == {"a": text}
    assert yaml.safe_load(write({"a": text})) == {"a": text}


@given(st.from_regex(r"[0-9a-f]{7,40}", fullmatch=True))
def test_commit_ids_never_turn_into_numbers(commit: str) -> None:
    assert yaml.safe_load(write({"git_commit": commit})) == {"git_commit": commit}
    assert (
        type(read(write({"git_commit": commit}), "x.yaml")["git_commit"]) is Quoted or commit[0] in "abcdef"
    )


@given(decimals)
def test_decimals_come_back_exactly(number: Decimal) -> None:
    text = read(write({"a": number}), "x.yaml")["a"]
    assert type(text) is str
    assert Decimal(text).as_tuple() == number.as_tuple()


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("43", "43"),
        ("0.0100", "0.0100"),
        ("-0.00", "-0.00"),
        ("1E-7", "0.0000001"),
        ("1E-41", "1E-41"),
        ("1E+5", "1E+5"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
    ],
)
def test_decimals_are_spelled_out_as_far_as_that_loses_nothing(number: str, text: str) -> None:
    assert write({"a": Decimal(number)}) == f"a: {text}\n".encode()


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_numbers_that_are_not_finite_are_refused(number: str) -> None:
    with pytest.raises(BadInput, match="is not a finite number") as caught:
        write({"evaluation": {"auc": Decimal(number)}})
    assert caught.value.field == "evaluation.auc"


EVERYTHING = {
    "kind": "release",
    "schema_version": 1,
    "version": "1.10",
    "nothing": None,
    "yes": True,
    "no": False,
    "auc": Decimal("0.910"),
    "empty_list": [],
    "empty_map": {},
    "files": [{"path": "a", "tags": ["x", "y"]}, {"path": "b", "notes": "one\ntwo\n"}],
    "shape": [[-1, 12], [["deep"]], [{}, []]],
    "runtime": {"python": "3.11", "hardware": {"gpu": "none"}},
    "text": "one\n\n  two # three\n",
    "no_line_end": "one\ntwo",
    "more_line_ends": "one\n\n\n",
    "tuple": ("a", "b"),
}
WRITTEN = """\
# Written by hand
#
# and kept
kind: release
schema_version: 1
version: "1.10"
nothing: null
"yes": true
"no": false
auc: 0.910
empty_list: []
empty_map: {}
files:
  - path: a
    tags:
      - x
      - "y"
  - path: b
    notes: |
      one
      two
shape:
  - - -1
    - 12
  - - - deep
  - - {}
    - []
runtime:
  python: "3.11"
  hardware:
    gpu: "none"
text: |
  one

    two # three
no_line_end: |-
  one
  two
more_line_ends: |+
  one


tuple:
  - a
  - b
"""


def test_the_spelling_of_everything() -> None:
    assert write(EVERYTHING, header=["Written by hand", "", "and kept"]).decode() == WRITTEN
    assert read(WRITTEN.encode(), "x.yaml") == as_text(EVERYTHING)


def test_an_empty_map_is_a_document() -> None:
    assert write({}) == b"{}\n"
    assert write({}, header=["nothing yet\nbut soon"]) == b"# nothing yet\n# but soon\n{}\n"


@pytest.mark.parametrize(
    "text",
    ["\n", "\n\n", "\na", " a\nb", "a \nb", "a\n b \nc", "a\n \nb", "a\tb\nc", "\ta\nb", "a\nb ", "a\n  "],
)
def test_lines_whose_blanks_matter_are_escaped_not_drawn(text: str) -> None:
    written = write({"a": text, "b": [text]})
    assert written.startswith(b'a: "')
    assert yaml.safe_load(written) == {"a": text, "b": [text]}
    assert read(written, "x.yaml") == {"a": text, "b": [text]}


def test_escapes_are_those_that_json_has_too() -> None:
    assert write({"a": 'x\t"y"\\\n'}) == b'a: "x\\t\\"y\\"\\\\\\n"\n'


def test_long_text_stays_on_its_line() -> None:
    text = "word " * 2000 + "end"
    assert write({"a": text}) == f"a: {text}\n".encode()
    assert write({"a": f'"{text}"'}).count(b"\n") == 1


@pytest.mark.parametrize("value", [1.5, datetime.date(2026, 4, 27), b"x", {"a"}, object()])
def test_values_whose_text_would_be_a_guess_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match=r"no record holds a .*: a\[1\]\.b"):
        write({"a": [1, {"b": value}]})


def test_keys_that_are_not_text_are_refused() -> None:
    with pytest.raises(TypeError, match="a key is text, not int: labels"):
        write({"labels": {1: "a"}})


class Stage(StrEnum):
    LIVE = "live"


class Old(str, Enum):  # noqa: UP042 - the older spelling, whose str() is another text
    LIVE = "live"


def test_kinds_of_text_are_written_as_their_text() -> None:
    assert (
        write({Stage.LIVE: Stage.LIVE, "b": Old.LIVE, "c": Quoted("no")}) == b'live: live\nb: live\nc: "no"\n'
    )


@pytest.mark.parametrize(
    "write_it",
    [
        lambda bad: write({"notes": [f"fine{bad}"]}),
        lambda bad: write({"labels": {bad: "x"}}),
        lambda bad: write({}, header=[bad]),
    ],
    ids=["value", "key", "header"],
)
@pytest.mark.parametrize(
    "bad", ["\x1b[2J", "\r", "\x00", "\u202e", "\u200b", "\u2028", "\x85", "\ud800", "\ufffe", "\ufeff"]
)
def test_characters_that_mislead_are_refused_on_write(write_it: Callable[[str], bytes], bad: str) -> None:
    with pytest.raises(BadInput, match=rf"holds U\+{ord(bad[0]):04X}"):
        write_it(bad)


def test_a_refused_character_is_named_with_its_field() -> None:
    with pytest.raises(BadInput) as caught:
        write({"files": [{"path": "a\u202eb"}]})
    assert str(caught.value) == "files[0].path: holds U+202E (a bidirectional control)"


@pytest.mark.parametrize("key", ["<<", "k" * 1001, '"' * 501], ids=["merge key", "long", "long once escaped"])
def test_keys_that_no_reader_would_take_are_refused(key: str) -> None:
    with pytest.raises(BadInput, match="cannot be a key"):
        write({"labels": {key: "x"}})


@pytest.mark.parametrize("key", ["k" * 1000, '"' * 499, "東" * 998], ids=["plain", "escaped", "wide"])
def test_the_longest_keys_are_read_back(key: str) -> None:
    assert read(write({"a": {key: "x"}}), "x.yaml") == {"a": {key: "x"}}


@pytest.mark.parametrize("wrap", [lambda inner: [inner], lambda inner: {"a": inner}], ids=["lists", "maps"])
def test_what_is_too_deep_to_be_read_is_not_written(wrap: Callable[[object], object]) -> None:
    value: object = {}
    for _ in range(MAX_DEPTH - 2):
        value = wrap(value)
    assert read(write({"a": value}), "x.yaml")
    with pytest.raises(BadInput, match="nested deeper"):
        write({"a": wrap(value)})


def test_a_value_that_holds_itself_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(BadInput, match="nested deeper"):
        write({"a": loop})


def test_what_is_too_large_to_be_read_is_not_written() -> None:
    assert len(write({"a": "x" * (MAX_BYTES - 4)})) == MAX_BYTES
    with pytest.raises(BadInput, match="at most 1,048,576"):
        write({"a": "x" * (MAX_BYTES - 3)})


def every_path(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in steps:
        yield (*path, step)
        yield from every_path(item, (*path, step))


@given(records)
def test_every_field_written_has_its_line(record: dict[str, object]) -> None:
    data = write(record)
    lines = data.decode().split("\n")
    for path in every_path(record):
        line = line_of(data, path)
        assert line is not None
        text = lines[line - 1]
        if isinstance(path[-1], int):
            assert text.lstrip().startswith("- ")
        else:
            key = write({path[-1]: 1}).decode().removesuffix(" 1\n")
            assert text.lstrip(" -").startswith(key.lstrip(" -")) or key in text
