"""What is read by a layout that was met before is what the strict reader makes of it, or refused as there."""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.errors import BadInput
from gitregistry.records.alike import Layouts
from gitregistry.records.common import Count, FreeValue, Moment, Prose
from gitregistry.records.frozen import Frozen, frozen
from gitregistry.records.shapes import Text, read_record

Short = Annotated[str, Text("[a-zA-Z0-9.]+", "a short text")]


@frozen
class Inner(Frozen):
    a: Prose | None = None
    b: tuple[Prose, ...] = ()


@frozen
class Sample(Frozen):
    """A record with a field of every build."""

    a: Prose | None = None
    b: Mapping[Short, FreeValue] = field(default_factory=dict)
    c: tuple[Short, ...] = ()
    d: Inner | None = None
    e: tuple[Inner, ...] = ()
    f: Count | None = None
    g: Moment | None = None
    h: Literal["v1", "true"] = "v1"


BLOCKS = (
    "a: @\n", 'a: "@"\n', "b:\n  x: @\n  y.z: @\n", "c:\n  - @\n  - @\n", "c:\n- @\n",
    "d:\n  a: @\n  b:\n    - @\n", "e:\n  - a: @\n    b:\n      - @\n  - a: @\n", "e:\n  - b: [@]\n",
    "f: @\n", "g: @\n", "h: @\n", 'h: "@"\n',
)  # fmt: skip
ODD_BLOCKS = (
    "", "# a: @\n", " - @\n", "  a: @\n", "b: {x: @}\n", "a: |\n  b: @\n", "a: @ # b: @\n", "d: @\n",
    "z: @\n", "- @\n", "c:\n  - - @\n", "a b: @\n", "<<: @\n", "? a: @\n", "---\n", "...\n", "\n",
    "a: @", "d:\n  z: @\n", "g: '@'\n", "b:\n  a b: @\n", "\r\n",
)  # fmt: skip
HARMLESS = (
    "v1",
    "1",
    "7",
    "true",
    "null",
    "a.b@c",
    "sha256:0f",
    "a b",
    "(so), 5% of a/b = c~d",
    "2026-05-01T09:30:00Z",
)
TRICKY = (
    "", "a: b", "a:", "a #b", "#c", "a # b: c", "|", ">-", "'s'", '"q"', '"v1"', '"a b"', '"a\\n"', '"', 'a"',
    '"a: b"', '"a', "*a", "&a b", "!t x", "- x", "a - b", "[a]", "{}", "[", "---", "...", "%Y", "a  b", "a ",
    "\ta", "é", "a\tb", "a\0b", "~", "<<", "?", "a:: b", "a,b: ", "0x1", "a" * 1100, "@", "a\nf: 1", "a\r",
)  # fmt: skip


def outcome(layouts: Layouts | None, document: str) -> object:
    """The record with the classes of its values, which equality does not always tell apart; or the fault."""
    reader = layouts.read if layouts is not None else read_record
    try:
        found = reader(Sample, document.encode(), "x.yaml")
    except BadInput as fault:
        return (fault.message, fault.line, fault.field, fault.path)
    return found, repr(found)


def filled(blocks: list[str], values: list[str]) -> str:
    pieces = "".join(blocks).split("@")
    return pieces[0] + "".join(value + piece for value, piece in zip(values * 4, pieces[1:], strict=False))


VALUES = st.lists(st.sampled_from(HARMLESS + TRICKY), min_size=12, max_size=12)
MOST_HARMLESS = st.lists(st.sampled_from(HARMLESS * 8 + TRICKY), min_size=12, max_size=12)


@given(
    st.lists(st.sampled_from(BLOCKS * 3 + ODD_BLOCKS), max_size=6, unique_by=lambda block: block[:1]),
    st.lists(st.sampled_from(HARMLESS), min_size=12, max_size=12),
    st.lists(VALUES | MOST_HARMLESS, min_size=1, max_size=4),
)
def test_records_alike_but_for_their_values_are_read_as_by_the_strict_reader(
    blocks: list[str], harmless: list[str], fillings: list[list[str]]
) -> None:
    layouts = Layouts(after=0)
    for values in (harmless, *fillings, harmless[::-1]):
        document = filled(blocks, values)
        assert outcome(layouts, document) == outcome(None, document)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a: x # c: x\n", "a: x # c: y\n"),
        ("a: |\n  b: x\n", "a: |\n  b: y\n"),
        ("a: x\n - y\n", "a: x\n - z\n"),
        ('h: "true"\n', "h: true\n"),
        ("f: 1\n", 'f: "1"\n'),
        ("f: 1\n", "f: 0\n"),
        ("a: x\n", "a: \0\n"),
        ("a: x\n", "a: x:\n"),
        ("a: x\n", "a: x \n"),
        ("a: x\n", "a: x y: z\n"),
        ('a: "x"\n', 'a: "x "\n'),
        ('a: "x"\n', 'a: "x:"\n'),
        ("c:\n  - x\n", "c:\n  - x:\n"),
        ("c:\n  - x\n", "c:\n  - x \n"),
        ("a: x\nc:\n  - y\n", "a: \0\0\nc:\n  - y\n"),
        ("a: x\n", "a: x\r\n"),
        ("a: x\n", "a: x"),
        ("a: x\n", "a: null\n"),
        ("b: {x: y\n  }\n", "b: {x: z\n  }\n"),
        ("c:\n  - x\n  - y\n", "c:\n  - z\n  - w: v\n"),
    ],
)
def test_what_is_nearly_alike_is_not_taken_for_alike(first: str, second: str) -> None:
    layouts = Layouts(after=0)
    for document in (first, first, second, first):
        assert outcome(layouts, document) == outcome(None, document)


def test_a_layout_met_before_needs_no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the tests above would compare the strict reader with itself."""
    document = (
        'a: "x"\nb:\n  k: true\n  l: "1"\n  m: 1.50\nc:\n  - v1\nd:\n  b:\n    - c d\n'
        "e:\n  - a: x\n  - b:\n      - y\nf: 3\ng: 2026-05-01T09:30:00Z\nh: v1\n"
    )
    other = document.replace("c d", "g").replace("1.50", "2").replace("f: 3", "f: 4")
    expected = outcome(None, other)
    layouts = Layouts(after=1)
    assert outcome(layouts, document) == outcome(layouts, document) == outcome(None, document)
    monkeypatch.setattr("gitregistry.records.alike.read_strictly", None)
    assert outcome(layouts, other) == expected
    assert outcome(layouts, document) == outcome(None, document)
