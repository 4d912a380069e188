"""The parts of a page that are generated: ``<!-- generated: NAME -->`` to ``<!-- end -->``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]

_BLOCK = re.compile(r"(<!-- generated: (?P<name>.+?) -->\n).*?(<!-- end -->\n)", re.DOTALL)


def filled(page: str, content_of: Callable[[str], str]) -> str:
    """The page with each generated part made anew from its name."""
    return _BLOCK.sub(lambda found: found[1] + content_of(found["name"]) + found[3], page)


def names(page: str) -> list[str]:
    """The names of a page's generated parts, in order."""
    return [found["name"] for found in _BLOCK.finditer(page)]


def table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
