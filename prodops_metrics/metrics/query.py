"""A question put into SQL: the relations it reads by meaning, and the text that works on them.

A metric type never names a table. It asks for a *source*, "the days on which units searched", and writes its SQL
against the source's name; the warehouse decides which table answers it and puts that in front as a CTE.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal

from prodops_metrics.calendar import Calendar, Window
from prodops_metrics.definitions import Condition, EventPosition

Scalar = str | int | float | bool | date | datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """The windows a question is about; ``window_id`` in SQL is the place in ``windows``."""

    windows: tuple[Window, ...]
    calendar: Calendar

    @property
    def overlap(self) -> bool:
        """Whether any day lies in two of the windows."""
        ordered = sorted(self.windows, key=lambda window: window.start)
        return any(later.start < earlier.end for earlier, later in pairwise(ordered))


@dataclass(frozen=True, slots=True)
class Source:
    """Events that match a position, as a relation of one name.

    ``days`` gives ``unit, day, events`` and may be answered from a roll-up; ``times`` gives ``unit, day, ts, seq``,
    with ``value`` where a ``property`` is asked for and ``mask`` where ``steps`` are (bit k set: the event matches
    step k). Rows without the unit's id appear, as units of their own with negative numbers, only if ``anonymous``.
    """

    name: str
    position: EventPosition
    needs: Literal["days", "times"] = "days"
    property: str | None = None
    steps: tuple[EventPosition, ...] = ()
    anonymous: bool = False
    all_history: bool = False
    """Read from the first event on, not from the first window on."""
    after: timedelta | None = timedelta(0)
    """How long after the last window's end events still count; None: to the end of the data."""


@dataclass(frozen=True, slots=True)
class ActiveDays:
    """``unit, day`` of everything that counts as activity."""

    name: str


@dataclass(frozen=True, slots=True)
class KnownUnits:
    """``unit, first_day`` of every unit there is; ``first_day`` is NULL for units that never sent an event."""

    name: str


Relation = Source | ActiveDays | KnownUnits


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The ``segment`` axis: a unit attribute's values, or a declared segment against the rest."""

    name: str
    attribute: str | None = None
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class People:
    """Who counts: the attributes of units that a fold needs, in force on each window's last day (rulings 19, 20)."""

    eligible: Condition | None = None
    exclusions: tuple[Condition, ...] = ()
    breakdown: Breakdown | None = None
    clustered: bool = False

    @property
    def needed(self) -> bool:
        """False when every unit counts alike, so that nothing need be joined."""
        return bool(self.eligible or self.exclusions or self.breakdown or self.clustered)


@dataclass(frozen=True, slots=True)
class Query:
    """What the warehouse runs: ``body`` over the relations it names, and ``axes``, the columns before the moments."""

    entity: str
    asked: Asked
    relations: tuple[Relation, ...]
    people: People
    body: str
    axes: tuple[str, ...]
    left_out: tuple[tuple[str, Condition], ...] = ()
    """Units of entities below this one (staff in an account) whose events do not count."""
