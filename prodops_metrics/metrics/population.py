"""How many units there are to be had: everybody, the eligible, the active, or who is both.

Unit: a unit of the population counts 1. Who has an ``event`` in the window is active in it, whatever the event.
Denominator: none. With the same ``of``, ``event`` and ``window`` it is the denominator of a ``share``, identically.
Source: distinct counts are never added over windows or segments; each is counted afresh.
Says: how many {of} {units} there are

Example:
    people_who_could_search:
      description: Everybody who was active in the last four weeks
      type: population
      event: search_submitted
      of: active
      window: 28 days
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Literal

from prodops_metrics.definitions import EventPosition
from prodops_metrics.metrics.base import AxisValue, Estimator, Metric
from prodops_metrics.metrics.masks import WindowMasks
from prodops_metrics.metrics.presence import masked, masked_of
from prodops_metrics.metrics.query import Asked, Relation, Source
from prodops_metrics.metrics.share import ACTIVE, ELIGIBLE, Population, everyone, members


class People(Metric):
    """``type: population``: units of ``of``."""

    type: Literal["population"] = "population"
    estimator: ClassVar[Estimator] = "count"
    of: Population = "eligible_active"
    """Which units: those the feature is for that were active, the `active`, the `eligible` or `all`."""
    event: EventPosition | None = None
    """Whoever did this counts as active too, even where the event itself is no activity."""

    @property
    def flags(self) -> bool:
        """A unit is one of them or not."""
        return True

    @property
    def only_eligible(self) -> bool:
        """Whether it is cut to those the feature is for."""
        return self.of in ELIGIBLE

    def relations(self) -> tuple[Relation, ...]:
        """The population, and days of use where use makes active."""
        uses = (Source("used", self.event),) if self.event and self.of in ACTIVE else ()
        return (*uses, everyone(self.of))

    def needed_at(self, at: Mapping[str, AxisValue]) -> tuple[EventPosition, ...]:
        """None: without any use there still are people."""
        return ()

    def unit_rows(self, asked: Asked) -> str:
        """Each unit of it once per window."""
        users = "used" if self.event else None
        return f"""\
SELECT window_id, unit, 1.0 AS value, 0.0 AS base
FROM ({members(self.of, asked, users)})"""

    def window_masks(self, asked: Asked) -> WindowMasks | None:
        """The windows in which each unit was active."""
        if self.of not in ACTIVE:
            return None
        if not self.event:
            return masked("active", asked)
        return replace(masked_of("active", "used", asked), values={None: "b"}, base=None)


TYPE = People
