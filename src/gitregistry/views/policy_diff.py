"""What a change of policy means, for those who decide on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitregistry.rules.policy_diff import Difference
from gitregistry.views.blocks import Block, Text, Tone, View

_TONES: dict[str, Tone] = {"looser": "bad", "stricter": "good", "other": "warn"}
_SAME = "no change in meaning"


def diff_view(old: str, new: str, found: Sequence[Difference]) -> View:
    """Every difference of two policies, which ``old`` and ``new`` say in words."""
    document = {"from": old, "to": new, "changes": difference_documents(found)}
    return View(document, (Text(f"from {old} to {new}"), *difference_blocks(found)))


def difference_documents(found: Sequence[Difference]) -> list[dict[str, Any]]:
    """Each with ``direction``, ``words``, ``environments``, ``for`` and ``requirement``."""
    return [
        {
            "direction": item.direction,
            "words": item.words,
            "environments": list(item.environments),
            "for": [scope.words for scope in item.scopes],
            "requirement": item.requirement,
        }
        for item in found
    ]


def difference_blocks(found: Sequence[Difference]) -> list[Block]:
    """A sentence each, after which way it goes."""
    if not found:
        return [Text(_SAME, "dim")]
    width = max(len(item.direction) for item in found)
    return [Text(f"{item.direction.ljust(width)}  {item.words}", _TONES[item.direction]) for item in found]
