"""How long units were watched and whether it happened: the counts of a survival curve.

``value`` is a time in days, ``base`` 1 where it happened then and 0 where the unit was last watched then. Where units sit in
parents the curve's design effect goes with them: the variance of the parents' summed influences over that of the units'.
"""

from prodops_metrics.metrics.folds.shape import Shape, literal

ROUNDING = 1e-12
COLUMNS = ("times", "happened", "censored", "clusters", "effect")


def windows(shape: Shape) -> str:
    """Per window: the times at which anything changed, and how many did it or were last watched then."""
    return f"""\
{_lived(shape)}
SELECT *, {literal(shape.constants["by"])}::DOUBLE AS by_time
FROM lived
ORDER BY {shape.by}"""


def pair(shape: Shape) -> str:
    """Both windows side by side."""
    columns = ", ".join(f"{side}.{name} AS {name}{at}" for side, at in (("n", 2), ("b", 1)) for name in COLUMNS)
    keys = "".join(f"k.{key}, " for key in shape.keys)
    places = f"(SELECT DISTINCT {', '.join(shape.keys)} FROM lived)" if shape.keys else "(SELECT 1)"
    order = f"\nORDER BY {keys[:-2]}" if keys else ""
    return f"""\
{_lived(shape)}
SELECT {keys}{literal(shape.constants["by"])}::DOUBLE AS by_time, {columns}
FROM {places} AS k
LEFT JOIN lived AS n ON n.window_id = 1 AND {shape.same("n", "k")}
LEFT JOIN lived AS b ON b.window_id = 0 AND {shape.same("b", "k")}{order}"""


def _lived(shape: Shape) -> str:
    """CTEs, the last of them ``lived``: one row per window and keys."""
    by, place = shape.by, f"PARTITION BY {shape.by} ORDER BY time"
    effects = f",\n{_effects(shape)}" if shape.clustered else ""
    joined = f"\n  JOIN effects AS f USING ({by})" if shape.clustered else ""
    return f"""\
lives AS (
  SELECT {by}, value AS time, sum(base) AS happened, count(*) - sum(base) AS censored
  FROM members
  GROUP BY {by}, value
),
risk AS (
  SELECT *, sum(happened + censored) OVER ({place} DESC) AS at_risk
  FROM lives
),
curve AS (
  SELECT *, product(1.0 - happened / at_risk) OVER ({place}) AS waiting,
    sum(happened / (at_risk * at_risk)) OVER ({place}) AS drift
  FROM risk
){effects},
lived AS (
  SELECT {shape.of("l")}, {_point(shape.constants["by"])} AS point, sum(l.happened + l.censored)::BIGINT AS units,
    list(l.time ORDER BY l.time) AS times,
    list(l.happened::BIGINT ORDER BY l.time) AS happened, list(l.censored::BIGINT ORDER BY l.time) AS censored,
    {"any_value(f.clusters)" if joined else "sum(l.happened + l.censored)"}::BIGINT AS clusters,
    {"any_value(f.effect)" if joined else "1.0"}::DOUBLE AS effect
  FROM curve AS l{joined}
  GROUP BY {shape.of("l")}
)"""


def _point(by: float | None) -> str:
    """The figure itself: the time by which half did it, or the share that did it by a time."""
    if by is None:
        return f"min(l.time) FILTER (WHERE l.waiting <= 0.5 + {ROUNDING})"
    done = f"1.0 - coalesce(min(l.waiting) FILTER (WHERE l.time <= {literal(by)}), 1.0)"
    return f"CASE WHEN max(l.time) >= {literal(by)} OR min(l.waiting) = 0.0 THEN {done} END"


def _effects(shape: Shape) -> str:
    """CTEs, the last of them ``effects``: what it costs that colleagues are alike, at the time that is asked about."""
    by, constants = shape.by, shape.constants
    influence = "CASE WHEN m.value <= e.until THEN m.base / c.at_risk - c.drift ELSE -e.drift END"
    half = f"min(time) FILTER (WHERE waiting <= 0.5 + {ROUNDING})"
    return f"""\
looked AS (
  SELECT {by}, coalesce({literal(constants["by"])}::DOUBLE, {half}, max(time)) AS until
  FROM curve
  GROUP BY {by}
),
ended AS (
  SELECT {shape.of("l")}, l.until, coalesce(max(c.drift) FILTER (WHERE c.time <= l.until), 0.0) AS drift
  FROM looked AS l
  JOIN curve AS c USING ({by})
  GROUP BY {shape.of("l")}, l.until
),
felt AS (
  SELECT {shape.of("m")}, m.cluster, {influence} AS u
  FROM members AS m
  JOIN ended AS e USING ({by})
  JOIN curve AS c ON c.time = m.value AND c.window_id = m.window_id AND {shape.same("c", "m")}
),
together AS (
  SELECT {by}, cluster, sum(u) AS u, sum(u * u) AS squares
  FROM felt
  GROUP BY {by}, cluster
),
effects AS (
  SELECT {by}, count(*) AS clusters,
    greatest(1.0, coalesce(sum(u * u) / nullif(sum(squares), 0) * count(*) / nullif(count(*) - 1, 0), 1.0)) AS effect
  FROM together
  GROUP BY {by}
)"""
