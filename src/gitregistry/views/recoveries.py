"""Where trust was begun anew, as every verdict says it: what stays proved, and who vouches for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gitregistry.views.blocks import Block, Text


def recovery_blocks(recoveries: Sequence[Mapping[str, Any]]) -> list[Block]:
    """A paragraph for each recovery.

    Args:
        recoveries: each with ``commit``, ``time``, ``old_pin``, ``new_pin``, ``reason``, ``made_on``,
            ``signed_by``, ``old_signed`` and ``old_needed``.
    """
    return [Text(_words(recovery), "warn") for recovery in recoveries]


def _words(recovery: Mapping[str, Any]) -> str:
    signed = ", ".join(recovery["signed_by"]) or "nobody"
    also = ", ".join(recovery["old_signed"]) or "none of them"
    return (
        f"trust was begun anew {recovery['time']} in {recovery['commit'][:12]}: {recovery['reason']}\n"
        f"  the pin was {recovery['old_pin']}\n"
        f"  and is from there on {recovery['new_pin']}\n"
        f"  what lies before it is proved under the old trust only; the link between the two is vouched for "
        f"by {signed}\n"
        f"  of the old trust's administrators, {recovery['old_needed']} had to sign; {also} did"
    )
