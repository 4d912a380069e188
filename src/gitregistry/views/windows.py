"""The windows in which less was asked than before, as ``verify`` lists them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitregistry.audit.verdict import PolicyInForce
from gitregistry.audit.windows import Promotions, Window
from gitregistry.views.blocks import Block, Text

# Of the aliases that moved in a window so many are named.
_NAMED = 5


def window_documents(found: Sequence[Window]) -> list[dict[str, Any]]:
    """Each with what was weakened, from where, until where, and what was promoted meanwhile."""
    return [
        {
            "environment": window.environment,
            "for": window.scope.words if window.scope is not None else None,
            "requirement": window.requirement,
            "direction": window.direction,
            "words": window.words,
            "from": _document(window.since),
            "until": _document(window.until) if window.until else None,
            "ended_at": window.until.time if window.until else window.ends,
            "promotions": [promoted._asdict() for promoted in window.promotions],
        }
        for window in found
    ]


def window_blocks(found: Sequence[Window]) -> list[Block]:
    """A warning each: lawful, but to be seen."""
    return [Text(_words(window), "warn") for window in found]


def _document(brought: PolicyInForce) -> dict[str, Any]:
    version = brought.policy.record.version
    return {"version": version, "commit": brought.commit, "time": brought.time}


def _words(window: Window) -> str:
    until = (
        f"until {_moment(window.until)}" if window.until else f"until {window.ends}, when it would have ended"
    )
    if window.until is None and window.ends is None:
        until = "still so"
    aliases = ", ".join(f"{one.alias} ({_commits(one)})" for one in window.promotions[:_NAMED])
    if len(window.promotions) > _NAMED:
        aliases += f" and {len(window.promotions) - _NAMED} more aliases: --json names them"
    count = sum(promoted.number for promoted in window.promotions)
    made = (
        f"{count} promotion{'' if count == 1 else 's'} meanwhile: {aliases}"
        if count
        else "no promotion meanwhile"
    )
    return f"[window] {window.words}\n  from {_moment(window.since)}, {until}\n  {made}"


def _moment(brought: PolicyInForce) -> str:
    return f"policy {brought.policy.record.version} ({brought.commit[:12]}, {brought.time})"


def _commits(promoted: Promotions) -> str:
    first, last = promoted.first[:12], promoted.last[:12]
    return first if promoted.number == 1 else f"{promoted.number}, from {first} to {last}"
