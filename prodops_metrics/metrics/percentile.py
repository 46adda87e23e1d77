"""The value that a given share stays at or below, such as the time within which nine in ten are done.

Unit: ``per: event`` (default) - the property of every event that carries it; ``per: unit`` - each unit's total of the
property, or its number of events where no property is named. ``at: 0`` is the least value, ``at: 1`` the greatest.
Denominator: the values; between two of them the percentile is interpolated.
Source: order-statistic interval, Conover, Practical Nonparametric Statistics, section 3.2; values of one unit are not
independent, so their number is reduced: Woodruff (1952), JASA 47, 635-646.
Says: the value of {looked_at} that {at} of all stay at or below, over {event}, per {per}

Example:
    results_of_a_rich_search:
      description: As many results as nine searches in ten return at most
      type: percentile
      event: search_submitted
      property: results
      at: 0.9
    searches_of_the_keen:
      description: As many searches in a week as nine searchers in ten send at most
      type: percentile
      event: search_submitted
      filter: {source: navbar}
      at: 90%
      per: unit
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator

from prodops_metrics.definitions import Share, refusal
from prodops_metrics.definitions.checks.values import impossible_value
from prodops_metrics.metrics.base import Estimator
from prodops_metrics.metrics.measured import Measured, Per
from prodops_metrics.metrics.query import Asked


def _part_of_the_whole(at: float) -> float:
    if at < 0:
        raise refusal([impossible_value("a percentile lies between 0 and 1", "Write `at: 0.9` or `at: 90%`.")])
    return at


class Percentile(Measured):
    """``type: percentile``: the value at ``at`` (0.9 or 90%) of ``property``."""

    type: Literal["percentile"] = "percentile"
    estimator: ClassVar[Estimator] = "percentile"
    at: Annotated[Share, AfterValidator(_part_of_the_whole)]
    """Which share stays at or below it: `0.9` or `90%`; `0` is the least value, `1` the greatest."""
    per: Per = "event"
    """Of what: of every `event` that carries the property, or of every `unit`'s total."""

    @property
    def constants(self) -> Mapping[str, Any]:
        """Which percentile."""
        return {"at": self.at}

    @property
    def same_in_any_window(self) -> bool:
        """An event's own value is."""
        return self.per == "event"

    def event_rows(self, asked: Asked) -> str:
        """One row per value: a unit has as many as it has events."""
        return f"""\
SELECT w.window_id, e.unit, e.value, 1.0 AS base
FROM measured AS e
JOIN {asked.windows_of("e")}
WHERE e.value IS NOT NULL"""


TYPE = Percentile
