"""What ``policy check`` says: faults and warnings with their places, and what the policy would change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitregistry.operations.policy_check import Remark
from gitregistry.records import names, paths
from gitregistry.rules.policy_diff import Difference
from gitregistry.views.blocks import Block, Text, View
from gitregistry.views.policy_diff import difference_blocks, difference_documents


def check_view(remarks: Sequence[Remark], changes: Sequence[Difference]) -> View:
    """Faults and warnings, each with file, line, field and the command that mends it; then the changes."""
    faults = [remark for remark in remarks if remark.severity == "fault"]
    warnings = [remark for remark in remarks if remark.severity == "warning"]
    document = {
        "faults": [_document(remark) for remark in faults],
        "warnings": [_document(remark) for remark in warnings],
        "changes": difference_documents(changes),
    }
    blocks: list[Block] = [_block(remark) for remark in (*faults, *warnings)]
    blocks += difference_blocks(changes)
    if not faults:
        count = f" ({len(warnings)} warning{'' if len(warnings) == 1 else 's'})" if warnings else ""
        then = f"registry sign {paths.POLICY} puts it in force" if changes else "it asks what is asked now"
        words = f"the policy can be applied{count}; {then}"
        blocks.append(Text(words, "good"))
    return View(document, tuple(blocks))


def _document(remark: Remark) -> dict[str, Any]:
    return {
        "words": remark.words,
        "file": remark.file,
        "line": remark.line,
        "field": remark.field,
        "hint": remark.hint,
    }


def _block(remark: Remark) -> Text:
    place = names.plain_or_shown(remark.file) + (f":{remark.line}" if remark.line else "")
    lines = f"[{remark.severity}] {place}\n  {remark.words}\n  mend: {remark.hint}"
    return Text(lines, "bad" if remark.severity == "fault" else "warn")
