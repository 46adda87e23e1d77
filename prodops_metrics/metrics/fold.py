"""One row per unit becomes sufficient statistics: the only thing that leaves the database.

Both folds sum rows by *cluster* first: the unit's parent where one is declared (users sit in accounts), else the unit. What
they return is the same for every metric type; statistics need nothing else.

``windows``: per window and axes ``point, units, clusters, v, b, vv, vb, bb``.
``pair``: two windows of the same units, per axes ``v2, b2`` (now), ``v1, b1`` (before) and all products of the four.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prodops_metrics.metrics.base import Estimator
from prodops_metrics.metrics.query import People

NO_PARENT = 4294967296
"""Beyond every unit key (32 bits): units without a parent are clusters of their own."""

PAIR = ("v2", "b2", "v1", "b1")
PRODUCTS = tuple((left, right) for at, left in enumerate(PAIR) for right in PAIR[at:])


@dataclass(frozen=True, slots=True)
class Fold:
    """What a fold has to know of a question: the type's axes, who counts, and which values of an axis are kept.

    Both folds take the SQL of the unit rows and give the SQL of the whole; CTEs ``windows`` and ``people`` stand in front.
    """

    axes: tuple[str, ...]
    people: People
    estimator: Estimator
    only: Mapping[str, int]

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that tell the rows of one window apart."""
        return (*self.axes, "segment") if self.people.breakdown else self.axes

    def windows(self, unit_rows: str) -> str:
        """The moments of every window by itself."""
        answer = _windows(("window_id", *self.keys), self.people, self.estimator)
        return f"{self._members(unit_rows)},\n{answer}"

    def pair(self, unit_rows: str) -> str:
        """The moments of two windows together: 0 is before, 1 is now."""
        return f"{self._members(unit_rows)},\n{_pair(self.keys, self.people)}"

    def _members(self, unit_rows: str) -> str:
        """Unit rows of those who count, with their cluster and segment."""
        return f"unit_rows AS (\n{unit_rows}\n),\nmembers AS (\n{self._counted()}\n)"

    def _counted(self) -> str:
        own = [f"u.{axis}" for axis in self.axes]
        columns = ", ".join(["u.window_id", *own, "u.unit", "u.value::DOUBLE AS value", "u.base::DOUBLE AS base"])
        kept = [f"u.{axis} = {value}" for axis, value in self.only.items()]
        if self.people.needed:
            return _joined(columns, self.people, kept)
        where = f"\nWHERE {' AND '.join(kept)}" if kept else ""
        return f"SELECT {columns}, u.unit AS cluster\nFROM unit_rows AS u{where}"


def _joined(columns: str, people: People, kept: Sequence[str]) -> str:
    segment = ", coalesce(p.segment, 'unknown') AS segment" if people.breakdown else ""
    counts = f"coalesce(p.counts, {'FALSE' if people.eligible else 'TRUE'})"
    cluster = f"coalesce(p.parent, CASE WHEN u.unit < 0 THEN u.unit ELSE {NO_PARENT} + u.unit END)"
    return f"""\
SELECT {columns}, {cluster if people.clustered else "u.unit"} AS cluster{segment}
FROM unit_rows AS u
JOIN windows AS w ON w.window_id = u.window_id
LEFT JOIN people AS p ON p.unit = u.unit AND p.since <= w.last_day AND p.until > w.last_day
WHERE {" AND ".join([counts, *kept])}"""


def _windows(keys: Sequence[str], people: People, estimator: Estimator) -> str:
    by = ", ".join(keys)
    point = "sum(v)" if estimator in {"count", "total"} else "sum(v) / nullif(sum(b), 0)"
    per_cluster = f"SELECT {by}, 1 AS units, value AS v, base AS b FROM members"
    if people.clustered:
        per_cluster = f"SELECT {by}, count(*) AS units, sum(value) AS v, sum(base) AS b FROM members GROUP BY {by}, cluster"
    return f"""\
clusters AS (
{per_cluster}
)
SELECT {by}, {point} AS point, sum(units)::BIGINT AS units, count(*) AS clusters,
  sum(v) AS v, sum(b) AS b, sum(v * v) AS vv, sum(v * b) AS vb, sum(b * b) AS bb
FROM clusters
GROUP BY {by}
ORDER BY {by}"""


def _pair(keys: Sequence[str], people: People) -> str:
    by = "".join(f"{key}, " for key in keys)
    sides = ", ".join(
        f"coalesce(sum({side}) FILTER (WHERE window_id = {window}), 0) AS {side[0]}{window + 1}"
        for window in (1, 0)
        for side in ("value", "base")
    )
    member = "cluster" if people.clustered else "unit"
    products = ",\n  ".join(f"sum({left} * {right}) AS {left}_{right}" for left, right in PRODUCTS)
    group = f"GROUP BY {by[:-2]}\nORDER BY {by[:-2]}" if keys else ""
    return f"""\
clusters AS (
  SELECT {by}{member}, {sides},
    {"count(DISTINCT unit)" if people.clustered else "1"} AS units,
    count(*) FILTER (WHERE window_id = 1) AS units2, count(*) FILTER (WHERE window_id = 0) AS units1
  FROM members
  GROUP BY {by}{member}
)
SELECT {by}sum(units)::BIGINT AS units, count(*) AS clusters,
  sum(units2)::BIGINT AS units2, count(*) FILTER (WHERE units2 > 0) AS clusters2,
  sum(units1)::BIGINT AS units1, count(*) FILTER (WHERE units1 > 0) AS clusters1,
  sum(v2) AS v2, sum(b2) AS b2, sum(v1) AS v1, sum(b1) AS b1,
  {products}
FROM clusters
{group}"""
