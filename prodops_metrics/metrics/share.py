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
from prodops_metrics.metrics.masks import WindowMasks
from prodops_metrics.metrics.presence import attended, masked_of, present
from prodops_metrics.metrics.query import ActiveDays, Asked, KnownUnits, Relation, Source

Population = Literal["eligible_active", "active", "eligible", "all"]
ACTIVE = frozenset({"eligible_active", "active"})
ELIGIBLE = frozenset({"eligible_active", "eligible"})


class Share(OfEvents, Metric):
    """``type: share``: units with ``event`` among ``of``."""

    type: Literal["share"] = "share"
    estimator: ClassVar[Estimator] = "share"
    of: Population = "eligible_active"
    """Of whom: of the units the feature is for that were active, of the `active`, the `eligible` or `all`."""

    @property
    def flags(self) -> bool:
        """A unit did it or not."""
        return True

    @property
    def only_eligible(self) -> bool:
        """Whether the population is cut to those the feature is for."""
        return self.of in ELIGIBLE

    @property
    def population(self) -> str:
        """Whom it is a share of, in words."""
        return f"{self.of.replace('_', ' ')} {self.entity}s"

    def relations(self) -> tuple[Relation, ...]:
        """Days of use, and the population."""
        return Source("used", self.matched, once=True), everyone(self.of)

    def unit_rows(self, asked: Asked) -> str:
        """Every unit of the population, 1 where it did the thing."""
        if self.of in ACTIVE:
            there = attended("active", "used", asked)
        else:
            there = f"""\
SELECT p.window_id, p.unit, d.unit IS NOT NULL AS did
FROM ({members(self.of, asked, users="used")}) AS p
LEFT JOIN ({present("used", asked, once=True)}) AS d ON d.window_id = p.window_id AND d.unit = p.unit"""
        return f"SELECT window_id, unit, did::INTEGER::DOUBLE AS value, 1.0 AS base\nFROM ({there})"

    def window_masks(self, asked: Asked) -> WindowMasks | None:
        """The windows in which each unit was active, and those in which it did the thing."""
        return masked_of("active", "used", asked) if self.of in ACTIVE else None


def everyone(of: Population) -> ActiveDays | KnownUnits:
    """The relation that a population is drawn from."""
    return ActiveDays("active") if of in ACTIVE else KnownUnits("known")


def members(of: Population, asked: Asked, users: str | None) -> str:
    """SQL of ``window_id, unit`` of a population; who is among the ``users``, a relation of days, is active too."""
    if of in ACTIVE:
        found = attended("active", users, asked) if users else present("active", asked)
        return f"SELECT window_id, unit FROM ({found})"
    return """\
SELECT w.window_id, k.unit
FROM known AS k
JOIN windows AS w ON k.first_seen IS NULL OR k.first_seen < w.ends_at"""


TYPE = Share
