"""What is true of units, told from days in memory: the same that metric types say in SQL, for all units at once.

Days are bits (``metrics.blocks``), and so is what they are told as: arrays with a number for each unit, at the place that
its key says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from prodops_metrics.calendar import Window
from prodops_metrics.metrics.blocks import DAYS, EVERY, Blocks
from prodops_metrics.metrics.masks import LastDays, Layout, Places

Bits = NDArray[np.int64]
"""A number for each unit."""
_BYTES = 8
"""Of a mask."""
UNITS_AT_ONCE = 1 << 16
"""So many stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Days:
    """The days of units in some blocks: of each relation the words, a block each."""

    blocks: Blocks
    of: Mapping[str, Sequence[Bits]]
    whole: "Days | None" = None
    """Those of all units, where these are of some."""
    _first: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def cut(self, units: slice) -> "Days":
        """Those of some units."""
        of = {name: [word[units] for word in words] for name, words in self.of.items()}
        return Days(self.blocks, of, self.whole or self)

    def first_of_all(self, relation: str) -> int:
        """The place of the first day of anybody at all."""
        whole = self.whole or self
        if relation not in whole._first:
            words = [np.bitwise_or.reduce(word, keepdims=True) for word in whole.of[relation]]
            whole._first[relation] = int(first_days(words, self.blocks)[0])
        return whole._first[relation]

    def of_any(self, relations: Iterable[str]) -> list[Bits]:
        """The days of several relations together."""
        return [together(words) for words in zip(*(self.of[name] for name in relations), strict=True)]


class MasksFromDays(Protocol):
    """How a metric type tells masks from days; a frozen dataclass, of which ``repr`` says all that it depends on."""

    @property
    def relations(self) -> tuple[str, ...]:
        """The relations whose days are read."""

    @property
    def ever(self) -> bool:
        """Whether all days of the data are read, and not only those of the windows."""

    def masks(self, days: Days) -> Mapping[str, Sequence[Bits]]:
        """By name, the masks of units from their days."""


@dataclass(frozen=True, slots=True)
class Presences:
    """The windows in which units have a day of some relations."""

    days_of: tuple[tuple[str, tuple[str, ...]], ...]
    """By the name of masks the relations that make them true."""
    windows: tuple[Window, ...]
    layout: Layout

    @property
    def relations(self) -> tuple[str, ...]:
        """Each once."""
        return tuple(dict.fromkeys(one for _, names in self.days_of for one in names))

    @property
    def ever(self) -> bool:
        """Nothing but the windows counts."""
        return False

    def masks(self, days: Days) -> Mapping[str, Sequence[Bits]]:
        """As the layout has them."""
        alike = isinstance(self.layout, LastDays)
        return {
            name: smeared(words, self.windows[0].days)
            if alike
            else in_windows(words, days.blocks, self.windows, self.layout)
            for name, relations in self.days_of
            for words in [days.of_any(relations)]
        }


@dataclass(frozen=True, slots=True)
class DaysCounted:
    """On how many days of each window units were there, and what that number is taken for.

    ``days``: for itself; ``part``: for its part of the window; ``exactly``, ``at_least``: for a mask of the numbers of days
    that it is, or reaches, from 1 on.
    """

    relation: str
    windows: tuple[Window, ...]
    taken_for: Literal["days", "part", "exactly", "at_least"]

    @property
    def relations(self) -> tuple[str, ...]:
        """The one."""
        return (self.relation,)

    @property
    def ever(self) -> bool:
        """Nothing but the windows counts."""
        return False

    def counted(self, window: Window, days: Days) -> NDArray[np.uint16]:
        """Of each unit, on how many days of a window it was there."""
        words = days.of[self.relation]
        found = np.zeros(len(words[0]), np.uint16)
        for first in range(0, len(found), UNITS_AT_ONCE):
            own = slice(first, first + UNITS_AT_ONCE)
            for word, bits in zip(words, in_words(window, days.blocks), strict=True):
                if bits:
                    found[own] += np.bitwise_count(word[own] & bits)
        return found

    def worth(self, window: Window) -> NDArray[Any]:
        """What each number of days is taken for, from 0 on."""
        counts = np.arange(window.days + 1)
        if self.taken_for == "exactly":
            return np.int64(1) << np.maximum(counts - 1, 0)
        if self.taken_for == "at_least":
            return (np.int64(1) << counts) - 1
        return counts / window.days if self.taken_for == "part" else counts.astype(np.float64)


def together(words: Iterable[Bits]) -> Bits:
    """The bits of all."""
    return reduce(np.bitwise_or, words)


def in_windows(words: Sequence[Bits], blocks: Blocks, windows: Sequence[Window], layout: Layout) -> list[Bits]:
    """Words of days as masks of the windows of whole days in which there is any; windows may reach beyond the blocks."""
    # A byte of eight windows at a time: what is shifted and put together is then an eighth as large.
    masks = np.zeros((len(layout.masks), len(words[0]), _BYTES), np.uint8)
    for (mask, bit), window in zip(layout.places, windows, strict=True):
        within = [words[block] & bits for block, bits in blocks.of_window(window).items() if block in blocks.words]
        if within:
            masks[mask, :, bit // 8] |= (together(within) != 0).view(np.uint8) << (bit % 8)
    return [mask.view("<i8")[:, 0] for mask in masks]


def windows_by_place(windows: Sequence[Window], blocks: Blocks) -> list[Bits]:
    """For each place of a day, and the one behind all, masks of the windows that the day lies in; in none behind all."""
    layout, places = Places(len(windows)), len(blocks.words) * DAYS + 1
    within = [np.zeros(places, np.int64) for _ in layout.masks]
    for (mask, bit), window in zip(layout.places, windows, strict=True):
        first, behind = (min(max(blocks.place(day), 0), places - 1) for day in (window.start, window.end))
        within[mask][first:behind] |= 1 << bit
    return within


def in_words(window: Window, blocks: Blocks) -> list[int]:
    """The bits of a window in each word; it may reach beyond the blocks."""
    bits = blocks.of_window(window) if window.days else {}
    return [bits.get(word, 0) for word in blocks.words]


def smeared(words: list[Bits], days: int) -> list[Bits]:
    """Words in which each day's bit says whether a unit was there on it or any of the ``days - 1`` before it.

    As ``Blocks.smeared`` does in SQL: days before the first word are days of absence.
    """
    reached = 1
    while reached < days:
        step = min(reached, days - reached, DAYS - 1)
        later = [word | ((word & (EVERY >> step)) << step) for word in words]
        words = [later[0], *(own | (before >> (DAYS - step)) for own, before in zip(later[1:], words, strict=False))]
        reached += step
    return words


def first_days(words: Sequence[Bits], blocks: Blocks) -> Bits:
    """The place of the first day among all bits of all words, as ``Blocks.place`` counts; behind all where none is."""
    found = np.full(len(words[0]), len(blocks.words) * DAYS, np.int64)
    for block, word in reversed(list(enumerate(words))):
        found = np.where(word != 0, lowest(word) + block * DAYS, found)
    return found


def lowest(bits: Bits) -> Bits:
    """The place of the lowest bit that is set; there must be one, and not the sign."""
    return np.asarray(np.bitwise_count((bits & -bits) - 1), np.int64)
