"""Do they come back: of the units that started in a period, those that returned k periods later.

Unit: a unit of the cohort; 1 at age k if it has a ``return`` event in the k-th calendar period after the one it started in.
Age 0 is the cohort itself.
Denominator: the cohort's size, the same at every age. By default a unit is in the cohort of its first ``start`` ever
(``cohort: first_time``); with ``cohort: recurring`` it is in the cohort of every period in which it started.
Source: Wilson (1927) for one cohort; pooled cohorts are a ratio of sums over units.
Says: of the {units} with {start}, the share with {returning} in each period after

Example:
    searchers_who_return:
      description: People who search again, counted from the week of their first search
      type: retention
      start: search_submitted
      return: search_submitted
      cohort: first_time
      periods: 8
      headline: 4
      minimum: 1
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from prodops_metrics.calendar import Grain, WeekStart
from prodops_metrics.definitions import EventPosition
from prodops_metrics.metrics.base import Estimator, Metric
from prodops_metrics.metrics.periods import period_number
from prodops_metrics.metrics.query import Asked, Relation, Source

HEADLINE_AGE: dict[Grain, int] = {"day": 7, "week": 4, "month": 3}
POOLED_COHORTS = 4


class Retention(Metric):
    """``type: retention``: cohorts by ``start``, followed by ``return``."""

    type: Literal["retention"] = "retention"
    estimator: ClassVar[Estimator] = "share"
    axes: ClassVar[tuple[str, ...]] = ("age",)
    window: None = None
    start: EventPosition
    """The event that puts a unit into a cohort."""
    returning: Annotated[EventPosition, Field(alias="return")]
    """The event that says that it came back."""
    cohort: Literal["first_time", "recurring"] = "first_time"
    """By the first start ever, or anew in every period with a start."""
    periods: Annotated[int, Field(ge=1, le=120)] = 12
    """How many periods a cohort is followed."""
    headline: Annotated[int, Field(ge=1, le=120)] | None = None
    """The age, in periods, of the one figure on a card: 7 days, 4 weeks or 3 months."""
    minimum: Annotated[int, Field(ge=1)] = 1
    """How many return events in a period make a unit one that came back."""

    @field_validator("window", mode="before")
    @classmethod
    def _counted_by_grain(cls, _window: object) -> None:
        raise ValueError("retention is counted by `grain`, so it has no rolling `window`")

    @field_validator("grain")
    @classmethod
    def _calendar_period(cls, grain: Grain | None) -> Grain | None:
        return grain or "week"

    @property
    def disjoint(self) -> bool:
        """By first use a unit is in one cohort only."""
        return self.cohort == "first_time"

    @property
    def headline_age(self) -> int:
        """The age, in periods, that the one figure for this metric stands at."""
        return self.headline or HEADLINE_AGE[self.grain or "week"]

    @property
    def axis_values(self) -> tuple[int, ...]:
        """The ages, from the cohort itself on."""
        return tuple(range(max(self.periods, self.headline_age) + 1))

    def relations(self) -> tuple[Relation, ...]:
        """Days of starting and days of returning."""
        first_ever = self.cohort == "first_time"
        return Source("started", self.start, all_history=first_ever), Source("came_back", self.returning, after=None)

    def unit_rows(self, asked: Asked) -> str:
        """Every member of the cohorts that start in a window, at every age."""
        return f"""\
SELECT c.window_id, a.age, c.unit, sum((a.age = 0 OR r.unit IS NOT NULL)::INTEGER)::DOUBLE AS value, count(*)::DOUBLE AS base
FROM ({self._cohorts(asked.calendar.week_start)}) AS c
CROSS JOIN (SELECT unnest(range(0, {len(self.axis_values)})) AS age) AS a
LEFT JOIN ({self._returns(asked.calendar.week_start)}) AS r ON r.unit = c.unit AND r.period = c.period + a.age
GROUP BY c.window_id, a.age, c.unit"""

    def _cohorts(self, week_start: WeekStart) -> str:
        period = period_number("s.day", self.grain or "week", week_start)
        starts = "started"
        if self.cohort == "first_time":
            starts = "(SELECT unit, min(day) AS day FROM started GROUP BY unit)"
        return f"""\
SELECT DISTINCT w.window_id, s.unit, {period} AS period
FROM {starts} AS s
JOIN windows AS w ON s.day BETWEEN w.first_day AND w.last_day"""

    def _returns(self, week_start: WeekStart) -> str:
        period = period_number("day", self.grain or "week", week_start)
        return f"""\
SELECT unit, {period} AS period FROM came_back
GROUP BY unit, {period}
HAVING sum(events) >= {self.minimum}"""


TYPE = Retention
