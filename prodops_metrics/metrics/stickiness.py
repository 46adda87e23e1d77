"""How much of a window those who use it are there: as one ratio, or as the distribution over active days.

Unit: a unit with at least one active interval (a day by default) in the window. ``form: ratio`` - the part of the window's
intervals in which it was active; the mean of it is mean daily over window-long active units. ``form: distribution`` - for
every k, 1 if it was active in exactly k intervals (``cumulative: true``: in k or more), else 0.
Denominator: such units.
Source: the ratio is ``frequency`` divided by the intervals of the window, identically, with its delta-method interval; each
part of the distribution is a share, Wilson (1927).
Says: how much of a window {units} with {event} are there

Example:
    search_stickiness:
      description: On what part of the days of four weeks those who search do so
      type: stickiness
      event: search_submitted
      form: ratio
      window: 28 days
      format: percent
    weeks_with_two_searches:
      description: Who searched twice in at least so many fortnights of twelve weeks
      type: stickiness
      event: search_submitted
      filter: {source: navbar}
      form: distribution
      cumulative: true
      interval: week
      interval_count: 2
      per_interval: {op: at_least, value: 2}
      window: 12 weeks
"""

from typing import Literal, Self

from pydantic import model_validator

from prodops_metrics.definitions import refusal
from prodops_metrics.definitions.checks.shape import contradiction
from prodops_metrics.metrics.active import ActiveIntervals
from prodops_metrics.metrics.base import AxisValue, Estimator
from prodops_metrics.metrics.from_days import DaysCounted
from prodops_metrics.metrics.masks import MOST
from prodops_metrics.metrics.query import Asked


class Stickiness(ActiveIntervals):
    """``type: stickiness``: the same counts as ``frequency``, read as a ratio or as a distribution."""

    type: Literal["stickiness"] = "stickiness"
    form: Literal["ratio", "distribution"] = "ratio"
    """The mean part of the window as one `ratio`, or the share of units with so many active intervals."""
    cumulative: bool = False
    """Of the distribution: so many active intervals or more, rather than exactly so many."""

    @model_validator(mode="after")
    def _accumulates_a_distribution(self) -> Self:
        if self.cumulative and self.form == "ratio":
            cure = "Add `form: distribution` for the share of units with k active days or more."
            raise refusal([contradiction("a ratio has nothing to accumulate", cure, "cumulative")])
        return self

    @property
    def estimator(self) -> Estimator:  # type: ignore[override]
        """A ratio of sums, or a share for every k."""
        return "ratio" if self.form == "ratio" else "share"

    @property
    def axes(self) -> tuple[str, ...]:  # type: ignore[override]
        """How many active intervals, for the distribution."""
        return () if self.form == "ratio" else ("active_days",)

    @property
    def flags(self) -> bool:
        """A unit was there on so many or not."""
        return self.form == "distribution"

    @property
    def population(self) -> str:
        """Whoever was there at all."""
        return f"{self.entity}s who used it"

    def unit_rows(self, asked: Asked) -> str:
        """Each unit's part of the window, or its place in the distribution."""
        if self.form == "ratio":
            return f"SELECT window_id, unit, active / intervals AS value, 1.0 AS base\nFROM ({self.active_rows(asked)})"
        sign = ">=" if self.cumulative else "="
        return f"""\
SELECT a.window_id, k.active_days, a.unit, (a.active {sign} k.active_days)::INTEGER::DOUBLE AS value, 1.0 AS base
FROM ({self.active_rows(asked)}) AS a
CROSS JOIN LATERAL (SELECT unnest(range(1, a.intervals + 1)) AS active_days) AS k"""

    def unit_masks(self, asked: Asked) -> str | None:
        """Each unit once with its places in the distribution, where all windows have as many intervals."""
        if not self.mask_values(asked):
            return None
        mask = "(1::BIGINT << active) - 1" if self.cumulative else "1::BIGINT << (active - 1)"
        return f"SELECT window_id, unit, {mask} AS mask\nFROM ({self.active_rows(asked)})"

    def mask_values(self, asked: Asked) -> tuple[AxisValue, ...]:
        """So many days; none where these are no days, or not as many in every window."""
        lengths = {window.days for window in asked.windows}
        fit = self.form == "distribution" and self.counts_days(asked) and len(lengths) == 1 and max(lengths) <= MOST
        return tuple(range(1, max(lengths) + 1)) if fit else ()

    def masks_told(self, asked: Asked) -> DaysCounted | None:
        """From mere days, where it is these that are counted."""
        if self.form == "ratio":
            return DaysCounted("used", asked.windows, "part") if self.counts_days(asked) else None
        taken_for: Literal["at_least", "exactly"] = "at_least" if self.cumulative else "exactly"
        return DaysCounted("used", asked.windows, taken_for) if self.mask_values(asked) else None


TYPE = Stickiness
