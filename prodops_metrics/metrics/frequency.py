"""How often those who use it use it: active days (or other intervals) of a window.

Unit: a unit with at least one active interval in the window; its value is how many it has.
Denominator: such units. Divided by the intervals of the window it is ``stickiness``, identically.
Source: delta method for a mean over clusters; Deng, Knoblich and Lu (2018), KDD, section 3.
Says: how many {interval}s of a window {units} with {event} are there

Example:
    search_days:
      description: Days of four weeks on which those who search do so
      type: frequency
      event: search_submitted
      filter: {source: navbar}
      interval: day
      interval_count: 1
      per_interval: {op: at_least, value: 1}
      window: 28 days
"""

from typing import ClassVar, Literal

from prodops_metrics.metrics.active import ActiveIntervals
from prodops_metrics.metrics.base import Estimator
from prodops_metrics.metrics.from_days import DaysCounted
from prodops_metrics.metrics.query import Asked


class Frequency(ActiveIntervals):
    """``type: frequency``: active ``interval`` s per unit that used it."""

    type: Literal["frequency"] = "frequency"
    estimator: ClassVar[Estimator] = "ratio"

    @property
    def grows_with_length(self) -> bool:
        """A month of 31 days has room for more of them than one of 28."""
        return True

    def unit_rows(self, asked: Asked) -> str:
        """Each unit's active intervals."""
        return f"SELECT window_id, unit, active::DOUBLE AS value, 1.0 AS base\nFROM ({self.active_rows(asked)})"

    def masks_told(self, asked: Asked) -> DaysCounted | None:
        """From mere days, where it is these that are counted."""
        return DaysCounted("used", asked.windows, "days") if self.counts_days(asked) else None


TYPE = Frequency
