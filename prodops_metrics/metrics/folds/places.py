"""Moments along a type's own axis, such as the ages of a retention curve, from one row per unit and window.

``mask`` stands in place of a row for every place: bit k says whether the value at the k-th place is 1. The base is 1 at
every place. So a unit is put into its cluster once, and not once for every place. Where there is no axis, rows have their
``value`` in place of a mask.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from prodops_metrics.metrics.folds.bits import Real, Whole, counted, of_columns, starts_of
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

MASK, VALUE = "mask", "value"
Place = tuple[int, int | str]
"""A bit of the mask, and the value of the own axis that it stands for."""


Pieces = Iterable[tuple[int, pl.DataFrame]]
"""Rows a piece at a time, each with the number of its first window; all rows of a window are in one piece."""
_There = tuple[Whole, NDArray[Any], NDArray[np.int32]]


@dataclass(frozen=True, slots=True)
class PlaceMoments:
    """The moments of every window by itself, as ``moments.windows`` gives them, at the kept ``places`` of the mask.

    The rows have ``window_id``, ``cluster``, ``mask``, and ``segment`` where that is among the ``keys``.
    """

    keys: tuple[str, ...]
    axis: str | None
    places: tuple[Place, ...] | None
    clustered: bool

    def __call__(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Of each window and segment, at every place."""
        return self.of([(0, rows)])

    def of(self, pieces: Pieces) -> pl.DataFrame:
        """The same, a piece at a time."""
        apart = self.clustered or self.axis is None
        fold = of_windows if apart else of_single_units
        values = _values(self.places)
        told = []
        for first, rows in pieces:
            clusters = Clusters.of(rows, apart=apart)
            for part in clusters.parts:
                sums = added(fold(v, b) for v, b in _blocks(rows, self.places, clusters, part))
                told.append(({WINDOW: first + part.window, self.axis or "": values, SEGMENT: part.segment}, sums))
        return windows_told(told, (WINDOW, *self.keys), divided=True)


@dataclass(frozen=True, slots=True)
class PlacePairs:
    """The moments of pairs of windows, as ``moments.pair`` gives them, from the same rows."""

    keys: tuple[str, ...]
    axis: str | None
    places: tuple[Place, ...] | None
    pairs: Pairs

    def __call__(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Behind the number of the pair where the keys have ``pair_id``."""
        return self.of([(0, rows)])

    def of(self, pieces: Pieces) -> pl.DataFrame:
        """The same, a piece at a time; what the clusters of a window have is found once, however many pairs it is in."""
        found: dict[tuple[str | None, int], _There] = {}
        for first, rows in pieces:
            clusters = Clusters.of(rows, apart=True)
            for part in clusters.parts:
                found[part.segment, first + part.window] = self._there(rows, clusters, part)
        values = _values(self.places)
        nobody = np.zeros(0, np.int64), np.zeros((len(values), 0), np.int32), np.zeros(0, np.int32)
        told = []
        for segment in dict.fromkeys(segment for segment, _ in found):
            for number, both in enumerate(self.pairs):
                before, now = _side_by_side([found.get((segment, window), nobody) for window in both])
                told.append(({PAIR_ID: number, self.axis or "": values, SEGMENT: segment}, of_pairs(now, before)))
        return pairs_told(told, self.keys)

    def _there(self, rows: pl.DataFrame, clusters: Clusters, part: Part) -> _There:
        """The clusters of a window, what they have at each place, and of how many."""
        kind = np.float64 if self.places is None else np.int32  # numbers of units are kept in half the room
        v = [block.astype(kind) for block, _ in _blocks(rows, self.places, clusters, part)]
        sizes = clusters.groups.sizes[part.groups.start : part.groups.stop]
        return clusters.of_part(part), np.concatenate(v, axis=1), sizes.astype(np.int32)


def _values(places: Sequence[Place] | None) -> list[int | str]:
    """What the own axis says of each; one empty text where there is no axis."""
    return [""] if places is None else [value for _, value in places]


def _side_by_side(windows: Sequence[_There]) -> Iterator[Side]:
    """What all clusters of some windows have in each of them; each window has its own in order."""
    everyone = np.concatenate([clusters for clusters, _, _ in windows])
    everyone.sort(kind="stable")  # which finds what is in order already
    everyone = everyone[starts_of(everyone)]
    for clusters, v, sizes in windows:
        places = np.searchsorted(everyone, clusters)
        values, units = np.zeros((len(v), len(everyone))), np.zeros(len(everyone))
        values[:, places], units[places] = v, sizes
        every = np.broadcast_to(units, values.shape)
        yield Side(values, every, every)


def _blocks(
    rows: pl.DataFrame, places: Sequence[Place] | None, clusters: Clusters, part: Part
) -> Iterator[tuple[Real, Real]]:
    """For blocks of clusters, how many of their units are set at each place, or their values; and how many there are."""
    groups, sizes = clusters.groups, clusters.groups.sizes.astype(np.float64)
    if places is None:
        first, last = groups.starts[part.groups.start], int(sizes[: part.groups.stop].sum())
        values = rows[VALUE].to_numpy()[groups.order[first:last]]
        starts = groups.starts[part.groups.start : part.groups.stop] - first
        yield np.add.reduceat(values, starts)[np.newaxis], sizes[np.newaxis, part.groups.start : part.groups.stop]
        return
    for span, v in counted(of_columns(rows, [MASK]), [(MASK, bit) for bit, _ in places], groups, part.groups):
        yield v, np.broadcast_to(sizes[span.start : span.stop], v.shape)
