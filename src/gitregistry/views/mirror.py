"""What ``mirror`` answers: each alias, what stands there now, and what differed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from gitregistry.operations.pointings import Outcome, Told
from gitregistry.views.blocks import Row, Table, Text, Tone, View

How = Literal["write", "dry-run", "check"]

_TONES: dict[Outcome, Tone] = {
    "same": "dim",
    "set": "good",
    "removed": "good",
    "left out": "dim",
    "failed": "bad",
}
_NOT_DONE = {"set": "differs", "removed": "differs, to be removed"}


def mirror_view(told: Sequence[Told], server: str, commit: str, how: How) -> View:
    """The table, the faults with what would help, and a sentence."""
    document = {
        "server": server,
        "commit": commit,
        "mode": how,
        "differing": differing(told),
        "failed": failed(told),
        "aliases": [_document(one) for one in told],
    }
    rows = tuple(_row(one, how) for one in told)
    empty = "no environment points at anything"
    table = Table(("alias", "release", "in MLflow", "outcome", "what differed"), rows, empty=empty)
    faults = tuple(
        Text(f"{one.pointing.name}: {one.reason}" + (f"\n  try: {one.hint}" if one.hint else ""), "bad")
        for one in told
        if one.outcome == "failed"
    )
    return View(document, (table, *faults, Text(_summary(told, how), "bad" if failed(told) else "good")))


def differing(told: Sequence[Told]) -> int:
    """How many were not as they are to be."""
    return sum(one.outcome in ("set", "removed") for one in told)


def failed(told: Sequence[Told]) -> int:
    """How many could not be told."""
    return sum(one.outcome == "failed" for one in told)


def _document(one: Told) -> dict[str, Any]:
    release = one.pointing.release
    return {
        "model_name": one.pointing.model,
        "environment": one.pointing.environment,
        "version": release.record.version if release is not None else None,
        "release_digest": release.digest if release is not None else None,
        "sequence": one.pointing.sequence or None,
        "commit": one.pointing.commit,
        "target": one.target,
        "found": one.found,
        "outcome": one.outcome,
        "reason": one.reason,
        "hint": one.hint,
    }


def _row(one: Told, how: How) -> Row:
    release = one.pointing.release
    outcome = one.outcome if how == "write" else _NOT_DONE.get(one.outcome, one.outcome)
    reason = "see below" if one.outcome == "failed" else one.reason or ""
    version = release.record.version if release is not None else "nothing"
    target = one.target or ("not known" if one.outcome in ("failed", "left out") else "nothing")
    return Row((one.pointing.name, version, target, outcome, reason), _TONES[one.outcome])


def _summary(told: Sequence[Told], how: How) -> str:
    changed = differing(told)
    if not changed:
        words = "nothing was changed" if failed(told) else "nothing differs: nothing was changed"
    elif how == "write":
        words = f"{changed} changed in MLflow"
    else:
        words = f"{changed} differ; nothing was changed"
    return f"{words}; {failed(told)} failed" if failed(told) else words
