"""What an earlier replay found lawful, so that the next one judges only what came since.

It is remembered by commit id, which stands for the whole history behind it, and only of histories without
findings. Another version of the tool, or other rules in it, remember nothing of this one's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from gitregistry.audit.emergencies import EmergencyAt
from gitregistry.audit.recoveries import Recovery
from gitregistry.audit.share import PolicyAt
from gitregistry.audit.verdict import Made, MadeUnder
from gitregistry.rules.findings import Finding
from gitregistry.storage.history import first_parents
from gitregistry.storage.repository import Repository
from gitregistry.storage.sealed_notes import read_notes, write_notes

_NAME = "judged"
# Of so many branches the last commit judged is remembered.
_MOST = 8
_JUDGES = ("audit", "records", "registry", "rules", "signing", "storage")


class Known(NamedTuple):
    """A commit until which everything was lawful, and what a replay carries on from there.

    Attributes:
        steps: how many lie behind it, itself included.
        first_trust: digest of the first trust record.
        newest: the latest time of a step of the registry.
        policies: every policy that came into force.
        aliases: number and digest of each alias's latest record, by ``MODEL@ENVIRONMENT``.
        rolled_back: the aliases that were ever rolled back.
        made: the promotions to each alias under every policy but the first.
        emergencies: every emergency promotion, with the review that closed it.
        mended: findings that a later record settled, with the commit that did.
        recoveries: the steps that began trust anew.
        unsettled: the findings that say so, which only a verifier's pin settles; there are no others.
    """

    commit: str
    steps: int
    first_trust: str | None
    newest: str | None
    policies: tuple[PolicyAt, ...]
    aliases: Mapping[str, tuple[int, str]]
    rolled_back: tuple[str, ...]
    made: MadeUnder
    emergencies: tuple[EmergencyAt, ...]
    mended: tuple[tuple[Finding, str], ...]
    recoveries: tuple[Recovery, ...]
    unsettled: tuple[Finding, ...]


def recall(repository: Repository, environment: Mapping[str, str], head: str) -> Known | None:
    """The nearest commit on the way to ``head`` until which everything was found lawful."""
    notes = {note["commit"]: note for note in _notes(repository, environment)}
    if not notes:
        return None
    return next(
        (_known(notes[commit]) for commit in first_parents(repository, head) if commit in notes), None
    )


def remember(
    repository: Repository, environment: Mapping[str, str], known: Known, taken_up: str | None = None
) -> None:
    """Keep what a replay without findings found, in place of the commit that it was taken up at."""
    kept = [
        note for note in _notes(repository, environment) if note["commit"] not in (known.commit, taken_up)
    ]
    write_notes(repository, environment, _NAME, [_document(known), *kept[: _MOST - 1]])


def _notes(repository: Repository, environment: Mapping[str, str]) -> Iterable[dict[str, Any]]:
    return (note for note in read_notes(repository, environment, _NAME) if note["judge"] == _judge())


def _document(known: Known) -> dict[str, Any]:
    return {"judge": _judge(), **known._asdict()}


def _known(note: dict[str, Any]) -> Known:
    fields = {name: note[name] for name in Known._fields}
    fields["policies"] = tuple(PolicyAt(commit, time, (a, b)) for commit, time, (a, b) in fields["policies"])
    fields["aliases"] = {name: (number, digest) for name, (number, digest) in fields["aliases"].items()}
    fields["rolled_back"] = tuple(fields["rolled_back"])
    fields["made"] = {
        name: {int(version): Made(*made) for version, made in under.items()}
        for name, under in fields["made"].items()
    }
    fields["emergencies"] = tuple(EmergencyAt.read(item) for item in fields["emergencies"])
    fields["recoveries"] = tuple(Recovery.read(recovery) for recovery in fields["recoveries"])
    fields["unsettled"] = tuple(Finding._make(finding) for finding in fields["unsettled"])
    fields["mended"] = tuple((Finding._make(finding), commit) for finding, commit in fields["mended"])
    return Known(**fields)


@cache
def _judge() -> str:
    """Which code judged: the interpreter, and each module's size and time of change."""
    top = Path(__file__).parents[1]
    found = [sys.version]
    for folder in _JUDGES:
        for module in sorted((top / folder).glob("*.py")):
            status = module.stat()
            found.append(f"{folder}/{module.name} {status.st_size} {status.st_mtime_ns}")
    return sha256("\n".join(found).encode()).hexdigest()
