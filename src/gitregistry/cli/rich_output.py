"""The same blocks for a terminal, through Rich. Nothing in a record is markup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text as RichText

from gitregistry.cli.output import inert
from gitregistry.views.blocks import Block, Facts, Table, Text

_STYLES = {"plain": "", "good": "green", "bad": "bold red", "dim": "dim", "warn": "yellow"}


def print_blocks(blocks: Sequence[Block], stream: TextIO) -> None:
    """Print blocks to a terminal."""
    console = Console(file=stream, markup=False, highlight=False, emoji=False)
    for block in blocks:
        if isinstance(block, Text):
            console.print(RichText(inert(block.text), style=_STYLES[block.tone]), soft_wrap=True)
        elif isinstance(block, Facts):
            console.print(_facts(block))
        else:
            console.print(_table(block))


def _facts(facts: Facts) -> RichTable:
    grid = RichTable(box=None, show_header=False, title=facts.title or None, title_justify="left")
    grid.add_column(style="dim")
    grid.add_column(overflow="fold")
    for name, value in facts.pairs:
        if value:
            grid.add_row(name, RichText(inert(value)))
    return grid


def _table(table: Table) -> RichTable:
    made = RichTable(box=box.SIMPLE_HEAD, title=table.title or None, title_justify="left")
    for column in table.columns:
        made.add_column(column, overflow="fold")
    for row in table.rows:
        made.add_row(*(RichText(inert(cell)) for cell in row.cells), style=_STYLES[row.tone])
    if not table.rows:
        made.add_row(RichText(f"({table.empty})"), style="dim")
    return made
