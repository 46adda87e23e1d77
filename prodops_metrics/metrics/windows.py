"""Which windows a question is about: the headline, the points of a chart, and when a window has closed.

The headline of a metric is one window and the one before it, the same on every page whatever the page shows:

- a rolling metric: its window, ending with data through, or as long before that as its starts need to close;
- a metric by grain: its last complete bucket.

A chart's points are the same quantity at earlier ends, so its last complete point is the headline. A metric type that counts
otherwise (cohorts) says so by overriding the methods of ``Metric`` that call these functions.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from prodops_metrics.calendar import DAY, HOUR, Calendar, Grain, Window, between, window_ending

SETTLING = timedelta(days=28)
"""How long first curiosity lasts after a launch, and for how long first uses may be those of earlier users."""
STEPS = {"hour": HOUR, "day": DAY, "week": timedelta(days=7)}
"""How far apart the points of a rolling window may lie."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """What the data covers, in local days: from ``first_day``, complete ``through``, with some of ``newest_day``.

    Where sources begin on different days, all of them cover the days from ``all_from`` on: what can be compared.
    """

    first_day: date
    all_from: date
    through: date
    newest_day: date
    calendar: Calendar


@lru_cache(1024)
def last_closed_day(horizon: Horizon, closes_after: timedelta) -> date:
    """The last day whose every start has had its time by the end of data through, however the clocks changed."""
    instant, day = horizon.calendar.instant, horizon.through - _days(closes_after)
    while instant(day + DAY) + closes_after > instant(horizon.through + DAY):
        day -= DAY
    return day


def last_buckets(horizon: Horizon, last_day: date, grain: Grain) -> tuple[Window, Window]:
    """The last bucket that is over on ``last_day``, after the one before it."""
    calendar = horizon.calendar
    if grain == "hour":
        *_, before, now = calendar.hours(Window(last_day, last_day + DAY))
        return before, now
    start = calendar.shift(calendar.floor(last_day + DAY, grain), grain, -1)
    return calendar.bucket(start - DAY, grain), calendar.bucket(start, grain)


def buckets(horizon: Horizon, span: Window, grain: Grain) -> tuple[Window, ...]:
    """The buckets that touch a span, cut by it; where the data ends, only time cuts the last one, and it is incomplete."""
    whole = tuple(horizon.calendar.buckets(span, grain))
    if span.timed or not whole or span.last_day < horizon.newest_day:
        return tuple(bucket.cut(span) for bucket in whole)
    return tuple(bucket.cut(Window(span.start, whole[-1].end)) for bucket in whole)


def rolling_points(horizon: Horizon, span: Window, grain: Grain, length: timedelta, last: date) -> tuple[Window, ...]:
    """Windows of one length that end in ``span``, one step of ``grain`` apart, the last complete one on the day ``last``.

    The newest day, or hour of it, is a last, incomplete one.
    """
    if grain == "hour":
        shown = span.cut(Window(horizon.first_day, horizon.newest_day + DAY))
        ends = [min(hour.closes, span.closes) for hour in horizon.calendar.hours(shown)]
        return tuple(between(end - length, end) for end in ends)
    windows = _rolling_days(horizon, span, STEPS[grain], length, last)
    return tuple(between(one.opens, min(one.closes, span.closes)) if one.closes > span.closes else one for one in windows)


def _rolling_days(horizon: Horizon, span: Window, step: timedelta, length: timedelta, anchor: date) -> Iterator[Window]:
    first = max(span.start, horizon.first_day)
    day = anchor - (anchor - first) // step * step
    last = min(span.last_day, horizon.newest_day)
    while day <= min(last, horizon.through):
        yield window_ending(day, length // DAY)
        day += step
    if last > horizon.through:
        yield window_ending(last, length // DAY)


def comparable_from(horizon: Horizon, launched: date | None) -> date:
    """The first day that a window before may start: all sources there, and four weeks after the launch (rulings 12)."""
    return horizon.all_from if launched is None else max(horizon.all_from, launched + SETTLING)


def first_day_of_two(
    horizon: Horizon, earliest: date, length: timedelta | Grain, count: int, closes_after: timedelta
) -> date:
    """The data through on which ``count`` windows in a row, the first from ``earliest`` on, can first be had."""
    lag, calendar = _days(closes_after), horizon.calendar
    if isinstance(length, timedelta):
        return earliest + count * length - DAY + lag
    if length == "hour":
        return earliest + lag
    start = calendar.floor(earliest, length)
    start = start if start == earliest else calendar.shift(start, length, 1)
    return calendar.shift(start, length, count) - DAY + lag


def _days(length: timedelta) -> timedelta:
    return timedelta(days=math.ceil(length / DAY))
