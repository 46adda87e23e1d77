"""How far units get through steps that follow each other.

Unit: a unit with an event of the first step in the window; at step k it is 1 if any of its attempts got that far.
Denominator: the units that entered, the same at every step. An attempt's later steps must come within ``window`` of
its first (that moment included), also after the report's window has ended; equal times may convert; one event fills one
step; foreign events in between do not matter. A unit's best attempt counts.
Source: the semantics of the conformance cases; the latest start that can reach an event dominates all earlier ones, which
is what makes an ASOF join exact.
Says: how far {units} get from one step to the next: {steps}, within {window} of the first

Example:
    search_success:
      description: Of those who open the search, who sends one and opens a result within the hour
      type: funnel
      steps: [search_opened, search_submitted, {event: search_result_clicked, filter: {rank: {at_most: 3}}}]
      window: 1 hour
      within_range: false
"""

from datetime import timedelta
from itertools import combinations
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from prodops_metrics.definitions import Duration, EventPosition
from prodops_metrics.metrics.base import NO_TIME, Estimator, Metric
from prodops_metrics.metrics.query import Asked, Relation, Source

HEADLINE_PERIOD = timedelta(days=28)
MOST_SHARED_STEPS = 7
"""Steps that can be filled by the same events are matched by counting every subset of them: 2^7 counts."""


class Funnel(Metric):
    """``type: funnel``: ordered ``steps`` within ``window`` of the first."""

    type: Literal["funnel"] = "funnel"
    estimator: ClassVar[Estimator] = "share"
    axes: ClassVar[tuple[str, ...]] = ("step",)
    steps: Annotated[tuple[EventPosition, ...], Field(min_length=2, max_length=20)]
    """The events, in the order in which a unit has to have them."""
    window: Duration | Literal["none"]  # type: ignore[assignment]  # here the time to convert, not a rolling window
    """The time from the first step within which all others must come; `none` for as long as it takes."""
    within_range: bool = False
    """Whether steps after the end of the report's window are left out."""

    @field_validator("steps")
    @classmethod
    def _few_enough_to_match(cls, steps: tuple[EventPosition, ...]) -> tuple[EventPosition, ...]:
        if len(steps) > MOST_SHARED_STEPS and share_events(steps):
            raise ValueError(f"{len(steps)} steps, some of the same events: such a funnel has at most {MOST_SHARED_STEPS}")
        return steps

    @property
    def conversion_window(self) -> timedelta | None:
        """The time an attempt has; None for as long as it takes."""
        return None if self.window == "none" else self.window

    @property
    def rolling(self) -> timedelta | None:
        """Starts are counted over 28 days unless the definition gives a grain."""
        return None if self.grain else HEADLINE_PERIOD

    @property
    def closes_after(self) -> timedelta:
        """An attempt that has just started can still convert for this long."""
        return NO_TIME if self.within_range else self.conversion_window or NO_TIME

    @property
    def ever_closes(self) -> bool:
        """Without a window every start may still convert some day."""
        return self.within_range or self.conversion_window is not None

    @property
    def axis_values(self) -> tuple[int, ...]:
        """The numbers of the steps."""
        return tuple(range(1, len(self.steps) + 1))

    @property
    def shares_events(self) -> bool:
        """Whether one event could fill either of two steps."""
        return share_events(self.steps)

    def relations(self) -> tuple[Relation, ...]:
        """One relation per step, or one of all steps with a mask where they share events."""
        after = NO_TIME if self.within_range else self.conversion_window
        if self.shares_events:
            return (Source("matched", _any_of(self.steps), "times", steps=self.steps, after=after),)
        return tuple(Source(f"step_{number}", step, "times", after=after) for number, step in enumerate(self.steps, 1))

    def unit_rows(self, asked: Asked) -> str:
        """Every unit that entered, at every step."""
        chain = self._shared_chain() if self.shares_events else self._asof_chain()
        steps = range(1, len(self.steps) + 1)
        reached = "\n  UNION ALL ".join(f"SELECT window_id, unit, {step} AS step FROM reached_{step}" for step in steps)
        return f"""\
WITH {chain},
depths AS (
  SELECT window_id, unit, max(step) AS depth
  FROM ({reached})
  GROUP BY window_id, unit
)
SELECT d.window_id, s.step, d.unit, (d.depth >= s.step)::INTEGER::DOUBLE AS value, 1.0 AS base
FROM depths AS d
CROSS JOIN (SELECT unnest(range(1, {len(self.steps) + 1})) AS step) AS s"""

    def _in_time(self, moment: str, started: str) -> str:
        if self.conversion_window is None:
            return "TRUE"
        microseconds = self.conversion_window // timedelta(microseconds=1)
        return f"{moment} <= {started} + to_microseconds({microseconds})"

    def _in_reach(self, event: str) -> str:
        """The windows in which an event can be a later step: from the window's start on, as long as attempts last."""
        end = "w.ends_at" if not self.within_range else f"{event}.ts"
        cut = "" if not self.within_range else f" AND {event}.day <= w.last_day"
        return f"{event}.ts >= w.starts_at AND {self._in_time(f'{event}.ts', end)}{cut}"

    def _asof_chain(self) -> str:
        first = """\
reached_1 AS (
  SELECT w.window_id, e.unit, e.ts, e.ts AS started
  FROM step_1 AS e
  JOIN windows AS w ON e.day BETWEEN w.first_day AND w.last_day
)"""
        return ",\n".join([first, *(self._asof_step(step) for step in range(2, len(self.steps) + 1))])

    def _asof_step(self, step: int) -> str:
        return f"""\
reached_{step} AS (
  SELECT e.window_id, e.unit, e.ts, max(p.started) AS started
  FROM (
    SELECT w.window_id, e.unit, e.ts FROM step_{step} AS e JOIN windows AS w ON {self._in_reach("e")}
  ) AS e
  ASOF JOIN reached_{step - 1} AS p ON p.window_id = e.window_id AND p.unit = e.unit AND p.ts <= e.ts
  WHERE {self._in_time("e.ts", "p.started")}
  GROUP BY e.window_id, e.unit, e.ts
)"""

    def _shared_chain(self) -> str:
        """Events of one moment are matched to steps together: a run of steps fits if every subset has enough events."""
        masks = range(1, 2 ** len(self.steps))
        counts = ",\n    ".join(f"count(*) FILTER (WHERE e.mask & {mask} != 0) AS fits_{mask}" for mask in masks)
        moments = f"""\
moments AS (
  SELECT w.window_id, e.unit, e.ts, any_value(e.day) <= any_value(w.last_day) AS may_start,
    {counts}
  FROM matched AS e
  JOIN windows AS w ON {self._in_reach("e")}
  GROUP BY w.window_id, e.unit, e.ts
)"""
        return ",\n".join([moments, *(self._shared_step(step) for step in range(1, len(self.steps) + 1))])

    def _shared_step(self, step: int) -> str:
        routes = [f"SELECT window_id, unit, ts, ts AS started FROM moments WHERE may_start AND {_fits(0, step)}"]
        routes += [
            f"""\
SELECT e.window_id, e.unit, e.ts, p.started
  FROM (SELECT * FROM moments WHERE {_fits(done, step)}) AS e
  ASOF JOIN reached_{done} AS p ON p.window_id = e.window_id AND p.unit = e.unit AND p.ts < e.ts
  WHERE {self._in_time("e.ts", "p.started")}"""
            for done in range(1, step)
        ]
        union = "\n  UNION ALL ".join(routes)
        return f"""\
reached_{step} AS (
  SELECT window_id, unit, ts, max(started) AS started
  FROM ({union})
  GROUP BY window_id, unit, ts
)"""


def share_events(steps: tuple[EventPosition, ...]) -> bool:
    """Whether one event could fill either of two steps, as far as their names tell."""
    names = [{match.event for match in step} for step in steps]
    return any(None in a | b or a & b for a, b in combinations(names, 2))


def _any_of(steps: tuple[EventPosition, ...]) -> EventPosition:
    return EventPosition(alternatives=tuple(match for step in steps for match in step))


def _fits(done: int, step: int) -> str:
    """Hall's condition: steps done+1 … step can be filled by different events of one moment."""
    bits = range(done, step)
    subsets = [chosen for size in range(1, len(bits) + 1) for chosen in combinations(bits, size)]
    return " AND ".join(f"fits_{sum(1 << bit for bit in chosen)} >= {len(chosen)}" for chosen in subsets)


TYPE = Funnel
