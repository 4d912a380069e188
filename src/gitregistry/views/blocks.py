"""What a view is made of: one document for machines, and blocks of text for people. They say the same."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

Tone = Literal["plain", "good", "bad", "dim", "warn"]


class Row(NamedTuple):
    """One line of a table, and how it should strike the eye."""

    cells: tuple[str, ...]
    tone: Tone = "plain"


class Table(NamedTuple):
    """A table; ``empty`` is said when it has no rows."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    title: str = ""
    empty: str = "nothing"


class Facts(NamedTuple):
    """Names and values, one pair a line; pairs without a value are left out."""

    pairs: tuple[tuple[str, str | None], ...]
    title: str = ""


class Text(NamedTuple):
    """One line or paragraph."""

    text: str
    tone: Tone = "plain"


Block = Table | Facts | Text


class View(NamedTuple):
    """The answer to one question. ``document`` has stable keys and is what ``--json`` prints."""

    document: dict[str, Any]
    blocks: tuple[Block, ...] = ()


def short(digest: str) -> str:
    """A digest as people compare it: its first twelve hex digits."""
    return digest.removeprefix("sha256:")[:12]
