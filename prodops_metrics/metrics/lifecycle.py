"""Where users come from and go: new, returning, resurrected and dormant, period by period.

Unit: a unit in one state. In a calendar period it is ``new`` if active for the first time in the data, ``returning`` if it
was active in the period before too, ``resurrected`` if it was active earlier but not then; ``dormant`` if it was active in
the period before and is not in this one.
Denominator: none. Active units are new + returning + resurrected; those of the period before are returning + dormant.
By another grain of ``grains`` it is counted anew: who is dormant by the day may be returning by the week.
Source: semantics.md of the design; "new" means within the data's horizon, which is printed.
Says: how many {units} with {event} are new, returning, resurrected or dormant

Example:
    where_searchers_come_from:
      description: People who search, by whether they did in the period before and ever before that
      type: lifecycle
      event: search_submitted
      grain: week
      grains: [month]
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import field_validator

from prodops_metrics.calendar import HOUR, Grain, Window
from prodops_metrics.errors import QueryError
from prodops_metrics.metrics.active import window_periods
from prodops_metrics.metrics.base import AxisValue, Estimator, Metric, OfEvents
from prodops_metrics.metrics.from_days import Bits, Days, in_windows
from prodops_metrics.metrics.masks import MOST, Places, WindowMasks
from prodops_metrics.metrics.periods import period_number, period_of
from prodops_metrics.metrics.query import Asked, Relation, Source, Touch

STATES = ("new", "returning", "resurrected", "dormant")
UNSAID = 3
"""Bits of a mask of periods that are no window's: all time before, the period before, and room to double the lowest."""


class Lifecycle(OfEvents, Metric):
    """``type: lifecycle``: units by state, counted by ``grain``."""

    type: Literal["lifecycle"] = "lifecycle"
    estimator: ClassVar[Estimator] = "count"
    axes: ClassVar[tuple[str, ...]] = ("state",)
    window: None = None

    @field_validator("window", mode="before")
    @classmethod
    def _counted_by_grain(cls, _window: object) -> None:
        raise ValueError("a lifecycle is counted by `grain`, so it has no rolling `window`")

    @property
    def axis_values(self) -> tuple[AxisValue, ...]:
        """The states."""
        return STATES

    @property
    def flags(self) -> bool:
        """A unit is in a state or not."""
        return True

    @property
    def touches(self) -> tuple[Touch, ...]:
        """Only by what cannot change from period to period."""
        return ("first",)

    def relations(self) -> tuple[Relation, ...]:
        """All use up to the windows' end."""
        needs: Literal["days", "hours"] = "hours" if self._period == "hour" else "days"
        return (Source("used", self.matched, needs=needs, all_history=True),)

    def unit_rows(self, asked: Asked) -> str:
        """Every unit that is active in a window's period, or was in the one before.

        Raises:
            QueryError: a window is longer than a period.
        """
        self._check(asked)
        moment, end = ("ts", "ends_at") if asked.timed else ("day", "last_day + 1")
        period = period_number("e", self._period, asked.calendar.week_start)
        return f"""\
WITH active AS (
  SELECT unit, period, since,
    lag(period) OVER one AS earlier, lead(period) OVER one AS later, lead(since) OVER one AS later_since
  FROM (SELECT e.unit, {period} AS period, min(e.{moment}) AS since FROM used AS e GROUP BY e.unit, {period})
  WINDOW one AS (PARTITION BY unit ORDER BY period)
),
places AS (
  SELECT w.window_id, w.{end} AS until, w.last_period AS period
  FROM ({window_periods(self._period, asked.calendar)}) AS w
)
SELECT p.window_id, a.unit, 1.0 AS value, 0.0 AS base,
  CASE WHEN a.earlier IS NULL THEN 'new' WHEN a.earlier = a.period - 1 THEN 'returning' ELSE 'resurrected' END AS state
FROM places AS p
JOIN active AS a ON a.period = p.period AND a.since < p.until
UNION ALL
SELECT p.window_id, a.unit, 1.0 AS value, 0.0 AS base, 'dormant' AS state
FROM places AS p
JOIN active AS a ON a.period = p.period - 1
WHERE a.later IS DISTINCT FROM p.period OR a.later_since >= p.until"""

    def window_masks(self, asked: Asked) -> WindowMasks | None:
        """The periods of each unit, and from these its states, if the windows are periods that follow each other."""
        periods = self._followed(asked)
        if not periods or len(periods) > MOST - UNSAID:
            return None
        period = period_number("e", self._period, asked.calendar.week_start)
        # Bit 0 of ``seen`` is all time before, bit 1 the period before the first window, then come those of the windows.
        place, all_bits = f"greatest({period} - {periods[0] - 2}, 0)", (1 << len(periods)) - 1
        here, before, ever = "(seen >> 2)", "(seen >> 1)", "(~((seen & -seen) * 2 - 1) >> 2)"
        states = {
            "new": f"((seen & -seen) >> 2) & {all_bits}",
            "returning": f"{here} & {before} & {all_bits}",
            "resurrected": f"{here} & ~{before} & {ever} & {all_bits}",
            "dormant": f"{before} & ~{here} & {all_bits}",
        }
        told = ", ".join(f"({state}) AS s{number}0" for number, state in enumerate(states.values()))
        sql = (
            f"SELECT unit, {told}\nFROM (SELECT e.unit, bit_or(1::BIGINT << {place}) AS seen FROM used AS e GROUP BY e.unit)"
        )
        layout = Places(len(periods))
        return WindowMasks(sql, {state: f"s{number}" for number, state in enumerate(states)}, layout, told=self._told(asked))

    def _told(self, asked: Asked) -> "_States":
        """The same from days; where the first window begins within its period, all of that counts."""
        calendar, (first, *later) = asked.calendar, asked.windows
        start = calendar.floor(first.start, self._period)
        before = Window(calendar.shift(start, self._period, -1), start)
        return _States("used", before, (Window(start, first.end), *later))

    def _followed(self, asked: Asked) -> range | None:
        """The numbers of the windows' periods if each window is the one after the last, up to the end of its period.

        Only the last may end sooner, since nothing is read that lies behind it.
        """
        if asked.timed or self._period == "hour":
            return None
        self._check(asked)
        calendar, grain = asked.calendar, self._period
        numbers = [period_of(window.start, grain, calendar.week_start) for window in asked.windows]
        whole = all(
            window.end == calendar.shift(calendar.floor(window.start, grain), grain, 1) for window in asked.windows[:-1]
        )
        follow = range(numbers[0], numbers[0] + len(numbers))
        return follow if whole and numbers == list(follow) else None

    @property
    def _period(self) -> Grain:
        return self.grain or "week"

    def _check(self, asked: Asked) -> None:
        if any(self._longer(window, asked) for window in asked.windows):
            raise QueryError(f"`{self.id}` says what became of {self.entity}s by the {self._period}; leave out --whole.")

    def _longer(self, window: Window, asked: Asked) -> bool:
        if self._period == "hour":
            return window.closes - window.opens > HOUR
        calendar = asked.calendar
        return calendar.floor(window.start, self._period) != calendar.floor(window.last_day, self._period)


@dataclass(frozen=True, slots=True)
class _States:
    """The states of units in periods that follow each other, from their days; as ``window_masks`` says them in SQL."""

    source: str
    before: Window
    periods: tuple[Window, ...]

    @property
    def relations(self) -> tuple[str, ...]:
        """One."""
        return (self.source,)

    @property
    def ever(self) -> bool:
        """Who was there before is not new."""
        return True

    def masks(self, days: Days) -> Mapping[str, Sequence[Bits]]:
        """Bit 0 of ``seen`` is all time before, bit 1 the period before the first window, then come those of the windows."""
        start = days.blocks.span.start
        windows = (Window(start, max(start, self.before.start)), self.before, *self.periods)
        seen, *_ = in_windows(days.of[self.source], days.blocks, windows, Places(len(windows)))
        every, first = (1 << len(self.periods)) - 1, seen & -seen
        here, before, ever = seen >> 2, seen >> 1, ~(first * 2 - 1) >> 2
        states = (first >> 2, here & before, here & ~before & ever, before & ~here)
        return {f"s{number}": [state & every] for number, state in enumerate(states)}


TYPE = Lifecycle
