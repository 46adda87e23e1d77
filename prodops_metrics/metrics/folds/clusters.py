"""Rows of those who count, put together by segment, window and cluster."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from prodops_metrics.metrics.folds.bits import Groups, Whole, starts_of

CLUSTER_BITS = 34
"""Keys of clusters are numbers below 2 to this power, and negative ones as small."""
_LOW = 1 << (CLUSTER_BITS - 1)
SEGMENT = "segment"
WINDOW = "window_id"


@dataclass(frozen=True, slots=True)
class Part:
    """Neighbouring groups that belong to one row of the answer: of a segment, and of a window where rows have one."""

    segment: str | None
    window: int
    groups: range


@dataclass(frozen=True, slots=True)
class Clusters:
    """Rows grouped by ``cluster`` within each part; one group a part where clusters are not held apart."""

    groups: Groups
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, rows: pl.DataFrame, *, apart: bool, ordered: bool = True) -> "Clusters":
        """Of rows with ``cluster``, perhaps ``segment``, and ``window_id`` where they are of one window each.

        Not ``ordered``, there are only the sizes of groups, not their rows.
        """
        place, count = np.zeros(rows.height, np.int64), 1
        texts: list[str | None] = [None]
        if SEGMENT in rows.columns:
            place, texts = codes(rows[SEGMENT])
        if WINDOW in rows.columns:
            windows = rows[WINDOW].to_numpy()
            count = int(windows.max(initial=0)) + 1
            place = place * count + windows
        own = rows["cluster"].to_numpy() + _LOW if apart else np.int64(0)
        groups = Groups.of((place << CLUSTER_BITS) + own, ordered=ordered)
        places = groups.keys >> CLUSTER_BITS
        starts = starts_of(places)
        ends = starts + np.diff(starts, append=len(places))
        told = zip(places[starts].tolist(), starts.tolist(), ends.tolist(), strict=True)
        return cls(groups, tuple(Part(texts[at // count], at % count, range(first, last)) for at, first, last in told))

    def of_part(self, part: Part) -> Whole:
        """The clusters of a part, in order."""
        return self.groups.keys[part.groups.start : part.groups.stop] & ((1 << CLUSTER_BITS) - 1)


def codes(column: pl.Series) -> tuple[Whole, list[str | None]]:
    """The values of a column of text as numbers, and the texts in their order."""
    texts = column.unique().sort()
    return column.cast(pl.Enum(texts)).to_physical().to_numpy().astype(np.int64), texts.to_list()
