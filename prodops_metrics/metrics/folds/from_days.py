"""The folds of masks, over masks that are told from days in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from prodops_metrics.metrics.folds.bits import ROWS_AT_ONCE
from prodops_metrics.metrics.folds.clusters import SEGMENT, WINDOW
from prodops_metrics.metrics.folds.lives import Lives
from prodops_metrics.metrics.folds.places import MASK, VALUE, Pieces, PlaceMoments, PlacePairs
from prodops_metrics.metrics.folds.wide import PairMoments, WindowMoments
from prodops_metrics.metrics.from_days import Bits, Days, DaysCounted, MasksFromDays, lowest, together
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
    """What ``fold`` finds, from what ``told`` tells: in which windows a unit is, and its ``mask``, the same in each of them.

    ``told`` calls the masks of windows ``within`` (``MOST`` windows a mask).
    """

    fold: PlaceMoments | PlacePairs
    told: MasksFromDays

    def __call__(self, rows: pl.DataFrame, days: Days) -> pl.DataFrame:
        """Window by window: rows stay in the order of their clusters, and few are told at once."""
        every = _of_all_units(self.told, days)
        rows, left = _within(rows, every["within"])
        mask, known = every[MASK][0][rows["unit"].to_numpy()], _of_cluster(rows)
        return self.fold.of((window, known[at].with_columns(pl.Series(MASK, mask[at]))) for window, at in _by_window(left))


@dataclass(frozen=True, slots=True)
class LivesFromDays:
    """The lives that ``fold`` finds, from what ``told`` tells: in which windows each begins, its ``value`` and ``base``.

    ``told`` calls the masks of windows ``within`` (``MOST`` windows a mask).
    """

    fold: Lives
    told: MasksFromDays

    def __call__(self, rows: pl.DataFrame, days: Days) -> pl.DataFrame:
        """A row of each unit for each window that it is in; that is mostly one."""
        every = _of_all_units(self.told, days)
        rows, every_left = _within(rows, every["within"])
        found: list[tuple[Bits, Bits]] = []
        for mask, left in enumerate(every_left):
            while len(at := np.flatnonzero(left)):
                found.append((at, lowest(left[at]) + mask * MOST))
                left[at] &= left[at] - 1
        nobody = np.zeros(0, np.int64)
        at, windows = (np.concatenate(parts) for parts in zip((nobody, nobody), *found, strict=True))
        units = rows["unit"].to_numpy()[at]
        told = [pl.Series(name, bits[units]) for name, (bits, *_) in every.items() if name != "within"]
        return self.fold(rows[at].with_columns(pl.Series(WINDOW, windows), *told))


@dataclass(frozen=True, slots=True)
class CountsFromDays:
    """What ``fold`` finds, from the number of days of each unit in each window."""

    fold: PlaceMoments | PlacePairs
    told: DaysCounted

    def __call__(self, rows: pl.DataFrame, days: Days) -> pl.DataFrame:
        """Window by window, of those who were there."""
        return self.fold.of(self._pieces(_there(rows, self.told, days), days))

    def _pieces(self, rows: pl.DataFrame, days: Days) -> Pieces:
        units, held, known = rows["unit"].to_numpy(), _held(rows), _of_cluster(rows)
        name = VALUE if self.fold.places is None else MASK
        for number, window in enumerate(self.told.windows):
            counts = self.told.counted(window, days)[units]
            there = counts != 0
            if held:
                there &= held[number // MOST] >> (number % MOST) & 1 != 0
            at = np.flatnonzero(there)
            yield number, known[at].with_columns(pl.Series(name, self.told.worth(window)[counts[at]]))


def _there(rows: pl.DataFrame, told: MasksFromDays | DaysCounted, days: Days) -> pl.DataFrame:
    """The rows of units that have any day."""
    return _marked(rows, [word for name in told.relations for word in days.of[name]])


def _marked(rows: pl.DataFrame, words: Sequence[Bits]) -> pl.DataFrame:
    """The rows of units with any bit in these words."""
    there = together(words) != 0
    return rows.filter(pl.Series(there[rows["unit"].to_numpy()]))


def _within(rows: pl.DataFrame, within: Sequence[Bits]) -> tuple[pl.DataFrame, list[Bits]]:
    """The rows of units that are in any window, and masks of the windows in which they are and hold."""
    rows = _marked(rows, within)
    units, held = rows["unit"].to_numpy(), _held(rows)
    return rows, [mask[units] & held[number] if held else mask[units] for number, mask in enumerate(within)]


def _of_cluster(rows: pl.DataFrame) -> pl.DataFrame:
    """What a fold by cluster needs to know of rows."""
    return rows.select(name for name in ("cluster", SEGMENT) if name in rows.columns)


def _by_window(masks: Sequence[Bits]) -> Iterator[tuple[int, Bits]]:
    """Each window in which there is any row, and the places of its rows in order."""
    for mask, bits in enumerate(masks):
        some = int(np.bitwise_or.reduce(bits)) if len(bits) else 0
        of_bytes = bits.astype("<i8", copy=False).view(np.uint8).reshape(-1, 8)
        for byte in (byte for byte in range(8) if some >> 8 * byte & 255):
            own = np.ascontiguousarray(of_bytes[:, byte])
            for bit in (bit for bit in range(8) if some >> (8 * byte + bit) & 1):
                yield mask * MOST + 8 * byte + bit, np.flatnonzero(own & np.uint8(1 << bit) != 0)


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
