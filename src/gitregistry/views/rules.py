"""Rules for people: all of them in a sentence each, and the page of one."""

from __future__ import annotations

from difflib import get_close_matches

from gitregistry.errors import NotFound
from gitregistry.records import names
from gitregistry.rules.catalogue import CATALOGUE, HEADINGS, Page
from gitregistry.views.blocks import Block, Facts, Row, Table, Text, View


def sections() -> dict[str, dict[str, Page]]:
    """The catalogue under its headings, in its own order."""
    found: dict[str, dict[str, Page]] = {}
    below: dict[str, Page] = {}
    for code, page in CATALOGUE.items():
        if code in HEADINGS:
            below = found[HEADINGS[code]] = {}
        below[code] = page
    return found


def rules_view() -> View:
    """Every code with its law."""
    document = {"rules": [{"code": code, "law": page.law} for code, page in CATALOGUE.items()]}
    blocks: list[Block] = [
        Table(("code", "law"), tuple(Row((code, page.law)) for code, page in pages.items()), heading)
        for heading, pages in sections().items()
    ]
    blocks.append(Text("registry rule CODE explains each", "dim"))
    return View(document, tuple(blocks))


def rule_view(code: str) -> View:
    """The page of one code.

    Raises:
        NotFound: there is no such rule; names the nearest.
    """
    page = CATALOGUE.get(code)
    if page is None:
        near = get_close_matches(code.lower(), CATALOGUE, n=1, cutoff=0.4)
        raise NotFound(
            f"there is no rule {names.shown(code)}" + (f"; the nearest is {near[0]}" if near else ""),
            hint=f"registry rule {near[0]}" if near else "registry rule",
        )
    document = {"code": code, "law": page.law, "why": page.why, "example": page.example, "mend": page.mend}
    pairs = (("why", page.why), ("example", page.example), ("mend", page.mend))
    return View(document, (Text(f"{code}: {page.law}"), Facts(pairs)))
