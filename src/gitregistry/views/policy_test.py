"""What ``policy test`` says: each case, ok or how it came out otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from gitregistry.operations.rehearsal import Outcome
from gitregistry.records import names
from gitregistry.views.blocks import Block, Text, View


def outcomes_view(policy: str, outcomes: Sequence[Outcome]) -> View:
    """Every case in order, and how many came out as expected; ``policy`` says in words which was tried."""
    failed = [item for item in outcomes if item.differences]
    document = {
        "policy": policy,
        "passed": len(outcomes) - len(failed),
        "failed": len(failed),
        "cases": [
            {
                "name": item.name,
                "file": item.file,
                "line": item.line,
                "ok": not item.differences,
                "expected": item.expected,
                "decision": item.decision,
                "unmet": [
                    {"name": one.name, "reason": one.reason} for one in item.requirements if not one.met
                ],
                "differences": list(item.differences),
            }
            for item in outcomes
        ],
    }
    blocks: list[Block] = [_block(item) for item in outcomes]
    words = f"{document['passed']} passed, {len(failed)} failed, under {policy}"
    return View(document, (*blocks, Text(words, "bad" if failed else "good")))


def _block(item: Outcome) -> Text:
    if not item.differences:
        return Text(f"ok      {item.name}", "good")
    place = names.plain_or_shown(item.file) + (f":{item.line}" if item.line else "")
    lines = [f"FAILED  {item.name}  ({place})", *(f"     {words}" for words in item.differences)]
    return Text("\n".join(lines), "bad")
