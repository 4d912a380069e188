"""What a move of a whole fleet answers: each model by itself, what moved, and why the others did not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from gitregistry.operations.considered import Considered, State
from gitregistry.views.blocks import Block, Row, Table, Text, Tone, View
from gitregistry.views.promotion import verdict
from gitregistry.views.requirements import finding_documents, requirement_documents

_TONES: dict[State, Tone] = {"moves": "good", "refused": "bad", "waits": "dim", "stopped": "warn"}
_WORDS: dict[State, str] = {"moves": "moved", "refused": "refused", "waits": "waiting", "stopped": "stopped"}
_COLUMNS = ("release", "to", "in place of", "outcome", "why not", "what would help")


class Moved(NamedTuple):
    """What came of it.

    Attributes:
        words: what was asked, such as ``promote all in staging to production``.
        commit: None when nothing was written.
        nothing: what to say when there was nothing to consider.
    """

    words: str
    found: Sequence[Considered]
    commit: str | None
    attempts: int
    dry_run: bool
    nothing: str

    def count(self, state: State) -> int:
        return sum(one.state == state for one in self.found)


def fleet_view(moved: Moved) -> View:
    """The table, and the outcome in a sentence."""
    document = {
        "decision": _decision(moved),
        "commit": moved.commit,
        "dry_run": moved.dry_run,
        "attempts": moved.attempts,
        "promotions": [_document(one) for one in moved.found],
    }
    blocks: list[Block] = []
    if moved.found:
        blocks.append(Table(_COLUMNS, tuple(_row(one, moved.dry_run) for one in moved.found)))
    blocks.append(Text(_summary(moved), "bad" if moved.count("refused") else "good"))
    if moved.commit is not None:
        blocks.append(Text(f"commit {moved.commit}"))
    return View(document, tuple(blocks))


def _decision(moved: Moved) -> str:
    if moved.count("moves"):
        return "partly" if moved.count("refused") else "promoted"
    return "refused" if moved.count("refused") else "nothing"


def _document(one: Considered) -> dict[str, Any]:
    return {
        "model_name": one.model,
        "environment": one.environment,
        "version": one.version,
        "replaces": one.replaces,
        "state": one.state,
        "sequence": one.alias.sequence if one.alias is not None else None,
        "reason": one.reason,
        "hint": one.hint,
        "requirements": requirement_documents(one.requirements),
        "findings": finding_documents(one.findings),
    }


def _row(one: Considered, dry_run: bool) -> Row:
    outcome = one.state if one.state != "moves" else "would move" if dry_run else "moved"
    release = f"{one.model}:{one.version}"
    cells = (release, one.environment, one.replaces or "nothing", outcome, one.reason or "", one.hint or "")
    return Row(cells, _TONES[one.state])


def _summary(moved: Moved) -> str:
    if not moved.found:
        return f"{moved.words}: {moved.nothing}"
    said = {**_WORDS, "moves": "would move" if moved.dry_run else "moved"}
    counts = ", ".join(f"{moved.count(state)} {said[state]}" for state in _WORDS if moved.count(state))
    words = f"{moved.words} ({counts})"
    if not moved.count("moves"):
        return f"{words}: nothing was written"
    return verdict(words, moved.commit, moved.attempts)
