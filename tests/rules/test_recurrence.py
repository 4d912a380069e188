"""What holds of every window that recurs, wherever its clocks are and whatever is done to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitregistry.records.policy import FreezeWindow
from gitregistry.registry.moments import moment_of, moment_text
from gitregistry.registry.time_zones import zone_names, zone_of
from gitregistry.rules.recurrence import faults_in_recurrence, opening

# With clocks put forward at midnight, by half an hour, on the other half of the earth, by a whole day, never.
ZONES = [
    "Europe/Berlin",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "UTC",
]
HOURS = st.sampled_from(["00:00", "01:30", "02:00", "02:30", "03:00", "12:00", "23:59", "24:00"])
DAYS = {
    "day": st.just(""),
    "week": st.sampled_from(["sunday ", "monday ", "friday "]),
    "month": st.sampled_from(["1 ", "15 ", "28 ", "last "]),
    "year": st.sampled_from(["01-01 ", "03-29 ", "10-25 ", "12-31 "]),
}
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2037, 12, 31)).map(
    lambda naive: moment_text(naive.replace(tzinfo=UTC))
)


@st.composite
def windows(draw: st.DrawFn) -> FreezeWindow:
    every: Any = draw(st.sampled_from(["day", "week", "month", "year"]))
    begins, ends = (draw(DAYS[every]) + draw(HOURS) for _ in range(2))
    zone = draw(st.sampled_from(ZONES))
    return FreezeWindow(name="any", every=every, from_=begins, until=ends, time_zone=zone)


@settings(max_examples=300, deadline=None)
@given(windows(), MOMENTS)
def test_an_opening_is_open_from_its_beginning_to_its_end_and_is_the_next(
    window: FreezeWindow, moment: str
) -> None:
    if faults_in_recurrence(window):
        return
    found = opening(window, moment)
    assert found.ends > moment
    assert found.begins < found.ends
    first, last = max(found.begins, moment), moment_text(moment_of(found.ends) - timedelta(seconds=1))
    for inside in (first, last):
        there = opening(window, inside)
        assert there.begins <= inside < there.ends
    if found.begins > moment:
        before = opening(window, moment_text(moment_of(found.begins) - timedelta(seconds=1)))
        assert before.begins >= found.begins


@settings(max_examples=300, deadline=None)
@given(windows(), MOMENTS)
def test_a_window_is_never_open_for_less_than_the_clocks_there_say(window: FreezeWindow, moment: str) -> None:
    """Whoever reads a clock between both points, in whatever season, finds the window open."""
    if faults_in_recurrence(window) or window.every != "day" or "24:00" in (window.from_, window.until):
        return
    shown = moment_of(moment).astimezone(zone_of(window.time_zone or "")).strftime("%H:%M")
    begins, ends = window.from_, window.until
    inside = begins <= shown < ends if begins < ends else shown >= begins or shown < ends
    found = opening(window, moment)
    assert not inside or found.begins <= moment < found.ends


def test_only_names_of_zones_are_looked_for() -> None:
    assert {"Europe/Berlin", "UTC", "US/Eastern"} <= zone_names()
    for name in ("../zones", "/etc/localtime", "Europe", "europe/berlin", "", "Europe/Berlin/.."):
        assert zone_of(name) is None


@pytest.mark.parametrize("name", ["Europe/Berlin", "Pacific/Apia"])
def test_a_zone_is_that_of_the_package_whatever_the_machine_has(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = zone_of(name)
    assert zone is not None
    assert zone.key == name
    assert zone is not ZoneInfo(name)
