"""The events of funnels as one sorted row of numbers, by unit, moment and step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import gcd
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from prodops_metrics.metrics.folds.bits import Whole, starts_of

Steps = NDArray[np.uint8]
TICKS = (1_000_000, 1000, 1)
"""Microseconds in which times are told, if all are whole."""
A_DAY = 86_400_000_000
EVENTS_AT_ONCE = 1 << 15
MOST_CELLS = 1 << 20
LARGEST = (1 << 63) - 1


class Events(NamedTuple):
    """Some events: their units, times in microseconds, and steps from 0 on."""

    unit: Whole
    at: Whole
    step: Steps


@dataclass(frozen=True)
class Scale:
    """How the moments of units are told as numbers: in ``tick`` microseconds, from ``origin`` on.

    A unit's moments are so far from those of the next that no attempt reaches from one to the other.
    """

    tick: int
    origin: int
    lasts: int
    edges: Whole
    cell: int
    """Ticks, of which the origin, every edge and the room of a unit are whole multiples."""
    cells: int
    """How many of them are the room of a unit."""
    bits: int
    """How many bits below the moment tell the step."""

    @classmethod
    def of(cls, events: Sequence[Events], edges: Whole, lasts: int | None, steps: int) -> "Scale":
        """The coarsest that tells these events and edges apart; ``lasts`` and ``steps`` as a ``Walk`` has them."""
        tick = next(tick for tick in TICKS if all(_whole(block.at, tick) for block in events))
        oldest, newest = (min(block.at.min() for block in events) // tick, max(block.at.max() for block in events) // tick)
        edges = -(-edges // tick)
        cell = gcd(A_DAY // tick, *(edges - edges[0]).tolist())
        origin = int(edges[0]) + (int(oldest) - int(edges[0])) // cell * cell
        length = int(newest) - origin + 1
        lasts = length if lasts is None else min(length, lasts // tick)
        return cls(tick, origin, lasts, edges, cell, -(-(length + lasts + 1) // cell), (steps - 1).bit_length())

    @property
    def units(self) -> int:
        """Of how many units numbers stay below 2^63."""
        return max(1, LARGEST // (self.cells * self.cell << self.bits))

    def keys(self, events: Sequence[Events], first: int) -> Whole:
        """The events of units from the ``first`` on, in the order of units, moments and steps."""
        found, done, room = np.empty(sum(len(block.unit) for block in events), np.int64), 0, self.cells * self.cell
        scratch = np.empty(max((len(block.unit) for block in events), default=0), np.int64)
        for unit, at, step in events:  # in place: fresh memory costs more than sums
            into, own = found[done : done + len(unit)], scratch[: len(unit)]
            np.floor_divide(at, self.tick, out=into)
            np.subtract(unit, first, out=own)
            own *= room
            into += own
            into -= self.origin
            into <<= self.bits
            into |= step
            done += len(unit)
        found.sort()
        return found

    @cached_property
    def lies(self) -> Whole | None:
        """For each cell how many edges are not after it; None where there are too many cells."""
        if self.cells > MOST_CELLS:
            return None
        return np.searchsorted(self.edges, self.origin + np.arange(self.cells) * self.cell, "right")

    def placed(self, moments: Whole) -> tuple[Whole, Whole]:
        """Of each moment the unit, from the first on, and how many edges are not after it."""
        if self.lies is None:
            room = self.cells * self.cell
            unit = moments // room
            return unit, np.searchsorted(self.edges, moments - unit * room + self.origin, "right")
        cell = moments // self.cell
        unit = cell // self.cells
        return unit, self.lies[cell - unit * self.cells]


def _whole(times: Whole, tick: int) -> bool:
    return tick == 1 or not np.any(times // tick * tick != times)


def parts(events: Sequence[Events], at_once: int) -> Iterator[tuple[int, Sequence[Events]]]:
    """All events of so many neighbouring units at once, behind the first of these units."""
    first = int(min(block.unit.min() for block in events))
    count = -(-(int(max(block.unit.max() for block in events)) + 1 - first) // at_once)
    if count == 1:
        yield first, events
        return
    unit, at, step = (np.concatenate(each) for each in zip(*events, strict=True))
    part = ((unit - first) // at_once).astype(np.min_scalar_type(count))
    order = np.argsort(part, kind="stable")
    own = part[order]
    for since, until in pairwise([*starts_of(own).tolist(), len(own)]):
        rows = order[since:until]
        yield first + int(own[since]) * at_once, [Events(unit[rows], at[rows], step[rows])]


def blocks(keys: Whole, scale: Scale) -> Iterator[Whole]:
    """Neighbouring keys, with all of a unit in one block."""
    room, first = scale.cells * scale.cell << scale.bits, 0
    while first < len(keys):
        last = min(first + EVENTS_AT_ONCE, len(keys))
        last = int(np.searchsorted(keys, (keys[last - 1] // room + 1) * room)) if last < len(keys) else last
        yield keys[first:last]
        first = last
