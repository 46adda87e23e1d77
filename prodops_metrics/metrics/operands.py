"""What stands in a formula: numbers of other metrics, perhaps some time earlier."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from prodops_metrics.calendar import DAY, HOUR, Grain, Window, between
from prodops_metrics.definitions import MetricId, Part, refusal
from prodops_metrics.definitions.checks.formulas import no_offset

OFFSET = re.compile(r"([1-9][0-9]{0,3})\s*(hour|day|week|month)s?")
STEPS: Mapping[str, timedelta] = {"hour": HOUR, "day": DAY, "week": 7 * DAY}
WHOLE: Mapping[Grain, tuple[str, ...]] = {
    "hour": ("hours", "days", "weeks"),
    "day": ("days", "weeks", "months"),
    "week": ("weeks",),
    "month": ("months",),
}
"""The offsets that lead from one bucket of a grain to another."""


class Offset(Part):
    """How much earlier an input is counted: ``4 weeks``."""

    count: int
    """How many."""
    grain: Grain
    """Of what: hours, days, weeks or months of the calendar."""

    def before(self, window: Window) -> Window:
        """The same window that much earlier."""
        return between(self._back(window.opens), self._back(window.closes))

    def _back(self, moment: datetime) -> datetime:
        if self.grain != "month":
            return moment - self.count * STEPS[self.grain]
        months = moment.year * 12 + moment.month - 1 - self.count
        first = moment.replace(year=months // 12, month=months % 12 + 1, day=1)
        length = ((first + timedelta(days=31)).replace(day=1) - first).days
        return first.replace(day=min(moment.day, length))


def read_offset(raw: object) -> object:
    """The offset written ``4 weeks``, ``1 month``, ``12 hours``."""
    if isinstance(raw, Offset):
        return raw
    found = OFFSET.fullmatch(raw.strip().lower()) if isinstance(raw, str) else None
    if found is None:
        raise refusal([no_offset(raw)])
    return {"count": int(found[1]), "grain": found[2]}


def read_place(raw: object) -> object:
    """A step, a number of days, or the name of a state."""
    return int(raw) if isinstance(raw, str) and raw.isascii() and raw.isdigit() else raw


class Input(Part):
    """A name in the formula: a metric, perhaps earlier; ``at`` is its place on the metric's own axis (a state, a step)."""

    wording: ClassVar[frozenset[str]] = frozenset({"metric"})

    metric: MetricId
    """The metric's id."""
    offset: Annotated[Offset | None, BeforeValidator(read_offset)] = None
    """How much earlier it is counted, such as `4 weeks`."""
    at: Annotated[int | str | None, BeforeValidator(read_place)] = None
    """Which of its numbers, where it has one per state, step or number of days."""


def read_input(raw: object) -> object:
    """A metric's id alone, or a mapping."""
    return {"metric": raw} if isinstance(raw, str) else raw


class Operand(Part):
    """A number in a formula that is itself no formula: ``metric`` after all ``offsets``, ``at`` a place of its own axis.

    ``origin`` is the input that it comes from, of which it may be one of several.
    """

    wording: ClassVar[frozenset[str]] = frozenset({"origin"})

    metric: Any
    offsets: tuple[Offset, ...] = ()
    at: int | str | None = None
    origin: str = ""

    def under(self, origin: str, offset: Offset | None) -> "Operand":
        """The same number as a part of another input, perhaps earlier still."""
        offsets = (*((offset,) if offset else ()), *self.offsets)
        return self.model_copy(update={"origin": origin, "offsets": offsets})

    def earlier(self, window: Window) -> Window:
        """The window that it is counted in, where the formula stands at this one."""
        for offset in self.offsets:
            window = offset.before(window)
        return window

    @property
    def place(self) -> Mapping[str, int | str]:
        """Where on the metric's own axis; at the end of it (a funnel's last step) where that is not said."""
        if not self.metric.axes:
            return {}
        return {self.metric.axes[0]: self.metric.headline_values[-1] if self.at is None else self.at}

    @property
    def units(self) -> tuple[object, object]:
        """Whom it is about: of which entity, and which of them are eligible."""
        return self.metric.entity, self.metric.only_eligible and self.metric.eligible
