"""What a view is made of: one document for machines, and blocks of text for people. They say the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Tone = Literal["plain", "good", "bad", "dim", "warn"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table, and how it should strike the eye."""

    cells: tuple[str, ...]
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Table:
    """A table; ``empty`` is said when it has no rows."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    title: str = ""
    empty: str = "nothing"


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, one pair a line; pairs without a value are left out."""

    pairs: tuple[tuple[str, str | None], ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """One line or paragraph."""

    text: str
    tone: Tone = "plain"


Block = Table | Facts | Text


@dataclass(frozen=True, slots=True)
class View:
    """The answer to one question. ``document`` has stable keys and is what ``--json`` prints."""

    document: dict[str, Any]
    blocks: tuple[Block, ...] = field(default=())


def short(digest: str) -> str:
    """A digest as people compare it: its first twelve hex digits."""
    return digest.removeprefix("sha256:")[:12]
