"""The folds of masks, over masks that are told from days in memory."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from prodops_metrics.metrics.folds.bits import ROWS_AT_ONCE
from prodops_metrics.metrics.folds.clusters import WINDOW
from prodops_metrics.metrics.folds.lives import Lives
from prodops_metrics.metrics.folds.places import PlaceMoments, PlacePairs
from prodops_metrics.metrics.folds.wide import PairMoments, WindowMoments
from prodops_metrics.metrics.from_days import Bits, Days, MasksFromDays, lowest, together
from prodops_metrics.metrics.masks import MOST


@dataclass(frozen=True, slots=True)
class WideFromDays:
    """The moments that ``fold`` finds, from masks of windows that ``told`` tells.

    The rows have ``unit``, what ``fold`` needs beside masks, and ``h0, h1, …`` where attributes change: the windows in which
    the row holds.
    """

    fold: WindowMoments | PairMoments
    told: MasksFromDays

    def __call__(self, rows: pl.DataFrame, days: Days) -> pl.DataFrame:
        """Only of units that were there at all: most events are of few."""
        rows, every = _there(rows, self.told, days), _of_all_units(self.told, days)
        units, held = rows["unit"].to_numpy(), _held(rows)

        def masks(at: Bits) -> dict[str, Bits]:
            own = units[at]
            return {
                f"{name}{mask}": bits[own] & held[mask][at] if held else bits[own]
                for name, told in every.items()
                for mask, bits in enumerate(told)
            }

        return self.fold.of(rows, masks)


@dataclass(frozen=True, slots=True)
class PlacesFromDays:
    """What ``fold`` finds, from what ``told`` tells: in which windows a unit is, and what is said of it in each of them.

    ``told`` calls the masks of windows ``within`` (``MOST`` windows a mask), and all else as the rows of ``fold`` have it.
    """

    fold: PlaceMoments | PlacePairs | Lives
    told: MasksFromDays

    def __call__(self, rows: pl.DataFrame, days: Days) -> pl.DataFrame:
        """A row of each unit for each window that it is in; that is mostly one."""
        every = _of_all_units(self.told, days)
        rows = _marked(rows, every["within"])
        units, held = rows["unit"].to_numpy(), _held(rows)
        found: list[tuple[Bits, Bits]] = []
        for mask, within in enumerate(every["within"]):
            left = within[units] & held[mask] if held else within[units]
            while len(at := np.flatnonzero(left)):
                found.append((at, lowest(left[at]) + mask * MOST))
                left[at] &= left[at] - 1
        nobody = np.zeros(0, np.int64)
        at, windows = (np.concatenate(parts) for parts in zip((nobody, nobody), *found, strict=True))
        told = [pl.Series(name, bits[units[at]]) for name, (bits, *_) in every.items() if name != "within"]
        return self.fold(rows[at].with_columns(pl.Series(WINDOW, windows), *told))


def _there(rows: pl.DataFrame, told: MasksFromDays, days: Days) -> pl.DataFrame:
    """The rows of units that have any day."""
    return _marked(rows, [word for name in told.relations for word in days.of[name]])


def _marked(rows: pl.DataFrame, words: Sequence[Bits]) -> pl.DataFrame:
    """The rows of units with any bit in these words."""
    there = together(words) != 0
    return rows.filter(pl.Series(there[rows["unit"].to_numpy()]))


def _held(rows: pl.DataFrame) -> list[Bits]:
    """The masks of the windows in which rows hold; none where they hold in all."""
    return [rows[name].to_numpy() for name in sorted(rows.columns, key=len) if name.startswith("h") and name[1:].isdigit()]


def _of_all_units(told: MasksFromDays, days: Days) -> dict[str, Sequence[Bits]]:
    """The masks of every unit: some units at a time, while their words are at hand."""
    units = len(next(iter(days.of.values()))[0])
    found: dict[str, Sequence[Bits]] = {}
    for first in range(0, max(units, 1), ROWS_AT_ONCE):
        own = slice(first, first + ROWS_AT_ONCE)
        for name, masks in told.masks(days.cut(own)).items():
            every = found.setdefault(name, [np.empty(units, np.int64) for _ in masks])
            for mask, bits in enumerate(masks):
                every[mask][own] = bits
    return found
