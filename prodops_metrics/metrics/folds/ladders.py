"""Percentiles with the order statistics around them, of rows outside the database: as ``ranks`` says it in SQL."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from prodops_metrics.metrics.folds.bits import starts_of
from prodops_metrics.metrics.folds.moments import PAIR, PRODUCTS
from prodops_metrics.metrics.folds.ranks import RUNGS, RUNGS_PER_ERROR
from prodops_metrics.metrics.folds.rows import Batch, Numbers, Rows, Spans, dense, narrow
from prodops_metrics.metrics.folds.shape import Shape
from prodops_metrics.metrics.folds.tallies import Members, Tally

MOMENTS = ("v", "b", "vv", "vb", "bb")
CLUSTER = "cluster"
WORD = 64
LADDER = ("point", "ranks", "ladder")


COLUMNS = ("unit", "value")
"""What is handed over of each row, beside its window, keys and cluster."""


@dataclass(frozen=True, slots=True)
class Ladders:
    """The answer of rows with ``window_id``, the ``keys``, perhaps ``cluster``, ``unit`` and ``value``.

    ``spans`` are the windows, each by its first piece and the one after its last. With ``pairs`` of them (before, now) a row
    tells of two, behind its number where they are ``numbered``.
    """

    at: float
    keys: tuple[str, ...]
    spans: Spans
    pairs: Spans = ()
    numbered: bool = False

    def __call__(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame that the plain statement gives."""
        members, code = Members.of(
            frame["cluster"].to_numpy() if CLUSTER in frame.columns else None, frame["unit"].to_numpy()
        )
        rows = Rows.of(frame, self.keys, {"code": code, "value": frame["value"].to_numpy()})
        if not self.pairs:
            return rows.batches(self.spans, lambda batch: _windows(_Found.of(batch, members, self.at), rows))
        spans = [self.spans[window] for both in self.pairs for window in both]
        found = rows.batches(spans, lambda batch: _pairs(_Found.of(batch, members, self.at), rows), together=2)
        return self._numbered(found)

    def _numbered(self, found: pl.DataFrame) -> pl.DataFrame:
        if self.numbered:
            return found
        alone = found.drop("pair_id")
        if self.keys or alone.height:
            return alone
        nobody = {"clusters": 0, "clusters2": 0, "clusters1": 0, "at": self.at}
        return pl.DataFrame([{name: nobody.get(name) for name in alone.columns}], schema=alone.schema)


def finish(shape: Shape, spans: Spans, pairs: Spans, *, numbered: bool) -> Ladders:
    """What makes the answer of a percentile's rows."""
    return Ladders(shape.constants["at"], shape.keys, spans, pairs, numbered)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known of each group that has values: its percentile, its members' counts and their moments."""

    first: int
    names: Numbers
    at: float
    n: Numbers
    ordered: Numbers
    starts: Numbers
    point: Numbers
    tally: Tally
    """Of each member the number of its values, and how many of them lie below the percentile, those at it in part."""

    @classmethod
    def of(cls, batch: Batch, members: Members, at: float) -> Self:
        names, group, n = dense(batch.group)
        value, starts = batch.columns["value"], np.cumsum(n) - n
        ordered = _ordered(group, value, n)
        point = _points(ordered, starts, n, at)
        of_row = point[group]
        mark = (value >= of_row).view(np.uint8) + (value > of_row).view(np.uint8)
        tally = Tally.of(group, batch.columns["code"], members, mark, _weights(group, mark, n, at))
        return cls(batch.first, names, at, n, ordered, starts, point, tally)

    def moments(self) -> dict[str, Numbers]:
        """By group: ``units``, ``clusters``, and the sums of the members' numbers and of their products."""
        starts, v, b = starts_of(self.tally.group), self.tally.weight, self.tally.rows.astype(np.float64)
        sums = (np.add.reduceat(one, starts) if len(starts) else one for one in (v, b, v * v, v * b, b * b))
        clusters = np.diff(starts, append=len(v))
        return {"units": self.tally.units, "clusters": clusters, **dict(zip(MOMENTS, sums, strict=True))}

    def ladders(self, moments: dict[str, Numbers]) -> pl.DataFrame:
        """By group: its ``point``, and the ``ranks`` and values of its ``ladder``."""
        v, b, vv, vb, bb = (moments[name] for name in MOMENTS)
        n, at = self.n, self.at
        spread = np.maximum(n * at * (1.0 - at), vv - 2 * v / b * vb + v / b * v / b * bb)
        step = np.maximum(1.0, np.sqrt(spread) / RUNGS_PER_ERROR)
        parts = [self._rungs(step, low, low + 4096) for low in range(0, max(len(n), 1), 4096)]
        groups, ranks = (np.concatenate(one) for one in zip(*parts, strict=True))
        listed = pl.DataFrame({"group": groups, "ranks": ranks, "ladder": self.ordered[self.starts[groups] + ranks - 1]})
        lists = listed.group_by("group", maintain_order=True).agg(pl.all())
        return pl.DataFrame({"point": self.point, "ranks": lists["ranks"], "ladder": lists["ladder"]})

    def _rungs(self, step: Numbers, low: int, high: int) -> tuple[Numbers, Numbers]:
        centre, step, n = (one[low:high, np.newaxis] for one in (self.at * self.n, step, self.n))
        places = np.ceil(centre + np.arange(-RUNGS - 1, RUNGS + 2) * step)
        kept = (places >= 1) & (places <= n) & (np.abs(places - centre) <= RUNGS * step + 1)
        return low + np.nonzero(kept)[0], places[kept].astype(np.int64)


def _windows(found: _Found, rows: Rows) -> pl.DataFrame:
    moments = found.moments()
    window, segment = np.divmod(found.names, max(rows.places, 1))
    columns = {"window_id": window.astype(np.int64) + found.first, **rows.named(segment)}
    ladders = found.ladders(moments).insert_column(0, pl.repeat(found.at, len(window), eager=True).alias("at"))
    return pl.DataFrame(columns).hstack(ladders).hstack(pl.DataFrame(moments))


def _pairs(found: _Found, rows: Rows) -> pl.DataFrame:
    window, segment = np.divmod(found.names.astype(np.int64), max(rows.places, 1))
    pairs, pair = np.unique(window // 2 * max(rows.places, 1) + segment, return_inverse=True)
    number, named = np.divmod(pairs, max(rows.places, 1))
    columns = {"pair_id": (number + found.first // 2).astype(np.int32), **rows.named(named)}
    table = pl.DataFrame({**columns, **_together(found, pair, window % 2, len(pairs))})
    table = table.with_columns(pl.lit(found.at).alias("at"))
    ladders = found.ladders(found.moments()).with_columns(pl.Series("row", pair, dtype=pl.UInt32))
    for side, at in ((1, "2"), (0, "1")):
        own = ladders.filter(window % 2 == side).rename({name: f"{name}{at}" for name in LADDER})
        table = table.with_row_index("row").join(own, on="row", how="left", maintain_order="left").drop("row")
    return table


def _together(found: _Found, pair: Numbers, side: Numbers, count: int) -> dict[str, Numbers]:
    """By pair the sums over members of their numbers now and before, and of all products of these."""
    tally = found.tally
    members, at = np.unique(_members(pair[tally.group], tally.member, count), return_inverse=True)
    sides = np.zeros((len(PAIR), len(members)))
    of_pair = np.zeros(len(members), np.int64)
    of_pair[at] = pair[tally.group]
    summed: dict[str, Numbers] = {"clusters": np.bincount(of_pair, minlength=count)}
    for number, window in ((2, 1), (1, 0)):
        own = side[tally.group] == window
        row, there = 2 * (1 - window), side == window
        summed[f"units{number}"] = _summed(pair[there], tally.units[there], count).astype(np.int64)
        summed[f"clusters{number}"] = np.bincount(pair[tally.group[own]], minlength=count)
        sides[row, at[own]], sides[row + 1, at[own]] = tally.weight[own], tally.rows[own]
    by_name = dict(zip(PAIR, sides, strict=True))
    summed |= {name: _summed(of_pair, one, count) for name, one in by_name.items()}
    products = {f"{left}_{right}": by_name[left] * by_name[right] for left, right in PRODUCTS}
    return summed | {name: _summed(of_pair, one, count) for name, one in products.items()}


def _members(pair: Numbers, member: Numbers, pairs: int) -> Numbers:
    """One number for each member of each pair."""
    if int(member.max(initial=0)).bit_length() + pairs.bit_length() > WORD:
        member = np.unique(member, return_inverse=True)[1].astype(np.uint64)
    return pair.astype(np.uint64) << np.uint64(int(member.max(initial=0)).bit_length()) | member


def _weights(group: Numbers, mark: Numbers, n: Numbers, at: float) -> Numbers:
    """By group what values below, at and above its percentile count for; at it, such a part as makes the whole come out."""
    less, equal = np.bincount(4 * group.astype(np.int64) + mark, minlength=4 * len(n)).reshape(-1, 4)[:, :2].T
    weights = np.zeros((len(n), 4))
    weights[:, 0] = 1.0
    np.divide(at * n - less, equal, out=weights[:, 1], where=equal > 0)
    return weights.clip(0.0, 1.0)


def _summed(places: Numbers, numbers: Numbers, count: int) -> Numbers:
    return np.bincount(places, numbers, count).astype(np.float64, copy=False)


def _ordered(group: Numbers, value: Numbers, n: Numbers) -> Numbers:
    """The values in order within each group, one group behind the other."""
    ordered = value[np.argsort(narrow(group), kind="stable")]
    end = 0
    for size in n.tolist():
        ordered[end : end + size].sort()
        end += size
    return ordered


def _points(ordered: Numbers, starts: Numbers, n: Numbers, at: float) -> Numbers:
    """The percentile of each group, interpolated between two values."""
    place = (n - 1) * at
    low = np.floor(place)
    first = ordered[starts + low.astype(np.int64)]
    last = ordered[starts + np.ceil(place).astype(np.int64)]
    return np.asarray(first + (last - first) * (place - low))
