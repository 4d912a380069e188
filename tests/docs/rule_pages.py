"""docs/rules/: an index and a page for each code, from the catalogue."""

from __future__ import annotations

from gitregistry.rules.catalogue import Page
from gitregistry.views.rules import sections
from tests.docs.blocks import table

FOLDER = "docs/rules"
_HEAD = """\
# Rules

Every finding names one of these rules by its code. The same rules are kept by the commands that write,
before they commit, and by `registry verify`, over every step since the first. `registry rule CODE` prints a
rule's page.

An alias that was moved past its chain, by a bare revert for example, is settled by a later signed record;
see [verification](../verification.md). Any other unlawful step is taken out of the branch. The steps after it
are kept, and those that do not rest on it stay lawful: signatures cover records and not commits.
"""


def pages() -> dict[str, str]:
    """Each file's path and text; they are written from ``rules/catalogue.py`` alone."""
    index = _HEAD
    found: dict[str, str] = {}
    for heading, rules in sections().items():
        rows = [(f"[`{code}`]({code}.md)", rule.law) for code, rule in rules.items()]
        index += f"\n## {heading}\n\n{table(('code', 'law'), rows)}"
        found |= {f"{FOLDER}/{code}.md": _page(code, rule) for code, rule in rules.items()}
    return {f"{FOLDER}/README.md": index, **found}


def _page(code: str, rule: Page) -> str:
    return (
        f"# {code}\n\n{rule.law}\n\n- **Why:** {rule.why}\n- **Broken by, for example:** {rule.example}\n"
        f"- **Mend:** {rule.mend}\n\n[All rules](README.md)\n"
    )
