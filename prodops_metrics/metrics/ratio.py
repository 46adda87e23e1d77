"""One total divided by another, such as failures per attempt.

Unit: a unit's part of the numerator (value) and of the denominator (base).
Denominator: the second total, over the same windows.
Source: delta method for a ratio of means, units independent; Deng, Knoblich and Lu (2018), KDD, section 3.
Says: {numerator}, divided by {denominator}

Example:
    searches_without_results:
      description: Of the searches sent, those that found nothing
      type: ratio
      numerator: {type: count, event: search_submitted, filter: {results: 0}}
      denominator: {type: count, event: search_submitted}
      format: percent
      higher_is_better: false
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from prodops_metrics.definitions import NumericProperty
from prodops_metrics.metrics.base import Estimator, Metric, OfEvents
from prodops_metrics.metrics.count import count_rows, counted_events
from prodops_metrics.metrics.count_distinct import distinct_rows
from prodops_metrics.metrics.query import Asked, Relation, Source
from prodops_metrics.metrics.sum import sum_rows, summed_events


class CountInput(OfEvents):
    """``{type: count, event: …}``."""

    type: Literal["count"]

    def relation(self, name: str) -> Source:
        """What it reads."""
        return counted_events(name, self.matched)

    def rows(self, name: str, asked: Asked) -> str:
        """Its SQL, one row per window and unit."""
        return count_rows(name, asked)


class DistinctInput(OfEvents):
    """``{type: count_distinct, event: …}``."""

    type: Literal["count_distinct"]

    def relation(self, name: str) -> Source:
        """What it reads."""
        return Source(name, self.matched, once=True)

    def rows(self, name: str, asked: Asked) -> str:
        """Its SQL, one row per window and unit."""
        return distinct_rows(name, asked)


class SumInput(OfEvents):
    """``{type: sum, event: …, property: …}``."""

    type: Literal["sum"]
    property: NumericProperty
    """The property of the event that is added up."""

    def relation(self, name: str) -> Source:
        """What it reads."""
        return summed_events(name, self.matched, self.property)

    def rows(self, name: str, asked: Asked) -> str:
        """Its SQL, one row per window and unit."""
        return sum_rows(name, asked)


RatioInput = Annotated[CountInput | DistinctInput | SumInput, Field(discriminator="type")]


class Ratio(Metric):
    """``type: ratio``: ``numerator`` divided by ``denominator``."""

    type: Literal["ratio"] = "ratio"
    estimator: ClassVar[Estimator] = "ratio"
    numerator: RatioInput
    """The total above the line: a `count`, `count_distinct` or `sum`."""
    denominator: RatioInput
    """The total below the line."""

    @property
    def never_negative(self) -> bool:
        """Not below zero where both are counts."""
        return self.numerator.type != "sum" and self.denominator.type != "sum"

    def relations(self) -> tuple[Relation, ...]:
        """What the two totals read."""
        return self.numerator.relation("above"), self.denominator.relation("below")

    def unit_rows(self, asked: Asked) -> str:
        """Each unit's part of both totals."""
        return f"""\
SELECT window_id, unit, sum(value) AS value, sum(base) AS base
FROM (
  SELECT window_id, unit, value, 0.0 AS base FROM ({self.numerator.rows("above", asked)})
  UNION ALL
  SELECT window_id, unit, 0.0 AS value, value AS base FROM ({self.denominator.rows("below", asked)})
)
GROUP BY window_id, unit"""


TYPE = Ratio
