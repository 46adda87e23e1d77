"""What an attempt at a funnel is, as far as its SQL needs to know."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from prodops_metrics.definitions import EventPosition
from prodops_metrics.metrics.folds.shape import literal

Order = Literal["ordered", "strict", "any"]
Since = Literal["first_step", "previous_step"]
MICROSECOND = timedelta(microseconds=1)
Edges = tuple[datetime, datetime]
"""From when to when a window is, in naive UTC."""


@dataclass(frozen=True, slots=True)
class Gap:
    """An exclusion: the position of its events, and the steps (from 1) between which they spoil an attempt."""

    position: EventPosition
    after: int
    before: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A funnel's attempts; times are elapsed, steps count from 1.

    ``lane`` are the columns within which an attempt stays: the unit, the value that its steps share, the window that
    cuts it. The relation ``matched`` has them beside ``ts, seq``, ``fits_k``, whether an event fits step k, and ``mask``
    with bit k-1 set where it does; both go on after the steps for each of ``gaps``.
    """

    steps: tuple[EventPosition, ...]
    window: timedelta | None
    order: Order = "ordered"
    since: Since = "first_step"
    later: bool = False
    """Whether every step has to come later than the one before, not at the same time."""
    repeats: bool = False
    """Whether repeats of steps already reached are passed over where ``order`` is strict."""
    gaps: tuple[Gap, ...] = ()
    lane: tuple[str, ...] = ("unit",)
    cut: bool = False
    """Whether attempts end with the window they start in."""
    label: bool = False
    """Whether ``matched`` has a ``label`` that is asked for."""

    @property
    def arrival(self) -> bool:
        """Whether it matters which event of a moment came first, so that ``matched`` has ``received``."""
        return self.label or self.order == "strict"

    @property
    def last(self) -> int:
        """The number of the last step."""
        return len(self.steps)

    @property
    def all_steps(self) -> int:
        """The bits of all steps."""
        return (1 << self.last) - 1

    @property
    def keys(self) -> str:
        """The lane's columns, for a SELECT."""
        return ", ".join(self.lane)

    def of(self, alias: str) -> str:
        """The lane's columns of a relation."""
        return ", ".join(f"{alias}.{key}" for key in self.lane)

    def same(self, left: str, right: str) -> str:
        """That two rows lie in one lane."""
        return " AND ".join(f"{left}.{key} = {right}.{key}" for key in self.lane)

    def times(self, alias: str, count: int) -> str:
        """The columns ``t_1`` to ``t_count``."""
        return ", ".join(f"{alias}.t_{step}" for step in range(1, count + 1))

    @property
    def span(self) -> str | None:
        """The window as SQL; None where there is none."""
        return None if self.window is None else f"to_microseconds({self.window // MICROSECOND})"

    def in_time(self, moment: str, since: str) -> str:
        """That a moment lies within the window from another; that it is there, where there is no window."""
        return f"{moment} <= {since} + {self.span}" if self.span else f"{moment} IS NOT NULL"


def starts_within(moment: str, edges: Edges) -> str:
    """SQL that a moment lies in a window."""
    since, until = (f"TIMESTAMP {literal(edge.isoformat(' '))}" for edge in edges)
    return f"{moment} >= {since} AND {moment} < {until}"
