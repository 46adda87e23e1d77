"""Windows as bits: what is true of a unit in each of many windows, in a few numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prodops_metrics.calendar import Window
from prodops_metrics.metrics.blocks import DAYS, Blocks

if TYPE_CHECKING:
    from prodops_metrics.metrics.from_days import MasksFromDays
    from prodops_metrics.metrics.query import AttemptDays

MOST = 62
"""As many places has a mask (a BIGINT without its sign, and one that may be doubled)."""


class Layout:
    """Where each of some windows stands: in which mask, and in which bit of it."""

    @property
    def places(self) -> Sequence[tuple[int, int]]:
        """The mask and the bit of each window, in their order."""
        raise NotImplementedError

    @property
    def masks(self) -> range:
        """The numbers of the masks."""
        return range(1 + max((mask for mask, _ in self.places), default=-1))

    def addresses(self, name: str) -> Iterator[tuple[str, int]]:
        """The column and the bit of each window, of masks of this name."""
        return ((f"{name}{mask}", bit) for mask, bit in self.places)

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
    """So many windows side by side, in as few masks as can be."""

    count: int

    @property
    def places(self) -> Sequence[tuple[int, int]]:
        """The mask and the bit of each window."""
        return [divmod(window, MOST) for window in range(self.count)]


@dataclass(frozen=True, slots=True)
class LastDays(Layout):
    """Windows that stand where their last days do in the words of some blocks of days."""

    blocks: Blocks
    windows: tuple[Window, ...]

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
    told: "MasksFromDays | None" = None
    """What tells the same from days in memory, if it can be told so."""
    attempts: "AttemptDays | None" = None
    """The days that it is told from, where they are not those of the metric's relations."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all masks."""
        return tuple(dict.fromkeys((*self.values.values(), *([self.base] if self.base else []))))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of all masks."""
        return tuple(f"{name}{mask}" for name in self.names for mask in self.layout.masks)
