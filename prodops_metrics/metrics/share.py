"""What part of a population did something in the same window.

Unit: a unit of the population; 1 if it has a matching event in the window, else 0.
Denominator: ``of`` - ``eligible_active`` (default), ``active``, ``eligible`` or ``all``. A unit that did the thing is
active by definition.
Source: Wilson (1927) for the interval.
Says: the share of {of} {units} with {event}

Example:
    search_adoption:
      description: Of everybody who was active, those who searched
      type: share
      event: search_submitted
      of: active
      window: 28 days
"""

from typing import ClassVar, Literal

from prodops_metrics.metrics.base import Estimator, Metric, OfEvents
from prodops_metrics.metrics.presence import present
from prodops_metrics.metrics.query import ActiveDays, Asked, KnownUnits, Relation, Source

Population = Literal["eligible_active", "active", "eligible", "all"]


class Share(OfEvents, Metric):
    """``type: share``: units with ``event`` among ``of``."""

    type: Literal["share"] = "share"
    estimator: ClassVar[Estimator] = "share"
    of: Population = "eligible_active"
    """Of whom: of the units the feature is for that were active, of the `active`, the `eligible` or `all`."""

    @property
    def only_eligible(self) -> bool:
        """Whether the population is cut to those the feature is for."""
        return self.of in {"eligible_active", "eligible"}

    @property
    def population(self) -> str:
        """Whom it is a share of, in words."""
        return f"{self.of.replace('_', ' ')} {self.entity}s"

    def relations(self) -> tuple[Relation, ...]:
        """Days of use, and the population."""
        population = ActiveDays("active") if self._of_active else KnownUnits("known")
        return Source("used", self.matched), population

    def unit_rows(self, asked: Asked) -> str:
        """Every unit of the population, 1 where it did the thing."""
        return f"""\
SELECT p.window_id, p.unit, (d.unit IS NOT NULL)::INTEGER::DOUBLE AS value, 1.0 AS base
FROM ({self._population(asked)}) AS p
LEFT JOIN ({present("used", asked)}) AS d ON d.window_id = p.window_id AND d.unit = p.unit"""

    @property
    def _of_active(self) -> bool:
        return self.of in {"eligible_active", "active"}

    def _population(self, asked: Asked) -> str:
        if self._of_active:
            columns = "unit, day, ts" if asked.timed else "unit, day"
            return present(f"(SELECT {columns} FROM active UNION ALL SELECT {columns} FROM used)", asked)
        return """\
SELECT w.window_id, k.unit
FROM known AS k
JOIN windows AS w ON k.first_seen IS NULL OR k.first_seen < w.ends_at"""


TYPE = Share
