"""Sums and sums of products by cluster: the moments behind totals, shares and ratios.

By window ``units, clusters, v, b, vv, vb, bb``; for a pair ``v2, b2`` (now), ``v1, b1`` (before) and all products of these.
"""

from prodops_metrics.metrics.folds.shape import Shape

PAIR = ("v2", "b2", "v1", "b1")
PRODUCTS = tuple((left, right) for at, left in enumerate(PAIR) for right in PAIR[at:])


def windows(shape: Shape) -> str:
    """The moments of every window by itself, with ``point``, the number that they come to."""
    point = "v" if shape.constants.get("total") else "v / nullif(b, 0)"
    return f"""\
{moments(shape)}
SELECT {shape.by}, {point} AS point, units, clusters, v, b, vv, vb, bb
FROM moments
ORDER BY {shape.by}"""


def pair(shape: Shape) -> str:
    """The moments of two windows together."""
    order = f"\nORDER BY {', '.join(shape.keys)}" if shape.keys else ""
    return f"{pairs(shape)}\nSELECT *\nFROM pairs{order}"


def moments(shape: Shape, members: str = "members") -> str:
    """CTEs, the last of them ``moments``: one row per window and keys.

    A total has no base; where all that is said of its units is that they are there, their number is the total.
    """
    total = bool(shape.constants.get("total"))
    base, there = "0::DOUBLE" if total else "base", total and shape.flags
    per_cluster = f"SELECT {shape.by}, 1 AS units, value AS v, {base} AS b\n  FROM {members}"
    if shape.clustered:
        value, base = "count(*)::DOUBLE" if there else "sum(value)", base if total else "sum(base)"
        per_cluster = f"""\
SELECT {shape.by}, count(*) AS units, {value} AS v, {base} AS b
  FROM {members}
  GROUP BY {shape.by}, cluster"""
    return f"""\
clusters AS (
  {per_cluster}
),
moments AS (
  SELECT {shape.by}, sum(units)::BIGINT AS units, count(*) AS clusters,
    sum(v) AS v, sum(b) AS b, sum(v * v) AS vv, sum(v * b) AS vb, sum(b * b) AS bb
  FROM clusters
  GROUP BY {shape.by}
)"""


def pairs(shape: Shape, members: str = "members") -> str:
    """CTEs, the last of them ``pairs``: one row per keys."""
    by = "".join(f"{key}, " for key in shape.keys)
    sides = ", ".join(
        f"coalesce(sum({side}) FILTER (WHERE window_id = {window}), 0) AS {side[0]}{window + 1}"
        for window in (1, 0)
        for side in ("value", "base")
    )
    member = "cluster" if shape.clustered else "unit"
    products = ",\n    ".join(f"sum({left} * {right}) AS {left}_{right}" for left, right in PRODUCTS)
    group = f"\n  GROUP BY {by[:-2]}" if by else ""
    return f"""\
paired AS (
  SELECT {by}{member}, {sides},
    count(*) FILTER (WHERE window_id = 1) AS units2, count(*) FILTER (WHERE window_id = 0) AS units1
  FROM {members}
  GROUP BY {by}{member}
),
pairs AS (
  SELECT {by}count(*) AS clusters,
    sum(units2)::BIGINT AS units2, count(*) FILTER (WHERE units2 > 0) AS clusters2,
    sum(units1)::BIGINT AS units1, count(*) FILTER (WHERE units1 > 0) AS clusters1,
    sum(v2) AS v2, sum(b2) AS b2, sum(v1) AS v1, sum(b1) AS b1,
    {products}
  FROM paired{group}
)"""
