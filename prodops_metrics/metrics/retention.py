"""Do they come back: of the units that started in a period, those that returned k periods later.

Unit: a unit of the cohort; at age k it is 1 if it has a ``return`` event in the k-th period after the one it started in
(with ``return_when: on_or_after`` in that or any later one, so far; with ``brackets`` in any period of the bracket that
begins with k). Age 0 is the cohort itself. Periods are those of the calendar, or with ``counted_from: start`` elapsed time.
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
      return_when: exact
    searchers_who_return_within_the_week:
      description: People who search again within a week, or in the three after, from the very moment of their first search
      type: retention
      start: search_submitted
      return: search_submitted
      grain: day
      counted_from: start
      brackets: [[1, 7], [8, 28]]
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from prodops_metrics.calendar import DAY, HOUR, INSTANT, Grain, Window, between
from prodops_metrics.definitions import EventPosition, Flaw, refusal
from prodops_metrics.definitions.checks.shape import contradiction
from prodops_metrics.definitions.checks.values import impossible_value
from prodops_metrics.metrics.base import NO_TIME, AxisValue, Estimator, Metric
from prodops_metrics.metrics.cohorts import LENGTHS, Age, Returning
from prodops_metrics.metrics.from_days import MasksFromDays
from prodops_metrics.metrics.query import Asked, Needs, Relation, Source, Touch
from prodops_metrics.metrics.windows import SETTLING, Horizon, buckets, comparable_from, first_day_of_two

HEADLINE_AGE: dict[Grain, int] = {"hour": 24, "day": 7, "week": 4, "month": 3}
POOLED_COHORTS = 4
MOST_PERIODS = 366
COHORT = Age(0, 0)

Periods = Annotated[int, Field(ge=1, le=MOST_PERIODS)]
Bracket = tuple[Periods, Periods]


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
    periods: Periods = 12
    """How many periods a cohort is followed."""
    headline: Periods | None = None
    """The age, in periods, of the one figure on a card: 24 hours, 7 days, 4 weeks or 3 months."""
    minimum: Annotated[int, Field(ge=1)] = 1
    """How many return events in a period make a unit one that came back."""
    return_when: Literal["exact", "on_or_after"] = "exact"
    """Back in the very period, or in that or any later one, so far."""
    brackets: tuple[Bracket, ...] = ()
    """Periods that are taken together, each as its first and last: `[[1, 7], [8, 14]]`."""
    counted_from: Literal["calendar", "start"] = "calendar"
    """Periods of the calendar, or spans of elapsed time from the very start."""

    @field_validator("window", mode="before")
    @classmethod
    def _counted_by_grain(cls, _window: object) -> None:
        raise ValueError("retention is counted by `grain`, so it has no rolling `window`")

    @field_validator("grain")
    @classmethod
    def _a_period(cls, grain: Grain | None) -> Grain | None:
        return grain or "week"

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if flaws := list(_faults(self)):
            raise refusal(flaws)
        return self

    @property
    def composes(self) -> bool:
        """Its windows are cohorts, which nothing else is counted over."""
        return False

    @property
    def disjoint(self) -> bool:
        """By first use a unit is in one cohort only."""
        return self.cohort == "first_time"

    @property
    def flags(self) -> bool:
        """A unit came back or not; in several cohorts it may several times."""
        return self.cohort == "first_time"

    @property
    def touches(self) -> tuple[Touch, ...]:
        """By the first value that a unit had, or within each value by itself; a later one would know who came back."""
        return ("first", "any")

    @property
    def ages(self) -> tuple[Age, ...]:
        """The ages after the cohort itself."""
        if self.brackets:
            return tuple(Age(first, last) for first, last in self.brackets)
        shown = range(1, max(self.periods, self.headline or HEADLINE_AGE[self._period]) + 1)
        return tuple(Age(age, None if self.return_when == "on_or_after" else age) for age in shown)

    @property
    def headline_age(self) -> int:
        """The age, in periods, that the one figure for this metric stands at; of a bracket its first."""
        wanted = self.headline or HEADLINE_AGE[self._period]
        holding = [age.first for age in self.ages if age.last is None or age.first <= wanted <= age.last]
        return wanted if self.return_when == "on_or_after" else holding[0] if holding else self.ages[-1].first

    @property
    def axis_values(self) -> tuple[AxisValue, ...]:
        """The ages, from the cohort itself on."""
        return (0, *(age.first for age in self.ages))

    @property
    def headline_values(self) -> tuple[AxisValue, ...]:
        """One age."""
        return (self.headline_age,)

    def by_definition(self, at: Mapping[str, AxisValue]) -> str:
        """At age 0 a cohort is all of itself."""
        return "all by definition, as they are the cohort" if at.get("age") == 0 else ""

    @property
    def headline_at(self) -> Mapping[str, AxisValue]:
        """The age that the headline and every point of a series stand at."""
        return {"age": self.headline_age}

    @property
    def headline_wait(self) -> str:
        """The headline age in words."""
        last = self._closing(self.headline_age)
        return f"{last} {self._period}{'' if last == 1 else 's'}"

    @property
    def population(self) -> str:
        """The cohorts."""
        return f"{self.entity}s in the cohorts"

    @property
    def nobody(self) -> str:
        """No cohort is old enough, or surely new."""
        return "no closed cohort that surely began after the data did"

    @property
    def grows_with_length(self) -> bool:
        """Four cohorts are four cohorts."""
        return False

    @property
    def never_compared(self) -> str:
        """A later return would still count."""
        return "a return so far can still come, so it is never compared" if self.return_when == "on_or_after" else ""

    def window_words(self, window: Window) -> str:
        """The days on which the cohorts began."""
        return "cohorts {}"

    # Which cohorts.

    def headline_windows(self, horizon: Horizon, launched: date | None) -> tuple[Window, Window]:
        """The last four cohorts whose headline age has closed, and the four before."""
        last = self._last_over(horizon, self._closing(self.headline_age))
        now, before = self._pooled(horizon, last), self._pooled(horizon, self._moved(horizon, last, -POOLED_COHORTS))
        return before, self._trusted(horizon, now, launched)

    def point_windows(
        self, horizon: Horizon, span: Window, grain: Grain | None = None, launched: date | None = None
    ) -> tuple[Window, ...]:
        """Four cohorts at a time (fewer at first), one further each time, as far as the headline's age has closed."""
        last = self._last_over(horizon, self._closing(self.headline_age))
        found = [one for one in horizon.calendar.buckets(span, self._period) if one.closes <= last.closes]
        pooled = (self._trusted(horizon, self._pooled(horizon, one), launched) for one in found)
        return tuple(one for one in pooled if one.opens < one.closes)

    def cohort_windows(self, horizon: Horizon, span: Window) -> tuple[Window, ...]:
        """Every cohort by itself."""
        return buckets(horizon, span, self._period)

    def curve_window(self, horizon: Horizon, span: Window, launched: date | None) -> Window:
        """The cohorts that start in ``span`` and have closed at every age, so that each age is of the same ones."""
        last = self._last_over(horizon, max(self._closing(age.first) for age in self.ages))
        return self._trusted(horizon, between(span.opens, max(span.opens, min(span.closes, last.closes))), launched)

    def chart_start(self, horizon: Horizon, start: date) -> date:
        """A cohort's point stands where it began, its headline age before today."""
        first = self._bucket(horizon, Window(start, start).opens)
        return self._moved(horizon, first, -self._closing(self.headline_age)).start

    @property
    def stands_at_end(self) -> bool:
        """A point stands where its pooled cohorts end."""
        return True

    def begun(self, horizon: Horizon, window: Window, at: Mapping[str, AxisValue]) -> bool:
        """Whether the youngest cohort's first period of this age has begun."""
        youngest, age = self._youngest(horizon, window), int(at["age"])
        if self.counted_from == "calendar":
            return self._moved(horizon, youngest, age).start <= horizon.newest_day
        begins = horizon.calendar.instants(youngest)[0] + age * LENGTHS[self._period]
        return begins < horizon.calendar.instant(horizon.newest_day + DAY)

    def closed(self, horizon: Horizon, window: Window, at: Mapping[str, AxisValue]) -> bool:
        """Whether the youngest cohort's last period of this age is over; never where any later return counts too."""
        age = int(at["age"])
        so_far = age > 0 and self.return_when == "on_or_after"
        return not so_far and self._over(horizon, self._youngest(horizon, window), self._closing(age))

    def comparable_from(self, horizon: Horizon, launched: date | None) -> date:
        """Not before cohorts surely began then."""
        return max(comparable_from(horizon, launched), self._trusted_from(horizon, launched))

    def first_comparison(self, horizon: Horizon, earliest: date) -> date:
        """When eight cohorts have reached the headline age."""
        cohorts = 2 * POOLED_COHORTS
        if self.counted_from == "calendar":
            return first_day_of_two(horizon, earliest, self._period, cohorts + self._closing(self.headline_age), NO_TIME)
        lasts = (self._closing(self.headline_age) + 1) * LENGTHS[self._period]
        return first_day_of_two(horizon, earliest, self._period, cohorts, lasts)

    @property
    def _period(self) -> Grain:
        return self.grain or "week"

    def _closing(self, age: int) -> int:
        """The last period that has to be over before an age is; where all later ones count, the first."""
        found = next((one for one in self.ages if one.first == age), COHORT)
        return found.first if found.last is None else found.last

    def _bucket(self, horizon: Horizon, clock: datetime) -> Window:
        if self._period == "hour":
            opens = clock.replace(minute=0, second=0, microsecond=0)
            return between(opens, opens + HOUR)
        return horizon.calendar.bucket(clock.date(), self._period)

    def _moved(self, horizon: Horizon, bucket: Window, steps: int) -> Window:
        """The bucket so many steps later."""
        if self._period == "hour":
            return between(bucket.opens + steps * HOUR, bucket.closes + steps * HOUR)
        return horizon.calendar.bucket(horizon.calendar.shift(bucket.start, self._period, steps), self._period)

    def _youngest(self, horizon: Horizon, window: Window) -> Window:
        return self._bucket(horizon, window.closes - INSTANT)

    def _over(self, horizon: Horizon, bucket: Window, period: int) -> bool:
        """Whether everyone who started in a bucket has had this period in full."""
        instants, complete = horizon.calendar.instants, horizon.calendar.instant(horizon.through + DAY)
        if period == 0 or self.counted_from == "calendar":
            return instants(self._moved(horizon, bucket, period))[1] <= complete
        return instants(bucket)[1] + (period + 1) * LENGTHS[self._period] <= complete

    def _last_over(self, horizon: Horizon, period: int) -> Window:
        """The youngest cohort that has had this period."""
        found = self._bucket(horizon, Window(horizon.through, horizon.through + DAY).closes - INSTANT)
        while not self._over(horizon, found, period):
            found = self._moved(horizon, found, -1)
        return found

    def _pooled(self, horizon: Horizon, last: Window) -> Window:
        return between(self._moved(horizon, last, 1 - POOLED_COHORTS).opens, last.closes)

    def _trusted_from(self, horizon: Horizon, launched: date | None) -> date:
        """The first day of cohorts that surely began then: earlier ones may hold users from before the data (rulings 22)."""
        if self.cohort == "recurring" or (launched is not None and launched >= horizon.first_day):
            return horizon.first_day
        return horizon.first_day + SETTLING

    def _trusted(self, horizon: Horizon, cohorts: Window, launched: date | None) -> Window:
        """The cohorts of a window that surely began then; none of them if the window lies before."""
        since = Window(self._trusted_from(horizon, launched), horizon.through).opens
        first = self._bucket(horizon, since)
        if first.opens < since and (launched is None or launched < horizon.first_day):
            first = self._moved(horizon, first, 1)
        return between(min(max(cohorts.opens, first.opens), cohorts.closes), cohorts.closes)

    # What is counted.

    def relations(self) -> tuple[Relation, ...]:
        """When units started, and when they came back."""
        first_ever = self.cohort == "first_time"
        needs: Needs = "hours" if self._period == "hour" else "times" if self.counted_from == "start" else "days"
        if self._of_one_event:
            return (Source("started", self.start, needs, all_history=True, after=None),)
        started = Source("started", self.start, needs, all_history=first_ever)
        return started, Source("came_back", self.returning, needs, after=None)

    @property
    def _of_one_event(self) -> bool:
        """Whether the first event of those that also bring back puts a unit into its cohort, so that they are read once."""
        return self.cohort == "first_time" and self.start == self.returning

    def unit_rows(self, asked: Asked) -> str:
        """Every member of the cohorts that start in a window, at every age."""
        return self._members.unit_rows(asked)

    def unit_masks(self, asked: Asked) -> str | None:
        """The members once each, with the ages at which they came back."""
        return self._members.unit_masks(asked)

    def masks_told(self, asked: Asked) -> MasksFromDays | None:
        """The same from days in memory."""
        return self._members.told(asked)

    @property
    def _members(self) -> Returning:
        return Returning(
            grain=self._period,
            first_time=self.cohort == "first_time",
            elapsed=self.counted_from == "start",
            minimum=self.minimum,
            ages=(COHORT, *self.ages),
            returns="started" if self._of_one_event else "came_back",
        )


def _faults(metric: Retention) -> Iterator[Flaw]:
    """Options that mean nothing together, and brackets that are none."""
    if metric.brackets and metric.return_when == "on_or_after":
        yield contradiction("a bracket ends, and on or after does not", "Keep one of them.", "return_when")
    ends = [0, *(end for bracket in metric.brackets for end in bracket)]
    for index, (first, last) in enumerate(metric.brackets):
        if first > last or first <= ends[2 * index]:
            yield impossible_value(f"[{first}, {last}] does not follow", "Write [[1, 7], [8, 14]].", "brackets", index)
    if metric.brackets and metric.headline and not any(low <= metric.headline <= high for low, high in metric.brackets):
        yield impossible_value(f"period {metric.headline} lies in no bracket", "Name one that does.", "headline")


TYPE = Retention
