"""Many pairs of windows at once, such as every judged week against the one before: the moments of each pair.

A window stands in several pairs, so nothing is counted once per pair that can be counted once per window: sums by cluster;
or, where all that is said of a unit is whether it counts and whether it did it, a mask of the windows in which it did.
"""

from collections.abc import Sequence

from prodops_metrics.metrics.folds.moments import PRODUCTS
from prodops_metrics.metrics.folds.shape import Shape

MOST_WINDOWS = 126
"""As many bits has a mask (a HUGEINT)."""
Pairs = Sequence[tuple[int, int]]


def of_flags(shape: Shape, pairs: Pairs) -> str:
    """From ``in_windows``, rows of which value and base are 0 or 1, and of which each unit is a cluster of its own."""
    keys = "".join(f"{key}, " for key in shape.keys)
    masks = {"there": "TRUE", "v": "value = 1", "b": "base = 1"}
    masked = ", ".join(f"bit_or(1::HUGEINT << window_id) FILTER (WHERE {when}) AS {name}" for name, when in masks.items())
    flags = ", ".join(
        f"coalesce((a.{name} >> s.{side}) & 1, 0)::DOUBLE AS {name}{at}"
        for name in masks
        for at, side in ((2, "now"), (1, "before"))
    )
    sums = ", ".join(f"sum(n * {column}) AS {column}" for column in ("v2", "b2", "v1", "b1"))
    products = ",\n  ".join(f"sum(n * {left} * {right}) AS {left}_{right}" for left, right in PRODUCTS)
    counts = ", ".join(f"sum(n * there{at})::BIGINT AS {name}{at}" for at in (2, 1) for name in ("units", "clusters"))
    return f"""\
marked AS (
  SELECT {keys}unit, {masked}
  FROM in_windows
  GROUP BY {keys}unit
),
alike AS (
  SELECT {keys}there, v, b, count(*) AS n
  FROM marked
  GROUP BY {keys}there, v, b
),
{_sides(pairs)},
paired AS (
  SELECT s.pair_id, {keys}a.n, {flags}
  FROM alike AS a
  JOIN sides AS s ON ((a.there >> s.now) | (a.there >> s.before)) & 1 = 1
)
SELECT pair_id, {keys}sum(n)::BIGINT AS clusters, {counts}, {sums},
  {products}
FROM paired
GROUP BY pair_id{_after(shape)}
ORDER BY pair_id{_after(shape)}"""


def of_clusters(shape: Shape, pairs: Pairs) -> str:
    """From ``in_windows``, rows of units that sit in clusters."""
    return f"""\
{_sides(pairs)},
{_added(shape)}
SELECT *
FROM added
ORDER BY pair_id{_after(shape)}"""


def _added(shape: Shape) -> str:
    """CTEs, the last of them ``added``: the moments of every pair, from the sums of each cluster in each window."""
    keys = "".join(f"{key}, " for key in shape.keys)
    sides = ", ".join(
        f"coalesce(sum(b.{name}) FILTER (WHERE {side}), 0) AS {short}{at}"
        for at, side in ((2, "s.is_now"), (1, "NOT s.is_now"))
        for name, short in (("units", "units"), ("value", "v"), ("base", "b"))
    )
    sums = ", ".join(f"sum({column}) AS {column}" for column in ("v2", "b2", "v1", "b1"))
    products = ",\n    ".join(f"sum({left} * {right}) AS {left}_{right}" for left, right in PRODUCTS)
    counts = ", ".join(
        f"sum(units{at})::BIGINT AS units{at}, count(*) FILTER (WHERE units{at} > 0) AS clusters{at}" for at in (2, 1)
    )
    return f"""\
by_cluster AS (
  SELECT {keys}window_id, cluster, count(*) AS units, sum(value) AS value, sum(base) AS base
  FROM in_windows
  GROUP BY {keys}window_id, cluster
),
paired AS (
  SELECT s.pair_id, {keys}b.cluster, {sides}
  FROM by_cluster AS b
  JOIN (
    SELECT pair_id, now AS window_id, TRUE AS is_now FROM sides UNION ALL SELECT pair_id, before, FALSE FROM sides
  ) AS s ON s.window_id = b.window_id
  GROUP BY s.pair_id, {keys}b.cluster
),
added AS (
  SELECT pair_id, {keys}count(*) AS clusters, {counts}, {sums},
    {products}
  FROM paired
  GROUP BY pair_id{_after(shape)}
)"""


def _sides(pairs: Pairs) -> str:
    rows = ", ".join(f"({number}, {before}, {now})" for number, (before, now) in enumerate(pairs))
    return f"sides(pair_id, before, now) AS (VALUES {rows})"


def _after(shape: Shape) -> str:
    return "".join(f", {key}" for key in shape.keys)
