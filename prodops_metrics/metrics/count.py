"""How many times something happened.

Unit: the events of one unit; an event without the unit's id is a unit of its own, so the total misses none.
Denominator: none.
Source: semantics.md of the design; the interval is that of a compound Poisson total.
Says: how often {event} happened

Example:
    searches:
      description: Searches that were sent
      type: count
      event: search_submitted
      filter: {source: [navbar, shortcut]}
"""

from typing import ClassVar, Literal

from prodops_metrics.definitions import EventPosition
from prodops_metrics.metrics.base import Estimator, OfEvents
from prodops_metrics.metrics.query import Asked, Relation, Source
from prodops_metrics.metrics.running import Running


class Count(OfEvents, Running):
    """``type: count``: events that match ``event``."""

    type: Literal["count"] = "count"
    estimator: ClassVar[Estimator] = "count"

    def relations(self) -> tuple[Relation, ...]:
        """The matching events by day."""
        return (counted_events("counted", self.matched),)

    def unit_rows(self, asked: Asked) -> str:
        """Events per unit and window."""
        return count_rows("counted", asked)


def counted_events(name: str, position: EventPosition) -> Source:
    """Events by unit and day, those without a unit included."""
    return Source(name, position, anonymous=True)


def count_rows(source: str, asked: Asked) -> str:
    """SQL of events per window and unit."""
    return f"""\
SELECT w.window_id, e.unit, sum(e.events)::DOUBLE AS value, 0.0 AS base
FROM {source} AS e
JOIN {asked.windows_of("e")}
GROUP BY w.window_id, e.unit"""


TYPE = Count
