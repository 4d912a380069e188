"""How a table is printed: a row is a line for whatever reads a pipe, and folded for whoever looks on."""

from __future__ import annotations

import io

import pytest

from gitregistry.cli.output import show
from gitregistry.views.blocks import Row, Table, View

LONG = " ".join(["word"] * 30)
VIEW = View({}, (Table(("name", "words", "end"), (Row(("a", LONG, "x")), Row(("b", "short\nlines", "y")))),))


class Terminal(io.StringIO):
    """One that shows no colours."""

    def isatty(self) -> bool:
        return True


def printed(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sys.stdout", stream)
    show(VIEW, as_json=False)
    return stream.getvalue().splitlines()


def test_a_row_is_one_line_where_no_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    header, first, second = printed(io.StringIO(), monkeypatch)
    assert header.split() == ["name", "words", "end"]
    assert first == f"a     {LONG}  x"
    assert second.split() == ["b", "short", "lines", "y"]


def test_a_long_cell_is_folded_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = printed(Terminal(), monkeypatch)
    assert len(lines) > 3
    assert max(len(line) for line in lines) < 80
