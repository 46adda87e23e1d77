"""Moments of what clusters have at many places, as ``folds.moments`` gives them from rows, and the frames they are told in.

A block is of shape ``places, clusters``. What is added up are whole numbers, exact as long as they are below 2^53.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from prodops_metrics.metrics.folds.bits import Real
from prodops_metrics.metrics.folds.moments import PAIR, PRODUCTS

Sums = dict[str, Real]
"""Numbers by name, each of so many places."""
Told = tuple[Mapping[str, Any], Sums]
"""Sums with the keys of their rows: values for every place, or one for all."""
_WINDOW = ("units", "clusters", "v", "b", "vv", "vb", "bb")
_PAIR = ("clusters", "units2", "clusters2", "units1", "clusters1", *PAIR, *(f"{one}_{other}" for one, other in PRODUCTS))
_WHOLE = frozenset({"units", "clusters", "units2", "clusters2", "units1", "clusters1"})


@dataclass(frozen=True, slots=True)
class Side:
    """What clusters have in a window: values, bases (None where there are none), and how many of their units are there."""

    v: Real
    b: Real | None
    units: Real


def of_windows(v: Real, b: Real | None) -> Sums:
    """The moments of each place of a block by itself; without a base, those who count are those with a value."""
    units, nothing = v if b is None else b, np.zeros(len(v))
    found = {"units": _sum(units), "clusters": _held(units), "v": _sum(v), "vv": _product(v, v)}
    if b is None:
        return found | {"b": nothing, "vb": nothing, "bb": nothing}
    return found | {"b": found["units"], "vb": _product(v, b), "bb": _product(b, b)}


def of_single_units(v: Real, b: Real | None) -> Sums:
    """The same where each unit is a cluster of its own, from their sums: squares of 0 and 1 are the numbers themselves."""
    v, units = _sum(v), _sum(v if b is None else b)
    nothing = np.zeros(len(v))
    base = {"b": nothing, "vb": nothing, "bb": nothing} if b is None else {"b": units, "vb": v, "bb": units}
    return {"units": units, "clusters": units, "v": v, "vv": v} | base


def of_pairs(now: Side, before: Side) -> Sums:
    """The moments of two windows together; both sides are of the same clusters in the same order."""
    found = {"clusters": _held(now.units + before.units)}
    for at, side in ((2, now), (1, before)):
        found |= {f"units{at}": _sum(side.units), f"clusters{at}": _held(side.units)}
    sides = dict(zip(PAIR, (now.v, now.b, before.v, before.b), strict=True))
    nothing = np.zeros(len(now.v))
    found |= {name: nothing if side is None else _sum(side) for name, side in sides.items()}
    for left, right in PRODUCTS:
        one, other = sides[left], sides[right]
        found[f"{left}_{right}"] = nothing if one is None or other is None else _product(one, other)
    return found


def added(blocks: Iterable[Sums]) -> Sums:
    """The sums of all blocks."""
    total: dict[str, Real] = {}
    for block in blocks:
        total = {name: total[name] + more for name, more in block.items()} if total else dict(block)
    return total


def windows_told(told: Sequence[Told], keys: Sequence[str], *, divided: bool) -> pl.DataFrame:
    """The answer by window and keys: a row wherever anybody is; ``divided``: its point is a share of its base."""
    found = _frame(told, keys, _WINDOW).filter(pl.col("units") > 0)
    point = pl.col("v") / pl.when(pl.col("b") != 0).then("b") if divided else pl.col("v")
    return found.select(*keys, point.alias("point"), *_WINDOW).sort(keys)


def pairs_told(told: Sequence[Told], keys: Sequence[str]) -> pl.DataFrame:
    """The answer of pairs by their keys: a row wherever anybody is on either side; without keys there is always one."""
    found = _frame(told, keys, _PAIR).filter(pl.col("units2") + pl.col("units1") > 0)
    if keys:
        return found.sort(keys)
    nobody = {name: [0] for name in ("clusters", "clusters2", "clusters1")}
    return found if found.height else pl.concat([found, pl.DataFrame(nobody)], how="diagonal")


def _frame(told: Sequence[Told], keys: Sequence[str], names: Sequence[str]) -> pl.DataFrame:
    if not told:
        return pl.DataFrame(schema={name: pl.Int64 if name in _WHOLE else pl.Float64 for name in (*keys, *names)})
    heights = [len(sums[names[0]]) for _, sums in told]
    columns: dict[str, Any] = {key: [] for key in keys}
    for (known, _), height in zip(told, heights, strict=True):
        for key in keys:
            columns[key] += known[key] if isinstance(known[key], list) else [known[key]] * height
    columns |= {name: np.concatenate([sums[name] for _, sums in told]) for name in names}
    return pl.DataFrame(columns).with_columns(pl.col(name).cast(pl.Int64) for name in names if name in _WHOLE)


def _sum(numbers: Real) -> Real:
    return np.asarray(np.sum(numbers, axis=1))


def _product(one: Real, other: Real) -> Real:
    return np.asarray(np.einsum("ij,ij->i", one, other))


def _held(units: Real) -> Real:
    """In how many clusters there is anybody."""
    return np.asarray(np.count_nonzero(units, axis=1), np.float64)
