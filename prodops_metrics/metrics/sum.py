"""The total of a numeric event property.

Unit: the sum over one unit's events; an event without the unit's id is a unit of its own.
Denominator: none. Events without the property add nothing.
Source: compound Poisson total, as for ``count``.
Says: the total of {property} over {event}

Example:
    results_found:
      description: Results that searches returned
      type: sum
      event: search_submitted
      property: results
      grain: day
"""

from typing import Literal

from prodops_metrics.definitions import EventPosition, NumericProperty
from prodops_metrics.metrics.base import OfEvents
from prodops_metrics.metrics.query import Asked, Relation, Source
from prodops_metrics.metrics.running import Running


class Sum(OfEvents, Running):
    """``type: sum``: the total of ``property`` over events that match ``event``."""

    type: Literal["sum"] = "sum"
    property: NumericProperty
    """The property of the event that is added up, an `integer` or `number`."""

    def relations(self) -> tuple[Relation, ...]:
        """The matching events with the property as ``value``."""
        return (summed_events("summed", self.matched, self.property),)

    def unit_rows(self, asked: Asked) -> str:
        """The property's total per unit and window."""
        return sum_rows("summed", asked)


def summed_events(name: str, position: EventPosition, of: str) -> Source:
    """Events with one property as a number, those without a unit included."""
    return Source(name, position, needs="times", property=of, anonymous=True)


def sum_rows(source: str, asked: Asked) -> str:
    """SQL of the property's total per window and unit."""
    return f"""\
SELECT w.window_id, e.unit, sum(e.value)::DOUBLE AS value, 0.0 AS base
FROM {source} AS e
JOIN {asked.windows_of("e")}
WHERE e.value IS NOT NULL
GROUP BY w.window_id, e.unit"""


TYPE = Sum
