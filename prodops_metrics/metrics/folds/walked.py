"""Funnels walked and folded outside the database: from the events of those who count to moments."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from prodops_metrics.calendar import DAY, Calendar, Window
from prodops_metrics.metrics.attempts.scale import EVENTS_AT_ONCE, Events
from prodops_metrics.metrics.attempts.walk import DayWalk, Walk, in_microseconds
from prodops_metrics.metrics.blocks import Blocks
from prodops_metrics.metrics.folds.bits import Whole, of_columns
from prodops_metrics.metrics.folds.wide import PairMoments, WindowMoments
from prodops_metrics.metrics.query import Finish

SOMEBODY = 254
"""The step of a row that is no event: a unit, of which ``at`` is the cluster."""
NOBODY = -1
MICROSECONDS = 1_000_000
"""In a second."""


@dataclass(frozen=True, slots=True)
class WalkedMoments:
    """What ``fold`` makes of units with the masks that the walk gives them.

    The rows are the events to be walked, ``unit, at, step``, and of each unit one with its cluster where these are
    ``clustered``; then units without one do not count.
    """

    walk: Walk
    fold: WindowMoments | PairMoments
    clustered: bool

    def __call__(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The moments, as the fold gives them."""
        events, people = _parted(rows, self.walk.steps)
        found = pl.DataFrame(self.walk.masks(events))
        masks = _placed(found, people) if self.clustered else found.rename({"unit": "cluster"})
        return self.fold.of(masks, of_columns(masks, self.walk.layout.columns))


@dataclass(frozen=True, slots=True)
class WalkedTimes:
    """What ``fold`` makes of the seconds between the steps of units' best attempts; the rows are those of ``WalkedMoments``.

    ``steps`` are those that are asked about.
    """

    walk: Walk
    fold: Finish
    clustered: bool
    steps: tuple[int, ...]

    def __call__(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The answer, as the fold gives it."""
        events, people = _parted(rows, self.walk.steps)
        told = pl.DataFrame(self.walk.times(events)).filter(pl.col("step").is_in(self.steps))
        told = told.select("unit", "step", window_id="window", value=pl.col("gap") / MICROSECONDS)
        return self.fold(_placed(told, people) if self.clustered else told)


@dataclass(frozen=True, slots=True)
class WalkedDays:
    """The days of attempts in some blocks: ``unit, block``, and the bits of each step.

    The rows are the events to be walked, or attempts that were ``made``; see ``DayWalk``.
    """

    steps: int
    lasts: int | None
    made: bool
    blocks: Blocks
    calendar: Calendar

    def __call__(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Blocks are told by their own numbers."""
        first = self.blocks.span.start
        days = [first + number * DAY for number in range(self.blocks.span.days)]
        windows = [self.calendar.instants(Window(day, day + DAY)) for day in days]
        walk = DayWalk(self.steps, self.lasts, in_microseconds(windows), self.made)
        events, _ = _parted(rows, self.steps)
        return pl.DataFrame(walk.masks(events)).with_columns(pl.col("block") + self.blocks.first)


def _parted(rows: pl.DataFrame, steps: int) -> tuple[list[Events], tuple[Whole, Whole]]:
    """The events, and the units with their clusters."""
    events, people = [], [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    for unit, at, step in _blocks(rows):
        if step.max() < steps:
            events.append(Events(unit, at, step))
            continue
        fits, somebody = step < steps, step == SOMEBODY
        events += [Events(unit[fits], at[fits], step[fits])] if fits.any() else []
        people.append((unit[somebody], at[somebody]))
    units, clusters = (np.concatenate(parts) for parts in zip(*people, strict=True))
    return events, (units, clusters)


def _blocks(rows: pl.DataFrame) -> Iterator[Events]:
    """The rows in blocks of neighbours; hardly any are copied."""
    for block in rows.iter_slices(EVENTS_AT_ONCE):
        yield Events(*(block[name].to_numpy() for name in ("unit", "at", "step")))


def _placed(found: pl.DataFrame, people: tuple[Whole, Whole]) -> pl.DataFrame:
    """Those of the units found that have a cluster, with it: keys are small and dense, so it is looked up by its place."""
    own, (units, clusters) = found["unit"].to_numpy(), people
    known = np.full(1 + max(int(units.max(initial=0)), int(own.max(initial=0))), NOBODY)
    known[units] = clusters
    return found.with_columns(cluster=known[own]).filter(pl.col("cluster") != NOBODY)
