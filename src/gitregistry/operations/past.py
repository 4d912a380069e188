"""Which commit ``--at`` means."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

from gitregistry.errors import BadInput, NotFound
from gitregistry.storage.history import commit_at, resolve_revision
from gitregistry.storage.repository import Repository

_DATE = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?"


def commit_of_past(repository: Repository, tip: str, at: str) -> str:
    """The commit of a revision; or the last first-parent commit from ``tip`` not after a date or time.

    Raises:
        BadInput: no such revision, no such date.
        NotFound: the registry began later.
    """
    if not re.fullmatch(_DATE, at):
        return resolve_revision(repository, at)
    found = commit_at(repository, tip, _moment(at))
    if found is None:
        raise NotFound(f"the registry began after {at}", hint="registry log")
    return found


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is not a date: {error}", hint="--at 2026-05-01") from None
    if len(text) == len("2026-05-01"):
        moment = datetime.combine(moment.date(), time.min, UTC) + timedelta(days=1, seconds=-1)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
