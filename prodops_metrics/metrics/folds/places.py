"""Moments along a type's own axis, such as the ages of a retention curve, from one row per unit and window.

``mask`` stands in place of a row for every place: bit k says whether the value at the k-th place is 1. The base is 1 at
every place. So a unit is put into its cluster once, and not once for every place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from prodops_metrics.metrics.folds.bits import Real, Whole, counted, of_columns
from prodops_metrics.metrics.folds.clusters import SEGMENT, WINDOW, Clusters, Part
from prodops_metrics.metrics.folds.sums import (
    Side,
    added,
    of_pairs,
    of_single_units,
    of_windows,
    pairs_told,
    windows_told,
)
from prodops_metrics.metrics.folds.wide import PAIR_ID, Pairs

MASK = "mask"
Place = tuple[int, int | str]
"""A bit of the mask, and the value of the own axis that it stands for."""


_There = tuple[Whole, Real, Real]


@dataclass(frozen=True, slots=True)
class PlaceMoments:
    """The moments of every window by itself, as ``moments.windows`` gives them, at the kept ``places`` of the mask.

    The rows have ``window_id``, ``cluster``, ``mask``, and ``segment`` where that is among the ``keys``.
    """

    keys: tuple[str, ...]
    axis: str
    places: tuple[Place, ...]
    clustered: bool

    def __call__(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Of each window and segment, at every place."""
        clusters = Clusters.of(rows, apart=self.clustered)
        fold = of_windows if self.clustered else of_single_units
        values = [value for _, value in self.places]
        told = []
        for part in clusters.parts:
            sums = added(fold(v, b) for v, b in _blocks(rows, [bit for bit, _ in self.places], clusters, part))
            told.append(({WINDOW: part.window, self.axis: values, SEGMENT: part.segment}, sums))
        return windows_told(told, (WINDOW, *self.keys), divided=True)


@dataclass(frozen=True, slots=True)
class PlacePairs:
    """The moments of pairs of windows, as ``moments.pair`` gives them, from the same rows."""

    keys: tuple[str, ...]
    axis: str
    places: tuple[Place, ...]
    pairs: Pairs

    def __call__(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Behind the number of the pair where the keys have ``pair_id``."""
        clusters = Clusters.of(rows, apart=True)
        found = {(part.segment, part.window): part for part in clusters.parts}
        values = [value for _, value in self.places]
        told = []
        for segment in dict.fromkeys(part.segment for part in clusters.parts):
            for number, both in enumerate(self.pairs):
                there = [self._there(rows, clusters, found.get((segment, window))) for window in both]
                before, now = _side_by_side(there)
                told.append(({PAIR_ID: number, self.axis: values, SEGMENT: segment}, of_pairs(now, before)))
        return pairs_told(told, self.keys)

    def _there(self, rows: pl.DataFrame, clusters: Clusters, part: Part | None) -> _There:
        """The clusters of a window, and what they have at each place, of how many."""
        bits = [bit for bit, _ in self.places]
        if part is None:
            nobody = np.zeros((len(bits), 0))
            return np.zeros(0, np.int64), nobody, nobody
        v, b = zip(*((v.copy(), b) for v, b in _blocks(rows, bits, clusters, part)), strict=True)
        return clusters.of_part(part), np.concatenate(v, axis=1), np.concatenate(b, axis=1)


def _side_by_side(windows: Sequence[_There]) -> Iterator[Side]:
    """What all clusters of some windows have in each of them."""
    everyone = np.unique(np.concatenate([clusters for clusters, _, _ in windows]))
    for clusters, v, b in windows:
        places = np.searchsorted(everyone, clusters)
        values, units = (np.zeros((len(v), len(everyone))) for _ in range(2))
        values[:, places], units[:, places] = v, b
        yield Side(values, units, units)


def _blocks(rows: pl.DataFrame, bits: Sequence[int], clusters: Clusters, part: Part) -> Iterator[tuple[Real, Real]]:
    """For blocks of clusters, how many of their units are set at each place, and how many there are."""
    sizes = clusters.groups.sizes
    for span, v in counted(of_columns(rows, [MASK]), [(MASK, bit) for bit in bits], clusters.groups, part.groups):
        yield v, np.broadcast_to(sizes[span.start : span.stop].astype(np.float64), v.shape)
