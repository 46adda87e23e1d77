"""Days of units as bits, held in memory for as long as a snapshot is open: most questions of a page read the same few.

What is held is the days of one relation in one block of eight weeks, for every unit; and rows of units with their clusters.
It is forgotten when room is needed, the longest unused first. A snapshot never changes, so nothing is ever out of date.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import polars as pl

from prodops_metrics.metrics.blocks import Blocks
from prodops_metrics.metrics.from_days import Bits

Held = TypeVar("Held", pl.DataFrame, Bits)
ROOM = 384 << 20
"""Bytes; a question that needs more than half of it alone is answered by its statement."""
_WORD = 8


@dataclass(slots=True)
class HeldDays:
    """What is held of one snapshot. Threads may share it; two that need the same at once may both read it."""

    room: int = ROOM
    _held: "OrderedDict[Hashable, pl.DataFrame | Bits]" = field(default_factory=OrderedDict, repr=False)
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def has_room(self, relations: int, blocks: Blocks, units: int) -> bool:
        """Whether so many relations can be held over these blocks, with room to spare."""
        return 2 * relations * len(blocks.words) * units * _WORD <= self.room

    def rows(self, key: Hashable, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Rows that are held under a key, or else are read."""
        found = self._get(key)
        return found if isinstance(found, pl.DataFrame) else self._hold(key, read())

    def days(
        self, key: Hashable, blocks: Blocks, units: int, read: Callable[[Blocks], pl.DataFrame], layers: int = 1
    ) -> list[Bits]:
        """The days of so many relations of one key, by block, of shape ``layers, units``.

        ``read`` gives ``unit, block`` and the bits of each of those blocks that miss.
        """
        numbers = range(blocks.first, blocks.last + 1)
        found = {number: held for number in numbers if isinstance(held := self._get((key, number)), np.ndarray)}
        missing = [number for number in numbers if number not in found]
        if missing:
            cut = Blocks(missing[0], missing[-1])
            for number, bits in zip(range(cut.first, cut.last + 1), _gathered(read(cut), cut, units, layers), strict=True):
                found[number] = self._hold((key, number), bits)
        return [found[number] for number in numbers]

    def _get(self, key: Hashable) -> pl.DataFrame | Bits | None:
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def _hold(self, key: Hashable, new: Held) -> Held:
        with self._lock:
            if key in self._held:
                self._bytes -= _size(self._held.pop(key))
            self._held[key] = new
            self._bytes += _size(new)
            while self._bytes > self.room:
                self._bytes -= _size(self._held.popitem(last=False)[1])
        return new


def _gathered(rows: pl.DataFrame, blocks: Blocks, units: int, layers: int) -> list[Bits]:
    """Rows of ``unit, block`` and bits as the bits of all units by block; rows of other blocks are left out."""
    block = rows["block"].to_numpy()
    if len(block) and not blocks.first <= block.min() <= block.max() <= blocks.last:
        rows = rows.filter(pl.col("block").is_between(blocks.first, blocks.last))
        block = rows["block"].to_numpy()
    found = np.zeros((layers, len(blocks.words) * units), np.int64)
    places = (block - np.int64(blocks.first)) * units + rows["unit"].to_numpy()
    for layer, name in zip(found, (name for name in rows.columns if name not in {"unit", "block"}), strict=True):
        bits = rows[name].to_numpy()
        layer[places] = bits
        again = np.flatnonzero(layer[places] != bits)  # where a unit has several rows, the last one stands there by now
        np.bitwise_or.at(layer, places[again], bits[again])
    return [found[:, place * units : (place + 1) * units].copy() for place in blocks.words]


def _size(held: pl.DataFrame | Bits) -> int:
    return int(held.estimated_size()) if isinstance(held, pl.DataFrame) else held.nbytes
