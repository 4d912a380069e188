"""Stop-the-line: while it is stopped, for a model or for the fleet, nothing is promoted. Rollbacks go on."""

from __future__ import annotations

from gitregistry.records import paths
from gitregistry.records.line import Line
from gitregistry.registry.chains import ChainReader
from gitregistry.registry.lines import LineChain
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import OPERATOR
from gitregistry.rules.findings import Requirement
from gitregistry.rules.step import Law

RUNNING = "line_running"


def line_requirement(law: Law, snapshot: Snapshot, chain: ChainReader, model: str) -> Requirement | None:
    """The requirement ``line_running``, unmet; None while nothing is stopped.

    The line before the step decides, so that none is resumed for just the step that promotes; and what the
    step itself stops is stopped.
    """
    reasons, resuming = [], []
    for subject in (None, model):
        try:
            stop = stop_in_force(law, chain.line(subject)) or _new_stop(snapshot, chain, subject)
        except Broken as broken:
            reasons.append(f"{paths.line(subject)} cannot be used: {broken.message}")
            continue
        if stop is not None:
            reasons.append(stop_words(stop.record))
            resuming.append(f"registry resume {subject or '--fleet'} --reason '…'")
    if not reasons:
        return None
    hint = " && ".join(resuming) or "registry verify names the step"
    return Requirement(RUNNING, False, reason="; ".join(reasons), hint=hint, rule="line")


def stop_in_force(law: Law, chain: LineChain) -> Opened[Line] | None:
    """The stop that holds; None while the line runs.

    A stop holds whatever became of its maker since. Only a person who operates everywhere ends one.
    """
    for opened in reversed(chain):
        if opened.record.state == "stopped":
            return opened
        if _is_by_resumer(law, opened):
            return None
    return None


def _new_stop(snapshot: Snapshot, chain: ChainReader, subject: str | None) -> Opened[Line] | None:
    opened = snapshot.open(Line, "line", paths.line(subject))
    if opened is None or opened.record.state != "stopped":
        return None
    known = {earlier.digest for earlier in chain.line(subject)}
    return opened if opened.digest not in known else None


def _is_by_resumer(law: Law, opened: Opened[Line]) -> bool:
    try:
        for environment in everywhere(law):
            law.trust.require_maker(opened, [OPERATOR], opened.record.model_name or "*", environment)
    except Broken:  # verify reports the step that brought it; here it only ends no stop
        return False
    owner = law.trust.owner(opened.keys[0])
    return owner is not None and owner.kind == "person"


def everywhere(law: Law) -> list[str]:
    """The environments in which somebody must hold a role for what they say to hold in all of them."""
    return [environment.name for environment in law.policy.record.environments] or ["*"]


def stop_words(stop: Line) -> str:
    """``the whole fleet was stopped at … by alice@example.com: bad data``."""
    what = stop.model_name or "the whole fleet"
    return f"{what} was stopped at {stop.created_at} by {stop.created_by}: {stop.reason}"
