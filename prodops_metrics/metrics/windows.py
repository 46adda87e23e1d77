"""Which windows a question is about: the headline, the points of a chart, and whether a window has closed.

The headline of a metric is one window and the one before it, the same on every page whatever the page shows:

- a rolling metric: its window, ending with data through, or as long before that as its starts need to close;
- a metric by grain: its last complete bucket;
- retention: the last four cohorts whose headline age has closed.

A chart's points are the same quantity at earlier ends, so its last complete point is the headline.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from prodops_metrics.calendar import DAY, Calendar, Grain, Window, window_ending
from prodops_metrics.metrics.base import Metric
from prodops_metrics.metrics.retention import POOLED_COHORTS, Retention

WEEK = 7
SETTLING = timedelta(days=28)
"""How long first curiosity lasts after a launch, and for how long first uses may be those of earlier users."""


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


def grain_of(metric: Metric) -> Grain | None:
    """The calendar grain a metric is counted by (a week unless it says otherwise); None for a rolling one."""
    return None if metric.rolling else metric.grain or "week"


def headline(metric: Metric, horizon: Horizon, launched: date | None = None) -> tuple[Window, Window]:
    """The window before, and the headline window."""
    grain = grain_of(metric)
    if isinstance(metric, Retention):
        now = _closed_cohorts(metric, horizon)
        before = Window(horizon.calendar.shift(now.start, metric.grain or "week", -POOLED_COHORTS), now.start)
        return before, _trusted(metric, horizon, now, launched)
    if grain is None:
        now = window_ending(_last_closed_day(metric, horizon), _rolling_days(metric))
        return now.before(), now
    start = horizon.calendar.shift(horizon.calendar.floor(_last_closed_day(metric, horizon) + DAY, grain), grain, -1)
    return horizon.calendar.bucket(start - DAY, grain), horizon.calendar.bucket(start, grain)


def points(
    metric: Metric, horizon: Horizon, span: Window, grain: Grain | None = None, launched: date | None = None
) -> tuple[Window, ...]:
    """The windows of a series over ``span``: buckets that touch it, or rolling windows that end in it.

    Buckets are cut by the span, but not where the data ends. Rolling windows step by a week (by a day for
    ``grain="day"``) from the headline's end; the newest day is a last, incomplete one.
    """
    if isinstance(metric, Retention):
        return tuple(_pooled(metric, horizon, span, launched))
    grain_shown = grain or grain_of(metric)
    if metric.rolling is None and grain_shown:
        return _buckets(horizon, span, grain_shown)
    return tuple(_rolling_points(metric, horizon, span, 1 if grain == "day" else WEEK))


def cohorts(metric: Retention, horizon: Horizon, span: Window) -> tuple[Window, ...]:
    """One window per cohort that starts in ``span``."""
    return _buckets(horizon, span, metric.grain or "week")


def closed(metric: Metric, horizon: Horizon, window: Window, age: int | None = None) -> bool:
    """Whether nothing in the window (at this age of its youngest cohort) can change any more."""
    if isinstance(metric, Retention) and age is not None:
        return aged(metric, horizon, window, age).end <= horizon.through + DAY
    covered = metric.rolling is None or window.start >= horizon.first_day
    return covered and metric.ever_closes and window.last_day <= _last_closed_day(metric, horizon)


def aged(metric: Retention, horizon: Horizon, window: Window, age: int) -> Window:
    """The calendar period in which the youngest cohort of the window reaches ``age``."""
    grain = metric.grain or "week"
    calendar = horizon.calendar
    return calendar.bucket(calendar.shift(calendar.floor(window.last_day, grain), grain, age), grain)


def earliest_before(metric: Metric, horizon: Horizon, launched: date | None) -> date:
    """The first day that a window before may start: all sources there, and four weeks after the launch (rulings 12)."""
    settled = horizon.all_from if launched is None else max(horizon.all_from, launched + SETTLING)
    if isinstance(metric, Retention):
        return max(settled, _trusted_from(metric, horizon, launched))
    return settled


def first_comparison(metric: Metric, horizon: Horizon, earliest: date) -> date:
    """The data through on which a window before that starts at ``earliest`` or later can first be had."""
    calendar, grain = horizon.calendar, grain_of(metric)
    lag = timedelta(days=math.ceil(metric.closes_after / DAY))
    if grain is None:
        return earliest + timedelta(days=2 * _rolling_days(metric)) - DAY + lag
    start = calendar.floor(earliest, grain)
    start = start if start == earliest else calendar.shift(start, grain, 1)
    buckets = 2 * POOLED_COHORTS + metric.headline_age if isinstance(metric, Retention) else 2
    return calendar.shift(start, grain, buckets) - DAY + lag


def _last_closed_day(metric: Metric, horizon: Horizon) -> date:
    """The last day whose every start has had its time by the end of data through, however the clocks changed."""
    instant, day = horizon.calendar.instant, horizon.through - timedelta(days=math.ceil(metric.closes_after / DAY))
    while instant(day + DAY) + metric.closes_after > instant(horizon.through + DAY):
        day -= DAY
    return day


def _rolling_days(metric: Metric) -> int:
    return (metric.rolling or DAY) // DAY


def _closed_cohorts(metric: Retention, horizon: Horizon) -> Window:
    grain, calendar = metric.grain or "week", horizon.calendar
    open_now = calendar.floor(horizon.through + DAY, grain)
    end = calendar.shift(open_now, grain, -metric.headline_age)
    return Window(calendar.shift(end, grain, -POOLED_COHORTS), end)


def _trusted_from(metric: Retention, horizon: Horizon, launched: date | None) -> date:
    """The first day of cohorts that surely began then: earlier ones may hold users from before the data (rulings 22)."""
    if metric.cohort == "recurring" or (launched is not None and launched >= horizon.first_day):
        return horizon.first_day
    return horizon.first_day + SETTLING


def _trusted(metric: Retention, horizon: Horizon, cohorts_: Window, launched: date | None) -> Window:
    """The cohorts of a window that surely began then; none of them if the window lies before."""
    grain, calendar = metric.grain or "week", horizon.calendar
    first = calendar.floor(_trusted_from(metric, horizon, launched), grain)
    if launched is None or launched < horizon.first_day:
        first = first if first >= _trusted_from(metric, horizon, launched) else calendar.shift(first, grain, 1)
    return Window(min(max(cohorts_.start, first), cohorts_.end), cohorts_.end)


def _pooled(metric: Retention, horizon: Horizon, span: Window, launched: date | None) -> Iterator[Window]:
    """Four cohorts at a time (fewer at first), one further each time, as far as the headline's age has closed."""
    grain, calendar = metric.grain or "week", horizon.calendar
    last = _closed_cohorts(metric, horizon).end
    for bucket in calendar.buckets(span, grain):
        pooled = Window(calendar.shift(bucket.end, grain, -POOLED_COHORTS), bucket.end)
        trusted = _trusted(metric, horizon, pooled, launched)
        if bucket.end <= last and trusted.days:
            yield trusted


def _rolling_points(metric: Metric, horizon: Horizon, span: Window, step: int) -> Iterator[Window]:
    length, anchor = _rolling_days(metric), _last_closed_day(metric, horizon)
    first = max(span.start, horizon.first_day)
    day = anchor - timedelta(days=(anchor - first).days // step * step)
    last = min(span.last_day, horizon.newest_day)
    while day <= min(last, horizon.through):
        yield window_ending(day, length)
        day += timedelta(days=step)
    if last > horizon.through:
        yield window_ending(last, length)


def _buckets(horizon: Horizon, span: Window, grain: Grain) -> tuple[Window, ...]:
    """The buckets that touch a span, cut by it; where the data ends, only time cuts the last one, and it is incomplete."""
    whole = horizon.calendar.buckets(span, grain)
    reaches_the_end = span.last_day >= horizon.newest_day
    return tuple(
        Window(max(bucket.start, span.start), bucket.end if reaches_the_end else min(bucket.end, span.end))
        for bucket in whole
    )
