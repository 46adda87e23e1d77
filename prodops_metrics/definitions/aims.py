"""The parts of goals and experiments: days, changes, and metrics that must not suffer."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from prodops_metrics.calendar import DAY, Window
from prodops_metrics.definitions.checks import goals as checks
from prodops_metrics.definitions.faults import refusal
from prodops_metrics.definitions.fields import Amount, Day, MetricId, Quantity
from prodops_metrics.definitions.part import Part


class Days(Part):
    """A stretch of local days, both ends included."""

    first: Day = Field(alias="from")
    """The first day."""
    last: Day = Field(alias="to")
    """The last day, which is included."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise refusal([checks.days_reversed(self.first, self.last)])
        return self

    @property
    def window(self) -> Window:
        """The same days, half-open."""
        return Window(self.first, self.last + DAY)


class Change(Part):
    """A change against the baseline: ``relative`` to its number, or in ``points`` (percentage points, or its unit)."""

    relative: Quantity | None = None
    """A part of the number over the baseline, such as `-66%`."""
    points: Quantity | None = None
    """Percentage points of a percent metric, such as `-4`, else so many of its unit."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.relative is None) == (self.points is None):
            raise refusal([checks.change_of_one_kind(both=self.relative is not None)])
        return self

    @property
    def kind(self) -> str:
        """The word of the one that is given."""
        return "points" if self.relative is None else "relative"

    @property
    def amount(self) -> Amount:
        """The one that is given."""
        return self.relative or self.points or Amount(0)

    def by(self, amount: Amount) -> "Change":
        """A change of the same kind by another amount."""
        return Change.model_validate({self.kind: amount})

    def applied(self, baseline: float, *, percent: bool) -> float:
        """The number that the baseline changes to; ``percent`` if the metric is read in percent."""
        if self.relative is not None:
            return baseline * (1 + self.relative.value)
        return baseline + self.amount.value / (100 if percent and not self.amount.unit else 1)


def metric_alone(raw: object) -> object:
    """``releases_per_week`` for ``{metric: releases_per_week}``."""
    return {"metric": raw} if isinstance(raw, str) else raw


class Guardrail(Part):
    """A metric that must not suffer: not at all, or by ``no_worse_than`` at most, whichever way is worse for it."""

    metric: MetricId
    """The metric that must not suffer."""
    no_worse_than: Quantity | None = None
    """How much worse is bearable: `0.5pp` of a percent metric, else `5%` or a number of its unit."""


Guardrails = tuple[Annotated[Guardrail, BeforeValidator(metric_alone)], ...]
