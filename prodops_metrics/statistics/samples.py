"""What a fold returned, as what statistics work on: one row per window and axes in, sufficient statistics out."""

from collections.abc import Mapping
from typing import Any

from prodops_metrics.definitions.formula import Formula
from prodops_metrics.statistics.composed import Composed, ComposedPair, Input
from prodops_metrics.statistics.intervals import Kind
from prodops_metrics.statistics.moments import SIDES, Moments, PairMoments
from prodops_metrics.statistics.percentiles import Ranked, RankedPair
from prodops_metrics.statistics.survival import Lifetimes, LifetimesPair

COLUMNS = ("units", "clusters", "v", "b", "vv", "vb", "bb")
NOBODY = Moments(0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
NO_PAIR = PairMoments(0, NOBODY, NOBODY, {(left, right): 0.0 for left in SIDES for right in SIDES})

Row = Mapping[str, Any]
Sample = Moments | Ranked | Lifetimes | Composed
Pair = PairMoments | RankedPair | LifetimesPair | ComposedPair


def sample(kind: Kind, row: Row | None) -> Sample:
    """The statistics of one window; of nobody where there is no row."""
    if kind == "percentile":
        return _ranked(row, "", _moments(row) if row else NOBODY)
    if kind == "survival":
        return _lifetimes(row, "")
    if kind == "derived":
        return _composed(row, "")
    return _moments(row) if row else NOBODY


def pair(kind: Kind, row: Row | None) -> Pair:
    """The statistics of two windows of the same units; of nobody where there is no row, or an empty one."""
    if kind == "survival":
        return LifetimesPair(_lifetimes(row, "2"), _lifetimes(row, "1"))
    if kind == "derived":
        now, before = _composed(row, "2"), _composed(row, "1")
        return ComposedPair(now, before, *((row["clusters"], row["products"] or ()) if row else (0, ())))
    moments = _pair_moments(row)
    if kind == "percentile":
        return RankedPair(moments, _ranked(row, "2", moments.now), _ranked(row, "1", moments.before))
    return moments


def _moments(row: Row) -> Moments:
    return Moments(*(row[name] for name in COLUMNS))


def _pair_moments(row: Row | None) -> PairMoments:
    if row is None or row["v2"] is None:
        return NO_PAIR
    products = {(left, right): row[f"{left}_{right}"] for at, left in enumerate(SIDES) for right in SIDES[at:]}
    return PairMoments(row["clusters"], _side(row, "2"), _side(row, "1"), products)


def _side(row: Row, side: str) -> Moments:
    v, b = f"v{side}", f"b{side}"
    return Moments(
        row[f"units{side}"], row[f"clusters{side}"], row[v], row[b], row[f"{v}_{v}"], row[f"{v}_{b}"], row[f"{b}_{b}"]
    )


def _ranked(row: Row | None, side: str, below: Moments) -> Ranked:
    if row is None or row[f"point{side}"] is None:
        return Ranked(0.5, 0.0, NOBODY, (), ())
    return Ranked(row["at"], row[f"point{side}"], below, row[f"ranks{side}"] or (), row[f"ladder{side}"] or ())


def _lifetimes(row: Row | None, side: str) -> Lifetimes:
    by = row["by_time"] if row else None
    if row is None or row[f"times{side}"] is None:
        return Lifetimes((), (), (), by=by)
    times, happened, censored = (row[f"{name}{side}"] for name in ("times", "happened", "censored"))
    return Lifetimes(times, happened, censored, row[f"clusters{side}"], row[f"effect{side}"], by)


def _composed(row: Row | None, side: str) -> Composed:
    if row is None:
        return Composed(Formula("0 / 0"), (), 0, 0)
    sums = row[f"sums{side}"]
    inputs = tuple(
        Input(name, kind, sums[2 * at], sums[2 * at + 1])
        for at, (name, kind) in enumerate(zip(row["names"], row["kinds"], strict=True))
    )
    first, columns = (2 * len(inputs) if side == "1" else 0), 2 * len(inputs)
    own = slice(first, first + columns)  # of a pair the columns of now stand before those of before
    products = [line[own] for line in (row["products"] or ())[own]]
    return Composed(Formula(row["formula"]), inputs, row[f"units{side}"], row[f"clusters{side}"], products)
