"""One row per unit becomes sufficient statistics: the only thing that leaves the database.

First those who count: unit rows joined with what is known of each unit, with their *cluster*: the unit's parent where one is
declared (users sit in accounts), else the unit. Then the fold that the metric's statistics ask for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from prodops_metrics.metrics.attempts.walk import Walk
from prodops_metrics.metrics.base import MOMENTS, AxisValue, Estimator
from prodops_metrics.metrics.folds import Shape, composed, ladders, lifetimes, lives, moments, ranks, weeks
from prodops_metrics.metrics.folds.places import PlaceMoments, PlacePairs
from prodops_metrics.metrics.folds.presences import PresenceMoments
from prodops_metrics.metrics.folds.shape import literal
from prodops_metrics.metrics.folds.walked import SOMEBODY, WalkedMoments, WalkedTimes
from prodops_metrics.metrics.folds.wide import PAIR_ID, PairMoments, Pairs, WindowMoments
from prodops_metrics.metrics.masks import Layout, WindowMasks
from prodops_metrics.metrics.query import NAMELESS, Finish, People

Folded = tuple[str, Finish]
"""The rest of a statement, and what makes the answer of its rows."""

NO_PARENT = 4294967296
"""Beyond every unit key (32 bits): units without a parent are clusters of their own."""
OTHERS = {"percentile": ranks, "survival": lifetimes, "derived": composed}
"""The folds of statistics that need more than moments."""
OUTSIDE = {"percentile": ladders, "survival": lives}
"""Those of them that are finished outside the database."""


@dataclass(frozen=True, slots=True)
class Fold:
    """What a fold has to know of a question: the type's axes, who counts, and which values of an axis are kept.

    Both folds take the SQL of the unit rows and give the SQL of the whole; CTEs ``windows`` and ``people`` stand in front.
    ``constants`` are what the definition gives to the statistics, ``count`` the number of windows that were asked about.
    """

    axes: tuple[str, ...]
    people: People
    estimator: Estimator
    only: Mapping[str, AxisValue]
    constants: Mapping[str, Any] = field(default_factory=dict)
    count: int = 1
    flags: bool = False
    """Whether value and base of every unit row are 0 or 1."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that tell the rows of one window apart."""
        return (*self.axes, "segment") if self.people.breakdown else self.axes

    def windows(self, unit_rows: str) -> str:
        """The statistics of every window by itself."""
        return f"{self._members(unit_rows)},\n{OTHERS.get(self.estimator, moments).windows(self._shape)}"

    def masked(self, unit_masks: str, values: Sequence[AxisValue], pairs: Pairs, *, numbered: bool) -> Folded:
        """The same from one row per unit with a mask of the places of the own axis, which are ``values``.

        Of ``pairs`` of windows if there are any, as ``pair`` gives them, or ``pairs``, where they are ``numbered``.
        """
        axis, *_ = self.axes
        kept = tuple((bit, value) for bit, value in enumerate(values) if self.only.get(axis, value) == value)
        by_unit = replace(self, axes=self.axes[1:], only={})
        sql = f"unit_rows AS (\n{unit_masks}\n)\n{by_unit._counted('u.mask')}"
        if pairs:
            return sql, PlacePairs(self._paired_keys(numbered=numbered), axis, kept, pairs)
        return sql, PlaceMoments(self.keys, axis, kept, self.people.clustered)

    def wide(self, masks: WindowMasks) -> str:
        """SQL of those who count, a row per unit with masks of the windows; ``of_masks`` makes the same of them."""
        kept, axis = self._kept(masks)
        known = tuple(f"u.{key}" for key in self.axes if key != axis)
        held, members = _there(self.people, kept, known)
        return f"unit_rows AS (\n{kept.sql}\n){held}\n{members}"

    def of_masks(self, masks: WindowMasks, pairs: Pairs, *, numbered: bool) -> WindowMoments | PairMoments:
        """What makes the statistics of rows with these masks."""
        kept, axis = self._kept(masks)
        if pairs:
            return PairMoments(self._paired_keys(numbered=numbered), kept, axis, pairs)
        return WindowMoments(self.keys, kept, axis, self.people.clustered)

    def walked(self, step_rows: str, walk: Walk, pairs: Pairs, *, numbered: bool) -> Folded:
        """The same from the events of a funnel's steps; for units of whom nothing counts that changes from day to day."""
        values: dict[AxisValue | None, str] = {step: str(step) for step in range(1, walk.steps + 1)}
        fold = self.of_masks(WindowMasks("", values, walk.layout, base="1"), pairs, numbered=numbered)
        return self._walked(step_rows), WalkedMoments(walk, fold, self.people.clustered)

    def times_walked(self, step_rows: str, walk: Walk, ladders: Finish) -> Folded:
        """What ``ladders`` makes of the times between steps, from the same rows."""
        steps = tuple(step for step in range(2, walk.steps + 1) if self.only.get("step", step) == step)
        return self._walked(step_rows), WalkedTimes(walk, ladders, self.people.clustered, steps)

    def _walked(self, step_rows: str) -> str:
        people = ""
        if self.people.clustered:
            cluster = cluster_of(self.people, "u")
            people = f"\nUNION ALL\nSELECT u.unit, {cluster} AS at, {SOMEBODY}::UTINYINT AS step\nFROM people AS u"
        return f"step_rows AS (\n{step_rows}\n)\nFROM step_rows{people}"

    def everyone(self, layout: Layout) -> str:
        """A row for each unit, or each stretch of its attributes, of the relation ``everyone``, without its masks.

        Where attributes change it has masks ``h`` of the windows in which it holds.
        """
        people, told = self.people, ["u.unit", f"{cluster_of(self.people)} AS cluster"]
        told += ["coalesce(p.segment, 'unknown') AS segment"] if people.breakdown else []
        ctes, joined = [], f"\n{_known(people)}" if people.needed else ""
        if people.dated:
            told += [f"coalesce(p.h{mask}, {0 if people.eligible else -1}) AS h{mask}" for mask in layout.masks]
            ctes, joined = [_held(people, layout)], "\nLEFT JOIN held AS p ON p.unit = u.unit"
        found = f"everyone_told AS (\nSELECT {', '.join(told)}\nFROM everyone AS u{joined}\n)\nSELECT * FROM everyone_told"
        return ",\n".join([*ctes, found])

    def amounts(self, pairs: Pairs, *, numbered: bool) -> PlaceMoments | PlacePairs:
        """What makes the moments of a row of each unit in each window, with its value and a base of 1."""
        if pairs:
            return PlacePairs(self._paired_keys(numbered=numbered), None, None, pairs)
        return PlaceMoments(self.keys, None, None, self.people.clustered)

    def presences(self, unit_rows: str) -> Folded:
        """The same from a row for each window in which a unit is there, where a number of units is all that is asked for."""
        sql = f"unit_rows AS (\n{unit_rows}\n)\n{self._counted('')}"
        return sql, PresenceMoments(self.keys, self.people.clustered)

    def _paired_keys(self, *, numbered: bool) -> tuple[str, ...]:
        return (PAIR_ID, *self.keys) if numbered else self.keys

    def _kept(self, masks: WindowMasks) -> tuple[WindowMasks, str | None]:
        """The masks at those values of the own axis that are asked for, and what that axis is called."""
        axis = self.axes[0] if self.axes and None not in masks.values else None
        kept = {value: name for value, name in masks.values.items() if axis is None or self.only.get(axis, value) == value}
        return replace(masks, values=kept), axis

    def pair(self, unit_rows: str) -> str:
        """The statistics of two windows together: 0 is before, 1 is now."""
        return f"{self._members(unit_rows)},\n{OTHERS.get(self.estimator, moments).pair(self._shape)}"

    def pairs(self, unit_rows: str, pairs: Sequence[tuple[int, int]]) -> str:
        """The statistics of several pairs of windows, each as ``pair`` gives them, behind its number ``pair_id``.

        A pair is the number of the window before and that of the window now; a window may be in several. Windows may
        stand in blocks of ``count``, one for each input of a formula; in a pair they stand in blocks of two.
        """
        members = self._members(unit_rows, "in_windows")
        if self.estimator in MOMENTS and self.count <= weeks.MOST_WINDOWS:
            if self.people.clustered:
                return f"{members},\n{weeks.of_clusters(self._shape, pairs)}"
            if self.flags:
                return f"{members},\n{weeks.of_flags(self._shape, pairs)}"
        return f"{members},\n{self._side_by_side(pairs)}"

    def _side_by_side(self, pairs: Sequence[tuple[int, int]]) -> str:
        """The fold of a pair, with every row in each pair that its window is in."""
        numbered = ", ".join(
            f"({number}, {window}, {side})" for number, both in enumerate(pairs) for side, window in enumerate(both)
        )
        shape = replace(self._shape, keys=("pair_id", *self.keys), count=2)
        return f"""\
members AS (
  SELECT s.pair_id, 2 * (m.window_id // {self.count}) + s.side AS window_id, m.* EXCLUDE (window_id)
  FROM in_windows AS m
  JOIN (VALUES {numbered}) AS s(pair_id, in_window, side) ON s.in_window = m.window_id % {self.count}
),
{OTHERS.get(self.estimator, moments).pair(shape)}"""

    @property
    def outside(self) -> bool:
        """Whether the statistics can be finished outside the database."""
        return self.estimator in OUTSIDE

    def handed_over(self, unit_rows: str, spans: Pairs, pairs: Pairs, *, numbered: bool) -> Folded:
        """The rows of those who count, and what makes of them the statistics of windows, or of pairs of these.

        Each window is given by its first ``window_id`` in the rows and the one after its last.
        """
        kind = OUTSIDE[self.estimator]
        cluster = ["cluster"] if self.people.clustered else []
        columns = ", ".join(["window_id::UINTEGER AS window_id", *self.keys, *cluster, *kind.COLUMNS])
        finish = kind.finish(self._shape, spans, pairs, numbered=numbered)
        return f"{self._members(unit_rows)}\nSELECT {columns}\nFROM members", finish

    def units(self, unit_rows: str, name: str) -> str:
        """CTEs, of which one of this name has the rows of those who count, one by one."""
        return f"{self._members(unit_rows)},\n{name} AS (SELECT * FROM members)"

    @property
    def _shape(self) -> Shape:
        constants = {**self.constants, "total": self.estimator in {"count", "total"}}
        return Shape(self.keys, self.people.clustered, constants, self.count, self.flags)

    def _members(self, unit_rows: str, name: str = "members") -> str:
        """Unit rows of those who count, with their cluster and segment."""
        return f"unit_rows AS (\n{unit_rows}\n),\n{name} AS (\n{self._counted()}\n)"

    def _counted(self, told: str = "u.value::DOUBLE AS value, u.base::DOUBLE AS base") -> str:
        own = [f"u.{axis}" for axis in self.axes]
        columns = ", ".join(["u.window_id", *own, *([f"u.unit, {told}"] if told else [])])
        kept = [f"u.{axis} = {literal(value)}" for axis, value in self.only.items()]
        if self.people.needed:
            return _joined(columns, self.people, kept)
        where = f"\nWHERE {' AND '.join(kept)}" if kept else ""
        return f"SELECT {columns}, u.unit AS cluster\nFROM unit_rows AS u{where}"


def _joined(columns: str, people: People, kept: Sequence[str]) -> str:
    cluster = cluster_of(people)
    if not people.dated:
        where = f"\nWHERE {' AND '.join(kept)}" if kept else ""
        return f"SELECT {columns}, {cluster} AS cluster\nFROM unit_rows AS u\n{_known(people)}{where}"
    segment = ", coalesce(p.segment, 'unknown') AS segment" if people.breakdown else ""
    counts = f"coalesce(p.counts, {'FALSE' if people.eligible else 'TRUE'})"
    return f"""\
SELECT {columns}, {cluster} AS cluster{segment}
FROM unit_rows AS u
JOIN windows AS w ON w.window_id = u.window_id
LEFT JOIN people AS p ON p.unit = u.unit AND p.since <= w.last_day AND p.until > w.last_day
WHERE {" AND ".join([counts, *kept])}"""


def _known(people: People) -> str:
    """The join with what does not change of units; all are known, so that the engine may look them up by their place."""
    return f"JOIN people AS p ON p.unit = {f'greatest(u.unit, {NAMELESS})' if people.nameless else 'u.unit'}"


def cluster_of(people: People, known: str = "p") -> str:
    """The cluster of a unit: its parent, or itself; ``known`` is the relation that has the parents."""
    own = f"CASE WHEN u.unit < 0 THEN u.unit ELSE {NO_PARENT} + u.unit END"
    return f"coalesce({known}.parent, {own})" if people.clustered else "u.unit"


def _held(people: People, layout: Layout) -> str:
    """CTEs, the last of them ``held``: stretches of unchanged attributes, with masks ``h`` of the windows ending in them."""
    known = [*(["p.parent"] if people.clustered else []), *(["p.segment"] if people.breakdown else [])]
    masks = ", ".join(f"CASE WHEN p.counts THEN s.h{mask} ELSE 0 END AS h{mask}" for mask in layout.masks)
    return f"""\
stretches AS (
  SELECT p.since, p.until, {layout.masked("w.window_id", "h")}
  FROM (SELECT DISTINCT since, until FROM people) AS p
  JOIN windows AS w ON p.since <= w.last_day AND p.until > w.last_day
  GROUP BY p.since, p.until
),
held AS (
  SELECT {", ".join(["p.unit", *known, masks])}
  FROM people AS p
  JOIN stretches AS s ON s.since = p.since AND s.until = p.until
)"""


def _there(people: People, masks: WindowMasks, known: Sequence[str]) -> tuple[str, str]:
    """CTEs in front, and the masks of units within the stretches in which they count, with cluster and segment.

    Units of which nothing is known stand as they are.
    """
    names, joined, held = [f"{name}{mask}" for name in masks.names for mask in masks.layout.masks], "", ""
    columns = [f"u.{name}" for name in names]
    segment = ["coalesce(p.segment, 'unknown') AS segment"] if people.breakdown else []
    if people.dated:
        unknown = 0 if people.eligible else -1
        columns = [
            f"u.{name}{mask} & coalesce(p.h{mask}, {unknown}) AS {name}{mask}"
            for name in masks.names
            for mask in masks.layout.masks
        ]
        held = f",\n{_held(people, masks.layout)}"
    if people.needed:
        joined = f"\n{'LEFT JOIN held AS p ON p.unit = u.unit' if people.dated else _known(people)}"
    counted = ", ".join([*columns, f"{cluster_of(people)} AS cluster", *known, *segment])
    return held, f"SELECT {counted}\nFROM unit_rows AS u{joined}"
