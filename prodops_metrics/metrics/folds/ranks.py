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
{_ranked(shape)}
SELECT {shape.of("m")}, {_at(shape)} AS at, r.point, r.ranks, r.ladder,
  m.units, m.clusters, m.v, m.b, m.vv, m.vb, m.bb
FROM moments AS m
JOIN ranked AS r USING ({shape.by})
ORDER BY {shape.of("m")}"""


def pair(shape: Shape) -> str:
    """Both windows' ladders beside the moments of the pair."""
    columns = ", ".join(f"{side}.{name} AS {name}{at}" for side, at in (("n", 2), ("b", 1)) for name in _LADDER)
    order = "".join(f"\nORDER BY {', '.join(f'p.{key}' for key in shape.keys)}" for _ in shape.keys[:1])
    return f"""\
{_ranked(shape)},
{pairs(shape, "marked")}
SELECT p.*, {_at(shape)} AS at, {columns}
FROM pairs AS p
LEFT JOIN ranked AS n ON n.window_id = 1 AND {shape.same("n", "p")}
LEFT JOIN ranked AS b ON b.window_id = 0 AND {shape.same("b", "p")}{order}"""


def _at(shape: Shape) -> str:
    return f"{literal(shape.constants['at'])}::DOUBLE"


_LADDER = ("point", "ranks", "ladder")


def _ranked(shape: Shape) -> str:
    """CTEs: ``marked`` (as members, of values below), ``moments`` of it, and ``ranked``, the ladder of every window."""
    return f"{_marked(shape)},\n{moments(shape, 'marked')},\n{_ladders(shape)}"


def _marked(shape: Shape) -> str:
    """CTEs ``points``, ``ties`` (values at the percentile) and ``marked``, what part of a unit's values lies below."""
    at, by = _at(shape), shape.by
    return f"""\
points AS (
  SELECT {by}, quantile_cont(value, {at}) AS point, count(*) AS n
  FROM members
  GROUP BY {by}
),
ties AS (
  SELECT {shape.of("p")}, p.point, p.n,
    count(*) FILTER (WHERE m.value < p.point) AS less, count(*) FILTER (WHERE m.value = p.point) AS equal
  FROM members AS m
  JOIN points AS p USING ({by})
  GROUP BY {shape.of("p")}, p.point, p.n
),
marked AS (
  SELECT {shape.of("m")}, m.unit, m.cluster, count(*)::DOUBLE AS base,
    sum(CASE WHEN m.value < t.point THEN 1.0 WHEN m.value > t.point THEN 0.0
      ELSE least(1.0, greatest(0.0, ({at} * t.n - t.less) / t.equal)) END) AS value
  FROM members AS m
  JOIN ties AS t USING ({by})
  GROUP BY {shape.of("m")}, m.unit, m.cluster
)"""


def _ladders(shape: Shape) -> str:
    """CTEs ``spread`` (how far apart the rungs stand), ``ordered`` and ``ranked``, the ladder of every window."""
    at, by = _at(shape), shape.by
    return f"""\
spread AS (
  SELECT {shape.of("m")}, t.point, {at} * t.n AS centre,
    greatest(1.0, sqrt(greatest(t.n * {at} * (1.0 - {at}), m.vv - 2 * m.v / m.b * m.vb + m.v / m.b * m.v / m.b * m.bb))
      / {RUNGS_PER_ERROR}) AS step
  FROM moments AS m
  JOIN ties AS t USING ({by})
),
ordered AS (
  SELECT {by}, value, row_number() OVER (PARTITION BY {by} ORDER BY value) AS place
  FROM members
),
ranked AS (
  SELECT {shape.of("o")}, any_value(s.point) AS point,
    list(o.place ORDER BY o.place) FILTER (WHERE o.near) AS ranks,
    list(o.value ORDER BY o.place) FILTER (WHERE o.near) AS ladder
  FROM (
    SELECT o.*, abs(o.place - s.centre) <= {RUNGS} * s.step + 1
      AND floor((o.place - s.centre) / s.step) <> floor((o.place - 1 - s.centre) / s.step) AS near
    FROM ordered AS o
    JOIN spread AS s USING ({by})
  ) AS o
  JOIN spread AS s USING ({by})
  GROUP BY {shape.of("o")}
)"""
