"""How many different units did something: by calendar grain, or in a rolling ``window`` of days.

Unit: a unit with at least one matching event in the window counts 1.
Denominator: none.
Source: distinct counts are never added over buckets or segments; each is counted afresh.
Says: how many different {units} had {event}

Example:
    weekly_searchers:
      description: People who searched that week
      type: count_distinct
      event: search_submitted
    monthly_searchers:
      description: People who searched in the last 28 days, counted every day
      type: count_distinct
      event: search_submitted
      window: 28 days
      grains: [day]
"""

from typing import ClassVar, Literal

from prodops_metrics.metrics.base import Estimator, OfEvents
from prodops_metrics.metrics.masks import MOST, WindowMasks
from prodops_metrics.metrics.presence import masked, present
from prodops_metrics.metrics.query import Asked, Relation, Source
from prodops_metrics.metrics.running import Running


class CountDistinct(OfEvents, Running):
    """``type: count_distinct``: units with ``event``."""

    type: Literal["count_distinct"] = "count_distinct"
    estimator: ClassVar[Estimator] = "count"

    @property
    def flags(self) -> bool:
        """A unit was there or not."""
        return True

    def relations(self) -> tuple[Relation, ...]:
        """The days on which units did it."""
        return (Source("used", self.matched, once=True),)

    def unit_rows(self, asked: Asked) -> str:
        """Each unit once per window."""
        return distinct_rows("used", asked)

    def window_masks(self, asked: Asked) -> WindowMasks | None:
        """The windows of each unit; of many single days rows tell as much."""
        return None if asked.daily and len(asked.windows) > MOST else masked("used", asked)


def distinct_rows(source: str, asked: Asked) -> str:
    """SQL of one row of value 1 per window and unit."""
    return f"""\
SELECT window_id, unit, 1.0 AS value, 0.0 AS base
FROM ({present(source, asked, once=True)})"""


TYPE = CountDistinct
