"""Clocks that start with activity, told from days in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from prodops_metrics.calendar import Window
from prodops_metrics.metrics.blocks import DAYS
from prodops_metrics.metrics.from_days import Bits, Days, first_days, in_words, windows_by_place
from prodops_metrics.metrics.windows import SETTLING


@dataclass(frozen=True, slots=True)
class ClocksFromDays:
    """In which windows clocks start, how many days they run, and whether it happened then; as ``time_to`` says it in SQL.

    They run from the first day ``started`` (from when it was ``launched`` on) to the first day ``used``, or to the ``last``.
    ``known`` has the day on which each unit was first seen.
    """

    started: str
    used: str
    known: str
    windows: tuple[Window, ...]
    last: date
    launched: date | None

    @property
    def relations(self) -> tuple[str, ...]:
        """Starts, uses, and first days."""
        return self.started, self.used, self.known

    @property
    def ever(self) -> bool:
        """Who did it before is left out."""
        return True

    def masks(self, days: Days) -> Mapping[str, Sequence[Bits]]:
        """``within`` which windows a clock starts that counts; its ``value`` in days, and ``base``: whether it happened."""
        blocks, words = days.blocks, days.of[self.started]
        if self.launched:
            since = in_words(Window(self.launched, max(self.launched, blocks.span.end)), blocks)
            words = [word & bits for word, bits in zip(words, since, strict=True)]
        began, done = first_days(words, blocks), first_days(days.of[self.used], blocks)
        last, never = blocks.place(self.last), len(blocks.words) * DAYS
        happened = (done <= last) & (done < never)
        counts = (began <= done) & (began <= last) & self._settled(days)
        return {
            "within": [np.where(counts, mask[began], 0) for mask in windows_by_place(self.windows, blocks)],
            "value": [np.where(happened, done, last) - began],
            "base": [happened.astype(np.int64)],
        }

    def _settled(self, days: Days) -> NDArray[np.bool_]:
        """Whether the past of units is known: the data begins before the launch, or long enough before they were seen."""
        first, earliest = first_days(days.of[self.known], days.blocks), days.first_of_all(self.known)
        seen = first < len(days.blocks.words) * DAYS
        if self.launched and days.blocks.place(self.launched) >= earliest:
            return seen
        return seen & (first >= earliest + SETTLING.days)
