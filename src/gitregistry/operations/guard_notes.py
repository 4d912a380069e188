"""What a guard remembers across a restart, under ``.git/``. Without it a watch begins anew, and no worse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitregistry.records.evidence import Asked, Measurement
from gitregistry.records.shapes import ShapeFault, converter_of, plain
from gitregistry.rules.guard import Seen, Streak, Watch
from gitregistry.storage.repository import Repository
from gitregistry.storage.sealed_notes import read_notes, write_notes


def recalled(repository: Repository, environment: Mapping[str, str], name: str, alias: str) -> Watch | None:
    """The watch over the release that an alias record brought; None when nothing is known of it."""
    for note in read_notes(repository, environment, _file(name)):
        try:
            watch = _watch(note)
        except (KeyError, TypeError, ValueError, AttributeError, ShapeFault):  # another version's
            continue
        if watch.alias == alias:
            return watch
    return None


def remember(repository: Repository, environment: Mapping[str, str], name: str, watch: Watch) -> None:
    """Keep a watch in place of the one before."""
    write_notes(repository, environment, _file(name), [_document(watch)])


def forget(repository: Repository, environment: Mapping[str, str], name: str) -> None:
    """The watch is over."""
    write_notes(repository, environment, _file(name), [])


def _file(name: str) -> str:
    return f"guard-{name}"


def _document(watch: Watch) -> dict[str, Any]:
    return {**watch._asdict(), "breach": [_seen_document(seen) for seen in watch.breach]}


def _seen_document(seen: Seen) -> dict[str, Any]:
    values = [{**plain(item), "value": str(item.value)} for item in seen.measurements]
    return {**seen._asdict(), "measurements": values, "asked": plain(seen.asked) if seen.asked else None}


def _watch(note: dict[str, Any]) -> Watch:
    streaks = {name: Streak(*streak) for name, streak in note["streaks"].items()}
    return Watch(**{**note, "streaks": streaks, "breach": tuple(_seen(seen) for seen in note["breach"])})


def _seen(note: dict[str, Any]) -> Seen:
    values = tuple(converter_of(Measurement)(item) for item in note["measurements"])
    asked = converter_of(Asked)(note["asked"]) if note["asked"] else None
    return Seen(**{**note, "measurements": values, "asked": asked})
