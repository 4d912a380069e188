"""The law under which a step of the past was judged: what was in force before it.

The versions of trust and policy that follow each other to the ones in force, and the steps that brought them.
Whatever else once lay there never was in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from gitregistry.records import paths
from gitregistry.records.policy import Policy
from gitregistry.records.trust import Trust
from gitregistry.registry.opening import Broken, Opened

if TYPE_CHECKING:
    from gitregistry.registry.snapshot import Snapshot


class Brought(NamedTuple):
    """A version of trust or policy, and the commit that first brought it."""

    commit: str
    opened: Opened[Any]


def trust_line(snapshot: Snapshot, tip: Opened[Trust]) -> Sequence[Brought]:
    """The trust in force and all that it followed from, the newest first."""
    return _line(snapshot, Trust, "trust", paths.TRUST, tip)


def law_before(
    snapshot: Snapshot, trust: Opened[Trust], policy: Opened[Policy], commit: str
) -> tuple[Opened[Trust], Opened[Policy]] | None:
    """The trust and the policy by which a step was judged; None when one was missing.

    Args:
        trust, policy: what is in force.
    """
    was = _before(snapshot, trust_line(snapshot, trust), commit)
    asked = _before(snapshot, _line(snapshot, Policy, "policy", paths.POLICY, policy), commit)
    return (was, asked) if was is not None and asked is not None else None


def _before(snapshot: Snapshot, line: Sequence[Brought], commit: str) -> Opened[Any] | None:
    position = snapshot.tree.position
    place = position(commit)
    return next((found.opened for found in line if position(found.commit) < place), None)


def _line(
    snapshot: Snapshot, record: type[Trust | Policy], kind: str, path: str, tip: Opened[Any]
) -> Sequence[Brought]:
    known: Sequence[Brought] | None = snapshot.law_lines.get(tip.digest)
    if known is None:
        known = snapshot.law_lines[tip.digest] = _read_line(snapshot, record, kind, path, tip)
    return known


def _read_line(
    snapshot: Snapshot, record: type[Trust | Policy], kind: str, path: str, tip: Opened[Any]
) -> list[Brought]:
    brought: dict[str, Brought] = {}
    for version in snapshot.tree.versions(path):
        if version.record is None or version.signature is None:
            continue
        try:
            opened = snapshot.open_version(record, kind, path, (version.record, version.signature))
        except Broken:  # it was never in force
            continue
        brought.setdefault(opened.digest, Brought(version.commit, opened))
    line: dict[str, Brought] = {}
    # What is in force need not lie in this past yet; what it followed from does.
    digest = tip.digest if tip.digest in brought else _follows(tip)
    while digest is not None and digest in brought and digest not in line:
        line[digest] = brought[digest]
        digest = _follows(brought[digest].opened)
    return list(line.values())


def _follows(opened: Opened[Any]) -> str | None:
    """The digest of what a version took the place of; trust that was begun anew names the one before."""
    record = opened.record
    if isinstance(record, Trust) and record.previous is None and record.recovers is not None:
        return record.recovers.trust
    previous: str | None = record.previous
    return previous
