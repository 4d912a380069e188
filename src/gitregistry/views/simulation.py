"""What ``policy simulate`` answers: the promotions that another policy would have decided otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitregistry.audit.simulate import Simulation
from gitregistry.audit.trial import Tried
from gitregistry.rules.findings import Requirement
from gitregistry.views.blocks import Block, Row, Table, Text, View

_ASSUMES = (
    "approvals given under the policy in force at a promotion count as given under the proposed one",
    "each promotion is tried by itself, on the trust, the records and the time of its step",
)


def simulation_view(words: str, found: Simulation) -> View:
    """Every promotion whose outcome would have been another; ``words`` name the proposed policy."""
    changed = sorted((*found.refused, *found.allowed), key=lambda one: one[:2])
    document = {
        "policy": words,
        "head": found.head,
        "steps": found.steps,
        "findings": found.findings,
        "promotions": len(found.tried),
        "would_be_refused": len(found.refused),
        "would_pass": len(found.allowed),
        "unchanged": len(found.tried) - len(changed),
        "assumes": list(_ASSUMES),
        "changes": [_document(one) for one in changed],
    }
    blocks: list[Block] = []
    if changed:
        columns = ("release", "to", "commit", "time", "then", "would be", "why")
        blocks.append(Table(columns, tuple(_row(one) for one in changed)))
    blocks.append(_summary(words, found))
    if found.findings:
        faults = f"{found.findings} finding{'' if found.findings == 1 else 's'}"
        blocks.append(Text(f"registry verify has {faults} in this history; it was tried as it is", "warn"))
    blocks.append(Text("; ".join(_ASSUMES), "dim"))
    return View(document, tuple(blocks))


def _document(one: Tried) -> dict[str, Any]:
    return {
        "model_name": one.model,
        "version": one.version,
        "environment": one.environment,
        "commit": one.commit,
        "time": one.time,
        "then": "passed" if one.passed else "refused",
        "would_be": "passed" if one.would_pass else "refused",
        "unmet_then": _unmet(one.lacked),
        "unmet": _unmet(one.lacks),
    }


def _unmet(requirements: Sequence[Requirement]) -> list[dict[str, Any]]:
    return [{"name": item.name, "reason": item.reason} for item in requirements]


def _row(one: Tried) -> Row:
    unmet = one.lacks if one.passed else one.lacked
    why = "; ".join(f"{item.name}: {item.reason}" for item in unmet)
    then, would_be = ("passed", "refused") if one.passed else ("refused", "passed")
    cells = (f"{one.model}:{one.version}", one.environment, one.commit[:12], one.time, then, would_be, why)
    return Row(cells, "bad" if one.passed else "warn")


def _summary(words: str, found: Simulation) -> Text:
    count = f"{len(found.tried)} promotion{'' if len(found.tried) == 1 else 's'}"
    if not found.tried:
        return Text(f"there is no promotion to try under {words}", "dim")
    said = []
    if found.refused:
        said.append(f"{len(found.refused)} would have been refused")
    if found.allowed:
        were = "was" if len(found.allowed) == 1 else "were"
        said.append(f"{len(found.allowed)} would have passed that {were} refused")
    if not said:
        return Text(f"{count} under {words}: none would have been decided otherwise", "good")
    return Text(f"{count} under {words}: {' and '.join(said)}", "warn")
