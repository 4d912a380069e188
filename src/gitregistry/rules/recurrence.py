"""Freeze windows that recur: from one point of each day, week, month or year until the next other one.

Points are times on the clock of the window's place. Where a clock is put forward or back, a point that is
missing or comes twice begins a window at the earlier reading and ends it at the later one: doubt is against
passing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from dateutil import rrule

from gitregistry.records.policy import FreezeWindow
from gitregistry.registry.moments import moment_text
from gitregistry.registry.time_zones import zone_of

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
_FREQUENCIES: dict[str, Any] = {
    "day": rrule.DAILY,
    "week": rrule.WEEKLY,
    "month": rrule.MONTHLY,
    "year": rrule.YEARLY,
}
_POINTS = {
    "day": "18:00",
    "week": "friday 16:00",
    "month": "25 00:00, last 18:00 or first monday 08:00",
    "year": "12-20 00:00",
}
# In so many days every point has come twice.
_TWICE = {"day": 2, "week": 14, "month": 62, "year": 731}
# Calendars repeat after 28 years, but for a leap day left out once in a century; windows of days sooner.
_CYCLE = {"day": timedelta(days=8), "week": timedelta(days=36), "month": None, "year": None}
_YEARS = (date(2001, 1, 1), date(2028, 12, 31))
_LAST_YEAR = "9990"
_MIDNIGHT = "24:00"


class Open(NamedTuple):
    """One time in which a window is open; just before ``ends`` is the last moment."""

    begins: str
    ends: str


def opening(window: FreezeWindow, moment: str) -> Open:
    """When a recurring window is open: at a moment, else next.

    One that cannot be understood never ends; such a policy cannot be put in force.
    """
    if window.every is None or faults_in_recurrence(window) or moment[:4] > _LAST_YEAR:
        return Open(moment, "9999-12-31T23:59:59Z")
    found = _openings_around(window, moment[:10])
    now = [one for one in found if one.begins <= moment < one.ends]
    return max(now, key=lambda one: one.ends) if now else min(one for one in found if one.begins > moment)


@lru_cache(maxsize=1024)
def _openings_around(window: FreezeWindow, day: str) -> tuple[Open, ...]:
    """All openings that may hold on a day, and at least one after it."""
    zone = zone_of(window.time_zone or "")
    assert zone is not None  # noqa: S101 - such a window has a fault
    here = date.fromisoformat(day)
    reach = timedelta(days=_TWICE[window.every or ""] + 2)
    return tuple(
        Open(_utc(begins, zone, min), _utc(ends, zone, max))
        for begins, ends in local_openings(window, here - reach, here + reach)
    )


def _utc(local: datetime, zone: ZoneInfo, which: Any) -> str:
    """When a clock there shows a time; where that is twice, or never, the reading that is asked for."""
    readings = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return moment_text(which(readings))


def local_openings(window: FreezeWindow, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    """Every time from a beginning between two days until the end that follows it, on the clock there."""
    ends = list(_occurrences(window.every or "", window.until, first, last + (last - first)))
    for begins in _occurrences(window.every or "", window.from_, first, last):
        end = next((end for end in ends if end > begins), None)
        if end is not None:
            yield begins, end


def _occurrences(every: str, point: str, first: date, last: date) -> Iterator[datetime]:
    """The times of a point between two days; iterated no farther than the last of them."""
    day, _, clock = point.rpartition(" ")
    at_the_end = timedelta(days=1 if clock == _MIDNIGHT else 0)
    begins = time.min if at_the_end else time.fromisoformat(clock)
    recurring = rrule.rrule(
        _FREQUENCIES[every],
        dtstart=datetime.combine(first, begins),
        until=datetime.combine(last, time.max),
        **_by(every, day),
    )
    return (found + at_the_end for found in recurring)


def _by(every: str, day: str) -> dict[str, Any]:
    """A point's day as RFC 5545 says it; raises ValueError when it is none."""
    if every == "day":
        if day:
            raise ValueError(day)
        return {}
    if every == "week":
        return {"byweekday": DAYS.index(day)}
    if every == "year":
        month, number = day.split("-")
        return {"bymonth": int(month), "bymonthday": int(number)}
    which, _, weekday = day.partition(" ")
    if weekday:
        return {"byweekday": rrule.weekday(DAYS.index(weekday), ORDINALS[which])}
    if which != "last" and not which.isdecimal():
        raise ValueError(which)
    return {"bymonthday": -1 if which == "last" else int(which)}


@lru_cache(maxsize=256)
def faults_in_recurrence(window: FreezeWindow) -> tuple[str, ...]:
    """Why a recurring window cannot be applied; none when it can."""
    every, faults = window.every or "", []
    if zone_of(window.time_zone or "") is None:
        named = f"there is no time zone {window.time_zone}" if window.time_zone else "it names no time zone"
        faults.append(f"{named}; write one like Europe/Berlin")
    for field, point in (("from", window.from_), ("until", window.until)):
        fault = _fault_in_point(every, point)
        if fault is not None:
            faults.append(f"{field}: {fault}")
    if not faults and window.from_ == window.until:
        faults.append("it would never end: from and until are the same")
    if not faults:
        faults += _overlaps(window)
    return tuple(faults)


def _fault_in_point(every: str, point: str) -> str | None:
    try:
        first = _YEARS[0]
        times = list(_occurrences(every, point, first, _YEARS[1] if every in ("month", "year") else first))
    except (ValueError, KeyError):
        return f"{point} is no point of each {every}; write one like {_POINTS[every]}"
    years = _YEARS[1].year - _YEARS[0].year + 1
    if every in ("month", "year") and len(times) != years * (12 if every == "month" else 1):
        comes = "never comes" if not times else f"does not come in every {every}"
        return f"{point} {comes}; write one like {_POINTS[every]}"
    return None


def _overlaps(window: FreezeWindow) -> Iterator[str]:
    """One that is not over when it begins again is longer than its period, at least now and then."""
    for (begins, ends), (again, _) in pairwise(cycle(window)):
        if ends > again:
            yield (
                f"it lasts longer than a {window.every}: what begins {begins:%Y-%m-%d} would end "
                f"{ends:%Y-%m-%d}, after it began again"
            )
            return


def covers(outer: FreezeWindow, inner: FreezeWindow) -> bool:
    """Whether one of two windows of the same period and place is open whenever the other is.

    Where either has a fault, nobody can say so.
    """
    if faults_in_recurrence(outer) or faults_in_recurrence(inner):
        return False
    wide = cycle(outer)
    # What begins before the cycle does is not seen in it, so the first of the others are left out.
    within = [one for one in cycle(inner) if one[0] > wide[0][1]]
    return all(any(first <= begins and ends <= last for first, last in wide) for begins, ends in within)


def cycle(window: FreezeWindow) -> list[tuple[datetime, datetime]]:
    """All that a window ever does, on the clock there."""
    length = _CYCLE[window.every or ""]
    last = _YEARS[1] if length is None else _YEARS[0] + length
    return list(local_openings(window, _YEARS[0], last))
