"""What is read by a layout that was met before is what the strict reader makes of it, or refused as there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.records.layouts import Layouts
from gitregistry.records.strict_yaml import Quoted, Value, YamlFault, read

LEADS = ("", "", "  ", "  ", "    ", "- ", "  - ", "- - ", " ")
KEYS = ("", "a: ", "b: ", "c: ", "a:", "b.c: ", "kind: ", "a b: ", '"a": ', "<<: ", "? a: ")
HARMLESS = (
    "v1",
    "1",
    "true",
    "null",
    "a.b@c",
    "sha256:0f",
    "a b",
    "it is (so), 5% of a/b = c~d",
    "x-",
    "2026-05-01",
)
TRICKY = (
    "", "a: b", "a:", "a #b", "#c", "a # b: c", "|", ">-", "'s'", '"q"', '"v1"', '"a b"', '"a\\n"', '"', 'a"',
    '"a: b"', '"a', "*a", "&a b", "!t x", "- x", "a - b", "[a]", "{}", "[", "---", "...", "%Y", "a  b", "a ",
    "\ta", "é", "a\tb", "a\0b", "~", "<<", "?", "a:: b", "a,b: ", "0x1", "a" * 1100,
)  # fmt: skip
LINES = st.tuples(st.sampled_from(LEADS), st.sampled_from(KEYS))


def typed(value: Value) -> object:
    """The value with the classes of its text, which equality does not tell apart."""
    if isinstance(value, str):
        return (type(value), value)
    if isinstance(value, dict):
        return {key: (type(key), typed(item)) for key, item in value.items()}
    return [typed(item) for item in value]


def outcome(reader: object, document: str) -> object:
    assert callable(reader)
    try:
        found = reader(document.encode(), "x.yaml")
    except YamlFault as fault:
        return (fault.message, fault.line, fault.field, fault.path)
    return (list(found), typed(found))


@given(
    st.lists(LINES, min_size=1, max_size=6),
    st.lists(st.lists(st.sampled_from(HARMLESS + TRICKY), min_size=6, max_size=6), min_size=2, max_size=4),
    st.lists(st.sampled_from(HARMLESS), min_size=6, max_size=6),
)
def test_documents_alike_but_for_their_values_are_read_as_by_the_strict_reader(
    lines: list[tuple[str, str]], fillings: list[list[str]], harmless: list[str]
) -> None:
    layouts = Layouts(after=0)
    for values in (harmless, *fillings, harmless, reversed(harmless)):
        document = "".join(f"{lead}{key}{value}\n" for (lead, key), value in zip(lines, values, strict=False))
        assert outcome(layouts.read, document) == outcome(read, document)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a: x # b: x\n", "a: x # b: y\n"),
        ("a: |\n  b: x\n", "a: |\n  b: y\n"),
        ("a: x\n - y\n", "a: x\n - z\n"),
        ('a: "x"\n', "a: x\n"),
        ("a: x\n", 'a: "x"\n'),
        ("a: x\n", "a: \0\n"),
        ("a: x\nb: y\n", "a: \0\0\nb: y\n"),
        ("a: x\n", "a: x\r\n"),
        ("a: x\n", "a: x"),
        ("a: {b: x\n  }\n", "a: {b: y\n  }\n"),
        ("- a: x\n", "- a: y\n"),
        ("a:\n  - x\n  - y\n", "a:\n  - z\n  - w: v\n"),
    ],
)
def test_what_is_nearly_alike_is_not_taken_for_alike(first: str, second: str) -> None:
    layouts = Layouts(after=0)
    for document in (first, first, second, first):
        assert outcome(layouts.read, document) == outcome(read, document)


def test_a_layout_met_before_needs_no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the tests above would compare the strict reader with itself."""
    document = b'kind: alias\nat: "x"\npolicy:\n  version: 2\nevidence:\n  - a\n  - b: c d\n    e: f\n'
    layouts = Layouts(after=1)
    assert typed(layouts.read(document, "x.yaml")) == typed(layouts.read(document, "x.yaml"))
    monkeypatch.setattr("gitregistry.records.layouts.read_strictly", None)
    other = document.replace(b"b: c d", b"b: g")
    found = layouts.read(other, "x.yaml")
    assert typed(found) == typed(read(other, "x.yaml"))
    assert type(found["at"]) is Quoted
    found.clear()
    assert typed(layouts.read(document, "x.yaml")) == typed(read(document, "x.yaml"))
