"""Times as records write them, and the little arithmetic that rules need."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from gitregistry.errors import BadInput

# How far two honest machines' clocks may differ.
SKEW = timedelta(minutes=5)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def moment_text(moment: datetime) -> str:
    """RFC 3339 in UTC, whole seconds: text order is time order."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


def from_epoch(seconds: int) -> str:
    """A Git commit's time as a moment."""
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}Z"


def to_epoch(text: str) -> int:
    """A moment as Git's commits write it: seconds since 1970."""
    return int(moment_of(text).timestamp())


@lru_cache(maxsize=256)
def duration_of(text: str) -> timedelta:
    """``90s``, ``30m``, ``24h`` or ``7d``."""
    return timedelta(seconds=int(text[:-1]) * _UNITS[text[-1]])


def parse_duration(text: str) -> timedelta:
    """A duration as people type it.

    Raises:
        BadInput: it is none.
    """
    if not re.fullmatch(r"[1-9][0-9]{0,5}[smhd]", text):
        raise BadInput(f"{text!r} is not a duration", hint="write 90s, 30m, 24h or 7d")
    return duration_of(text)


def after(moment: str, duration: str) -> str | None:
    """The moment a duration later; None when no date can say it."""
    try:
        return moment_text(moment_of(moment) + duration_of(duration))
    except OverflowError:
        return None


def clearly_after(later: str, earlier: str) -> bool:
    """Whether ``later`` is after ``earlier`` by more than clocks may differ."""
    return later > earlier and moment_of(later) - moment_of(earlier) > SKEW


def parse_moment(text: str) -> str:
    """A time as people type it, as records write it: a date is its midnight in UTC; no zone means UTC.

    Raises:
        BadInput: it is no time.
    """
    try:
        moment = datetime.fromisoformat(text)
        return moment_text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise BadInput(f"{text!r} is not a time", hint="write 2026-05-01T09:30:00Z or 2026-05-01") from None
