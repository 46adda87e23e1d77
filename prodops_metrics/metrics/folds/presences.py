"""Moments from a row for each window in which a unit is there, where all that is said of it is that it is."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from prodops_metrics.metrics.folds.clusters import SEGMENT, WINDOW, Clusters
from prodops_metrics.metrics.folds.sums import of_single_units, of_windows, windows_told


@dataclass(frozen=True, slots=True)
class PresenceMoments:
    """The moments of every window, as ``moments.windows`` gives them.

    The rows have ``window_id``, ``cluster``, and ``segment`` where that is among the ``keys``.
    """

    keys: tuple[str, ...]
    clustered: bool

    def __call__(self, rows: pl.DataFrame) -> pl.DataFrame:
        """A cluster's number of rows is its number of units."""
        clusters = Clusters.of(rows, apart=self.clustered, ordered=False)
        fold, sizes = of_windows if self.clustered else of_single_units, clusters.groups.sizes.astype(np.float64)
        told = [
            (
                {WINDOW: part.window, SEGMENT: part.segment},
                fold(sizes[np.newaxis, part.groups.start : part.groups.stop], None),
            )
            for part in clusters.parts
        ]
        return windows_told(told, (WINDOW, *self.keys), divided=False)
