"""What mean and percentile have in common: a number of events, or of units, that is looked at."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from prodops_metrics.definitions import NumericProperty, refusal
from prodops_metrics.definitions.checks.shape import missing_key
from prodops_metrics.metrics.base import Metric, OfEvents
from prodops_metrics.metrics.count import count_rows
from prodops_metrics.metrics.query import Asked, Relation, Source
from prodops_metrics.metrics.sum import sum_rows, summed_events

Per = Literal["event", "unit"]


class Measured(OfEvents, Metric):
    """A figure of ``property``: over the events that carry it, or over the totals of units."""

    per: Per
    """Over what: every `event` that carries the property, or every `unit` with one at least."""
    measured: Annotated[NumericProperty | None, Field(alias="property")] = None
    """The number that is looked at; per unit it may be left out, for the number of events."""

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if self.per == "event" and self.measured is None:
            raise refusal([missing_key("property")])
        return self

    @property
    def looked_at(self) -> str:
        """The number in words."""
        return self.measured or "number of events"

    @property
    def never_negative(self) -> bool:
        """Numbers of events are not; a property may be."""
        return self.measured is None

    @property
    def grows_with_length(self) -> bool:
        """What a unit does in a month of 31 days is more than in one of 28."""
        return self.per == "unit"

    def relations(self) -> tuple[Relation, ...]:
        """The relation ``measured``: events with their property, or days with their number of events."""
        if self.per == "event":
            return (summed_events("measured", self.matched, self.measured or ""),)
        return (Source("measured", self.matched, needs="times" if self.measured else "days", property=self.measured),)

    def unit_rows(self, asked: Asked) -> str:
        """One row per unit with its total, or what the type makes of the events themselves."""
        if self.per == "event":
            return self.event_rows(asked)
        totals = sum_rows("measured", asked) if self.measured else count_rows("measured", asked)
        return f"SELECT window_id, unit, value, 1.0 AS base\nFROM ({totals})"

    def event_rows(self, asked: Asked) -> str:
        """SQL of the unit rows per event, over the relation ``measured``."""
        raise NotImplementedError
