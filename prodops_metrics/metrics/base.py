"""What every metric type shares: the YAML keys, and what the fold and the windows ask of a type."""

from datetime import timedelta
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from prodops_metrics.definitions import Condition, EventPosition, Flaw, MetricDefinition, Part, refusal
from prodops_metrics.metrics.query import Asked, Relation

Estimator = Literal["count", "total", "share", "ratio"]
NO_TIME = timedelta(0)


class OfEvents(Part):
    """Anything that is about one event position, narrowed by its own ``filter`` or ``where``."""

    event: EventPosition
    """The event that counts, or a list of which any will do."""
    condition: Condition | None = None

    @property
    def matched(self) -> EventPosition:
        """The events that count: those of the position of which the condition holds."""
        return self.event.narrowed(self.condition)


class Metric(MetricDefinition):
    """A metric of any type: its definition, and one row per unit in SQL.

    A type is one file that subclasses this, sets ``estimator`` (which statistics fit its rows) and ``axes`` (what it
    adds to ``window_id``), and writes ``relations`` and ``unit_rows``.
    """

    estimator: ClassVar[Estimator] = "total"
    axes: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="after")
    def _points_by_week_or_day(self) -> Self:
        others = [(index, grain) for index, grain in enumerate(self.grains) if self.rolling and grain != "day"]
        if others:
            cure = "Keep `day` alone, or count by `grain`."
            message = "the points of a rolling window come by week or, where `grains` says so, by day; not by `{}`"
            raise refusal(Flaw("E111", message.format(grain), cure, ("grains", index)) for index, grain in others)
        return self

    def relations(self) -> tuple[Relation, ...]:
        """What the SQL of ``unit_rows`` reads, by name."""
        raise NotImplementedError

    def unit_rows(self, asked: Asked) -> str:
        """SQL of one row per unit: ``window_id``, the type's axes, ``unit``, ``value``, ``base``."""
        raise NotImplementedError

    @property
    def disjoint(self) -> bool:
        """Whether no unit is in two windows, so that windows compare as independent groups."""
        return False

    @property
    def never_negative(self) -> bool:
        """Whether the number cannot fall below zero, nor then its interval; a property's total may."""
        return self.estimator != "total"

    @property
    def ever_closes(self) -> bool:
        """Whether a window's number stops changing at some time."""
        return True

    @property
    def axis_values(self) -> tuple[int, ...]:
        """Every value of the type's own axis, so that a step or age that nobody reached is a zero, not a gap."""
        return ()

    @property
    def rolling(self) -> timedelta | None:
        """The length of the metric's rolling window; None where it is counted by grain."""
        return self.window

    @property
    def closes_after(self) -> timedelta:
        """How long after a window's end its last start can still change (a funnel's conversion window)."""
        return NO_TIME

    @property
    def only_eligible(self) -> bool:
        """True where units that the feature is not for are left out."""
        return False
