"""Pairs of windows from masks: of the windows, one row per unit, or of the own axis, one row per unit and window.

What a cluster has at all places stands in one list. A pair is two places in it, or one in two lists, so what is multiplied
and added up is a cluster's row for each pair, never a unit's.
"""

from collections.abc import Sequence

from prodops_metrics.metrics.folds import places as own_places
from prodops_metrics.metrics.folds.moments import PAIR, PRODUCTS
from prodops_metrics.metrics.folds.shape import Shape, literal
from prodops_metrics.metrics.masks import Places, WindowMasks

PAIR_ID = "pair_id"
Pairs = Sequence[tuple[int, int]]
"""The numbers of the windows before and now."""


def pairs(shape: Shape, masks: WindowMasks, of: Pairs, axis: str | None, *, split: bool) -> str:
    """The moments of every pair, as ``moments.pair`` gives them; behind its number where the keys have ``pair_id``.

    ``split``: attributes change, so a unit may have several rows, one for each stretch of them, that belong together.
    """
    own = tuple(key for key in shape.keys if key not in {axis, PAIR_ID})
    known = "".join(f"{'c' if key in own else 's'}.{key}, " for key in shape.keys)
    return f"""\
{_by_cluster(shape, masks, own) if shape.clustered else _alike(shape, masks, own, split=split)},
{_sides(shape, masks, of, axis)},
paired AS (
  SELECT {known}c.n, {_numbers(masks)}
  FROM counted AS c
  CROSS JOIN sides AS s
)
{_moments(shape)}"""


def of_places(shape: Shape, of: Pairs, axis: str, values: Sequence[int | str], kept: Sequence[int]) -> str:
    """The same of unit rows with a mask of the places of the own axis, which are ``values``, at those that are ``kept``."""
    own = tuple(key for key in shape.keys if key not in {axis, PAIR_ID})
    known = "".join(f"{'p' if key == axis else 'j'}.{key}, " for key in shape.keys)
    ends = ", ".join(f"({number}, {window}, {side})" for number, both in enumerate(of) for side, window in enumerate(both))
    found = ", ".join(f"({number}, {literal(values[bit])})" for number, bit in enumerate(kept, 2))
    numbers = ", ".join(
        f"coalesce(j.{side}[{place}], 0) AS {name}{at}"
        for name, place in (("v", "p.place"), ("b", "1"), ("units", "1"))
        for at, side in ((2, "now"), (1, "before"))
    )
    return f"""\
ends(pair_id, window_id, side) AS (VALUES {ends}),
{(_joined_clusters if shape.clustered else _joined_alike)(own, kept)},
paired AS (
  SELECT {known}j.n, {numbers}
  FROM joined AS j
  CROSS JOIN (VALUES {found}) AS p(place, {axis})
)
{_moments(shape)}"""


def _joined_clusters(own: Sequence[str], kept: Sequence[int]) -> str:
    """CTEs, the last of them ``joined``: of each pair every cluster, with lists of how many are there, and at each place."""
    packed, by = Places(len(kept)), "".join(f"{key}, " for key in own)
    counts = ", ".join(packed.count_at(place, "m") for place in range(len(kept)))
    return f"""\
{own_places.lanes(", ".join((*own, "window_id")), kept)},
joined AS (
  SELECT e.pair_id, {by}cluster, 1 AS n,
    any_value(counts) FILTER (WHERE e.side = 1) AS now, any_value(counts) FILTER (WHERE e.side = 0) AS before
  FROM (SELECT {by}window_id, cluster, [b, {counts}]::DOUBLE[] AS counts FROM lanes) AS c
  JOIN ends AS e ON e.window_id = c.window_id
  GROUP BY e.pair_id, {by}cluster
)"""


def _joined_alike(own: Sequence[str], kept: Sequence[int]) -> str:
    """The same where each unit is a cluster of its own: ``n`` of them have equal masks in both windows of a pair."""
    by, sides = "".join(f"{key}, " for key in own), ("before", "now")
    masks = ", ".join(f"any_value(mask) FILTER (WHERE e.side = {side}) AS {name}" for side, name in enumerate(sides))
    bits = {name: ", ".join(f"(({name} >> {bit}) & 1)" for bit in kept) for name in sides}
    lists = ", ".join(f"CASE WHEN {name} IS NOT NULL THEN [1, {bits[name]}]::DOUBLE[] END AS {name}" for name in sides)
    return f"""\
alike AS (
  SELECT pair_id, {by}now, before, count(*) AS n
  FROM (
    SELECT e.pair_id, {by}m.unit, {masks}
    FROM members AS m
    JOIN ends AS e ON e.window_id = m.window_id
    GROUP BY e.pair_id, {by}m.unit
  )
  GROUP BY pair_id, {by}now, before
),
joined AS (
  SELECT pair_id, {by}n, {lists}
  FROM alike
)"""


def _moments(shape: Shape) -> str:
    """The SELECT over ``paired``: of each pair (and key) the units and clusters of each side, and the moments of both."""
    counts = ", ".join(
        f"sum(n * units{at})::BIGINT AS units{at}, coalesce(sum(n) FILTER (WHERE units{at} > 0), 0)::BIGINT AS clusters{at}"
        for at in (2, 1)
    )
    sums = ", ".join(f"sum(n * {column}) AS {column}" for column in PAIR)
    products = ",\n  ".join(f"sum(n * {left} * {right}) AS {left}_{right}" for left, right in PRODUCTS)
    by = ", ".join(shape.keys)
    grouped = f"\nGROUP BY {by}\nORDER BY {by}" if by else ""
    return f"""\
SELECT {f"{by}, " if by else ""}coalesce(sum(n), 0)::BIGINT AS clusters, {counts}, {sums},
  {products}
FROM paired
WHERE units2 + units1 > 0{grouped}"""


def _numbers(masks: WindowMasks) -> str:
    """SELECT columns: what a cluster has now and before, from its ``counts`` at the places of a row of ``sides``."""
    units, base = ("b", "c.counts[s.b{}]") if masks.base else ("v", "0.0::DOUBLE")
    columns = {name: f"c.counts[s.{name}]" if name.startswith("v") else base.format(name[1]) for name in PAIR}
    columns |= {f"units{at}": f"c.counts[s.{units}{at}]" for at in (2, 1)}
    return ", ".join(f"{column} AS {name}" for name, column in columns.items())


def _sides(shape: Shape, masks: WindowMasks, of: Pairs, axis: str | None) -> str:
    """CTE ``sides``: for each pair, at each value of the own axis, at which places of ``counts`` its numbers stand."""
    first = {name: 1 + number * shape.count for number, name in enumerate(masks.names)}
    rows = [
        [
            number,
            *([value] if axis else []),
            *(first[side] + window for window in (now, before) for side in (name, masks.base or name)),
        ]
        for value, name in masks.values.items()
        for number, (before, now) in enumerate(of)
    ]
    values = ", ".join(f"({', '.join(literal(one) for one in row)})" for row in rows)
    return f"sides({', '.join((PAIR_ID, *([axis] if axis else []), *PAIR))}) AS (VALUES {values})"


def _by_cluster(shape: Shape, masks: WindowMasks, own: Sequence[str]) -> str:
    """CTEs, the last of them ``counted``: in how many units of each cluster every place is set."""
    places, by = masks.layout, "".join(f"{key}, " for key in own)
    sums = ", ".join(f"{count}::BIGINT AS {pair}" for name in masks.names for pair, count in places.pairs(name).items())
    counts = ", ".join(places.count_at(window, name) for name in masks.names for window in range(shape.count))
    return f"""\
lanes AS (
  SELECT {by}{sums}
  FROM members
  GROUP BY {by}cluster
),
counted AS (
  SELECT {by}1 AS n, [{counts}]::DOUBLE[] AS counts
  FROM lanes
)"""


def _alike(shape: Shape, masks: WindowMasks, own: Sequence[str], *, split: bool) -> str:
    """The same where each unit is a cluster of its own: ``n`` units of equal masks are counted together."""
    places, by = masks.layout, "".join(f"{key}, " for key in own)
    told = ", ".join(f"{name}{mask}" for name in masks.names for mask in places.masks)
    whole = ", ".join(places.both(name) for name in masks.names)
    units = f"(SELECT {by}{whole} FROM members GROUP BY {by}cluster)" if split else "members"
    counts = ", ".join(places.set_at(window, name) for name in masks.names for window in range(shape.count))
    return f"""\
alike AS (
  SELECT {by}{told}, count(*) AS n
  FROM {units}
  GROUP BY {by}{told}
),
counted AS (
  SELECT {by}n, [{counts}]::DOUBLE[] AS counts
  FROM alike
)"""
