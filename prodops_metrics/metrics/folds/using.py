"""Who used something without ever having been shown it, counted from days in memory."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from prodops_metrics.calendar import Window
from prodops_metrics.metrics.folds.clusters import WINDOW
from prodops_metrics.metrics.from_days import UNITS_AT_ONCE, Days, first_days, in_words, together


@dataclass(frozen=True, slots=True)
class UnexposedFromDays:
    """Of each window in which anybody used it, ``units`` that did, and ``unexposed``: those not shown it by its end."""

    used: str
    shown: str
    windows: tuple[Window, ...]

    def __call__(self, _: pl.DataFrame, days: Days) -> pl.DataFrame:
        """Of all units that have days, some at a time."""
        counts, units = np.zeros((len(self.windows), 2), np.int64), len(days.of[self.used][0])
        for first in range(0, units, UNITS_AT_ONCE):
            own = days.cut(slice(first, first + UNITS_AT_ONCE))
            shown = first_days(own.of[self.shown], own.blocks)
            for number, window in enumerate(self.windows):
                bits = in_words(window, own.blocks)
                used = together(word & mask for word, mask in zip(own.of[self.used], bits, strict=True) if mask) != 0
                unexposed = used & (shown > own.blocks.place(window.last_day))
                counts[number] += np.count_nonzero(used), np.count_nonzero(unexposed)
        there = np.flatnonzero(counts[:, 0])
        return pl.DataFrame({WINDOW: there, "units": counts[there, 0], "unexposed": counts[there, 1]})
