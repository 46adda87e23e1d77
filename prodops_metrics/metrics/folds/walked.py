"""Funnels walked and folded outside the database: from the events of those who count to moments."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from prodops_metrics.metrics.attempts.walk import EVENTS_AT_ONCE, Events, Walk
from prodops_metrics.metrics.folds.bits import Whole, of_columns
from prodops_metrics.metrics.folds.wide import PairMoments, WindowMoments

SOMEBODY = 254
"""The step of a row that is no event: a unit, of which ``at`` is the cluster."""
NOBODY = -1


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
        events, people = [], [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
        for unit, at, step in _blocks(rows):
            if step.max() < self.walk.steps:
                events.append(Events(unit, at, step))
                continue
            fits, somebody = step < self.walk.steps, step == SOMEBODY
            events += [Events(unit[fits], at[fits], step[fits])] if fits.any() else []
            people.append((unit[somebody], at[somebody]))
        found = pl.DataFrame(self.walk.masks(events))
        if not self.clustered:
            return self._told(found.rename({"unit": "cluster"}))
        units, clusters = (np.concatenate(parts) for parts in zip(*people, strict=True))
        return self._told(_placed(found, units, clusters))

    def _told(self, masks: pl.DataFrame) -> pl.DataFrame:
        return self.fold.of(masks, of_columns(masks, self.walk.layout.columns))


def _blocks(rows: pl.DataFrame) -> Iterator[Events]:
    """The rows in blocks of neighbours; hardly any are copied."""
    for block in rows.iter_slices(EVENTS_AT_ONCE):
        yield Events(*(block[name].to_numpy() for name in ("unit", "at", "step")))


def _placed(found: pl.DataFrame, units: Whole, clusters: Whole) -> pl.DataFrame:
    """Those of the units found that have a cluster, with it: keys are small and dense, so it is looked up by its place."""
    own = found["unit"].to_numpy()
    known = np.full(1 + max(int(units.max(initial=0)), int(own.max(initial=0))), NOBODY)
    known[units] = clusters
    return found.with_columns(cluster=known[own]).filter(pl.col("cluster") != NOBODY)
