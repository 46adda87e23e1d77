"""What every metric type shares: the YAML keys, and what the fold, the windows and the words ask of a type."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import ValidationInfo, model_validator

from prodops_metrics.calendar import DAY, INSTANT, Calendar, Grain, Window
from prodops_metrics.definitions import (
    Condition,
    EventPosition,
    MetricDefinition,
    Part,
    PropertyEntity,
    check_property,
    refusal,
)
from prodops_metrics.definitions.checks.shape import contradiction
from prodops_metrics.metrics.attempts.walk import Walk
from prodops_metrics.metrics.from_days import DaysCounted, MasksFromDays
from prodops_metrics.metrics.masks import WindowMasks
from prodops_metrics.metrics.query import Asked, Relation, Source, Touch
from prodops_metrics.metrics.windows import (
    Horizon,
    buckets,
    comparable_from,
    first_day_of_two,
    last_buckets,
    last_closed_day,
    rolling_points,
)

if TYPE_CHECKING:
    from prodops_metrics.metrics.operands import Operand

Estimator = Literal["count", "total", "share", "ratio", "percentile", "survival", "derived"]
MOMENTS: frozenset[Estimator] = frozenset({"count", "total", "share", "ratio"})
"""Those whose numbers come from sums over units."""
AxisValue = int | str
Undefined = Literal["no_denominator", "window_open"]
NO_TIME = timedelta(0)
TWO_WINDOWS = 2
ROLLING_GRAINS = frozenset({"hour", "day"})
"""How else than weekly the points of a rolling window may come."""


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
    adds to ``window_id``), and writes ``relations`` and ``unit_rows``. All else here has an answer that fits most types;
    a type overrides what is otherwise with it.
    """

    estimator: ClassVar[Estimator] = "total"
    axes: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="after")
    def _points_by_week_or_less(self) -> Self:
        wrong = [(index, grain) for index, grain in enumerate(self.grains) if self.rolling and grain not in ROLLING_GRAINS]
        if wrong:
            cure = "Keep `day` or `hour`, or count by `grain`."
            message = "the points of a rolling window come by week or, where `grains` says so, by day or hour; not by `{}`"
            raise refusal(contradiction(message.format(grain), cure, "grains", index) for index, grain in wrong)
        return self

    @model_validator(mode="after")
    def _counts_a_declared_property(self, info: ValidationInfo) -> Self:
        if isinstance(self.entity, PropertyEntity):
            positions = [relation.position for relation in self.relations() if isinstance(relation, Source)]
            check_property(self.entity, positions, ("entity", "property"), info)
        return self

    # What is counted.

    def relations(self) -> tuple[Relation, ...]:
        """What the SQL of ``unit_rows`` reads, by name."""
        raise NotImplementedError

    def unit_rows(self, asked: Asked) -> str:
        """SQL of one row per unit: ``window_id``, the type's axes, ``unit``, ``value``, ``base``."""
        raise NotImplementedError

    def unit_masks(self, asked: Asked) -> str | None:
        """SQL of one row per unit, whatever the own axis: ``window_id, unit, mask``; None where rows cannot be told so.

        Bit k of the mask is the value of ``unit_rows`` at the k-th of ``mask_values``, where all bases are 1.
        """
        return None

    def masks_told(self, asked: Asked) -> MasksFromDays | DaysCounted | None:
        """What tells ``unit_masks`` from days in memory, if it can: ``within`` which windows a unit is, and its ``mask``.

        Or how many of its days in a window make its value or its mask.
        """
        return None

    def mask_values(self, asked: Asked) -> "tuple[AxisValue, ...]":
        """The values of the own axis that the bits of ``unit_masks`` stand for."""
        return self.axis_values

    def window_masks(self, asked: Asked) -> WindowMasks | None:
        """The same as ``unit_rows`` in one row per unit, whatever the windows; None where masks cannot tell it.

        Only where ``flags`` hold: values are 1 where their mask is set, bases 1 where that of ``base`` is.
        """
        return None

    def walk(self, asked: Asked) -> tuple[str, Walk] | None:
        """SQL of the events of a funnel's steps, and how to walk them; None where that cannot tell what ``unit_rows`` do.

        It tells how far units got, and for percentiles how long it took them.
        """
        return None

    @property
    def counts_events(self) -> bool:
        """Whether events without a unit's id are counted too."""
        return any(isinstance(relation, Source) and relation.anonymous for relation in self.relations())

    def needed_at(self, at: Mapping[str, AxisValue]) -> tuple[EventPosition, ...]:
        """Event positions without which there is no number at this place of the own axis, rather than a zero."""
        return tuple(relation.position for relation in self.relations() if isinstance(relation, Source))

    def by_definition(self, at: Mapping[str, AxisValue]) -> str:
        """Why the number at this place of the own axis is so by definition, so that nothing can vary; mostly it is not."""
        return ""

    @property
    def composes(self) -> bool:
        """Whether it can stand in a formula: whether its windows are those of other metrics too."""
        return True

    @property
    def parts(self) -> "Mapping[str, Operand]":
        """Numbers that are each counted by themselves, and then put together; none where unit rows say it all."""
        return {}

    @property
    def no_interval(self) -> str:
        """Why its number has no interval; empty where it has one."""
        return ""

    @property
    def no_units(self) -> str:
        """Why there is no row per unit behind its number; empty where there is."""
        return ""

    @property
    def touches(self) -> tuple[Touch, ...]:
        """How it can be broken down by an event property, the usual way first; not at all if it reads other things."""
        if not all(isinstance(relation, Source) for relation in self.relations()):
            return ()
        return ("any",) if self.counts_events else ("first", "last", "any")

    @property
    def only_eligible(self) -> bool:
        """True where units that the feature is not for are left out."""
        return False

    @property
    def axis_values(self) -> tuple[AxisValue, ...]:
        """Every value of the type's own axis, so that a step or age that nobody reached is a zero, not a gap."""
        return ()

    @property
    def headline_values(self) -> tuple[AxisValue, ...]:
        """The values of the own axis that have a headline, that of cards and charts last."""
        return self.axis_values

    @property
    def headline_at(self) -> Mapping[str, AxisValue]:
        """The one value of the own axis that a series stands at; empty where it has all of them."""
        return {}

    @property
    def readings(self) -> "Mapping[str, Metric]":
        """Other figures of the very same thing, by name: ``signup:step_times`` is a reading of the funnel ``signup``."""
        return {}

    @property
    def constants(self) -> Mapping[str, Any]:
        """What the definition gives to the statistics, such as which percentile."""
        return {}

    @property
    def aside(self) -> Mapping[str, str]:
        """What its number leaves out: a sentence with ``{}`` for the number of the reading under whose name it stands."""
        return {}

    @property
    def flags(self) -> bool:
        """Whether value and base of every unit row are 0 or 1, and each unit stands once at each of its places."""
        return False

    # Which windows.

    def extra_windows(self, windows: tuple[Window, ...], calendar: Calendar) -> tuple[Window, ...]:
        """Windows that ``unit_rows`` needs beside those that are asked about, such as the same four weeks earlier."""
        return ()

    @property
    def rolling(self) -> timedelta | None:
        """The length of the metric's rolling window; None where it is counted by grain."""
        return self.window

    @property
    def counted_by(self) -> Grain | None:
        """The calendar grain it is counted by (a week unless it says otherwise); None for a rolling one."""
        return None if self.rolling else self.grain or "week"

    @property
    def spans(self) -> tuple[object, ...]:
        """What metrics have in common that can be counted over the same windows, beside their grain."""
        return ("window", self.rolling)

    def at_grain(self, grain: Grain | None) -> Self:
        """The metric counted by another grain; itself where it has none."""
        return self if grain is None or self.rolling else self.model_copy(update={"grain": grain})

    @property
    def closes_after(self) -> timedelta:
        """How long after a window's end its last start can still change (a funnel's conversion window)."""
        return NO_TIME

    def headline_windows(self, horizon: Horizon, launched: date | None) -> tuple[Window, Window]:
        """The window before, and the headline window."""
        last = last_closed_day(horizon, self.closes_after)
        if self.rolling is None:
            return last_buckets(horizon, last, self.counted_by or "week")
        now = Window(last + DAY - self.rolling, last + DAY)
        return now.before(), now

    def point_windows(
        self, horizon: Horizon, span: Window, grain: Grain | None = None, launched: date | None = None
    ) -> tuple[Window, ...]:
        """The windows of a series over ``span``: buckets that touch it, or rolling windows that end in it.

        Buckets are cut by the span, but not where the data ends. Rolling windows step by a week (or by ``grain``)
        from the headline's end; the newest day is a last, incomplete one.
        """
        if self.rolling is None:
            return buckets(horizon, span, grain or self.counted_by or "week")
        return rolling_points(horizon, span, grain or "week", self.rolling, last_closed_day(horizon, self.closes_after))

    def cohort_windows(self, horizon: Horizon, span: Window) -> tuple[Window, ...] | None:
        """One window per cohort that starts in ``span``; None for a type that has no cohorts."""
        return None

    def curve_window(self, horizon: Horizon, span: Window, launched: date | None) -> Window:
        """The cohorts of ``span`` that are taken together for a whole curve, the same at every age."""
        return span

    def chart_start(self, horizon: Horizon, start: date) -> date:
        """The first day of the windows of a chart that begins on ``start``."""
        return start

    @property
    def stands_at_end(self) -> bool:
        """Whether a point stands where its window ends (a rolling window), not where it begins (a bucket)."""
        return self.rolling is not None

    def label(self, window: Window, grain: Grain | None = None) -> date:
        """Where a point stands: the first day or hour of a bucket, the last of a rolling window."""
        if not self.stands_at_end:
            return window.opens if window.timed else window.start
        return (window.closes - INSTANT).replace(minute=0, second=0, microsecond=0) if grain == "hour" else window.last_day

    # Whether a window's number can be told, and compared.

    def begun(self, horizon: Horizon, window: Window, at: Mapping[str, AxisValue]) -> bool:
        """Whether there can be anything yet at this place of the own axis."""
        return True

    def covered(self, horizon: Horizon, window: Window) -> bool:
        """Whether there is data in the window, and in all else that its number needs."""
        return window.end > horizon.first_day and window.start <= horizon.newest_day

    def closed(self, horizon: Horizon, window: Window, at: Mapping[str, AxisValue]) -> bool:
        """Whether nothing in the window (at this place of the own axis) can change any more."""
        covered = self.rolling is None or window.start >= horizon.first_day
        return covered and self.ever_closes and window.last_day <= last_closed_day(horizon, self.closes_after)

    @property
    def same_in_any_window(self) -> bool:
        """Whether each unit row lies at one moment and is the same in every window that has it."""
        return False

    @property
    def ever_closes(self) -> bool:
        """Whether a window's number stops changing at some time."""
        return True

    @property
    def never_compared(self) -> str:
        """Why its headline is never compared with the window before; empty where it is."""
        return "" if self.ever_closes else "the window never closes"

    def comparable_from(self, horizon: Horizon, launched: date | None) -> date:
        """The first day that a window before may start (rulings 12)."""
        return comparable_from(horizon, launched)

    def first_comparison(self, horizon: Horizon, earliest: date) -> date:
        """The data through on which a window before that starts at ``earliest`` or later can first be had."""
        length = self.rolling or self.counted_by or "week"
        return first_day_of_two(horizon, earliest, length, TWO_WINDOWS, self.closes_after)

    @property
    def disjoint(self) -> bool:
        """Whether no unit is in two windows, so that windows compare as independent groups."""
        return False

    @property
    def undefined(self) -> Undefined:
        """Why there is no number where there are units: nothing to divide by, or it has not come to it yet."""
        return "no_denominator"

    @property
    def divides(self) -> bool:
        """Whether it divides by something, so that it has a denominator and may have too little of it."""
        return self.estimator not in {"count", "total"}

    @property
    def wants_enough(self) -> bool:
        """Whether its number says nothing where it is of too few units."""
        return self.divides

    @property
    def grows_with_length(self) -> bool:
        """Whether a longer window has more of it, so that months of 31 and of 28 days do not compare."""
        return self.estimator != "ratio"

    @property
    def never_negative(self) -> bool:
        """Whether the number cannot fall below zero, nor then its interval; a property's total may."""
        return self.estimator != "total"

    # Words.

    @property
    def percent(self) -> bool:
        """Whether it is read and written in percent."""
        return self.format == "percent" or (self.format is None and self.estimator == "share")

    @property
    def made_of(self) -> str:
        """What its number is counted from, where it has no denominator."""
        return "every matching event" if self.counts_events else f"{self.entity}s"

    @property
    def population(self) -> str:
        """Whom a share is a part of: ``eligible active users``."""
        return ""

    @property
    def nobody(self) -> str:
        """What to say where there is no denominator."""
        return "nobody to count it among"

    @property
    def headline_wait(self) -> str:
        """How long after its start the headline stands: ``4 weeks``; empty where it does not wait."""
        return ""

    def window_words(self, window: Window) -> str:
        """The window in words, with ``{}`` for its days: ``28 days, {}``, ``week of {}``."""
        return f"{window.days} days, {{}}" if self.counted_by is None else f"{self.counted_by} of {{}}"
