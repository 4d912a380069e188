"""When artifacts were last seen whole, kept under ``.git/``. Losing it costs reading them once more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gitregistry.storage.repository import Repository
from gitregistry.storage.sealed_notes import read_notes, write_notes

_NAME = "artifacts"

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
