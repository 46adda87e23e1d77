"""Several metrics over the same units, for a formula over them: sums and products of all, by cluster.

The windows of each input stand in a block of their own: after the ``count`` windows asked about come as many of the first
input, then as many of the second, and so on.
"""

import re
from collections.abc import Sequence

from prodops_metrics.metrics.folds.shape import Shape, literal

TOTALS = frozenset({"count", "total"})


def windows(shape: Shape) -> str:
    """Per window ``sums``, value and base of each input in turn, and ``products`` of all; also where there is nobody."""
    columns = [f"c{at}" for at in range(2 * len(shape.constants["names"]))]
    sides = [
        f"coalesce(sum({side}) FILTER (WHERE window_id // {shape.count} = {at + 1}), 0) AS c{2 * at + part}"
        for at in range(len(shape.constants["names"]))
        for part, side in enumerate(("value", "base"))
    ]
    keys = "".join(f", {key}" for key in shape.keys)
    return f"""\
clusters AS (
  SELECT window_id % {shape.count} AS place{keys}, cluster, count(DISTINCT unit) AS units,
    {", ".join(sides)}
  FROM members
  GROUP BY place{keys}, cluster
),
added AS (
  SELECT place{keys}, sum(units)::BIGINT AS units, count(*) AS clusters,
    {_sums(columns)} AS sums, {_products(columns)} AS products
  FROM clusters
  GROUP BY place{keys}
),
{places(shape, "members")}
{told(shape)}"""


def places(shape: Shape, members: str) -> str:
    """The CTE ``places``: every window that is asked about, with every segment that ``members`` has."""
    keys = ", ".join(shape.keys)
    segments = f"\n  CROSS JOIN (SELECT DISTINCT {keys} FROM {members})" if keys else ""
    return f"""\
places AS (
  SELECT {", ".join(("place", *shape.keys))} FROM (SELECT unnest(range({shape.count})) AS place){segments}
)"""


def told(shape: Shape) -> str:
    """The last SELECT: what was ``added`` at each of ``places``, and the number that the formula comes to there."""
    of_keys, width = "".join(f", p.{key}" for key in shape.keys), 2 * len(shape.constants["names"])
    return f"""\
SELECT p.place AS window_id{of_keys}, {_point(shape)} AS point,
  coalesce(a.units, 0) AS units, coalesce(a.clusters, 0) AS clusters,
  coalesce(a.sums, {literal([0.0] * width)}) AS sums, a.products, {constants(shape)}
FROM places AS p
LEFT JOIN added AS a ON a.place = p.place AND {shape.same("a", "p")}
ORDER BY p.place{of_keys}"""


def _point(shape: Shape) -> str:
    """The formula in SQL, with each name's number in its place."""
    given = shape.constants
    numbers = {
        name: f"(coalesce(a.sums[{2 * at + 1}], 0){'' if kind in TOTALS else f' / nullif(a.sums[{2 * at + 2}], 0)'})::DOUBLE"
        for at, (name, kind) in enumerate(zip(given["names"], given["kinds"], strict=True))
    }
    formula = re.sub(r"[A-Za-z_]\w*", lambda found: numbers[found[0]], given["formula"])
    return f"CASE WHEN isfinite(({formula})::DOUBLE) THEN {formula} END"


def pair(shape: Shape) -> str:
    """Both windows' sums, and the products of all columns of now, then of before."""
    inputs = range(len(shape.constants["names"]))
    places = [(window, at) for window in (1, 0) for at in inputs]
    columns = [f"c{at}" for at in range(2 * len(places))]
    sides = [
        f"coalesce(sum({side}) FILTER (WHERE window_id = {2 * (at + 1) + window}), 0) AS c{2 * number + part}"
        for number, (window, at) in enumerate(places)
        for part, side in enumerate(("value", "base"))
    ]
    keys = "".join(f"{key}, " for key in shape.keys)
    half = 2 * len(inputs)
    counts = ", ".join(
        f"coalesce(sum(units{side}), 0)::BIGINT AS units{side}, count(*) FILTER (WHERE units{side} > 0) AS clusters{side}"
        for side in ("2", "1")
    )
    grouped = f"GROUP BY {keys[:-2]}\nORDER BY {keys[:-2]}" if keys else ""
    return f"""\
clusters AS (
  SELECT {keys}cluster,
    count(DISTINCT unit) FILTER (WHERE window_id % 2 = 1) AS units2,
    count(DISTINCT unit) FILTER (WHERE window_id % 2 = 0) AS units1,
    {", ".join(sides)}
  FROM members
  GROUP BY {keys}cluster
)
SELECT {keys}count(*) AS clusters, {counts},
  {_sums(columns[:half])} AS sums2, {_sums(columns[half:])} AS sums1,
  {_products(columns)} AS products, {constants(shape)}
FROM clusters
{grouped}"""


def _sums(columns: Sequence[str]) -> str:
    return f"[{', '.join(f'coalesce(sum({column}), 0.0)' for column in columns)}]"


def _products(columns: Sequence[str]) -> str:
    rows = (", ".join(f"coalesce(sum({left} * {right}), 0.0)" for right in columns) for left in columns)
    return f"[{', '.join(f'[{row}]' for row in rows)}]"


def constants(shape: Shape) -> str:
    """What a row says of its formula."""
    names = ("formula", "names", "kinds")
    return ", ".join(f"{literal(shape.constants[name])} AS {name}" for name in names)
