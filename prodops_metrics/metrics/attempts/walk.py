"""Plain funnels walked outside the database: every attempt is made once, and judged for all windows at once.

Events stand in one sorted row of numbers, by unit, moment and step. From each start the walk goes on to the next event of
the next step, as far as there is one: a few additions an event, as nothing has to be looked up. So many events are taken
at once as stay in the processor's cache. Within a moment, steps stand in their order, so that equal times convert.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from typing import NamedTuple

import numpy as np

from prodops_metrics.metrics.attempts.asof import takes
from prodops_metrics.metrics.attempts.plan import MICROSECOND, Edges, Plan
from prodops_metrics.metrics.attempts.scale import LARGEST, Events, Scale, blocks, parts
from prodops_metrics.metrics.blocks import DAYS
from prodops_metrics.metrics.folds.bits import Whole, starts_of
from prodops_metrics.metrics.masks import MOST, Layout

OTHER = 255
"""The step of an event that fits none."""
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  windows are told in naive UTC
THREADS = 2
NEVER = LARGEST
"""Later than any moment."""


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

    @property
    def by(self) -> tuple[str, ...]:
        """What tells the rows of ``masks`` apart."""
        return ("unit",)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the masks."""
        return self.layout.columns

    def apart(self, unit: Whole, lies: Whole) -> tuple[Whole, tuple[Whole, ...]]:
        """Where among starts in order each row of ``masks`` begins, and the values of ``by`` there."""
        own = starts_of(unit)
        return own, (unit[own],)

    def masks(self, events: Sequence[Events]) -> dict[str, Whole]:
        """Each unit that started in any window, once: ``unit``, and the masks of ``layout``, by column."""
        names = (*self.by, *self.columns)
        columns = self._found(events, _started, len(names))
        anywhere = reduce(np.bitwise_or, columns[len(self.by) :]) != 0
        return {name: column[anywhere] for name, column in zip(names, columns, strict=True)}

    def times(self, events: Sequence[Events]) -> dict[str, Whole]:
        """Of each unit's best attempt in each window: ``unit``, ``window``, ``step`` from 2 on, ``gap`` in microseconds.

        The best is the deepest; of several that which was over first, and of these that which started last.
        """
        return dict(zip(("unit", "window", "step", "gap"), self._found(events, _timed, 4), strict=True))

    def _found(self, events: Sequence[Events], of: "_Told", columns: int) -> list[Whole]:
        """What is told of all blocks of neighbouring units, of which the first column is the unit."""
        found = [tuple(np.zeros(0, np.int64) for _ in range(columns))]
        if events:
            scale = Scale.of(events, self.edges, self.lasts, self.steps)
            for first, own in parts(events, scale.units):
                cut = blocks(scale.keys(own, first), scale)
                with ThreadPoolExecutor(THREADS) as pool:
                    told = pool.map(lambda keys: of(self.attempts(keys, scale), self, scale), cut)
                    found += [(first + unit, *others) for unit, *others in told]
        return [np.concatenate(each) for each in zip(*found, strict=True)]

    def attempts(self, keys: Whole, scale: Scale) -> "_Attempts":
        """The attempts of some units whose events these are."""
        return _Attempts.of(keys, self, scale)

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


@dataclass(frozen=True)
class DayWalk(Walk):
    """A walk of which the windows are all days of some blocks, in their order.

    Each unit has a row for every block in which it started: ``unit, block``, and for each step, by its number, the bits of
    the days on which it started an attempt that got there. Blocks are numbered from 0 on.
    """

    made: bool = False
    """Whether the events are attempts: when each began, and the last step that it got to."""

    def attempts(self, keys: Whole, scale: Scale) -> "_Attempts":
        """They may have been made elsewhere."""
        return _Attempts.made(keys, scale) if self.made else super().attempts(keys, scale)

    @property
    def by(self) -> tuple[str, ...]:
        """Units in blocks."""
        return "unit", "block"

    @property
    def columns(self) -> tuple[str, ...]:
        """The numbers of the steps."""
        return tuple(str(step) for step in range(1, self.steps + 1))

    def apart(self, unit: Whole, lies: Whole) -> tuple[Whole, tuple[Whole, ...]]:
        """By unit and block."""
        block = self.blocks[lies]
        own = starts_of(unit * (int(self.blocks[-1]) + 1) + block)
        return own, (unit[own], block[own])

    @cached_property
    def days(self) -> Whole:
        """The number of a start's day, by how many edges are not after it; -1 and the first behind all are no days."""
        since, until = np.array(self.windows, np.int64).T
        moments = np.concatenate([self.edges[:1] - 1, self.edges])
        return np.where(moments < until[-1], np.searchsorted(since, moments, "right") - 1, len(since))

    @cached_property
    def blocks(self) -> Whole:
        """The block of each day; what lies outside all is in the nearest, and never told."""
        return np.clip(self.days, 0, len(self.windows) - 1) // DAYS

    @cached_property
    def words(self) -> tuple[Whole, ...]:
        """For each step the bit of a start's day, by where it lies and how deep it got."""
        inside = (self.days >= 0) & (self.days < len(self.windows))
        bits, depths = np.where(inside, np.int64(1) << self.days % DAYS, 0), np.arange(self.steps + 1)
        return tuple(np.where(depths >= step, bits[:, None], 0).reshape(-1) for step in range(1, self.steps + 1))


def walk_of(plan: Plan, windows: Sequence[Edges]) -> Walk | None:
    """The walk of a plan; None where that asks for what the walk does not know."""
    if not takes(plan) or plan.cut or plan.since != "first_step" or plan.last >= OTHER:
        return None
    return Walk(plan.last, None if plan.window is None else plan.window // MICROSECOND, in_microseconds(windows))


def in_microseconds(windows: Sequence[Edges]) -> tuple[tuple[int, int], ...]:
    """Windows as ``Walk`` has them."""
    return tuple(((since - EPOCH) // MICROSECOND, (until - EPOCH) // MICROSECOND) for since, until in windows)


def step_rows(plan: Plan) -> str:
    """SQL of the events that are walked: ``unit, at, step``; see ``Events``."""
    cases = " ".join(f"WHEN fits_{step} THEN {step - 1}" for step in range(1, plan.last + 1))
    return f"SELECT unit, epoch_us(ts) AS at, (CASE {cases} ELSE {OTHER} END)::UTINYINT AS step\nFROM matched"


class _Attempts(NamedTuple):
    """The attempts of some units, in the order of these and of their starts."""

    reached: Sequence[Whole]
    """For each step that is known the moments at which they got there; what came too late is told too."""
    depth: Whole

    @classmethod
    def made(cls, keys: Whole, scale: Scale) -> "_Attempts":
        """As they are told."""
        return cls([keys >> scale.bits], (keys & ((1 << scale.bits) - 1)) + 1)

    @classmethod
    def of(cls, keys: Whole, walk: Walk, scale: Scale) -> "_Attempts":
        """An attempt for each start."""
        moments, step = keys >> scale.bits, keys & ((1 << scale.bits) - 1)
        at = np.flatnonzero(step == 0)
        moments, reached = np.append(moments, NEVER), [moments[at]]
        depth = np.ones(len(at), np.int64)
        for number in range(1, walk.steps):
            here = step == number
            passed = np.cumsum(np.append(here, False), dtype=np.int64)  # the last stands for those who find nothing more
            at = np.append(np.flatnonzero(here), len(keys))[passed[at]]
            reached.append(moments[at])
            depth += reached[-1] - reached[0] <= scale.lasts
        return cls(reached, depth)


_Told = Callable[[_Attempts, Walk, Scale], tuple[Whole, ...]]


def _started(attempts: _Attempts, walk: Walk, scale: Scale) -> tuple[Whole, ...]:
    """Each unit that started, from the first on, and its masks."""
    unit, lies = scale.placed(attempts.reached[0])
    told = lies * (walk.steps + 1) + attempts.depth
    own, known = walk.apart(unit, lies)
    return *known, *(np.bitwise_or.reduceat(words[told], own) if len(own) else told for words in walk.words)


def _timed(attempts: _Attempts, walk: Walk, scale: Scale) -> tuple[Whole, ...]:
    """The times between the steps of each unit's best attempt in each window."""
    unit, lies = scale.placed(attempts.reached[0])
    found = [tuple(np.zeros(0, np.int64) for _ in range(4))]
    for window, span in enumerate(walk.windows):
        first, behind = np.searchsorted(walk.edges, span, "right")
        own = np.flatnonzero((lies >= first) & (lies < behind))
        best = own[_best(unit[own], attempts.depth[own], [moments[own] for moments in attempts.reached])]
        for step in range(2, walk.steps + 1):
            there = best[attempts.depth[best] >= step]
            gap = (attempts.reached[step - 1][there] - attempts.reached[step - 2][there]) * scale.tick
            found.append((unit[there], np.full(len(there), window), np.full(len(there), step), gap))
    return tuple(np.concatenate(each) for each in zip(*found, strict=True))


def _best(unit: Whole, depth: Whole, reached: Sequence[Whole]) -> Whole:
    """The places of each unit's best attempt: later starts are over no sooner."""
    if not len(unit):
        return unit
    own = starts_of(unit)
    sizes = np.diff(own, append=len(unit))
    over = np.stack(reached)[depth - 1, np.arange(len(unit))]
    over = np.where(depth == np.repeat(np.maximum.reduceat(depth, own), sizes), over, NEVER)
    first = over == np.repeat(np.minimum.reduceat(over, own), sizes)
    return np.asarray(np.maximum.reduceat(np.where(first, np.arange(len(unit)), -1), own))
