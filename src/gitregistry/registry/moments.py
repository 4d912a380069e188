"""Times as records write them, and the little arithmetic that rules need."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# How far two honest machines' clocks may differ.
SKEW = timedelta(minutes=5)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def moment_text(moment: datetime) -> str:
    """RFC 3339 in UTC, whole seconds: text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


def from_epoch(seconds: int) -> str:
    """A Git commit's time as a moment."""
    return moment_text(datetime.fromtimestamp(seconds, UTC))


def duration_of(text: str) -> timedelta:
    """``90s``, ``30m``, ``24h`` or ``7d``."""
    return timedelta(seconds=int(text[:-1]) * _UNITS[text[-1]])


def clearly_after(later: str, earlier: str) -> bool:
    """Whether ``later`` is after ``earlier`` by more than clocks may differ."""
    return later > earlier and moment_of(later) - moment_of(earlier) > SKEW
