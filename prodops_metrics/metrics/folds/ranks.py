"""A percentile with the order statistics around it.

``members`` has one row per value, a unit as often as it has values. Beside the moments of "how many values lie below, of how
many", by cluster, each window gives a ladder: every rank near the percentile, or one in each tenth of a standard error
where there are many.
"""

from prodops_metrics.metrics.folds.moments import moments, pairs
from prodops_metrics.metrics.folds.shape import Shape, literal

RUNGS = 60
"""How many rungs the ladder has to each side."""
RUNGS_PER_ERROR = 10


def windows(shape: Shape) -> str:
    """Per window: its moments, ``point``, and the ladder's ``ranks`` and values (``ladder``)."""
    return f"""\
{_marked(shape, "cluster")},
moments AS (
  SELECT {shape.by}, count(*) AS clusters,
    sum(value) AS v, sum(base) AS b, sum(value * value) AS vv, sum(value * base) AS vb, sum(base * base) AS bb
  FROM marked
  GROUP BY {shape.by}
),
{_ranked(shape)}
SELECT {shape.of("m")}, {_at(shape)} AS at, r.point, r.ranks, r.ladder,
  {"r.units" if shape.clustered else "m.clusters"} AS units, m.clusters, m.v, m.b, m.vv, m.vb, m.bb
FROM moments AS m
JOIN ranked AS r USING ({shape.by})
ORDER BY {shape.of("m")}"""


def pair(shape: Shape) -> str:
    """Both windows' ladders beside the moments of the pair."""
    columns = ", ".join(f"{side}.{name} AS {name}{at}" for side, at in (("n", 2), ("b", 1)) for name in _LADDER)
    order = "".join(f"\nORDER BY {', '.join(f'p.{key}' for key in shape.keys)}" for _ in shape.keys[:1])
    return f"""\
{_marked(shape, "unit, m.cluster")},
{moments(shape, "marked")},
{_ranked(shape)},
{pairs(shape, "marked")}
SELECT p.*, {_at(shape)} AS at, {columns}
FROM pairs AS p
LEFT JOIN ranked AS n ON n.window_id = 1 AND {shape.same("n", "p")}
LEFT JOIN ranked AS b ON b.window_id = 0 AND {shape.same("b", "p")}{order}"""


def _at(shape: Shape) -> str:
    return f"{literal(shape.constants['at'])}::DOUBLE"


_LADDER = ("point", "ranks", "ladder")


def _marked(shape: Shape, whose: str) -> str:
    """CTEs ``points`` (the values in order) and ``marked``: how many values units or clusters have, and how many lie below.

    Values at the percentile itself lie below it in such a part as makes the whole come out. The percentile is interpolated
    so that between equal values it is that value to the last bit; ``quantile_cont`` may miss it, and all ties with it.
    """
    at, by = _at(shape), shape.by
    units = ", count(DISTINCT unit) AS units" if shape.clustered else ""
    return f"""\
sorted AS (
  SELECT {by}, count(*) AS n, list_sort(list(value)) AS ordered, (count(*) - 1) * {at} AS place{units}
  FROM members
  GROUP BY {by}
),
points AS (
  SELECT *, ordered[floor(place)::BIGINT + 1]
    + (ordered[ceil(place)::BIGINT + 1] - ordered[floor(place)::BIGINT + 1]) * (place - floor(place)) AS point
  FROM sorted
),
looked AS (
  SELECT {shape.of("m")}, m.{whose}, count(*) AS n,
    count(*) FILTER (WHERE m.value < p.point) AS less, count(*) FILTER (WHERE m.value = p.point) AS equal
  FROM members AS m
  JOIN points AS p USING ({by})
  GROUP BY {shape.of("m")}, m.{whose}
),
ties AS (
  SELECT {by}, least(1.0, greatest(0.0, ({at} * sum(n) - sum(less)) / nullif(sum(equal), 0))) AS part
  FROM looked
  GROUP BY {by}
),
marked AS (
  SELECT {shape.of("m")}, m.{whose}, m.n::DOUBLE AS base, m.less + m.equal * coalesce(t.part, 0.0) AS value
  FROM looked AS m
  JOIN ties AS t USING ({by})
)"""


def _ranked(shape: Shape) -> str:
    """CTEs, of ``points`` and ``moments``: ``spread`` (how far apart rungs stand) and ``ranked``, every window's ladder."""
    at, by, most = _at(shape), shape.by, RUNGS + 1
    return f"""\
spread AS (
  SELECT p.*, {at} * p.n AS centre,
    greatest(1.0, sqrt(greatest(p.n * {at} * (1.0 - {at}), m.vv - 2 * m.v / m.b * m.vb + m.v / m.b * m.v / m.b * m.bb))
      / {RUNGS_PER_ERROR}) AS apart
  FROM points AS p
  JOIN moments AS m USING ({by})
),
rungs AS (
  SELECT *, list_filter(
    [ceil(centre + rung * apart)::BIGINT FOR rung IN range(-{most}, {most + 1})],
    lambda place: place BETWEEN 1 AND n AND abs(place - centre) <= {RUNGS} * apart + 1
  ) AS ranks
  FROM spread
),
ranked AS (
  SELECT *, list_select(ordered, ranks) AS ladder
  FROM rungs
)"""
