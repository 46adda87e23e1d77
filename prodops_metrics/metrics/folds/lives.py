"""The counts of survival curves, of rows outside the database: as ``lifetimes`` says it in SQL."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from prodops_metrics.metrics.folds.bits import starts_of
from prodops_metrics.metrics.folds.clusters import WINDOW, Clusters, Part
from prodops_metrics.metrics.folds.lifetimes import ROUNDING
from prodops_metrics.metrics.folds.rows import AT_ONCE, Numbers, Spans, dense
from prodops_metrics.metrics.folds.shape import Shape
from prodops_metrics.metrics.folds.wide import PAIR_ID

COLUMNS = ("value", "base")
"""What is handed over of each row, beside its window, keys and cluster."""
_LIFE = {
    "point": pl.Float64(),
    "units": pl.Int64(),
    "times": pl.List(pl.Float64()),
    "happened": pl.List(pl.Int64()),
    "censored": pl.List(pl.Int64()),
    "clusters": pl.Int64(),
    "effect": pl.Float64(),
}
_OF_PAIR = ("times", "happened", "censored", "clusters", "effect")
_BY = "by_time"
Found = Mapping[tuple[str | None, int], Mapping[str, Any]]
"""What is known of the lives of each segment in each window where there are any."""


@dataclass(frozen=True, slots=True)
class Lives:
    """The answer of rows with ``window_id``, perhaps ``segment`` and ``cluster``, ``value`` (a time) and ``base``.

    ``spans`` are the windows, each by its first piece and the one after its last. With ``pairs`` of them (before, now) a row
    tells of two, behind its number where they are ``numbered``.
    """

    by: float | None
    keys: tuple[str, ...]
    clustered: bool
    spans: Spans
    pairs: Spans = ()
    numbered: bool = False

    def __call__(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The frame that the plain statement gives."""
        found = self._lives(rows)
        return self._by_pair(found) if self.pairs else self._by_window(found)

    def _lives(self, rows: pl.DataFrame) -> Found:
        times, place = _places(rows["value"].to_numpy())
        code, piece = 2 * place + rows["base"].to_numpy().astype(np.int64), rows[WINDOW].to_numpy()
        clusters = Clusters.of(rows.drop(WINDOW), apart=self.clustered)
        wanted = {window for both in self.pairs for window in both} if self.pairs else range(len(self.spans))
        found: dict[tuple[str | None, int], Mapping[str, Any]] = {}
        for part in clusters.parts:
            own, cluster = _rows_of(clusters, part)
            lives = _Lives(times, code[own], piece[own], cluster if self.clustered else None)
            told = ((window, lives.within(*self.spans[window])) for window in wanted)
            found |= {(part.segment, window): life.told(self.by) for window, life in told if life}
        return found

    def _by_window(self, found: Found) -> pl.DataFrame:
        order = sorted(found, key=lambda at: (at[1], at[0] or ""))
        frame = pl.DataFrame({WINDOW: pl.Series([window for _, window in order], dtype=pl.Int64), **self._segments(order)})
        lives = {name: _column([found[at][name] for at in order], kind) for name, kind in _LIFE.items()}
        return frame.with_columns(**lives).with_columns(pl.lit(self.by, pl.Float64).alias(_BY))

    def _by_pair(self, found: Found) -> pl.DataFrame:
        """A row wherever anybody is on either side; without keys there is always one."""
        order = list(self._places(found))
        segments = self._segments([(segment, number) for number, segment in order])
        numbers = {PAIR_ID: pl.Series([number for number, _ in order], dtype=pl.Int32)} if self.numbered else {}
        columns = {**numbers, **segments, _BY: pl.Series([self.by] * len(order), dtype=pl.Float64)}
        for side, at in ((1, 2), (0, 1)):
            lives = [found.get((segment, self.pairs[number][side]), {}) for number, segment in order]
            columns |= {f"{name}{at}": _column([one.get(name) for one in lives], _LIFE[name]) for name in _OF_PAIR}
        return pl.DataFrame(columns)

    def _places(self, found: Found) -> Iterator[tuple[int, str | None]]:
        segments = sorted({segment for segment, _ in found}, key=str) if self.keys else [None]
        for number, both in enumerate(self.pairs):
            for segment in segments:
                if not (self.keys or self.numbered) or any((segment, window) in found for window in both):
                    yield number, segment

    def _segments(self, order: Sequence[tuple[str | None, int]]) -> dict[str, pl.Series]:
        return {key: pl.Series([segment for segment, _ in order], dtype=pl.String) for key in self.keys}


def finish(shape: Shape, spans: Spans, pairs: Spans, *, numbered: bool) -> Lives:
    """What makes the answer of rows of lives."""
    return Lives(shape.constants["by"], shape.keys, shape.clustered, spans, pairs, numbered)


@dataclass(frozen=True, slots=True)
class _Lives:
    """Rows in the order of their clusters: the place of their time, doubled, and one more where it happened then."""

    times: Numbers
    code: Numbers
    piece: Numbers
    cluster: Numbers | None

    def within(self, first: int, after: int) -> "_Curve | None":
        """The curve of those in some pieces; None where there is nobody."""
        at = np.flatnonzero((self.piece >= first) & (self.piece < after))
        if not len(at):
            return None
        every = len(at) == len(self.piece)
        code = self.code if every else self.code[at]
        cluster = self.cluster if every or self.cluster is None else self.cluster[at]
        return _Curve.of(self.times, code, None if cluster is None else starts_of(cluster))


@dataclass(frozen=True, slots=True)
class _Curve:
    """By time who did it and who was last watched, and Kaplan-Meier's curve with its drift.

    ``kind`` tells lives of the same time and end: of each ``code`` the number of ``lives``, and of each row its place.
    """

    time: Numbers
    happened: Numbers
    total: Numbers
    code: Numbers
    lives: Numbers
    kind: Numbers
    clusters: Numbers | None
    """Where the rows of each cluster start; None where each is a cluster of its own."""

    @classmethod
    def of(cls, times: Numbers, code: Numbers, clusters: Numbers | None) -> Self:
        """Of the rows of one window, in the order of their clusters."""
        names, kind, lives = dense(code)
        of_time = starts_of(names >> 1)
        happened = np.add.reduceat(lives * (names & 1), of_time)
        return cls(times[names[of_time] >> 1], happened, np.add.reduceat(lives, of_time), names, lives, kind, clusters)

    def told(self, by: float | None) -> dict[str, Any]:
        """What the answer says of it."""
        at_risk = np.cumsum(self.total[::-1])[::-1].astype(np.float64)
        waiting = np.cumprod(1.0 - self.happened / at_risk)
        units = int(self.total.sum())
        return {
            "point": _point(self.time, waiting, by),
            "units": units,
            "times": self.time,
            "happened": self.happened,
            "censored": self.total - self.happened,
            "clusters": units if self.clusters is None else len(self.clusters),
            "effect": self._effect(at_risk, waiting, by),
        }

    def _effect(self, at_risk: Numbers, waiting: Numbers, by: float | None) -> float:
        """What it costs that colleagues are alike, at the time that is asked about."""
        if self.clusters is None or len(self.clusters) < 2:
            return 1.0
        half = self.time[waiting <= 0.5 + ROUNDING]
        until = by if by is not None else half[0] if len(half) else self.time[-1]
        drift = np.cumsum(self.happened / (at_risk * at_risk))
        seen = int(np.searchsorted(self.time, until, "right"))
        at = np.cumsum(np.diff(self.code >> 1, prepend=self.code[0] >> 1) != 0)
        influence = np.where(at < seen, (self.code & 1) / at_risk[at] - drift[at], -drift[seen - 1] if seen else 0.0)
        squares = float(np.sum(self.lives * influence * influence))
        if not squares:
            return 1.0
        together, count = np.add.reduceat(influence[self.kind], self.clusters), len(self.clusters)
        return max(1.0, float(np.sum(together * together)) / squares * count / (count - 1))


def _point(time: Numbers, waiting: Numbers, by: float | None) -> float | None:
    """The figure itself: the time by which half did it, or the share that did it by a time."""
    if by is None:
        half = time[waiting <= 0.5 + ROUNDING]
        return float(half[0]) if len(half) else None
    if time[-1] < by and waiting[-1] != 0.0:
        return None
    seen = int(np.searchsorted(time, by, "right"))
    return 1.0 - float(waiting[seen - 1]) if seen else 0.0


def _places(values: Numbers) -> tuple[Numbers, Numbers]:
    """Times in order, and of each value its place among them; days are whole, and are not looked for."""
    whole = values.astype(np.int64)
    if whole.max(initial=0) < AT_ONCE and np.array_equal(whole, values):
        return np.arange(whole.max(initial=0) + 1, dtype=np.float64), whole
    times, place = np.unique(values, return_inverse=True)
    return times, place


def _rows_of(clusters: Clusters, part: Part) -> tuple[Numbers, Numbers]:
    """The rows of a part in the order of their clusters, and the number of the cluster of each."""
    groups, own = clusters.groups, slice(part.groups.start, part.groups.stop)
    sizes = groups.sizes[own]
    first = int(groups.starts[part.groups.start])
    return groups.order[first : first + int(sizes.sum())], np.repeat(np.arange(len(sizes)), sizes)


def _column(values: Sequence[Any], kind: pl.DataType) -> pl.Series:
    listed = [pl.Series(one) if isinstance(one, np.ndarray) else one for one in values]
    return pl.Series(listed, dtype=kind)
