"""Stops of the line and holds of a release, as every command shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitregistry.records.line import Line
from gitregistry.rules.holds import Hold, held_words
from gitregistry.rules.lines import stop_words
from gitregistry.views.blocks import Block, Text


def stop_documents(stops: Sequence[Line]) -> list[dict[str, Any]]:
    """Each with who stopped what, when and why; ``model_name`` is None for the fleet."""
    return [
        {
            "model_name": stop.model_name,
            "at": stop.created_at,
            "by": stop.created_by,
            "reason": stop.reason,
        }
        for stop in stops
    ]


def stop_blocks(stops: Sequence[Line]) -> list[Block]:
    """Each in a sentence, with the command that ends it."""
    return [
        Text(
            f"Stopped: {stop_words(stop)}\n  → registry resume {stop.model_name or '--fleet'} --reason '…'",
            "bad",
        )
        for stop in stops
    ]


def hold_documents(holds: Sequence[Hold]) -> list[dict[str, Any]]:
    """Each with where the release was rolled back, by whom and why, and who lifted that, if anybody."""
    return [
        {
            "environment": hold.departure.environment,
            "at": hold.departure.time,
            "by": hold.departure.rollback.opened.record.created_by,
            "reason": hold.departure.rollback.opened.record.reason,
            "held": hold.lift is None,
            "lifted_by": hold.lift.record.created_by if hold.lift is not None else None,
            "lift_reason": hold.lift.record.reason if hold.lift is not None else None,
        }
        for hold in holds
    ]


def hold_blocks(name: str, holds: Sequence[Hold]) -> list[Block]:
    """Each in a sentence, with the command that lifts it."""
    blocks: list[Block] = []
    for hold in holds:
        words = held_words(hold.departure)
        if hold.lift is not None:
            lifted = f"{hold.lift.record.created_by} lifted that: {hold.lift.record.reason}"
            blocks.append(Text(f"Not held: {words}; {lifted}", "dim"))
        else:
            command = f"registry lift {name} --in {hold.departure.environment} --reason '…'"
            blocks.append(Text(f"Held: {'; '.join((words, *hold.doubts))}\n  → {command}", "bad"))
    return blocks
