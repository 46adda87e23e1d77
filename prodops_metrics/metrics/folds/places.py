"""Moments along a type's own axis, such as the ages of a retention curve, from one row per unit.

``members`` has ``mask`` in place of a row for every place: bit k says whether the value at the k-th place is 1. The base is
1 at every place. So a unit is put into its cluster once, and not once for every place.
"""

from collections.abc import Sequence

from prodops_metrics.metrics.folds.shape import Shape, literal
from prodops_metrics.metrics.masks import Places


def windows(shape: Shape, axis: str, places: Sequence[int | str], kept: Sequence[int]) -> str:
    """The moments of every window by itself, as ``moments.windows`` gives them, at the ``kept`` of all ``places``."""
    own = tuple(key for key in shape.keys if key != axis)
    by = ", ".join(("window_id", *own))
    listed = {axis: ", ".join(literal(places[bit]) for bit in kept)}
    listed |= {name: ", ".join(f"{name}{bit}" for bit in kept) for name in ("v", "vv", "vb")}
    unnested = ", ".join(f"unnest([{values}]) AS {name}" for name, values in listed.items())
    return f"""\
{(_by_cluster if shape.clustered else _by_mask)(by, kept)},
moments AS (
  SELECT {by}, units, clusters, b, bb, {unnested}
  FROM wide
)
SELECT {shape.by}, v / nullif(b, 0) AS point, units, clusters, v, b, vv, vb, bb
FROM moments
ORDER BY {shape.by}"""


def bits_of(places: Sequence[int | str], only: int | str | None) -> list[int]:
    """Where in a mask the values of the own axis stand that are asked for: one, or all."""
    return [bit for bit, value in enumerate(places) if only in {None, value}]


def _by_mask(by: str, kept: Sequence[int]) -> str:
    """CTE ``wide`` where each unit is a cluster of its own: units with equal masks are counted together."""
    sums = ",\n    ".join(f"sum(n * {_bit(bit)})::DOUBLE AS v{bit}, v{bit} AS vv{bit}, v{bit} AS vb{bit}" for bit in kept)
    return f"""\
alike AS (
  SELECT {by}, mask, count(*) AS n
  FROM members
  GROUP BY {by}, mask
),
wide AS (
  SELECT {by}, sum(n)::BIGINT AS units, units AS clusters, units::DOUBLE AS b, units::DOUBLE AS bb,
    {sums}
  FROM alike
  GROUP BY {by}
)"""


def _by_cluster(by: str, kept: Sequence[int]) -> str:
    """CTE ``wide`` where units sit in clusters: the sums of a cluster at all places side by side."""
    packed = Places(len(kept))
    counts = ", ".join(f"{packed.count_at(place, 'm')}::DOUBLE AS v{bit}" for place, bit in enumerate(kept))
    sums = ",\n    ".join(
        f"sum(v{bit}) AS v{bit}, sum(v{bit} * v{bit}) AS vv{bit}, sum(v{bit} * b) AS vb{bit}" for bit in kept
    )
    return f"""\
{lanes(by, kept)},
by_cluster AS (
  SELECT {by}, b, {counts}
  FROM lanes
),
wide AS (
  SELECT {by}, sum(b)::BIGINT AS units, count(*) AS clusters, sum(b) AS b, sum(b * b) AS bb,
    {sums}
  FROM by_cluster
  GROUP BY {by}
)"""


def lanes(by: str, kept: Sequence[int]) -> str:
    """CTE ``lanes``: how many members each cluster has, and how many of them at the kept places, two in a number."""
    packed = Places(len(kept))
    sums = ", ".join(f"{count}::BIGINT AS {pair}" for pair, count in packed.pairs("m").items())
    return f"""\
lanes AS (
  SELECT {by}, cluster, count(*)::DOUBLE AS b, {sums}
  FROM (SELECT {by}, cluster, {packed.gathered("mask", kept)} AS m0 FROM members)
  GROUP BY {by}, cluster
)"""


def _bit(place: int) -> str:
    return f"((mask >> {place}) & 1)"
