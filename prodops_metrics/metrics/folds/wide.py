"""Moments of many windows from one row per unit: ``members`` has masks of the windows in place of a row for each.

A unit is put into its cluster once, and a cluster's numbers in all windows stand side by side in one row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from prodops_metrics.metrics.folds.shape import Shape, literal
from prodops_metrics.metrics.masks import Places, WindowMasks

Column = tuple[str, str]
_COUNTS, _SHARES = ("clusters", "v", "vv"), ("clusters", "v", "b", "vv", "vb", "bb")


@dataclass(frozen=True, slots=True)
class _Place:
    """A window, at one value of the own axis, with the columns that hold its numbers of units."""

    window: int
    value: int | str | None
    v: str
    b: str | None


def windows(shape: Shape, masks: WindowMasks, axis: str | None) -> str:
    """The moments of every window by itself, as ``moments.windows`` gives them, from the masks of ``members``."""
    own = tuple(key for key in shape.keys if key != axis)
    places, found = Places(shape.count), list(_places(shape, masks))
    listed = {"window_id": ", ".join(str(place.window) for place in found)}
    if axis:
        listed[axis] = ", ".join(literal(place.value) for place in found)
    names = _SHARES if masks.base else _COUNTS
    listed |= {name: ", ".join(f"{name}_{number}" for number in range(len(found))) for name in names}
    unnested = ", ".join(f"unnest([{values}]) AS {name}" for name, values in listed.items())
    more = "b AS units" if masks.base else "v AS units, 0::DOUBLE AS b, b AS vb, b AS bb"
    point = "v / nullif(b, 0)" if masks.base else "v"
    return f"""\
{_counted(places, masks, own, clustered=shape.clustered)},
wide AS (
  SELECT {"".join(f"{key}, " for key in own)}{", ".join(_sums(found, clustered=shape.clustered))}
  FROM counted{_grouped(own)}
),
moments AS (
  SELECT {"".join(f"{key}, " for key in own)}{unnested}, {more}
  FROM wide
)
SELECT {shape.by}, {point} AS point, units::BIGINT AS units, clusters::BIGINT AS clusters, v, b, vv, vb, bb
FROM moments
WHERE units > 0
ORDER BY {shape.by}"""


def _places(shape: Shape, masks: WindowMasks) -> Iterator[_Place]:
    names = {name: f"c{number}" for number, name in enumerate(masks.names)}
    for value, name in masks.values.items():
        for window in range(shape.count):
            base = f"{names[masks.base]}_{window}" if masks.base else None
            yield _Place(window, value, f"{names[name]}_{window}", base)


def _counted(places: Places, masks: WindowMasks, own: Sequence[str], *, clustered: bool) -> str:
    """CTEs, the last of them ``counted``: in how many units each place is set, by cluster where units sit in any."""
    keys = (*own, "cluster") if clustered else tuple(own)
    sums = ", ".join(f"{count}::BIGINT AS {pair}" for name in masks.names for pair, count in places.pairs(name).items())
    columns = ", ".join(
        f"{places.count_at(window, name)}::DOUBLE AS c{number}_{window}"
        for number, name in enumerate(masks.names)
        for window in range(places.count)
    )
    return f"""\
paired AS (
  SELECT {"".join(f"{key}, " for key in keys)}{sums}
  FROM members{_grouped(keys)}
),
counted AS (
  SELECT {"".join(f"{key}, " for key in own)}{columns}
  FROM paired
)"""


def _sums(found: Sequence[_Place], *, clustered: bool) -> Iterator[str]:
    """The moments of each place; where every unit is a cluster of its own, squares are the numbers themselves."""
    for number, place in enumerate(found):
        base = place.b or place.v
        yield f"{f'count(nullif({base}, 0))' if clustered else f'sum({base})'} AS clusters_{number}"
        pairs: Mapping[str, Column] = {"v": (place.v, "1"), "vv": (place.v, place.v)}
        if place.b:
            pairs = {**pairs, "b": (place.b, "1"), "vb": (place.v, place.b), "bb": (place.b, place.b)}
        for name, (left, right) in pairs.items():
            times = f" * {right}" if clustered and right != "1" else ""
            yield f"sum({left}{times}) AS {name}_{number}"


def _grouped(keys: Sequence[str]) -> str:
    return f"\n  GROUP BY {', '.join(keys)}" if keys else ""
