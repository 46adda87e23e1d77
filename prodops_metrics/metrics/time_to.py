"""How long until a unit does something for the first time, counting those who have not done it yet as far as they were seen.

Unit: a unit whose clock starts in the window: at its first ``start`` from the feature's launch on, or, without ``start``, on
the later of the launch and its first active day from then on. Who did it before the clock started is counted apart
(``NAME:used_before``); where days of activity start it and the launch lies before the data (or there is none), units first
seen in the data's first 28 days are left out, who may have done it before.
Denominator: such units; those who have not done it by data through are censored then, and at no other time.
Source: Kaplan and Meier (1958), JASA 53, 457-481; the figure is the median in days, with the interval of Brookmeyer and
Crowley (1982), or with ``by: 7 days`` the share that did it within that time, by Greenwood on log(-log). Each is
also a reading of the other: ``NAME:median``, ``NAME:by_7_days``, ``NAME:by_28_days``.
Says: how long until {units} have {event} for the first time

Example:
    time_to_first_search:
      description: Days until half of those who can search have done so
      type: time_to
      event: search_submitted
      of: eligible
    search_within_a_day:
      description: Who sends a search within a day after opening the box for the first time
      type: time_to
      start: search_opened
      event: search_submitted
      by: 1 day
      of: all
      unit: days
      window: 28 days
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, ClassVar, Literal

from prodops_metrics.calendar import DAY, Grain, Window
from prodops_metrics.definitions import GIVEN, Duration, EventPosition
from prodops_metrics.metrics.base import Estimator, Metric, OfEvents, Undefined
from prodops_metrics.metrics.clocks import ClocksFromDays
from prodops_metrics.metrics.folds.shape import literal
from prodops_metrics.metrics.from_days import MasksFromDays
from prodops_metrics.metrics.query import ActiveDays, Asked, KnownUnits, Relation, Source
from prodops_metrics.metrics.windows import SETTLING, Horizon

SHOWN_DAYS = (7, 28)
"""The shares that every time can be read as."""


class TimeTo(OfEvents, Metric):
    """``type: time_to``: the time to a unit's first ``event``."""

    type: Literal["time_to"] = "time_to"
    estimator: ClassVar[Estimator] = "survival"
    start: EventPosition | None = None
    """The event that starts the clock; the launch and activity from then on, unless it is said."""
    by: Duration | None = None
    """Asks for the share that did it within this time, rather than for the median."""
    of: Literal["eligible", "all"] = "eligible"
    """Whether units that the feature is not for are left out."""
    unit: str | None = "days"
    """The word behind the number, where it is a time."""
    launched: Annotated[date | None, GIVEN] = None

    @property
    def readings(self) -> Mapping[str, Metric]:
        """The median and shares by a day, of the same clocks; and how many did it before theirs started."""
        if type(self) is not TimeTo:
            return {}
        shares = {f"by_{days}_days": self.model_copy(update={"by": days * DAY, "format": None}) for days in SHOWN_DAYS}
        fields = {**dict(self), "by": None, "format": None}
        before = UsedBefore.model_construct(**{**fields, "unit": None})
        return {"median": self.model_copy(update={"by": None, "format": None}), **shares, "used_before": before}

    @property
    def aside(self) -> Mapping[str, str]:
        """Those who did it before their clock started."""
        return {"used_before": f"{{}} {self.entity}s had done it before their clock started, and are left out."}

    @property
    def percent(self) -> bool:
        """Where it is a share."""
        return self.format == "percent" or (self.format is None and self.by is not None)

    @property
    def constants(self) -> Mapping[str, Any]:
        """The time by which they did it, in days; None for the median."""
        return {"by": self.by / DAY if self.by else None}

    @property
    def only_eligible(self) -> bool:
        """Whether units that the feature is not for are left out."""
        return self.of == "eligible"

    @property
    def disjoint(self) -> bool:
        """A clock starts once."""
        return True

    @property
    def same_in_any_window(self) -> bool:
        """A clock starts in those windows that have its first day, and runs alike in all of them."""
        return True

    @property
    def undefined(self) -> Undefined:
        """Fewer than half have done it yet, or nobody was watched for so long."""
        return "window_open"

    @property
    def grows_with_length(self) -> bool:
        """More units do not take longer."""
        return False

    @property
    def population(self) -> str:
        """Whose clock started."""
        return f"{'eligible ' if self.only_eligible else ''}{self.entity}s"

    # Without `window` and `grain` the one window is all time since the launch.

    @property
    def counted_by(self) -> Grain | None:
        """A calendar grain only where one is given."""
        return self.grain

    @property
    def _since_launch(self) -> bool:
        return self.window is None and self.grain is None

    @property
    def spans(self) -> tuple[object, ...]:
        """All time since one launch."""
        return ("launch", self.launched) if self._since_launch else super().spans

    @property
    def never_compared(self) -> str:
        """All time has no window before it."""
        return "everyone since the launch is in it, so there is no window before" if self._since_launch else ""

    def headline_windows(self, horizon: Horizon, launched: date | None) -> tuple[Window, Window]:
        """All clocks that started since the launch, or those of the last window."""
        if not self._since_launch:
            return super().headline_windows(horizon, launched)
        first = self._first(horizon)
        return Window(first, first), Window(first, max(first, horizon.through) + DAY)

    def point_windows(
        self, horizon: Horizon, span: Window, grain: Grain | None = None, launched: date | None = None
    ) -> tuple[Window, ...]:
        """Clocks started by the end of each week, or in each window."""
        if not self._since_launch:
            return super().point_windows(horizon, span, grain, launched)
        first, last = self._first(horizon), min(span.last_day, horizon.through)
        weeks = max(0, (last - max(span.start, first)).days // 7 + 1)
        return tuple(Window(first, last + DAY - back * timedelta(days=7)) for back in reversed(range(weeks)))

    @property
    def stands_at_end(self) -> bool:
        """All clocks started by then."""
        return self._since_launch or super().stands_at_end

    def closed(self, horizon: Horizon, window: Window, at: Mapping[str, Any]) -> bool:
        """Whether all clocks that start in the window have started; what has not happened yet is counted as such."""
        return window.end <= horizon.through + DAY if self._since_launch else super().closed(horizon, window, at)

    def window_words(self, window: Window) -> str:
        """Since when, where it is all of them."""
        return "all since the start, {}" if self._since_launch else super().window_words(window)

    def _first(self, horizon: Horizon) -> date:
        return max(horizon.first_day, self.launched) if self.launched else horizon.first_day

    # What is counted.

    def relations(self) -> tuple[Relation, ...]:
        """Uses and starts of all time, and when units were first seen."""
        if self.start is not None:
            started: Relation = Source("started", self.start, needs="times", all_history=True)
            return Source("used", self.matched, needs="times", all_history=True, after=None), started, KnownUnits("known")
        uses = Source("used", self.matched, all_history=True, after=None)
        return uses, ActiveDays("started", all_history=True, earliest=True, since=self.launched), KnownUnits("known")

    def unit_rows(self, asked: Asked) -> str:
        """Each unit whose clock started: the days until it did it (base 1) or was last seen (base 0)."""
        return f"""\
WITH {self._watched(asked)}
SELECT window_id, unit, {self._days("least(coalesce(done, until), until)")} AS value,
  (done IS NOT NULL AND done <= until)::INTEGER::DOUBLE AS base
FROM watched
WHERE began <= until AND (done IS NULL OR done >= began)"""

    def masks_told(self, asked: Asked) -> MasksFromDays | None:
        """From mere days, where clocks run from day to day."""
        if self._timed or asked.timed:
            return None
        return ClocksFromDays("started", "used", "known", asked.windows, asked.last_complete, self.launched)

    def _watched(self, asked: Asked) -> str:
        """CTEs, the last of them ``watched``: every clock with when it was first done, and until when it was looked at."""
        return f"""\
clocks AS (
{self._clocks()}
),
firsts AS (
  SELECT unit, min({self._moment}) AS done FROM used GROUP BY unit
),
watched AS (
  SELECT w.window_id, c.unit, c.began, f.done, {self._seen_until(asked)} AS until
  FROM clocks AS c
  JOIN windows AS w ON {self._within}
  LEFT JOIN firsts AS f ON f.unit = c.unit
)"""

    @property
    def _timed(self) -> bool:
        """Whether clocks run from one event to another, not from day to day."""
        return self.start is not None

    @property
    def _moment(self) -> str:
        return "ts" if self._timed else "day"

    @property
    def _within(self) -> str:
        if self._timed:
            return "c.began >= w.starts_at AND c.began < w.ends_at"
        return "c.began BETWEEN w.first_day AND w.last_day"

    def _clocks(self) -> str:
        """When each unit's clock starts, of those whose past is known."""
        launch = f"DATE {literal(self.launched.isoformat())}" if self.launched else "NULL::DATE"
        settled = f"(SELECT min(first_day) + {SETTLING.days} FROM known)"
        since = f"WHERE s.day >= coalesce({launch}, s.day)"
        if self._timed:
            return f"SELECT s.unit, min(s.ts) AS began FROM started AS s {since} GROUP BY s.unit"
        return f"""\
  SELECT s.unit, s.day AS began
  FROM started AS s
  JOIN known AS k ON k.unit = s.unit
  {since} AND (k.first_day >= {settled} OR {launch} >= (SELECT min(first_day) FROM known))"""

    def _seen_until(self, asked: Asked) -> str:
        last = asked.last_complete
        if self._timed:
            return f"TIMESTAMP {literal(asked.calendar.instant(last + DAY).isoformat(' '))} - INTERVAL 1 MICROSECOND"
        return f"DATE {literal(last.isoformat())}"

    def _days(self, until: str) -> str:
        if self._timed:
            return f"epoch_us({until} - began) / 86400000000.0"
        return f"date_diff('day', began, {until})::DOUBLE"


class UsedBefore(TimeTo):
    """How many units had done it before their clock started."""

    estimator: ClassVar[Estimator] = "count"

    @property
    def constants(self) -> Mapping[str, Any]:
        """None."""
        return {}

    @property
    def aside(self) -> Mapping[str, str]:
        """Nobody else."""
        return {}

    def unit_rows(self, asked: Asked) -> str:
        """A row for each."""
        return f"""\
WITH {self._watched(asked)}
SELECT window_id, unit, 1.0 AS value, 0.0 AS base
FROM watched
WHERE began <= until AND done < began"""


TYPE = TimeTo
