"""What ``verify --merge`` answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitregistry.records import names
from gitregistry.rules.findings import Finding, Requirement
from gitregistry.views.blocks import Block, Facts, Text, Tone, View
from gitregistry.views.requirements import (
    finding_blocks,
    finding_documents,
    requirement_blocks,
    requirement_documents,
)

_WORDS: dict[str, tuple[str, Tone]] = {
    "pass": ("PASS: the merge would be a lawful step", "good"),
    "fail": ("FAIL: the merge would not be a lawful step", "bad"),
    "unknown": ("CANNOT TELL", "warn"),
}


def merge_view(
    facts: dict[str, Any],
    findings: Sequence[Finding],
    requirements: Sequence[Requirement],
    unknown: str | None,
) -> View:
    """The verdict on a merge, what each promotion in it meets, and every finding.

    Args:
        facts: ``verdict``, ``target``, ``proposal``, ``pin``, how many of the registry's files would be
            ``changed``, and how many findings lie ``outside``, in the target's own history.
        unknown: why it cannot be told.
    """
    document = {
        **facts,
        "findings": finding_documents(findings),
        "requirements": [
            {"path": item.path, **shown}
            for item, shown in zip(requirements, requirement_documents(requirements), strict=True)
        ],
        "unknown": unknown,
    }
    words, tone = _WORDS[facts["verdict"]]
    if facts["verdict"] == "pass" and not facts["changed"]:
        words = "PASS: the merge would change nothing of the registry"
    if unknown:
        words = f"{words}: {unknown}" if facts["verdict"] == "unknown" else f"{words}; besides, {unknown}"
    blocks: list[Block] = []
    for path in dict.fromkeys(item.path for item in requirements):
        asked = [item for item in requirements if item.path == path]
        blocks += [Text(names.plain_or_shown(path or ""), "dim"), *requirement_blocks(asked)]
    blocks += finding_blocks(findings)
    if facts["outside"]:
        blocks.append(Text(f"{facts['outside']} more findings lie in the target's own history", "warn"))
    blocks.append(Text(words, tone))
    blocks.append(
        Facts((("target", facts["target"]), ("proposal", facts["proposal"]), ("pin", facts["pin"])))
    )
    return View(document, tuple(blocks))
