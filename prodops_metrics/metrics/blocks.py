"""Days as bits: on which of 56 days in a row a unit was there, in one number.

A *block* is eight whole weeks, counted from Monday, 1 January of the year 1; bit d of a unit's number says whether it was
there on the block's day d. The numbers of neighbouring blocks, side by side, are its *words*: whether it was there in a
window is a matter of a few bitwise operations, whatever the window's length.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from prodops_metrics.calendar import Window

DAYS = 56
"""As many days has a block: so few that the sign of a BIGINT is never touched."""
EVERY = (1 << DAYS) - 1
_ORIGIN = date(1, 1, 1)
ORIGIN = "DATE '0001-01-01'"


def block_number(day: date) -> int:
    """The number of the block that a day lies in."""
    return (day - _ORIGIN).days // DAYS


def days_into_block(day: date) -> int:
    """How many days of its block lie before a day."""
    return (day - _ORIGIN).days % DAYS


def block_of(day: str) -> str:
    """SQL of the number of the block that a day lies in."""
    return f"({day} - {ORIGIN}) // {DAYS}"


def bit_of(day: str) -> str:
    """SQL of the number with the one bit that a day has in its block."""
    return f"1::BIGINT << (({day} - {ORIGIN}) % {DAYS})::INTEGER"


def day_of(block: str, bit: str) -> str:
    """SQL of the day that a bit of a block stands for."""
    return f"{ORIGIN} + ({block} * {DAYS} + {bit})::INTEGER"


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks that hold all days of some windows; their words are numbered from 0."""

    first: int
    last: int

    @classmethod
    def of(cls, windows: Sequence[Window]) -> "Blocks":
        """Those of whole days."""
        first, last = min(one.start for one in windows), max(one.last_day for one in windows)
        return cls(block_number(first), block_number(last))

    def widened(self, other: "Blocks") -> "Blocks":
        """These and others, and all between them."""
        return Blocks(min(self.first, other.first), max(self.last, other.last))

    @property
    def span(self) -> Window:
        """All their days."""
        first = _ORIGIN + timedelta(days=self.first * DAYS)
        return Window(first, first + timedelta(days=len(self.words) * DAYS))

    @property
    def words(self) -> range:
        """The numbers of the words."""
        return range(self.last - self.first + 1)

    def named(self, name: str) -> tuple[str, ...]:
        """The columns of a relation that has the words of each unit."""
        return tuple(f"{name}{word}" for word in self.words)

    def place(self, day: date) -> int:
        """The place of a day among all bits of all words."""
        return (day - _ORIGIN).days - self.first * DAYS

    def of_window(self, window: Window) -> dict[int, int]:
        """By the number of its word, the bits that a window has there."""
        first, last = self.place(window.start), self.place(window.last_day)
        return {word: _between(first - word * DAYS, last - word * DAYS) for word in range(first // DAYS, last // DAYS + 1)}

    def was_there(self, window: Window, name: str) -> str:
        """SQL whether a unit was there on any day of a window."""
        return f"({' | '.join(self._masked(window, name))}) <> 0"

    def counted(self, window: Window, name: str) -> str:
        """SQL of the number of a window's days on which a unit was there."""
        return " + ".join(f"bit_count({masked})" for masked in self._masked(window, name))

    def _masked(self, window: Window, name: str) -> list[str]:
        return [f"({name}{word} & {bits})" for word, bits in self.of_window(window).items()]

    def smeared(self, sql: str, days: int, *, name: str, kept: Sequence[str]) -> str:
        """SQL in which each day's bit says whether a unit was there on it or on any of the ``days - 1`` before it.

        Days before the first word are taken for days of absence, so windows that begin before it come out too small.

        Args:
            sql: a SELECT with the words ``name0, name1, …`` and the columns ``kept``.
            days: how long the windows are that end on each day.
            name: how the words are called.
            kept: the columns beside the words.
        """
        reached = 1
        while reached < days:
            step = min(reached, days - reached, DAYS - 1)
            columns = ", ".join((*kept, *(f"{self._earlier(word, step, name)} AS {name}{word}" for word in self.words)))
            sql = f"SELECT {columns}\nFROM ({sql})"
            reached += step
        return sql

    @staticmethod
    def _earlier(word: int, step: int, name: str) -> str:
        """A word together with itself, so many days later; what leaves one word at its end comes into the next."""
        own = f"{name}{word} | (({name}{word} & {EVERY >> step}) << {step})"
        return f"{own} | ({name}{word - 1} >> {DAYS - step})" if word else own


def _between(first: int, last: int) -> int:
    """The bits from one place on to another, as far as they lie in one word."""
    low, high = max(first, 0), min(last, DAYS - 1)
    return ((1 << (high - low + 1)) - 1) << low
