"""Printing views: one object for machines, plain text when nobody watches, Rich for a terminal."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from gitregistry.cli.json_output import print_json
from gitregistry.views.blocks import Block, Facts, Table, Text, View

_WIDEST = 60


def show(view: View, *, as_json: bool) -> None:
    """Print a view's document or its blocks."""
    if as_json:
        print_json(view.document)
    else:
        _print(view, sys.stdout)


def show_on_error_stream(view: View) -> None:
    """Show a view to whoever watches, keeping standard output for the answer."""
    _print(view, sys.stderr)


def _print(view: View, stream: TextIO) -> None:
    if stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb":
        from gitregistry.cli.rich_output import print_blocks  # noqa: PLC0415 - only a terminal pays for Rich

        print_blocks(view.blocks, stream)
    else:
        widest = _WIDEST if stream.isatty() else None  # whatever reads a pipe takes a row for a line
        stream.write("\n".join(_plain(block, widest) for block in view.blocks) + "\n")


def _plain(block: Block, widest: int | None) -> str:
    if isinstance(block, Text):
        return inert(block.text)
    if isinstance(block, Facts):
        pairs = [(name, value) for name, value in block.pairs if value]
        width = max((len(name) for name, _ in pairs), default=0)
        lines = [f"{name.ljust(width)}  {inert(value)}" for name, value in pairs]
        return "\n".join([block.title, *lines] if block.title else lines)
    return _plain_table(block, widest)


def _plain_table(table: Table, widest: int | None) -> str:
    """A table in columns; cells longer than ``widest`` are folded, where it is given."""
    lines = [table.title] if table.title else []
    if not table.rows:
        return "\n".join([*lines, f"({table.empty})"])
    grid = [table.columns, *(tuple(inert(cell) for cell in row.cells) for row in table.rows)]
    longest = [max(len(row[column]) for row in grid) for column in range(len(table.columns))]
    widths = [min(widest or length, length) for length in longest]
    for row in grid:
        folded = [_folded(cell, widest) for cell in row]
        for number in range(max(len(parts) for parts in folded)):
            cells = [parts[number] if number < len(parts) else "" for parts in folded]
            lines.append("  ".join(map(str.ljust, cells, widths)).rstrip())
    return "\n".join(lines)


def _folded(cell: str, widest: int | None) -> list[str]:
    """A cell as lines no wider than a column may be, broken between words where there are any."""
    if widest is None:
        return [" ".join(cell.split("\n"))]
    if len(cell) <= widest:
        return [cell]
    from textwrap import wrap  # noqa: PLC0415 - few cells are that wide

    return wrap(cell, widest)


def inert(text: str) -> str:
    """Text that a terminal only shows: controls are spelled out."""
    return "".join(char if char.isprintable() or char == "\n" else f"\\u{ord(char):04x}" for char in text)


def note(text: str) -> None:
    """A remark on standard error: warnings, progress, what happens next."""
    sys.stderr.write(inert(text) + "\n")
