"""Which live aliases rest on a key that ends, model by model, with what puts each on other grounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitregistry.rules.consequences import Resting
from gitregistry.views.blocks import Block, Row, Table, Text


def resting_documents(resting: Sequence[Resting]) -> list[dict[str, Any]]:
    """Each alias with its ``grounds`` and what to do ``then``."""
    return [
        {**alias._asdict(), "grounds": [ground._asdict() for ground in alias.grounds]} for alias in resting
    ]


def resting_blocks(resting: Sequence[Resting]) -> list[Block]:
    """A table for each alias; or that there is none."""
    if not resting:
        return [Text("no live alias rests on what was signed with it", "good")]
    blocks: list[Block] = []
    for alias in resting:
        rows = tuple(
            Row((ground.kind, f"{ground.created_at} by {ground.created_by}", ground.command))
            for ground in alias.grounds
        )
        title = f"{alias.model_name}@{alias.environment} ({alias.version}) rests on what it signed:"
        blocks.append(Table(("record", "made", "to make it again"), rows, title))
        if any(ground.kind != "alias" for ground in alias.grounds):
            blocks.append(Text(f"then: {alias.then}"))
    blocks.append(
        Text("What it signed before stands, by its place in history. Make anew what is in doubt.", "dim")
    )
    return blocks
