"""Stop-the-line: while it is stopped, for a model or for the fleet, nothing is promoted. Rollbacks go on."""

from __future__ import annotations

from gitregistry.records import paths
from gitregistry.records.line import Line
from gitregistry.registry.chains import ChainReader
from gitregistry.registry.lines import LineChain
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.rules.findings import Requirement

RUNNING = "line_running"


def line_requirement(snapshot: Snapshot, chain: ChainReader, model: str) -> Requirement | None:
    """The requirement ``line_running``, unmet; None while nothing is stopped.

    The line before the step decides, so that none is resumed for just the step that promotes; and what the
    step itself stops is stopped.
    """
    reasons, resuming = [], []
    for subject in (None, model):
        try:
            stop = stop_in_force(chain.line(subject)) or _new_stop(snapshot, chain, subject)
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


def stop_in_force(chain: LineChain) -> Opened[Line] | None:
    """The stop that holds; None while the line runs.

    A stop holds whatever became of its maker since. So does what ended one: who must operate where was judged
    when it came in, and an environment that is new or a role that is lost stops nothing again.
    """
    for link in reversed(chain):
        if link.opened.record.state == "stopped":
            return link.opened
        if link.resumes:
            return None
    return None


def _new_stop(snapshot: Snapshot, chain: ChainReader, subject: str | None) -> Opened[Line] | None:
    opened = snapshot.open(Line, "line", paths.line(subject))
    if opened is None or opened.record.state != "stopped":
        return None
    known = {earlier.opened.digest for earlier in chain.line(subject)}
    return opened if opened.digest not in known else None


def stop_words(stop: Line) -> str:
    """``the whole fleet was stopped at … by alice@example.com: bad data``."""
    what = stop.model_name or "the whole fleet"
    return f"{what} was stopped at {stop.created_at} by {stop.created_by}: {stop.reason}"
