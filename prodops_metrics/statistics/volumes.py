"""Whether an event came far more or far less often on a day than its own history of the same weekday would have it.

Each day is held against the median of the same weekday in the eight weeks before, moved by how the last two weeks stood to
theirs. How far days stray is learned from the event itself, by the median of absolute deviations, and is never less than
chance alone (Poisson). Days that were surprising are no history for others until four weeks of them are the new normal.

False alarms: at most 1 in 1,000 event-days, as simulated (tests/statistics/test_volumes.py).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

WEEK, WEEKS_BACK, FEWEST_WEEKS = 7, 8, 4
TREND_DAYS, FEWEST_FOR_TREND = 14, 7
POOL_DAYS, FEWEST_FOR_SPREAD = 56, 14
NEW_NORMAL = 28
FIRST_JUDGED = FEWEST_WEEKS * WEEK
NEEDED = FIRST_JUDGED + FEWEST_FOR_SPREAD
"""So many days of an event have to be known before one can be judged."""
ALPHA = 0.001
FACTOR = 2.0
"""Only halved and doubled volumes are told, however sure a smaller change may be."""
MAD = 1.4826
FREEDOM = 15
"""Degrees of freedom of a spread that the median of some forty absolute deviations gives."""
LEAST_PHI = 1e-6


@dataclass(frozen=True, slots=True)
class Judged:
    """The last day of each event; ``p`` is NaN where it cannot be judged.

    ``since`` is the index of the first day of the run of surprising days that lasts until then, -1 where it is none.
    """

    expected: Floats
    p: Floats
    surprising: Flags
    since: NDArray[np.int64]


def judged(counts: Floats) -> Judged:
    """Judges the last day of each row of daily counts (events by days; NaN before an event's first day).

    Source: median and MAD as in Rousseeuw and Croux (1993), JASA 88(424), 1273-1283; negative binomial tails.
    """
    events, days = counts.shape
    history = _History(counts, np.zeros(counts.shape, dtype=np.bool_))
    run, p, level = np.zeros(events, dtype=np.int64), np.full(events, np.nan), np.full(events, np.nan)
    for day in range(FIRST_JUDGED, days):
        level, phi = history.expected(day)
        p = _chance(counts[:, day], level, phi)
        ratio = (counts[:, day] + 0.5) / level
        told = (p < ALPHA) & ((ratio >= FACTOR) | (ratio <= 1 / FACTOR))
        run = np.where(told, run + 1, 0)
        history.hidden[:, day] = told & (run < NEW_NORMAL)
        history.hidden[run == NEW_NORMAL] = False
    return Judged(np.maximum(level - 0.5, 0), p, run > 0, np.where(run > 0, days - run, -1))


class _History:
    """The days before each day: what they would have been expected to be, and how far they strayed from it."""

    def __init__(self, counts: Floats, hidden: Flags) -> None:
        self.counts, self.hidden = counts, hidden
        self.off_weekday = np.full(counts.shape, np.nan)
        self.stray = np.full(counts.shape, np.nan)
        self.level = np.full(counts.shape, np.nan)

    def expected(self, day: int) -> tuple[Floats, Floats]:
        """What a day should have (plus a half), and by how much days stray beyond chance (the square, relative)."""
        weekdays = [day - WEEK * back for back in range(1, WEEKS_BACK + 1) if day >= WEEK * back]
        usual = _median(self._seen(self.counts, weekdays), FEWEST_WEEKS - 1)
        lately = list(range(max(day - TREND_DAYS, 0), day))
        moved = np.nan_to_num(_median(self._seen(self.off_weekday, lately), FEWEST_FOR_TREND))
        self.off_weekday[:, day] = np.log((self.counts[:, day] + 0.5) / (usual + 0.5))
        self.stray[:, day] = self.off_weekday[:, day] - moved
        self.level[:, day] = (usual + 0.5) * np.exp(moved)
        return self.level[:, day], self._beyond_chance(list(range(max(day - POOL_DAYS, 0), day)))

    def _seen(self, table: Floats, days: list[int]) -> Floats:
        return np.where(self.hidden[:, days], np.nan, table[:, days])

    def _beyond_chance(self, days: list[int]) -> Floats:
        spread = MAD * _median(np.abs(self._seen(self.stray, days)), FEWEST_FOR_SPREAD)
        chance = _median(1 / self._seen(self.level, days), FEWEST_FOR_SPREAD)
        return np.asarray(np.maximum(spread**2 - chance, LEAST_PHI))


def _median(values: Floats, fewest: int) -> Floats:
    """The median of each row without its NaNs; NaN where fewer than ``fewest`` values are left."""
    ordered, count = np.sort(values, axis=1), np.sum(~np.isnan(values), axis=1)
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, max(values.shape[1] - 1, 0))
    rows = np.arange(len(values))
    middle = (ordered[rows, low] + ordered[rows, high]) / 2 if values.shape[1] else np.full(len(values), np.nan)
    return np.where(count >= fewest, middle, np.nan)


def _chance(counts: Floats, level: Floats, phi: Floats) -> Floats:
    """How likely so far a count is, two-sided: the larger of a heavy-tailed and of a negative binomial reading."""
    spread = np.sqrt(phi + 1 / level)
    heavy = 2 * special.stdtr(FREEDOM, -np.abs(np.log((counts + 0.5) / level)) / spread)
    size = 1 / phi
    success = size / (size + level)
    at_most = special.betainc(size, counts + 1, success)  # of the negative binomial distribution
    at_least = np.where(counts > 0, special.betaincc(size, np.maximum(counts, 1), success), 1.0)
    tails = np.minimum(at_most, at_least)
    return np.asarray(np.minimum(np.maximum(heavy, 2 * tails), 1))
