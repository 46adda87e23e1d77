"""Windows as bits: what is true of a unit in each of many windows, in a few numbers.

Half of a mask's places stand in its lower 32 bits and half in the upper, so that the sum of ``(mask >> k) & LANES`` over
units counts two windows at once, in halves that cannot run into each other: there are fewer than 2^31 units.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LANE = 32
LANES = (1 << LANE) + 1
LOWER = (1 << LANE) - 1
MOST = 62
"""As many places has a mask (a BIGINT without its sign, and the top of the lower half)."""


@dataclass(frozen=True, slots=True)
class Places:
    """So many places, in as few masks as can be and equally full; masks are numbered from 0."""

    count: int

    @property
    def masks(self) -> range:
        """The numbers of the masks."""
        return range(-(-self.count // MOST))

    @property
    def size(self) -> int:
        """How many places a mask has."""
        return -(-self.count // max(1, len(self.masks)))

    @property
    def half(self) -> int:
        """How many of them stand in the lower half."""
        return -(-self.size // 2)

    def mask_of(self, place: str) -> str:
        """SQL of the number of the mask that a place is in."""
        return f"{place} // {self.size}"

    def bit_of(self, place: str) -> str:
        """SQL of the bit that a place has in its mask."""
        inside = f"{place} % {self.size}"
        return f"{inside} + CASE WHEN {inside} < {self.half} THEN 0 ELSE {LANE - self.half} END"

    def spread(self, bits: str) -> str:
        """SQL of the one mask of up to ``MOST`` places, from a number of which the bits are the places in their order."""
        if self.half == self.size:
            return bits
        return f"({bits} & {(1 << self.half) - 1}) | (({bits} >> {self.half}) << {LANE})"

    def gathered(self, bits: str, kept: Sequence[int]) -> str:
        """The same, of these bits of the number alone, one for each place."""
        if list(kept) == list(range(self.size)):
            return self.spread(f"({bits} & {(1 << self.size) - 1})")
        shifts = (place if place < self.half else place + LANE - self.half for place in range(self.size))
        return " | ".join(f"((({bits} >> {bit}) & 1) << {shift})" for bit, shift in zip(kept, shifts, strict=True))

    def masked(self, place: str, name: str) -> str:
        """SELECT columns ``name0, name1, …``: the masks of all places of a group."""
        bits = f"bit_or(1::BIGINT << ({self.bit_of(place)})::INTEGER)"
        return ", ".join(
            f"coalesce({bits} FILTER (WHERE {self.mask_of(place)} = {mask}), 0) AS {name}{mask}" for mask in self.masks
        )

    def both(self, name: str) -> str:
        """SELECT columns: the masks of all rows of a group together."""
        return ", ".join(f"bit_or({name}{mask}) AS {name}{mask}" for mask in self.masks)

    def pairs(self, name: str) -> Mapping[str, str]:
        """By the names ``name0_0, name0_1, …`` the SQL that counts in how many rows places are set, two in a number."""
        return {
            f"{name}{mask}_{bit}": f"sum(({name}{mask} >> {bit}) & {LANES})" for mask in self.masks for bit in self._lower
        }

    @property
    def _lower(self) -> range:
        return range(self.half)

    def count_at(self, place: int, name: str) -> str:
        """SQL of one place's count, from ``pairs``."""
        mask, inside = divmod(place, self.size)
        if inside < self.half:
            return f"({name}{mask}_{inside} & {LOWER})"
        return f"({name}{mask}_{inside - self.half} >> {LANE})"


@dataclass(frozen=True, slots=True)
class WindowMasks:
    """A statement with one row per unit: ``unit``, and masks of the windows in which something is true of it.

    ``values`` are the values of the own axis (None where there is none), each with the name of the masks of the windows in
    which a unit counts there; ``base``, the name of those in which it is looked at, where that is more.
    """

    sql: str
    values: Mapping[int | str | None, str]
    base: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all masks."""
        return (*self.values.values(), *([self.base] if self.base else []))
