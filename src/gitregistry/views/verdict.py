"""What ``verify`` answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gitregistry.rules.findings import Finding
from gitregistry.views.blocks import Block, Facts, Text, Tone, View
from gitregistry.views.checkpoint import checkpoint_words
from gitregistry.views.recoveries import recovery_blocks
from gitregistry.views.requirements import finding_blocks, finding_documents

if TYPE_CHECKING:
    from gitregistry.audit.windows import Window

_WORDS: dict[str, tuple[str, Tone]] = {
    "pass": ("PASS: every step of this history was lawful", "good"),
    "fail": ("FAIL: this history holds what was not lawful", "bad"),
    "unknown": ("CANNOT TELL", "warn"),
}


def verdict_view(
    facts: dict[str, Any],
    findings: Sequence[Finding],
    mended: Sequence[tuple[Finding, str]],
    unknown: str | None,
    windows: Sequence[Window] = (),
) -> View:
    """The verdict with every finding.

    Args:
        facts: ``verdict``, ``pin``, ``head``, ``steps``, how many findings lie ``outside`` the range, and the
            ``recoveries`` of trust, the ``emergencies`` and the ``checkpoint`` it was held against, told
            whatever the verdict.
        mended: findings that a later signed record settled, with the commit that did.
        unknown: why it cannot be told.
        windows: when less was asked than before.
    """
    document = {
        **facts,
        "findings": finding_documents(findings),
        "mended": [
            {**document, "mended_by": commit}
            for document, (_, commit) in zip(
                finding_documents([finding for finding, _ in mended]), mended, strict=True
            )
        ],
        "windows": [],
        "unknown": unknown,
    }
    words, tone = _WORDS[facts["verdict"]]
    if mended and facts["verdict"] == "pass":
        words = "PASS: every step of this history was lawful, or was settled by a later one as said above"
    blocks: list[Block] = finding_blocks(findings)
    for finding, commit in mended:
        text = f"[{finding.rule}] {(finding.commit or '')[:12]} {finding.path}: mended by {commit[:12]}"
        blocks.append(Text(text, "warn"))
    if windows:
        from gitregistry.views.windows import window_blocks, window_documents  # noqa: PLC0415 - most have none

        document["windows"] = window_documents(windows)
        blocks += window_blocks(windows)
    if facts["emergencies"]:
        from gitregistry.views.emergencies_listed import emergency_blocks  # noqa: PLC0415 - most have none

        blocks += emergency_blocks(facts["emergencies"])
    if unknown:
        words = f"{words}: {unknown}" if facts["verdict"] == "unknown" else f"{words}; besides, {unknown}"
    if facts["outside"]:
        blocks.append(Text(f"{facts['outside']} more findings lie on steps outside the range", "bad"))
    blocks += recovery_blocks(facts["recoveries"])
    blocks.append(Text(words, tone))
    pairs = (("steps", str(facts["steps"])), ("head", facts["head"]), ("pin", facts["pin"]))
    stated = facts.get("checkpoint")
    blocks.append(Facts((*pairs, ("checkpoint", checkpoint_words(stated) if stated else None))))
    return View(document, tuple(blocks))
