"""Windows as bits: what is true of a unit in each of many windows, in a few numbers.

Half of a mask's windows stand in its lower lane and half in the upper, so that one sum over units counts two windows at
once, in halves that cannot run into each other: there are fewer than 2^28 units.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from prodops_metrics.calendar import Window
from prodops_metrics.metrics.blocks import DAYS, Blocks

LANE = 32
MOST = 62
"""As many places has a mask (a BIGINT without its sign, and the top of the lower half)."""


class Layout:
    """Where each of some windows stands: in which mask, and in which bit of it.

    A mask is two *lanes* of so many bits side by side: the sum of ``(mask >> k) & 1`` in both at once counts two windows.
    """

    lane: ClassVar[int]

    @property
    def places(self) -> Sequence[tuple[int, int]]:
        """The mask and the bit of each window, in their order."""
        raise NotImplementedError

    @property
    def masks(self) -> range:
        """The numbers of the masks."""
        return range(1 + max((mask for mask, _ in self.places), default=-1))

    @property
    def slots(self) -> Sequence[tuple[int, int]]:
        """The masks and shifts of the sums that count all windows."""
        return sorted({(mask, bit % self.lane) for mask, bit in self.places})

    def counted_in(self) -> Iterator[tuple[int, int]]:
        """Of each window the number of its sum among all, and its lane there."""
        numbers = {slot: number for number, slot in enumerate(self.slots)}
        return ((numbers[mask, bit % self.lane], bit // self.lane) for mask, bit in self.places)

    def pairs(self, name: str) -> Mapping[str, str]:
        """By the names ``name0_0, name0_1, …`` the SQL that counts in how many rows windows are set, two in a number."""
        lanes = (1 << self.lane) + 1
        return {f"{name}{mask}_{bit}": f"sum(({name}{mask} >> {bit}) & {lanes})" for mask, bit in self.slots}

    def count_at(self, window: int, name: str) -> str:
        """SQL of one window's count, from ``pairs``."""
        mask, bit = self.places[window]
        return self.unpacked(f"{name}{mask}_{bit % self.lane}", bit // self.lane)

    def unpacked(self, packed: str, lane: int) -> str:
        """SQL of the count in one lane of a sum."""
        return f"({packed} >> {self.lane})" if lane else f"({packed} & {(1 << self.lane) - 1})"

    def set_at(self, window: int, name: str) -> str:
        """SQL of 1 where one window is set in a row's masks, else 0."""
        mask, bit = self.places[window]
        return f"(({name}{mask} >> {bit}) & 1)"

    def both(self, name: str) -> str:
        """SELECT columns: the masks of all rows of a group together."""
        return ", ".join(f"bit_or({name}{mask}) AS {name}{mask}" for mask in self.masks)

    def masked(self, window: str, name: str) -> str:
        """SELECT columns ``name0, name1, …``: the masks of all windows of a group, each given by its number."""
        masks, bits = zip(*self.places, strict=True)
        bit = f"bit_or(1::BIGINT << {list(bits)}[{window} + 1])"
        return ", ".join(
            f"coalesce({bit} FILTER (WHERE {list(masks)}[{window} + 1] = {mask}), 0) AS {name}{mask}" for mask in self.masks
        )

    def standing(self, conditions: Sequence[str], name: str) -> str:
        """SELECT columns ``name0, name1, …``: the masks of a row, by a condition for each window."""
        bits: dict[int, list[str]] = {mask: [] for mask in self.masks}
        for (mask, bit), condition in zip(self.places, conditions, strict=True):
            bits[mask].append(f"(({condition})::BIGINT << {bit})")
        return ", ".join(f"{' | '.join(found)} AS {name}{mask}" for mask, found in bits.items())


@dataclass(frozen=True, slots=True)
class Places(Layout):
    """So many windows, in as few masks as can be and equally full, half of each in its lower lane."""

    count: int
    lane: ClassVar[int] = LANE

    @property
    def places(self) -> Sequence[tuple[int, int]]:
        """The mask and the bit of each window."""
        inside = (divmod(window, self.size) for window in range(self.count))
        return [(mask, bit if bit < self.half else bit + LANE - self.half) for mask, bit in inside]

    @property
    def size(self) -> int:
        """How many windows a mask has."""
        return -(-self.count // max(1, -(-self.count // MOST)))

    @property
    def half(self) -> int:
        """How many of them stand in the lower lane."""
        return -(-self.size // 2)

    def spread(self, bits: str) -> str:
        """SQL of the one mask of up to ``MOST`` places, from a number of which the bits are the places in their order."""
        if self.half == self.size:
            return bits
        return f"({bits} & {(1 << self.half) - 1}) | (({bits} >> {self.half}) << {LANE})"

    def gathered(self, bits: str, kept: Sequence[int]) -> str:
        """The same, of these bits of the number alone, one for each place."""
        if list(kept) == list(range(self.size)):
            return self.spread(f"({bits} & {(1 << self.size) - 1})")
        return " | ".join(f"((({bits} >> {bit}) & 1) << {shift})" for bit, (_, shift) in zip(kept, self.places, strict=True))


@dataclass(frozen=True, slots=True)
class LastDays(Layout):
    """Windows that stand where their last days do in the words of some blocks of days."""

    blocks: Blocks
    windows: tuple[Window, ...]
    lane: ClassVar[int] = DAYS // 2

    @property
    def places(self) -> Sequence[tuple[int, int]]:
        """The word and the bit of each window's last day."""
        return [divmod(self.blocks.place(window.last_day), DAYS) for window in self.windows]


@dataclass(frozen=True, slots=True)
class WindowMasks:
    """A statement with one row per unit: ``unit``, and masks of the windows in which something is true of it.

    ``values`` are the values of the own axis (None where there is none), each with the name of the masks of the windows in
    which a unit counts there; ``base``, the name of those in which it is looked at, where that is more.
    """

    sql: str
    values: Mapping[int | str | None, str]
    layout: Layout
    base: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    """The relations that it reads as words of days, and how these are called."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all masks."""
        return tuple(dict.fromkeys((*self.values.values(), *([self.base] if self.base else []))))
