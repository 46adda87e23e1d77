"""An average: of a numeric property over events, or of what each unit did.

Unit: ``per: event`` - the sum and the number of one unit's events that carry the property (an event without the unit's id is
a unit of its own); ``per: unit`` - the unit's total of the property, or its number of events where no property is named.
Denominator: events that carry the property, or units with at least one.
Source: delta method for a ratio of means, units independent; Deng, Knoblich and Lu (2018), KDD, section 3.
Says: the average of {looked_at} over {event}, per {per}

Example:
    results_per_search:
      description: Results that a search returns
      type: mean
      event: search_submitted
      property: results
      per: event
    searches_per_searcher:
      description: Searches of those who search from the navigation bar
      type: mean
      event: search_submitted
      filter: {source: navbar}
      per: unit
"""

from typing import ClassVar, Literal

from prodops_metrics.metrics.base import Estimator
from prodops_metrics.metrics.measured import Measured
from prodops_metrics.metrics.query import Asked


class Mean(Measured):
    """``type: mean``: the average of ``property`` per event, or of a unit's total (or number of events) per unit."""

    type: Literal["mean"] = "mean"
    estimator: ClassVar[Estimator] = "ratio"

    @property
    def population(self) -> str:
        """What it is the average over."""
        return "events" if self.per == "event" else f"{self.entity}s"

    def event_rows(self, asked: Asked) -> str:
        """Sum and number per unit."""
        return f"""\
SELECT w.window_id, e.unit, sum(e.value) AS value, count(*)::DOUBLE AS base
FROM measured AS e
JOIN {asked.windows_of("e")}
WHERE e.value IS NOT NULL
GROUP BY w.window_id, e.unit"""


TYPE = Mean
