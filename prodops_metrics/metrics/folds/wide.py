"""Moments of many windows from one row per unit, with masks of the windows in place of a row for each."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from prodops_metrics.metrics.folds.bits import Masks, Real, counted, of_columns
from prodops_metrics.metrics.folds.clusters import SEGMENT, WINDOW, Clusters
from prodops_metrics.metrics.folds.sums import (
    Side,
    Sums,
    added,
    of_pairs,
    of_single_units,
    of_windows,
    pairs_told,
    windows_told,
)
from prodops_metrics.metrics.masks import WindowMasks

PAIR_ID = "pair_id"
Pairs = tuple[tuple[int, int], ...]
"""The numbers of the windows before and now."""


@dataclass(frozen=True, slots=True)
class WindowMoments:
    """The moments of every window by itself, as ``moments.windows`` gives them; ``axis`` is the own axis of the masks.

    The rows have ``cluster``, the masks, and ``segment`` where that is among the ``keys``.
    """

    keys: tuple[str, ...]
    masks: WindowMasks
    axis: str | None
    clustered: bool

    def __call__(self, rows: pl.DataFrame) -> pl.DataFrame:
        """From masks that stand in the rows."""
        return self.of(rows, of_columns(rows, self.masks.columns))

    def of(self, rows: pl.DataFrame, masks: Masks) -> pl.DataFrame:
        """From masks that are told of rows.

        Where units are clusters of their own, they are added up together: a square of 0 or 1 is the number itself.
        """
        clusters = Clusters.of(rows, apart=self.clustered)
        fold, windows = of_windows if self.clustered else of_single_units, range(len(self.masks.layout.places))
        known: dict[str, object] = {WINDOW: [window for _ in self.masks.values for window in windows]}
        known |= {self.axis: [value for value in self.masks.values for _ in windows]} if self.axis else {}
        told = [
            (
                known | {SEGMENT: part.segment},
                added(fold(v, b) for v, b in _blocks(masks, self.masks, clusters, part.groups)),
            )
            for part in clusters.parts
        ]
        return windows_told(told, (WINDOW, *self.keys), divided=self.masks.base is not None)


@dataclass(frozen=True, slots=True)
class PairMoments:
    """The moments of pairs of windows, as ``moments.pair`` gives them, from the same rows.

    Where attributes change, a unit may have several rows, one for each stretch of them; they are a cluster together.
    """

    keys: tuple[str, ...]
    masks: WindowMasks
    axis: str | None
    pairs: Pairs

    def __call__(self, rows: pl.DataFrame) -> pl.DataFrame:
        """From masks that stand in the rows."""
        return self.of(rows, of_columns(rows, self.masks.columns))

    def of(self, rows: pl.DataFrame, masks: Masks) -> pl.DataFrame:
        """From masks that are told of rows; behind the number of the pair where the keys have ``pair_id``."""
        clusters = Clusters.of(rows, apart=True)
        known: dict[str, object] = {
            PAIR_ID: [number for _ in self.masks.values for number, _ in enumerate(self.pairs)],
            self.axis or "": [value for value in self.masks.values for _ in self.pairs],
        }
        told = []
        for part in clusters.parts:
            blocks = _blocks(masks, self.masks, clusters, part.groups)
            told.append((known | {SEGMENT: part.segment}, added(self._sides(v, b) for v, b in blocks)))
        return pairs_told(told, self.keys)

    def _sides(self, v: Real, b: Real | None) -> Sums:
        windows = len(self.masks.layout.places)
        before, now = (
            [number * windows + pair[side] for number, _ in enumerate(self.masks.values) for pair in self.pairs]
            for side in (0, 1)
        )
        one, other = (Side(v[at], None if b is None else b[at], (v if b is None else b)[at]) for at in (now, before))
        return of_pairs(one, other)


def _blocks(masks: Masks, wide: WindowMasks, clusters: Clusters, groups: range) -> Iterator[tuple[Real, Real | None]]:
    """For blocks of clusters, how many of their units are set: in each window of each value of the axis, and in the base."""
    names = tuple(wide.values.values())
    addresses = [address for name in names for address in wide.layout.addresses(name)]
    base = list(wide.layout.addresses(wide.base)) if wide.base else []
    for _, block in counted(masks, [*addresses, *base], clusters.groups, groups):
        v, b = block[: len(addresses)], block[len(addresses) :]
        yield v, np.tile(b, (len(names), 1)) if base else None
