"""Moments of many windows from one row per unit: ``members`` has masks of the windows in place of a row for each.

A unit is put into its cluster once. A cluster's counts in all windows stand in one list, two in each number, which is taken
apart by rows, not by columns: hundreds of columns would take longer to plan than to count.
"""

from collections.abc import Iterator, Sequence

from prodops_metrics.metrics.folds.shape import Shape, literal
from prodops_metrics.metrics.masks import Layout, WindowMasks

_COUNTS, _SHARES = ("clusters", "v", "vv"), ("clusters", "v", "b", "vv", "vb", "bb")


def windows(shape: Shape, masks: WindowMasks, axis: str | None) -> str:
    """The moments of every window by itself, as ``moments.windows`` gives them, from the masks of ``members``."""
    own = tuple(key for key in shape.keys if key != axis)
    more = "b AS units" if masks.base else "v AS units, 0::DOUBLE AS b, b AS vb, b AS bb"
    told = ", ".join(_SHARES if masks.base else _COUNTS)
    return f"""\
{_packed(masks, own, clustered=shape.clustered)},
{_added(masks, own, clustered=shape.clustered)},
moments AS (
  SELECT {"".join(f"{key}, " for key in shape.by.split(", "))}{told}, {more}
  FROM ({_places(masks, axis)})
  JOIN added USING (slot, lane)
)
SELECT {shape.by}, {"v / nullif(b, 0)" if masks.base else "v"} AS point, units::BIGINT AS units,
  clusters::BIGINT AS clusters, v, b, vv, vb, bb
FROM moments
WHERE units > 0
ORDER BY {shape.by}"""


def _packed(masks: WindowMasks, own: Sequence[str], *, clustered: bool) -> str:
    """CTE ``packed``: for each cluster, and each value of the own axis, the sums that count its units in all windows."""
    layout, keys = masks.layout, "".join(f"{key}, " for key in own)
    values = ", ".join(_sums(layout, tuple(masks.values.values())))
    bases = f", unnest([{', '.join(_sums(layout, [masks.base] * len(masks.values)))}]) AS b" if masks.base else ""
    by = [*own, *(["cluster"] if clustered else [])]
    # In the order of clusters, since a cluster's hundred sums are found in memory once, not for each of its units.
    return f"""\
packed AS (
  SELECT {keys}unnest(range({len(layout.slots) * len(masks.values)})) AS slot, unnest([{values}]) AS v{bases}
  FROM {"(FROM members ORDER BY cluster)" if clustered else "members"}{f"{chr(10)}  GROUP BY {', '.join(by)}" if by else ""}
)"""


def _sums(layout: Layout, names: Sequence[str]) -> Iterator[str]:
    return (f"{sum_}::BIGINT" for name in names for sum_ in layout.pairs(name).values())


def _added(masks: WindowMasks, own: Sequence[str], *, clustered: bool) -> str:
    """CTE ``added``: the moments of each sum in each of its lanes, over all clusters."""
    low, high = (_moments(masks, lane, clustered=clustered) for lane in (0, 1))
    listed = ", ".join(f"unnest([{low[name]}, {high[name]}]) AS {name}" for name in low)
    keys = "".join(f"{key}, " for key in own)
    return f"""\
added AS (
  SELECT {keys}slot, unnest([0, 1]) AS lane, {listed}
  FROM packed
  GROUP BY {keys}slot
)"""


def _moments(masks: WindowMasks, lane: int, *, clustered: bool) -> dict[str, str]:
    """The moments of one lane, by name; where every unit is a cluster of its own, squares are the numbers themselves."""
    v, b = (f"{masks.layout.unpacked(name, lane)}::DOUBLE" for name in "vb")
    base = b if masks.base else v
    found = {"clusters": f"count(nullif({base}, 0))::DOUBLE" if clustered else f"sum({base})", "v": f"sum({v})"}
    found |= {"b": f"sum({b})"} if masks.base else {}
    squares = {"vv": (v, v), "vb": (v, b), "bb": (b, b)} if masks.base else {"vv": (v, v)}
    return found | {
        name: f"sum({left} * {right})" if clustered else f"sum({left})" for name, (left, right) in squares.items()
    }


def _places(masks: WindowMasks, axis: str | None) -> str:
    """SELECT of where each window's numbers stand: ``window_id``, the own axis, ``slot`` and ``lane``."""
    places, size = list(masks.layout.counted_in()), len(masks.layout.slots)
    listed = {
        "window_id": [window for _ in masks.values for window in range(len(places))],
        **({axis: [value for value in masks.values for _ in places]} if axis else {}),
        "slot": [number * size + slot for number, _ in enumerate(masks.values) for slot, _ in places],
        "lane": [lane for _ in masks.values for _, lane in places],
    }
    return f"SELECT {', '.join(f'unnest({literal(values)}) AS {name}' for name, values in listed.items())}"
