"""A question put into SQL: the relations it reads by meaning, and the text that works on them.

A metric type never names a table. It asks for a *source*, "the days on which units searched", and writes its SQL
against the source's name; the warehouse decides which table answers it and puts that in front as a CTE.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol

from prodops_metrics.calendar import Calendar, Window
from prodops_metrics.definitions import Condition, EventPosition
from prodops_metrics.metrics.blocks import Blocks
from prodops_metrics.metrics.from_days import Days

if TYPE_CHECKING:
    import polars as pl

Needs = Literal["days", "hours", "times"]
Scalar = str | int | float | bool | date | datetime
NAMELESS = -1
"""The unit under which ``people`` has one row for all events without a unit's id, where these count."""
LABELS = 1 << 20
"""How many values of an event property can be told apart."""
DAYS_OF_WINDOWS = "SELECT window_id, unnest(generate_series(first_day, last_day, INTERVAL 1 DAY))::DATE AS day FROM windows"
Touch = str
"""Which value of an event property a unit stands under: ``any`` that it has, its ``first`` or its ``last``; or a word that
the metric type gives a meaning itself."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The windows a question is about; ``window_id`` in SQL is the place in ``windows``."""

    windows: tuple[Window, ...]
    calendar: Calendar
    touch: Touch | None = None
    """How the answer is broken down by an event property, if it is."""
    through: date | None = None
    """The last complete day of the data."""

    @property
    def last_complete(self) -> date:
        """The last complete day; where it is not known the last of the windows."""
        return self.through or max(window.last_day for window in self.windows)

    @property
    def timed(self) -> bool:
        """Whether any window begins or ends within a day, so that days do not tell what lies in it."""
        return any(window.timed for window in self.windows)

    def within(self, row: str, window: str = "w") -> str:
        """SQL that a row of a source lies in a window: by its local ``day``, or by its ``ts`` where windows have times."""
        if self.timed:
            return f"{row}.ts >= {window}.starts_at AND {row}.ts < {window}.ends_at"
        return f"{row}.day BETWEEN {window}.first_day AND {window}.last_day"

    def windows_of(self, row: str) -> str:
        """SQL of the windows ``w`` that a row of a source lies in, to stand behind ``JOIN``.

        Windows of whole days are spelt out by day, so that rows are matched by equal days and not window by window.
        """
        if self.timed:
            return f"windows AS w ON {self.within(row)}"
        if self.daily:
            return f"windows AS w ON w.first_day = {row}.day"
        return f"({DAYS_OF_WINDOWS}) AS w ON w.day = {row}.day"

    @property
    def blocks(self) -> Blocks:
        """The blocks of days that the windows lie in."""
        return Blocks.of(self.windows)

    @property
    def daily(self) -> bool:
        """Whether every window is one whole day."""
        return not self.timed and all(window.days == 1 for window in self.windows)


@dataclass(frozen=True, slots=True)
class Source:
    """Events that match a position, as a relation of one name.

    ``days`` gives ``unit, day, events`` and may be answered from a roll-up (``ts`` too where windows have times);
    ``hours`` adds ``hour``, the local hour as a number; ``times`` gives ``unit, day, ts, seq``,
    with ``value`` where a ``property`` is asked for and, where ``steps`` are, ``fits_k``, whether the event matches the k-th
    of them, and ``mask`` with all of these as bits. Rows without the unit's id appear, as units of their own with negative
    numbers, only if ``anonymous``.
    """

    name: str
    position: EventPosition
    needs: Needs = "days"
    property: str | None = None
    steps: tuple[EventPosition, ...] = ()
    anonymous: bool = False
    all_history: bool = False
    """Read from the first event on, not from the first window on."""
    after: timedelta | None = timedelta(0)
    """How long after the last window's end events still count; None: to the end of the data."""
    shared: str | None = None
    """A property that ``times`` gives as the text ``shared``, NULL where it is empty."""
    arrival: bool = False
    """Whether ``times`` gives ``received`` too: when each event was received, NULL where exports do not say."""
    once: bool = False
    """Whether ``days`` have to give each day of a unit once where every window is one day."""
    touching: EventPosition | None = None
    """Whose first or last value of a property a unit stands under, where that is not every event that is read."""
    words: str | None = None
    """Asks for ``unit`` once, with the bits of its days as words of this name, ``name0, name1, …``, of ``Asked.blocks``."""


@dataclass(frozen=True, slots=True)
class ActiveDays:
    """``unit, day`` of everything that counts as activity; ``ts`` too where windows have times."""

    name: str
    all_history: bool = False
    """Read from the first event on, not from the first window on."""
    words: str | None = None
    """As of a ``Source``: each unit once, with the bits of its days."""
    earliest: bool = False
    """Whether of each unit only the first day is wanted, or the first from ``since`` on."""
    since: date | None = None


@dataclass(frozen=True, slots=True)
class KnownUnits:
    """``unit, first_day, first_seen`` of every unit there is; both are NULL for units that never sent an event."""

    name: str


@dataclass(frozen=True, slots=True)
class UnitIds:
    """``unit, id``: what exports call each unit."""

    name: str


@dataclass(frozen=True, slots=True)
class AttemptDays:
    """The days on which units started attempts at a funnel that got to each step: as many relations as steps."""

    names: tuple[str, ...]
    """What those of each step are called."""
    source: Source
    body: str
    """From the source's, the events that are walked, or attempts as they are."""
    lasts: int | None
    """Microseconds, as ``Walk`` has them."""
    made: bool = False
    """Whether these are attempts."""


Relation = Source | ActiveDays | KnownUnits | UnitIds
OfDays = Source | ActiveDays | KnownUnits | AttemptDays
"""What days are held of: those of events, of activity, of attempts, or the one on which each unit was first seen."""


def names_of(relation: OfDays) -> tuple[str, ...]:
    """What a relation's days are called; those of attempts once for each step."""
    return relation.names if isinstance(relation, AttemptDays) else (relation.name,)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The ``segment`` axis: a unit attribute's values, or a declared segment against the rest."""

    name: str
    attribute: str | None = None
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Labels:
    """The values of an event property, as the ``segment`` axis of the events that a metric reads.

    ``any``: every source gives a unit once per value that its events have, as units of their own; ``event_labels`` has
    ``number, label`` to tell them apart again. ``first`` and ``last``: ``event_labels`` has ``window_id, unit, label``.
    Any other touch: sources of ``times`` have a ``label``, NULL where it is empty, and ``received``; the type's rows have a
    ``segment``.
    """

    property: str
    touch: Touch
    name: str = "event_labels"


@dataclass(frozen=True, slots=True)
class People:
    """Who counts: the attributes of units that a fold needs, in force on each window's last day (rulings 19, 20)."""

    eligible: Condition | None = None
    exclusions: tuple[Condition, ...] = ()
    breakdown: Breakdown | None = None
    clustered: bool = False
    nameless: bool = False
    """Whether events without a unit's id count too, as units of their own with negative numbers."""

    @property
    def needed(self) -> bool:
        """False when every unit counts alike, so that nothing need be joined."""
        return self.dated or self.clustered

    @property
    def dated(self) -> bool:
        """True when attributes are asked about, which change from day to day."""
        return bool(self.eligible or self.exclusions or self.breakdown)


class Finish(Protocol):
    """What is left to do outside the database: from the rows that a statement gives to its answer.

    Sorting and adding up rows of numbers is quicker there than grouping them by hashes. It is a frozen dataclass, of which
    ``repr`` says all that the answer depends on beside the rows, since answers are kept under it.
    """

    def __call__(self, rows: "pl.DataFrame", /) -> "pl.DataFrame":
        """The answer, as the plain statement would give it."""


class DaysFinish(Protocol):
    """What a ``Finish`` is, for rows of units and the days of relations."""

    def __call__(self, rows: "pl.DataFrame", days: Days, /) -> "pl.DataFrame":
        """The answer."""


@dataclass(frozen=True, slots=True)
class FromDays:
    """Another way to a query's answer: from days that the warehouse holds in memory, as far as there is room for them.

    ``body`` is a statement with a row per unit, or per stretch of its attributes, over the relation ``everyone``; it has
    ``unit`` and what ``finish`` needs beside it; None where that needs the days alone. The days of ``relations`` are told in
    ``blocks``, or, where it matters what was ``ever``, in all blocks of the data.
    """

    body: str | None
    relations: tuple[OfDays, ...]
    blocks: Blocks
    finish: DaysFinish
    ever: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What the warehouse runs: ``body`` over the relations it names, and ``axes``, the columns before the moments.

    ``finish`` makes the answer of the rows of ``body``; None where these are the answer.
    """

    entity: str
    asked: Asked
    relations: tuple[Relation, ...]
    people: People
    body: str
    axes: tuple[str, ...]
    left_out: tuple[tuple[str, Condition], ...] = ()
    """Units of entities below this one (staff in an account) whose events do not count."""
    labels: Labels | None = None
    parts: tuple[tuple[str, "Query"], ...] = ()
    """Questions of their own whose answers the body reads, by name."""
    finish: Finish | None = None
    from_days: FromDays | None = None
