"""Plain funnels walked outside the database: every attempt is made once, and judged for all windows at once.

Events stand in one sorted row of numbers, by unit, moment and step. From each start the walk goes on to the next event of
the next step, as far as there is one: a few additions an event, as nothing has to be looked up. So many events are taken
at once as stay in the processor's cache. Within a moment, steps stand in their order, so that equal times convert.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from itertools import pairwise
from math import gcd
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from prodops_metrics.metrics.attempts.asof import takes
from prodops_metrics.metrics.attempts.plan import MICROSECOND, Edges, Plan
from prodops_metrics.metrics.folds.bits import Whole, starts_of
from prodops_metrics.metrics.masks import MOST, Layout

Steps = NDArray[np.uint8]
OTHER = 255
"""The step of an event that fits none."""
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  windows are told in naive UTC
TICKS = (1_000_000, 1000, 1)
"""Microseconds in which times are told, if all are whole."""
DAY = 86_400_000_000
EVENTS_AT_ONCE = 1 << 15
THREADS = 2
MOST_CELLS = 1 << 20
LARGEST = (1 << 63) - 1
NEVER = LARGEST
"""Later than any moment."""


class Events(NamedTuple):
    """Some events: their units, times in microseconds, and steps from 0 on."""

    unit: Whole
    at: Whole
    step: Steps


@dataclass(frozen=True, slots=True)
class StepPlaces(Layout):
    """Masks of so many windows at each step, one after the other; the steps' names are their numbers from 1 on."""

    windows: int
    steps: int

    @property
    def places(self) -> Sequence[tuple[int, int]]:
        """The mask and the bit of each window at the first step."""
        return [divmod(window, MOST) for window in range(self.windows)]

    def addresses(self, name: str) -> Iterator[tuple[str, int]]:
        """The column and the bit of each window at a step."""
        places = (divmod((int(name) - 1) * self.windows + window, MOST) for window in range(self.windows))
        return ((f"m{mask}", bit) for mask, bit in places)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of all masks."""
        return tuple(f"m{mask}" for mask in range(-(-self.windows * self.steps // MOST)))


@dataclass(frozen=True)
class Walk:
    """A funnel of plain steps over some windows; times are microseconds since 1970 in UTC."""

    steps: int
    lasts: int | None
    """The time from the first step within which all others must come; None for as long as it takes."""
    windows: tuple[tuple[int, int], ...]
    """From when to when starts count, the end not included."""

    @property
    def layout(self) -> StepPlaces:
        """Where the masks that come of it have each window at each step."""
        return StepPlaces(len(self.windows), self.steps)

    def masks(self, events: Sequence[Events]) -> dict[str, Whole]:
        """Each unit that started in any window, once: ``unit``, and the masks of ``layout``, by column."""
        names, found = ("unit", *self.layout.columns), [tuple(np.zeros(0, np.int64) for _ in range(1 + len(self.words)))]
        if events:
            scale = _Scale.of(self, events)
            for first, own in _parts(events, scale.units):
                blocks = _blocks(scale.keys(own, first), scale)
                with ThreadPoolExecutor(THREADS) as pool:
                    started = pool.map(lambda keys: _started(keys, self, scale), blocks)
                    found += [(first + unit, *masks) for unit, *masks in started]
        unit, *masks = (np.concatenate(parts) for parts in zip(*found, strict=True))
        anywhere = reduce(np.bitwise_or, masks) != 0  # a window that is set at any step is set at the first
        return {name: column[anywhere] for name, column in zip(names, (unit, *masks), strict=True)}

    @cached_property
    def edges(self) -> Whole:
        """Where windows begin and end, in order."""
        return np.unique(np.array(self.windows, np.int64))

    @cached_property
    def words(self) -> tuple[Whole, ...]:
        """For each mask its value by where a start lies between the edges and how deep it got, from 0 steps on."""
        lies = np.concatenate([self.edges[:1] - 1, self.edges])
        since, until = np.array(self.windows, np.int64).T
        inside = (lies[:, None] >= since) & (lies[:, None] < until)
        reached = np.arange(self.steps + 1)[:, None] > np.arange(self.steps)
        places = (inside[:, None, None, :] & reached[None, :, :, None]).reshape(len(lies) * (self.steps + 1), -1)
        cut = [places[:, first : first + MOST] for first in range(0, places.shape[1], MOST)]
        return tuple(np.asarray(bits @ (np.int64(1) << np.arange(bits.shape[1], dtype=np.int64))) for bits in cut)


def walk_of(plan: Plan, windows: Sequence[Edges]) -> Walk | None:
    """The walk of a plan; None where that asks for what the walk does not know."""
    if not takes(plan) or plan.cut or plan.since != "first_step" or plan.last >= OTHER:
        return None
    told = tuple(((since - EPOCH) // MICROSECOND, (until - EPOCH) // MICROSECOND) for since, until in windows)
    return Walk(plan.last, None if plan.window is None else plan.window // MICROSECOND, told)


def step_rows(plan: Plan) -> str:
    """SQL of the events that are walked: ``unit, at, step``; see ``Events``."""
    cases = " ".join(f"WHEN fits_{step} THEN {step - 1}" for step in range(1, plan.last + 1))
    return f"SELECT unit, epoch_us(ts) AS at, (CASE {cases} ELSE {OTHER} END)::UTINYINT AS step\nFROM matched"


@dataclass(frozen=True)
class _Scale:
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
    def of(cls, walk: Walk, events: Sequence[Events]) -> "_Scale":
        """The coarsest that tells these events apart."""
        tick = next(tick for tick in TICKS if all(_whole(block.at, tick) for block in events))
        oldest, newest = (min(block.at.min() for block in events) // tick, max(block.at.max() for block in events) // tick)
        edges = -(-walk.edges // tick)
        cell = gcd(DAY // tick, *(edges - edges[0]).tolist())
        origin = int(edges[0]) + (int(oldest) - int(edges[0])) // cell * cell
        length = int(newest) - origin + 1
        lasts = length if walk.lasts is None else min(length, walk.lasts // tick)
        return cls(tick, origin, lasts, edges, cell, -(-(length + lasts + 1) // cell), (walk.steps - 1).bit_length())

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


def _parts(events: Sequence[Events], at_once: int) -> Iterator[tuple[int, Sequence[Events]]]:
    """All events of so many neighbouring units at once, behind the first of these units."""
    first = int(min(block.unit.min() for block in events))
    count = -(-(int(max(block.unit.max() for block in events)) + 1 - first) // at_once)
    if count == 1:
        yield first, events
        return
    unit, at, step = (np.concatenate(parts) for parts in zip(*events, strict=True))
    part = ((unit - first) // at_once).astype(np.min_scalar_type(count))
    order = np.argsort(part, kind="stable")
    own = part[order]
    for since, until in pairwise([*starts_of(own).tolist(), len(own)]):
        rows = order[since:until]
        yield first + int(own[since]) * at_once, [Events(unit[rows], at[rows], step[rows])]


def _blocks(keys: Whole, scale: _Scale) -> Iterator[Whole]:
    """Neighbouring keys, with all of a unit in one block."""
    room, first = scale.cells * scale.cell << scale.bits, 0
    while first < len(keys):
        last = min(first + EVENTS_AT_ONCE, len(keys))
        last = int(np.searchsorted(keys, (keys[last - 1] // room + 1) * room)) if last < len(keys) else last
        yield keys[first:last]
        first = last


def _started(keys: Whole, walk: Walk, scale: _Scale) -> tuple[Whole, ...]:
    """Of some events each unit that started, from the first on, and its masks."""
    moments, step = keys >> scale.bits, keys & ((1 << scale.bits) - 1)
    starts = np.flatnonzero(step == 0)
    begun = moments[starts]
    moments, at = np.append(moments, NEVER), starts
    depth = np.ones(len(starts), np.int64)
    for number in range(1, walk.steps):
        here = step == number
        passed = np.cumsum(np.append(here, False), dtype=np.int64)  # the last stands for those who find nothing more
        at = np.append(np.flatnonzero(here), len(keys))[passed[at]]
        depth += moments[at] - begun <= scale.lasts
    unit, lies = scale.placed(begun)
    own, told = starts_of(unit), lies * (walk.steps + 1) + depth
    return unit[own], *(np.bitwise_or.reduceat(words[told], own) if len(own) else told for words in walk.words)
