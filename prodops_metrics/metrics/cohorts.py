"""Cohorts and who of them came back, as SQL.

A return lies so many periods after a start: calendar periods after the one it started in, or spans of elapsed time
after the very moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import numpy as np

from prodops_metrics.calendar import Grain, Window
from prodops_metrics.metrics.blocks import DAYS
from prodops_metrics.metrics.from_days import Bits, Days, MasksFromDays, first_days, in_windows, windows_by_place
from prodops_metrics.metrics.masks import MOST, Places
from prodops_metrics.metrics.periods import period_number, period_of
from prodops_metrics.metrics.query import Asked

LENGTHS: dict[Grain, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
}
"""Periods of elapsed time."""
MOST_PERIODS = 126
"""As many bits has a mask of periods (a HUGEINT)."""


@dataclass(frozen=True, slots=True)
class Age:
    """An age on the axis: a return in any of the periods ``first`` to ``last`` counts; None: in any later one."""

    first: int
    last: int | None


@dataclass(frozen=True, slots=True)
class Returning:
    """What decides who is in a cohort and who came back. Reads the relations ``started`` and ``returns``, or one."""

    grain: Grain
    first_time: bool
    elapsed: bool
    minimum: int
    ages: tuple[Age, ...]
    returns: str = "came_back"

    def unit_rows(self, asked: Asked) -> str:
        """Every member of the cohorts that start in a window, at every age: in how many of its cohorts it came back."""
        came = self._moments() if self.elapsed else self._periods(asked)
        numbers = ", ".join(f"({age.first}, {period})" for age in self.ages for period in _periods_of(age))
        return f"""\
WITH cohorts AS (
{self._cohorts(asked)}
),
came AS (
{came}
),
ages(age, later) AS (VALUES {numbers})
SELECT window_id, age, unit, sum(back)::DOUBLE AS value, count(*)::DOUBLE AS base
FROM (
  SELECT c.window_id, a.age, c.unit, max((a.age = 0 OR r.unit IS NOT NULL)::INTEGER) AS back
  FROM cohorts AS c
  CROSS JOIN ages AS a
  LEFT JOIN {self._joined()}
  GROUP BY c.window_id, a.age, c.unit, c.period
)
GROUP BY window_id, age, unit"""

    def unit_masks(self, asked: Asked) -> str | None:
        """The members once each, bit k of ``mask`` set where they came back at the k-th age; None where masks cannot tell.

        Each unit has a mask of the calendar periods in which it came, from that of the first window on. Shifted by the
        period it started in, it is a mask of ages.
        """
        first, last = self._span(asked) if self._by_period(asked) else (0, MOST_PERIODS)
        if last - first >= MOST_PERIODS:
            return None
        if self.returns == "started" and self.minimum == 1:
            return self._of_one(asked, first, last)
        return f"""\
WITH cohorts AS (
{self._cohorts(asked)}
),
came AS (
{self._periods_as_mask(asked, first, last)}
)
SELECT c.window_id, c.unit, {self._by_age(f"(coalesce(r.periods, 0) >> (c.period - {first}))")} AS mask
FROM cohorts AS c
LEFT JOIN came AS r ON r.unit = c.unit"""

    def told(self, asked: Asked) -> MasksFromDays | None:
        """The same from days in memory, where one return in a period is enough."""
        first, last = self._span(asked) if self._by_period(asked) and self.minimum == 1 else (0, MOST)
        if last - first >= MOST:
            return None
        start = asked.calendar.floor(min(one.start for one in asked.windows), self.grain)
        starts = [asked.calendar.shift(start, self.grain, step) for step in range(last - first + 2)]
        periods = tuple(Window(one, other) for one, other in pairwise(starts))
        return CohortsFromDays("started", self.returns, asked.windows, periods, self.ages)

    def _by_period(self, asked: Asked) -> bool:
        """Whether whole calendar periods after the first start of all say who came back at which age."""
        return not asked.timed and not self.elapsed and self.first_time and self.grain != "hour" and len(self.ages) <= MOST

    def _of_one(self, asked: Asked, first: int, last: int) -> str:
        """The masks where one event starts and brings back: its days are read once."""
        period = period_number("c", self.grain, asked.calendar.week_start)
        return f"""\
WITH came AS (
{self._periods_as_mask(asked, first, last)}
)
SELECT w.window_id, c.unit, {self._by_age(f"(c.periods >> ({period} - {first}))")} AS mask
FROM came AS c
JOIN {asked.windows_of("c")}"""

    def _span(self, asked: Asked) -> tuple[int, int]:
        """The period of the first start, and the last in which a return decides anything."""
        days = min(one.start for one in asked.windows), max(one.last_day for one in asked.windows)
        first, last = (period_of(day, self.grain, asked.calendar.week_start) for day in days)
        return first, last + max(age.last or age.first for age in self.ages)

    def _periods_as_mask(self, asked: Asked, first: int, last: int) -> str:
        """The periods of each unit; where all later ones count too, those after the last are as good as the last."""
        period, returns = period_number("r", self.grain, asked.calendar.week_start), f"{self.returns} AS r"
        if self.minimum > 1:
            period, returns = "r.place", f"(\n{self._periods(asked)}\n) AS r"
        so_far = any(age.last is None for age in self.ages)
        place, within = (f"least({period}, {last})", "") if so_far else (period, f"\nWHERE {period} <= {last}")
        if self.returns == "started":  # of all time: who came before the first period is in no cohort that is asked about
            place = f"greatest({place}, {first})"
        one = "1::BIGINT" if last - first < MOST else "1::HUGEINT"
        earliest = "" if self.minimum > 1 else ", min(r.day) AS day"
        return f"""\
SELECT r.unit, bit_or({one} << ({place} - {first})) AS periods{earliest}
FROM {returns}{within}
GROUP BY r.unit"""

    def _by_age(self, periods: str) -> str:
        """A mask of the periods since the start as one of ages; at age 0 everyone is there."""
        every = tuple(Age(number, number) for number in range(len(self.ages)))
        if self.ages == every:
            return f"({periods} & {(1 << len(self.ages)) - 1})::BIGINT | 1"
        bits = (f"({_within(periods, age)})::BIGINT << {bit}" for bit, age in enumerate(self.ages) if bit)
        return " | ".join(["1", *(f"({bit})" for bit in bits)])

    @property
    def _member(self) -> tuple[str, ...]:
        """Of whom a return is told: of the unit, or, in elapsed time, of the unit in one of its cohorts."""
        return ("window_id", "unit", "period") if self.elapsed else ("unit",)

    def _joined(self) -> str:
        """Returns as they are matched with members and ages."""
        keys = ", ".join(self._member)
        same = " AND ".join(f"r.{key} = c.{key}" for key in self._member)
        wanted = "a.later" if self.elapsed else "c.period + a.later"
        if any(age.last is None for age in self.ages):
            return f"(SELECT {keys}, max(place) AS place FROM came GROUP BY {keys}) AS r ON {same} AND r.place >= {wanted}"
        return f"came AS r ON {same} AND r.place = {wanted}"

    def _cohorts(self, asked: Asked) -> str:
        """Each member once per cohort, with the moment it started where time is elapsed."""
        columns = ["day", *(["ts"] if asked.timed or self.elapsed else []), *(["hour"] if self.grain == "hour" else [])]
        starts = "started"
        if self.first_time:
            earliest = ", ".join(f"min({name}) AS {name}" for name in columns)
            starts = f"(SELECT unit, {earliest} FROM started GROUP BY unit)"
        period = period_number("s", self.grain, asked.calendar.week_start)
        return f"""\
SELECT w.window_id, s.unit, {period} AS period{", min(s.ts) AS since" if self.elapsed else ""}
FROM {starts} AS s
JOIN {asked.windows_of("s")}
GROUP BY w.window_id, s.unit, {period}"""

    def _periods(self, asked: Asked) -> str:
        """Calendar periods with enough returns."""
        period = period_number("r", self.grain, asked.calendar.week_start)
        return f"""\
SELECT r.unit, {period} AS place
FROM {self.returns} AS r
GROUP BY r.unit, {period}
HAVING sum(r.events) >= {self.minimum}"""

    def _moments(self) -> str:
        """Spans of elapsed time after a start with enough returns."""
        length = LENGTHS[self.grain] // timedelta(microseconds=1)
        place = f"(epoch_us(r.ts) - epoch_us(c.since)) // {length}"
        return f"""\
SELECT c.window_id, c.unit, c.period, {place} AS place
FROM cohorts AS c
JOIN {self.returns} AS r ON r.unit = c.unit AND r.ts >= c.since
GROUP BY c.window_id, c.unit, c.period, {place}
HAVING count(*) >= {self.minimum}"""


@dataclass(frozen=True, slots=True)
class CohortsFromDays:
    """Who is in which cohort, and at which ages they came back, from days of starts and of returns."""

    started: str
    returns: str
    windows: tuple[Window, ...]
    periods: tuple[Window, ...]
    """From that of the first window on to the last that decides anything."""
    ages: tuple[Age, ...]

    @property
    def relations(self) -> tuple[str, ...]:
        """Starts and returns, which may be the same."""
        return tuple(dict.fromkeys((self.started, self.returns)))

    @property
    def ever(self) -> bool:
        """Who started before is in no cohort."""
        return True

    def masks(self, days: Days) -> Mapping[str, Sequence[Bits]]:
        """``within`` which windows a unit started, and the ``mask`` of its ages, as ``unit_masks`` says them in SQL."""
        blocks = days.blocks
        started, places = first_days(days.of[self.started], blocks), len(blocks.words) * DAYS + 1
        # What follows from the day alone is looked up by its place.
        within = windows_by_place(self.windows, blocks)
        starts = [blocks.place(period.start) for period in self.periods]
        period = np.maximum(np.searchsorted(starts, np.arange(places), "right") - 1, 0)
        *earlier, last = self.periods
        if any(age.last is None for age in self.ages):  # so far: whatever comes after the last is as good as that
            last = Window(last.start, max(last.end, blocks.span.end))
        came, *_ = in_windows(days.of[self.returns], blocks, (*earlier, last), Places(len(self.periods)))
        return {"within": [mask[started] for mask in within], "mask": [_aged(came >> period[started], self.ages)]}


def _aged(periods: Bits, ages: Sequence[Age]) -> Bits:
    """Masks of the periods since the start as those of ages; at age 0 everyone is there."""
    if tuple(ages) == tuple(Age(number, number) for number in range(len(ages))):
        return periods & ((1 << len(ages)) - 1) | 1
    found = np.ones_like(periods)
    for bit, age in enumerate(ages[1:], 1):
        span = -1 << age.first if age.last is None else ((1 << (age.last - age.first + 1)) - 1) << age.first
        found |= ((periods & span) != 0).astype(np.int64) << bit
    return found


def _within(periods: str, age: Age) -> str:
    """Whether a mask of periods has one of an age's."""
    if age.last is None:
        return f"({periods} >> {age.first}) <> 0"
    return f"({periods} & {((1 << (age.last - age.first + 1)) - 1) << age.first}) <> 0"


def _periods_of(age: Age) -> Sequence[int]:
    """The periods that count at an age; from the first on where all later ones do."""
    return range(age.first, (age.first if age.last is None else age.last) + 1)
