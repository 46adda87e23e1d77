"""Draws of a product's users, folded by the engine's own SQL: every draw is a segment of its own."""

from collections.abc import Mapping
from typing import Any

import duckdb
import numpy as np
import polars as pl

from prodops_metrics.metrics.fold import OTHERS
from prodops_metrics.metrics.folds import Shape, moments
from prodops_metrics.statistics import Pair, Sample, pair, sample

Array = np.ndarray
KEYS = ("draw",)


def rows(draw: Array, unit: Array, value: Array, base: Array, **more: Array) -> pl.DataFrame:
    """Unit rows; ``cluster`` and ``window_id`` where they are given."""
    columns: dict[str, Any] = {"draw": draw, "unit": unit, "value": value.astype(float), "base": base.astype(float)}
    columns |= {"cluster": unit, "window_id": np.zeros(len(draw), dtype=np.int64)} | more
    return pl.DataFrame(columns)


def samples(kind: Any, members: pl.DataFrame, constants: Mapping[str, Any] | None = None) -> list[Sample]:  # noqa: ANN401
    """The statistics of every draw."""
    return [sample(kind, row) for row in _folded(kind, members, constants, "windows")]


def pairs(kind: Any, members: pl.DataFrame, constants: Mapping[str, Any] | None = None) -> list[Pair]:  # noqa: ANN401
    """The statistics of every draw of two windows."""
    return [pair(kind, row) for row in _folded(kind, members, constants, "pair")]


def _folded(kind: str, members: pl.DataFrame, constants: Mapping[str, Any] | None, form: str) -> list[dict[str, Any]]:
    clustered = bool((members["cluster"] != members["unit"]).any())
    shape = Shape(KEYS, clustered, {"total": kind in {"count", "total"}, **(constants or {})}, 2 if form == "pair" else 1)
    with duckdb.connect() as database:
        database.register("drawn", members.to_arrow())
        sql = f"WITH members AS (SELECT * FROM drawn),\n{getattr(OTHERS.get(kind, moments), form)(shape)}"
        found: list[dict[str, Any]] = database.sql(sql).pl().to_dicts()
    return found


def by_account(draw: np.random.Generator, draws: int, accounts: int, largest: int) -> tuple[Array, Array, Array]:
    """Users who sit in accounts of 1 to ``largest``: for every draw its number, its users and their accounts."""
    sizes = draw.integers(1, largest + 1, size=(draws, accounts))
    account = np.repeat(np.arange(draws * accounts), sizes.ravel())
    return account // accounts, np.arange(len(account)), 10_000_000 + account


def alike(draw: np.random.Generator, share: float, correlation: float, account: Array) -> Array:
    """Each user's own chance, the same for colleagues: beta with this mean and intra-class correlation."""
    numbers, place = np.unique(account, return_inverse=True)
    strength = 1 / correlation - 1
    return draw.beta(share * strength, (1 - share) * strength, size=len(numbers))[place]
