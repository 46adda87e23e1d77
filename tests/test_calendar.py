"""Local days, grains and instants, also where the clocks change."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops_metrics.calendar import Calendar, Grain, WeekStart, Window, between, window_ending

BERLIN = Calendar("Europe/Berlin")


def test_a_window_is_half_open_and_prints_both_days() -> None:
    window = window_ending(date(2026, 3, 31), 28)
    assert window == Window(date(2026, 3, 4), date(2026, 4, 1))
    assert (window.days, str(window)) == (28, "2026-03-04 to 2026-03-31")
    assert window.before() == Window(date(2026, 2, 4), date(2026, 3, 4))


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("Europe/Berlin", date(2026, 3, 29), datetime(2026, 3, 28, 23)),  # the night the clocks go forward
        ("Europe/Berlin", date(2026, 3, 30), datetime(2026, 3, 29, 22)),
        ("America/New_York", date(2026, 11, 2), datetime(2026, 11, 2, 5)),
        ("Asia/Kolkata", date(2026, 1, 1), datetime(2025, 12, 31, 18, 30)),
    ],
)
def test_a_day_starts_at_local_midnight(zone: str, day: date, instant: datetime) -> None:
    calendar = Calendar(zone)
    assert calendar.instant(day) == instant
    assert calendar.local_day(instant) == day


def test_months_follow_each_other_from_the_31st() -> None:
    january = BERLIN.floor(date(2026, 1, 31), "month")
    assert [BERLIN.shift(january, "month", step) for step in (-1, 0, 1, 13)] == [
        date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), date(2027, 2, 1)
    ]  # fmt: skip


@given(
    day=st.dates(date(1990, 1, 1), date(2060, 1, 1)),
    grain=st.sampled_from(["day", "week", "month"]),
    start=st.sampled_from(["monday", "wednesday", "sunday"]),
)
def test_every_day_lies_in_exactly_one_bucket(day: date, grain: Grain, start: WeekStart) -> None:
    calendar = Calendar("UTC", start)
    bucket = calendar.bucket(day, grain)
    assert bucket.start <= day < bucket.end
    assert calendar.bucket(bucket.last_day, grain) == bucket
    assert calendar.bucket(bucket.end, grain).start == bucket.end


def test_buckets_touch_the_span_and_leave_no_gap() -> None:
    found = list(BERLIN.buckets(Window(date(2026, 3, 4), date(2026, 3, 17)), "week"))
    assert [window.start for window in found] == [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2024, 3, 31), 23),
        ("Europe/Berlin", date(2024, 10, 27), 24),  # one of them lasts two
        ("America/New_York", date(2024, 3, 10), 23),
        ("Australia/Lord_Howe", date(2024, 10, 6), 24),  # one of them lasts half
        ("UTC", date(2024, 2, 29), 24),
    ],
)
def test_hours_are_those_of_the_clock_on_the_wall_and_leave_no_gap(zone: str, day: date, hours: int) -> None:
    calendar, window = Calendar(zone), Window(day, day + timedelta(days=1))
    found = [calendar.instants(hour) for hour in calendar.hours(window)]
    assert len(found) == hours
    assert (found[0][0], found[-1][1]) == calendar.instants(window)
    assert all(before[1] == after[0] for before, after in pairwise(found))


def test_a_window_within_days_is_cut_and_printed_with_its_times() -> None:
    nine, eleven = datetime(2024, 1, 1, 9), datetime(2024, 1, 1, 11)
    window = between(nine, eleven)
    assert (window.start, window.end, window.timed) == (date(2024, 1, 1), date(2024, 1, 2), True)
    assert window.before() == between(datetime(2024, 1, 1, 7), nine)
    assert window.cut(Window(date(2024, 1, 1), date(2024, 1, 2))) == window
    assert str(window) == "2024-01-01 09:00:00 to 2024-01-01 10:59:59.999999"


def test_a_window_from_midnight_to_midnight_is_one_of_days() -> None:
    assert between(datetime(2024, 1, 1), datetime(2024, 1, 3)) == Window(date(2024, 1, 1), date(2024, 1, 3))
