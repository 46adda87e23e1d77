"""In how many intervals of a window a unit was active: what frequency and stickiness have in common."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from prodops_metrics.calendar import Calendar, Grain
from prodops_metrics.definitions import Part
from prodops_metrics.metrics.base import Metric, OfEvents
from prodops_metrics.metrics.folds.shape import literal
from prodops_metrics.metrics.masks import MOST
from prodops_metrics.metrics.periods import period_number
from prodops_metrics.metrics.query import Asked, Relation, Source

HEADLINE_PERIOD = timedelta(days=28)
"""How long units are watched where neither ``window`` nor ``grain`` says it."""
Operator = Literal["at_least", "at_most", "exactly"]
SIGNS: Mapping[Operator, str] = {"at_least": ">=", "at_most": "<=", "exactly": "="}


class PerInterval(Part):
    """``{op: at_least, value: 2}``: how many events make an interval an active one."""

    op: Operator = "at_least"
    """Whether so many, or more or fewer."""
    value: Annotated[int, Field(ge=1)]
    """How many events."""


class ActiveIntervals(OfEvents, Metric):
    """The keys of types that count active intervals: every ``interval_count`` intervals from the window's start are one."""

    interval: Grain = "day"
    """What is counted: hours, days, weeks or months of the window."""
    interval_count: Annotated[int, Field(ge=1, le=366)] = 1
    """How many of them, from the window's start on, are taken as one."""
    per_interval: PerInterval | None = None
    """How many events make an interval an active one; one at least, unless it is said."""

    @property
    def rolling(self) -> timedelta | None:
        """28 days where nothing else is said."""
        return self.window or (None if self.grain else HEADLINE_PERIOD)

    def relations(self) -> tuple[Relation, ...]:
        """When units did it."""
        return (Source("used", self.matched, needs="hours" if self.interval == "hour" else "days"),)

    def counts_days(self, asked: Asked) -> bool:
        """Whether it is days that are counted, each by itself, and whole ones."""
        return self.interval == "day" and self.interval_count == 1 and self.per_interval is None and not asked.timed

    def active_rows(self, asked: Asked) -> str:
        """SQL of ``window_id, unit, active``, how many intervals, and ``intervals``, how many the window has."""
        if self.counts_days(asked) and max(window.days for window in asked.windows) <= MOST:
            return f"""\
SELECT w.window_id, e.unit, bit_count(bit_or(1::BIGINT << (e.day - w.first_day)::INTEGER)) AS active,
  any_value(w.last_day - w.first_day + 1) AS intervals
FROM used AS e
JOIN windows AS w ON {asked.within("e")}
GROUP BY w.window_id, e.unit"""
        having = (
            f"\n  HAVING sum(e.events) {SIGNS[self.per_interval.op]} {self.per_interval.value}" if self.per_interval else ""
        )
        number = period_number("e", self.interval, asked.calendar.week_start)
        return f"""\
SELECT window_id, unit, count(*) AS active, any_value(intervals) AS intervals
FROM (
  SELECT w.window_id, e.unit, ({number} - w.first_period) // {self.interval_count} AS place,
    any_value((w.last_period - w.first_period) // {self.interval_count} + 1) AS intervals
  FROM used AS e
  JOIN ({window_periods(self.interval, asked.calendar)}) AS w ON {asked.within("e")}
  GROUP BY w.window_id, e.unit, place{having}
)
GROUP BY window_id, unit"""


def window_periods(grain: Grain, calendar: Calendar) -> str:
    """SQL of the windows with the numbers of their first and last calendar period: ``first_period, last_period``."""
    hour = f"date_diff('hour', TIMESTAMP '1970-01-01', timezone({literal(calendar.timezone)}, timezone('UTC', {{}})))"
    ends = {"first": ("first_day", "starts_at"), "last": ("last_day", "ends_at - INTERVAL 1 MICROSECOND")}
    numbered = ", ".join(f"{period_number(name, grain, calendar.week_start)} AS {name}_period" for name in ends)
    joins = "".join(
        f"\nCROSS JOIN LATERAL (SELECT {day} AS day, {hour.format(moment)} AS hour) AS {name}"
        for name, (day, moment) in ends.items()
    )
    return f"SELECT windows.*, {numbered}\nFROM windows{joins}"
