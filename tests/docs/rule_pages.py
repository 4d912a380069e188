"""docs/rules.md, from the catalogue."""

from __future__ import annotations

from gitregistry.rules.catalogue import CATALOGUE
from tests.docs.blocks import table

_HEAD = """\
# Rules

Every finding names one of these rules by its code. The same rules are kept by the commands that write,
before they commit, and by `registry verify`, over every step since the first.

An alias that was moved past its chain, by a bare revert for example, is settled by a later signed record;
see [verification](verification.md). Any other unlawful step is taken out of the branch. The steps after it
are kept, and those that do not rest on it stay lawful: signatures cover records and not commits.

"""


def page() -> str:
    """The whole file; it is written from ``rules/catalogue.py`` alone."""
    rows = [(f"[`{code}`](#{code})", rule.law) for code, rule in CATALOGUE.items()]
    sections = [
        f"## {code}\n\n{rule.law}\n\n- **Why:** {rule.why}\n- **Broken by, for example:** {rule.example}\n"
        f"- **Mend:** {rule.mend}\n"
        for code, rule in CATALOGUE.items()
    ]
    return _HEAD + table(("code", "law"), rows) + "\n" + "\n".join(sections)
