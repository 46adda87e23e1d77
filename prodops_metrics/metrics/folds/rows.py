"""Rows that the database handed over, window by window, as arrays of numbers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from prodops_metrics.metrics.folds.clusters import WINDOW, codes

Numbers = NDArray[Any]
Spans = tuple[tuple[int, int], ...]
AT_ONCE = 1 << 17
"""So many rows are looked at together, or those of one window: they stay in the processor's cache."""
THREADS = 2


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of some windows. ``group`` is the window's place among them times the number of places, and the place."""

    first: int
    group: Numbers
    columns: Mapping[str, Numbers]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows by the number of their piece, ``window_id``; a window is pieces in a row.

    ``keys`` are the values, in order, of what tells rows of one window apart; ``place`` is the number of each row's values.
    """

    piece: Numbers
    keys: Mapping[str, pl.Series]
    place: Numbers | None
    columns: Mapping[str, Numbers]

    @classmethod
    def of(cls, frame: pl.DataFrame, keys: Sequence[str], columns: Mapping[str, Numbers]) -> "Rows":
        """The rows of a statement with ``window_id`` and ``keys``, and what else is said of each."""
        found = {name: _coded(frame[name]) for name in keys}
        place = None
        for code, values in found.values():
            place = code if place is None else place * len(values) + code
        return cls(frame[WINDOW].to_numpy(), {name: values for name, (_, values) in found.items()}, place, columns)

    @property
    def places(self) -> int:
        """How many there are of each window."""
        return prod(len(values) for values in self.keys.values())

    def named(self, place: Numbers) -> dict[str, pl.Series]:
        """The columns of the keys at these places."""
        found: dict[str, pl.Series] = {}
        for name, values in reversed([*self.keys.items()]):
            place, own = np.divmod(place, max(len(values), 1))
            found = {name: values.gather(own), **found}
        return found

    def batches(
        self, spans: Sequence[tuple[int, int]], judged: Callable[[Batch], pl.DataFrame], together: int = 1
    ) -> pl.DataFrame:
        """What is found of the rows of windows, some at once and two lots at a time, one frame below the other.

        Each window is given by its first piece and the one after its last; so many windows are always ``together``.
        """
        order = np.argsort(narrow(self.piece), kind="stable")
        sizes = np.bincount(self.piece, minlength=max((after for _, after in spans), default=0))
        bounds = np.concatenate(([0], np.cumsum(sizes)))
        held = [order[bounds[first] : bounds[after]] for first, after in spans]
        cuts = list(_by_size([len(one) for one in held], together))
        with ThreadPoolExecutor(min(THREADS, len(cuts))) as pool:  # numbers are sorted and added without the interpreter
            return pl.concat(pool.map(lambda cut: judged(self._cut(cut[0], held[cut[0] : cut[1]])), cuts))

    def _cut(self, first: int, held: Sequence[Numbers]) -> Batch:
        group = np.repeat(np.arange(len(held), dtype=np.uint32), [len(one) for one in held])
        rows = np.concatenate(held)
        if self.place is not None:
            group = group * np.int64(self.places) + self.place[rows]
        return Batch(first, group, {name: own[rows] for name, own in self.columns.items()})


def _coded(column: pl.Series) -> tuple[Numbers, pl.Series]:
    if column.dtype == pl.String:
        code, texts = codes(column)
        return code, pl.Series(texts, dtype=pl.String)
    values, code = np.unique(column.to_numpy(), return_inverse=True)
    return code, pl.Series(values, dtype=column.dtype)


def _by_size(sizes: Sequence[int], together: int) -> Iterator[tuple[int, int]]:
    """Where to cut windows of these sizes: first and one after the last."""
    first, held = 0, 0
    for place in range(0, len(sizes), together):
        size = sum(sizes[place : place + together])
        if held and held + size > AT_ONCE:
            yield first, place
            first, held = place, 0
        held += size
    if sizes:
        yield first, len(sizes)


def narrow(numbers: Numbers) -> Numbers:
    """The same in 16 bits where these suffice, which are sorted in one pass."""
    return numbers.astype(np.uint16) if len(numbers) and numbers.max() < 1 << 16 else numbers


def dense(group: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The groups that there are, of each row its place among these, and how many rows each has."""
    if int(group.max(initial=0)) > AT_ONCE:
        names, group, counts = np.unique(group, return_inverse=True, return_counts=True)
        return names, group, counts
    counts = np.bincount(group)
    names = np.flatnonzero(counts)
    if len(names) < len(counts):
        group = (np.cumsum(counts > 0, dtype=np.uint32) - np.uint32(1))[group]
    return names, group, counts[names]
