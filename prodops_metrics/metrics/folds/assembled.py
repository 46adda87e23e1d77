"""A formula over numbers that are each counted by themselves, in a statement of its own: a point, and no interval.

Each of ``parts`` is a CTE with a row per window (and segment) in which there was anybody: ``window_id, point, units``.
"""

from prodops_metrics.metrics.folds.composed import TOTALS, constants, places, told
from prodops_metrics.metrics.folds.shape import Shape


def windows(shape: Shape) -> str:
    """Per window ``sums``, each number and whether there is one."""
    return f"{_added(shape)}\n{told(shape)}"


def pair(shape: Shape) -> str:
    """Both windows' numbers side by side: 1 is now, 0 before."""
    keys = "".join(f"{key}, " for key in shape.keys)
    grouped = f"\nGROUP BY {keys[:-2]}\nORDER BY {keys[:-2]}" if keys else ""
    sides = ",\n  ".join(
        f"max({name}) FILTER (WHERE place = {window}) AS {name}{window + 1}"
        for window in (1, 0)
        for name in ("units", "clusters", "sums")
    )
    return f"""\
{_added(shape)}
SELECT {keys}max(clusters) AS clusters, NULL AS products, {constants(shape)},
  {sides}
FROM added{grouped}"""


def _added(shape: Shape) -> str:
    """CTEs, the last of them ``added``: at every place all numbers; ``units`` are those of the number with the fewest."""
    parts, kinds = shape.constants["parts"], shape.constants["kinds"]
    keys = ", ".join(shape.keys)
    there = "\n    UNION ".join(f"SELECT {keys} FROM {part}" for part in parts) if keys else ""
    sums = ", ".join(
        f"coalesce({part}.point, 0)::DOUBLE, {'0' if kind in TOTALS else f'({part}.point IS NOT NULL)::INTEGER'}::DOUBLE"
        for part, kind in zip(parts, kinds, strict=True)
    )
    units = f"least({', '.join(f'coalesce({part}.units, 0)' for part in parts)})::BIGINT"
    joined = "\n".join(f"  LEFT JOIN {part} ON {part}.window_id = p.place AND {shape.same(part, 'p')}" for part in parts)
    return f"""\
{f"there AS ({there})," if there else ""}
{places(shape, "there")},
added AS (
  SELECT p.*, {units} AS units, {units} AS clusters, [{sums}] AS sums, NULL::DOUBLE[][] AS products
  FROM places AS p
{joined}
)"""
