"""When artifacts were last seen whole, kept under ``.git/``. Losing it costs reading them once more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from gitregistry.registry.moments import moment_of
from gitregistry.storage.repository import Repository
from gitregistry.storage.sealed_notes import read_notes, write_notes

_NAME = "artifacts"
_RUN = "artifacts-run"
# A run that was broken off is gone on with for so long; what was seen before that is read again.
_RUN_LASTS = timedelta(days=1)

# An artifact's address and digest.
Which = tuple[str, str]


class Look(NamedTuple):
    """When an artifact was last seen whole, None for never; and what was wrong since, if anything was."""

    whole: str | None
    fault: str | None


NEVER = Look(None, None)


def looks(repository: Repository, environment: Mapping[str, str]) -> dict[Which, Look]:
    """What is remembered of every artifact that was looked at from here."""
    found = {}
    for kept in read_notes(repository, environment, _NAME):
        try:
            uri, digest, whole, fault = kept
        except (TypeError, ValueError):  # another version's
            continue
        found[str(uri), str(digest)] = Look(whole and str(whole), fault and str(fault))
    return found


def remember(repository: Repository, environment: Mapping[str, str], seen: Mapping[Which, Look]) -> None:
    """Keep what was seen, beside what is remembered already."""
    merged = {**looks(repository, environment), **seen}
    write_notes(repository, environment, _NAME, [(*which, *look) for which, look in merged.items()])


def begin_run(repository: Repository, environment: Mapping[str, str], scope: str, now: str) -> str | None:
    """When the run over these artifacts began that was broken off within the last day; None begins one."""
    for kept in read_notes(repository, environment, _RUN):
        if isinstance(kept, list) and kept[:1] == [scope]:
            began = str(kept[-1])
            if began <= now and moment_of(now) - moment_of(began) <= _RUN_LASTS:
                return began
    write_notes(repository, environment, _RUN, [[scope, now]])
    return None


def end_run(repository: Repository, environment: Mapping[str, str]) -> None:
    """Every artifact was looked at: the next run begins anew."""
    write_notes(repository, environment, _RUN, [])
