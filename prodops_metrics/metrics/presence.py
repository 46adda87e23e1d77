"""Which units were there in which window, and which of them did something: the question under adoption and active users.

Windows may overlap: a day of 28-day windows, one a week, lies in four of them. So each day gets a mask with a bit for every
window that it lies in, each unit the masks of its days together, and only then is a unit put into its windows: one pass
over the days with one row per unit, whatever the windows.
"""

from collections.abc import Iterator

from prodops_metrics.metrics.from_days import Presences
from prodops_metrics.metrics.masks import LastDays, Layout, Places, WindowMasks
from prodops_metrics.metrics.query import Asked

BITS = 126
"""As many windows fit into one mask (a HUGEINT); more take as many passes."""
DENSE = 3
"""Windows that end on average so many days apart, or fewer, stand where their last days do."""
FEW = 8
"""So many windows are each asked about by themselves; of more that have one length all days are found out at once."""


def present(days: str, asked: Asked, *, once: bool = False) -> str:
    """SQL of the distinct ``window_id, unit`` in a relation ``unit, day``.

    ``once``: it is a source that gives each day of a unit once where windows are days.
    """
    if once and asked.daily:
        return f"SELECT w.window_id, d.unit\nFROM {days} AS d\nJOIN {asked.windows_of('d')}"
    if asked.timed:
        return f"SELECT DISTINCT w.window_id, d.unit\nFROM {days} AS d\nJOIN {asked.windows_of('d')}"
    return _by_masks(days, asked, {})


def attended(there: str, did: str, asked: Asked) -> str:
    """SQL of the distinct ``window_id, unit`` in two relations ``unit, day``; ``did``: in the second."""
    moment = "ts" if asked.timed else "day"
    days = f"(SELECT unit, {moment}, FALSE AS did FROM {there} UNION ALL SELECT unit, {moment}, TRUE AS did FROM {did})"
    if asked.timed:
        return f"""\
SELECT w.window_id, d.unit, bool_or(d.did) AS did
FROM {days} AS d
JOIN {asked.windows_of("d")}
GROUP BY w.window_id, d.unit"""
    return _by_masks(days, asked, {"did": "CASE WHEN d.did THEN t.mask END"})


def masked(days: str, asked: Asked) -> WindowMasks:
    """Masks ``v`` of the windows in which units were there, by a relation that is read as words of days."""
    layout = _layout(asked)
    sql = _in_windows(f"SELECT * FROM {days}", layout, asked, "v")
    told = Presences((("v", (days,)),), asked.windows, layout)
    return WindowMasks(sql, {None: "v"}, layout, words={days: "v"}, told=told)


def masked_of(there: str, did: str, asked: Asked) -> WindowMasks:
    """Masks of two relations of days: ``b`` of being in either, ``v`` of being in the second."""
    blocks, layout = asked.blocks, _layout(asked)
    of_there = ", ".join(f"{b}, 0::BIGINT AS {v}" for b, v in zip(blocks.named("b"), blocks.named("v"), strict=True))
    of_did = ", ".join(f"{v} AS {b}, {v}" for b, v in zip(blocks.named("b"), blocks.named("v"), strict=True))
    together = ", ".join(f"bit_or({word}) AS {word}" for name in "bv" for word in blocks.named(name))
    units = f"""\
SELECT unit, {together}
FROM (SELECT unit, {of_there} FROM {there} UNION ALL SELECT unit, {of_did} FROM {did})
GROUP BY unit"""
    sql, told = _in_windows(units, layout, asked, "b", "v"), (("b", (there, did)), ("v", (did,)))
    return WindowMasks(sql, {None: "v"}, layout, "b", {there: "b", did: "v"}, Presences(told, asked.windows, layout))


def _layout(asked: Asked) -> Layout:
    """Where the windows stand: many of one length that end day by day where their last days do; others side by side."""
    ends = [window.last_day for window in asked.windows]
    days, alike = (max(ends) - min(ends)).days, len({window.days for window in asked.windows}) == 1
    dense = alike and len(ends) > FEW and days < DENSE * len(ends)
    return LastDays(asked.blocks, asked.windows) if dense else Places(len(asked.windows))


def _in_windows(units: str, layout: Layout, asked: Asked, *names: str) -> str:
    """Words of days as masks of windows, by the same names."""
    blocks = asked.blocks
    if isinstance(layout, Places):
        told = (layout.standing([blocks.was_there(window, name) for window in asked.windows], name) for name in names)
        return f"SELECT unit, {', '.join(told)}\nFROM ({units})"
    for name in names:
        others = (word for other in names if other != name for word in blocks.named(other))
        units = blocks.smeared(units, asked.windows[0].days, name=name, kept=("unit", *others))
    return units


def _by_masks(days: str, asked: Asked, flags: dict[str, str]) -> str:
    """The rows of ``present``, with flags that are in a window what their masks say."""
    return "\nUNION ALL\n".join(_pass(days, first, flags) for first in _firsts(asked))


def _firsts(asked: Asked) -> Iterator[int]:
    return iter(range(0, len(asked.windows), BITS))


def _pass(days: str, first: int, flags: dict[str, str]) -> str:
    """Up to ``BITS`` windows from one on; windows are numbered from that on, as those of a formula's input begin later."""
    masks = "".join(f", bit_or({mask}) AS {name}" for name, mask in flags.items())
    told = "".join(f", coalesce((m.{name} >> p.place) & 1 = 1, FALSE) AS {name}" for name in flags)
    return f"""\
SELECT p.window_id, m.unit{told}
FROM (
  SELECT d.unit, bit_or(t.mask) AS there{masks}
  FROM {days} AS d
  JOIN (
    SELECT day, bit_or(1::HUGEINT << place) AS mask
    FROM (SELECT place, unnest(generate_series(first_day, last_day, INTERVAL 1 DAY))::DATE AS day FROM {_places(first)})
    GROUP BY day
  ) AS t ON t.day = d.day
  GROUP BY d.unit
) AS m
JOIN {_places(first)} AS p ON (m.there >> p.place) & 1 = 1"""


def _places(first: int) -> str:
    """The windows of one pass with their places in a mask."""
    place = f"window_id - min(window_id) OVER () - {first}"
    return f"(SELECT *, {place} AS place FROM windows QUALIFY {place} BETWEEN 0 AND {BITS - 1})"
