"""A metric and what is asked of it, as one query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from prodops_metrics.calendar import Calendar, Window
from prodops_metrics.definitions import Catalog, Condition, EventMatch, EventPosition, Exclusion, PropertyEntity
from prodops_metrics.definitions.nearest import nearest
from prodops_metrics.errors import QueryError, UnknownIdError
from prodops_metrics.metrics.base import AxisValue, Metric
from prodops_metrics.metrics.fold import Fold, Folded
from prodops_metrics.metrics.folds import Shape, assembled
from prodops_metrics.metrics.folds.from_days import CountsFromDays, LivesFromDays, PlacesFromDays, WideFromDays
from prodops_metrics.metrics.folds.lives import Lives
from prodops_metrics.metrics.folds.places import PlaceMoments, PlacePairs
from prodops_metrics.metrics.from_days import DaysCounted
from prodops_metrics.metrics.masks import Places, WindowMasks
from prodops_metrics.metrics.operands import Operand
from prodops_metrics.metrics.pieces import Pieces
from prodops_metrics.metrics.query import (
    LABELS,
    ActiveDays,
    Asked,
    Breakdown,
    DaysFinish,
    FromDays,
    Labels,
    OfDays,
    People,
    Query,
    Relation,
    Source,
    Touch,
    UnitIds,
)

UNKNOWN = "unknown"
"""The segment of those of whom the attribute or property is not known."""
MOST_OVER = 4
"""In so many windows a day may lie, where rows are told anew in each and all are handed over."""


@dataclass(frozen=True, slots=True)
class Question:
    """A metric over windows, perhaps by segment; ``paired`` folds exactly two windows, before and now, into one row.

    ``pairs`` does so with several, each by the numbers of its two windows, and gives a row of each.
    ``by`` is a segment, a unit attribute, or a property of the metric's events; of the latter ``touch`` says which value.
    ``through`` is the last complete day, on which those are last seen to whom it has not happened yet.
    ``only`` keeps one value of an axis, such as one age of a retention curve.
    """

    metric: Metric
    windows: tuple[Window, ...]
    by: str | None = None
    touch: Touch | None = None
    paired: bool = False
    through: date | None = None
    only: Mapping[str, AxisValue] = field(default_factory=dict)
    pairs: tuple[tuple[int, int], ...] = ()


def build(question: Question, catalog: Catalog, *, plain: bool = False) -> Query:
    """The query that answers a question: moments per window and axes.

    ``plain``: from unit rows, by its statement alone, as a person would write it; the answer is the same.

    Raises:
        QueryError: the breakdown is of another entity, or the metric cannot be broken down this way.
        UnknownIdError: there is no such segment, attribute or property.
    """
    if question.metric.parts:
        return _assembled(question, catalog)
    asked = _asked(question, catalog)
    fold, rows = _folded(question, asked, catalog)
    if not plain and fold.outside and (found := _outside(question, asked, catalog)):
        return found
    wide = None if plain else _window_masks(question, asked, catalog)
    body, finish = (None if plain else _quick(question, asked, catalog, fold, wide)) or (_plain(question, fold, rows), None)
    query = replace(_query(question, asked, catalog, body, _before(question)), finish=finish)
    query = replace(query, from_days=_from_days(question, query, fold, wide))
    return replace(query, relations=_read(query, wide)) if wide else query


def _from_days(question: Question, query: Query, fold: Fold, wide: WindowMasks | None) -> FromDays | None:
    """The way over days in memory, where masks can be told from mere days of units that have a key."""
    told = wide.told if wide else question.metric.masks_told(query.asked)
    if told is None or isinstance(query.entity, PropertyEntity) or query.labels:
        return None
    relations: tuple[OfDays, ...] = tuple(
        one for one in query.relations if isinstance(one, OfDays) and one.name in told.relations
    )
    finish: DaysFinish | None = None
    pairs, numbered = _pairs(question)
    if isinstance(told, DaysCounted):
        own = query.finish if isinstance(query.finish, PlaceMoments | PlacePairs) else fold.amounts(pairs, numbered=numbered)
        finish = CountsFromDays(own, told)
    elif wide:
        relations = (wide.attempts,) if wide.attempts else relations
        finish = WideFromDays(fold.of_masks(wide, pairs, numbered=numbered), told)
    elif isinstance(query.finish, PlaceMoments | PlacePairs):
        finish = PlacesFromDays(query.finish, told)
    elif isinstance(query.finish, Lives):
        finish = LivesFromDays(query.finish, told)
    if finish is None or any(isinstance(one, Source) and one.anonymous for one in relations):
        return None
    layout = wide.layout if wide else Places(len(query.asked.windows))
    return FromDays(fold.everyone(layout), relations, query.asked.blocks, finish, told.ever)


def _plain(question: Question, fold: Fold, rows: str) -> str:
    """The statistics from unit rows."""
    if question.pairs:
        return fold.pairs(rows, question.pairs)
    return fold.pair(rows) if question.paired else fold.windows(rows)


def _pairs(question: Question) -> tuple[tuple[tuple[int, int], ...], bool]:
    """The pairs of windows that are asked about, and whether their answers are numbered."""
    return question.pairs or (((0, 1),) if question.paired else ()), bool(question.pairs)


def _before(question: Question) -> tuple[str, ...]:
    return ("pair_id",) if question.pairs else () if question.paired else ("window_id",)


def _outside(question: Question, asked: Asked, catalog: Catalog) -> Query | None:
    """The query whose rows are finished outside the database; None where too many would be handed over.

    Where windows do not change what a row says, each row is handed over once, in a piece of the windows that it is in.
    """
    alike = question.metric.same_in_any_window and not _people(question, catalog).dated
    if alike and asked.touch in {None, "any"}:
        pieces = Pieces.of(question.windows)
    elif sum(one.days for one in question.windows) <= MOST_OVER * _days(question.windows):
        pieces = Pieces.whole(question.windows)
    else:
        return None
    cut = replace(question, windows=pieces.windows, through=asked.last_complete)
    asked = _asked(cut, catalog)
    fold, rows = _folded(cut, asked, catalog)
    pairs, numbered = _pairs(question)
    body, finish = fold.handed_over(rows, pieces.spans, pairs, numbered=numbered)
    walked = None if fold.people.dated else question.metric.walk(asked)
    body, finish = fold.times_walked(*walked, finish) if walked else (body, finish)
    query = replace(_query(cut, asked, catalog, body, _before(question)), finish=finish)
    return replace(query, from_days=_from_days(cut, query, fold, None))


def _days(windows: Sequence[Window]) -> int:
    """From the first day of any to the last."""
    return (max(one.end for one in windows) - min(one.start for one in windows)).days


def _read(query: Query, wide: WindowMasks) -> tuple[Relation, ...]:
    """The relations of a query, those asked for as words of days that the masks are made of."""
    return tuple(
        replace(one, words=wide.words[one.name]) if isinstance(one, Source | ActiveDays) and one.name in wide.words else one
        for one in query.relations
    )


def _window_masks(question: Question, asked: Asked, catalog: Catalog) -> WindowMasks | None:
    """Masks of the windows, where the type can tell them and the answer can be told from them."""
    labels = _labels(question, catalog)
    wide = question.metric.window_masks(asked) if _wide(question, asked, labels) else None
    if wide is None or labels is None:
        return wide
    told = tuple(f"{name}{mask}" for name in wide.names for mask in wide.layout.masks)
    return replace(wide, sql=_labelled(wide.sql, told, labels))


def _quick(question: Question, asked: Asked, catalog: Catalog, fold: Fold, wide: WindowMasks | None) -> Folded | None:
    """The statistics from masks of the windows, or of the own axis, or presence; None where these do not tell enough."""
    metric, labels = question.metric, _labels(question, catalog)
    pairs, numbered = _pairs(question)
    walked = None if fold.outside or fold.people.dated or asked.windows != question.windows else metric.walk(asked)
    if walked:
        return fold.walked(*walked, pairs, numbered=numbered)
    if wide:
        return fold.wide(wide), fold.of_masks(wide, pairs, numbered=numbered)
    masks = metric.unit_masks(asked)
    if masks:
        rows = _labelled(masks, ("window_id", "mask"), labels) if labels else masks
        return fold.masked(rows, metric.mask_values(asked), pairs, numbered=numbered)
    if metric.flags and metric.estimator == "count" and not metric.axes and not pairs:
        return fold.presences(_folded(question, asked, catalog)[1])
    return None


def _wide(question: Question, asked: Asked, labels: Labels | None) -> bool:
    """Whether masks of windows can tell the answer: of whole days, where a unit's segment is the same in all of them."""
    alike = labels is None or labels.touch == "any"
    return question.metric.flags and alike and not asked.timed and asked.windows == question.windows


def _assembled(question: Question, catalog: Catalog) -> Query:
    """The query of a number that is put together from others, each with a question of its own."""
    metric, count = question.metric, len(question.windows)
    shape = Shape(("segment",) if question.by else (), clustered=False, constants=metric.constants, count=count)
    parts = tuple((name, build(_part(question, one), catalog, plain=True)) for name, one in metric.parts.items())
    body = assembled.pair(shape) if question.paired else assembled.windows(shape)
    asked = Asked(question.windows, Calendar(catalog.project.timezone, catalog.project.week_start))
    axes = (*(() if question.paired else ("window_id",)), *shape.keys)
    return Query(metric.entity, asked, (), People(), body, axes, parts=parts)


def _part(question: Question, one: Operand) -> Question:
    windows = tuple(one.earlier(window) for window in question.windows)
    return replace(question, metric=one.metric, windows=windows, paired=False, only=one.place)


def unit_query(question: Question, catalog: Catalog) -> Query:
    """One row per unit that counts: ``window_id``, the axes, ``id``, ``value``, ``base``; no id where events have none.

    Raises:
        QueryError: the breakdown is of another entity, the metric cannot be broken down this way, or it has no such rows.
        UnknownIdError: there is no such segment, attribute or property.
    """
    if question.metric.no_units:
        raise QueryError(question.metric.no_units)
    asked = _asked(question, catalog)
    fold, rows = _folded(question, asked, catalog)
    keys = ", ".join(f"m.{key}" for key in ("window_id", *fold.keys))
    body = f"""{fold.units(rows, "kept_rows")}
SELECT {keys}, i.id, m.value, m.base
FROM kept_rows AS m
LEFT JOIN unit_ids AS i ON i.unit = m.unit
ORDER BY {keys}, i.id, m.value, m.base"""
    query = _query(question, asked, catalog, body, ("window_id",))
    return replace(query, relations=(*query.relations, UnitIds("unit_ids")))


def _asked(question: Question, catalog: Catalog) -> Asked:
    calendar = Calendar(catalog.project.timezone, catalog.project.week_start)
    labels = _labels(question, catalog)
    windows = (*question.windows, *question.metric.extra_windows(question.windows, calendar))
    return Asked(windows, calendar, labels.touch if labels else None, question.through)


def _folded(question: Question, asked: Asked, catalog: Catalog) -> tuple[Fold, str]:
    """The fold of a question, and the unit rows that it folds."""
    metric, labels = question.metric, _labels(question, catalog)
    axes = (*metric.axes, *(("segment",) if labels else ()))
    rows = metric.unit_rows(asked)
    people, count = _people(question, catalog), len(question.windows)
    fold = Fold(axes, people, metric.estimator, question.only, metric.constants, count, metric.flags)
    return fold, _labelled(rows, ("window_id", *metric.axes, "value", "base"), labels) if labels else rows


def _query(question: Question, asked: Asked, catalog: Catalog, body: str, before: tuple[str, ...]) -> Query:
    metric = question.metric
    axes = (*before, *metric.axes, *(("segment",) if question.by else ()))
    people, below = _people(question, catalog), _below(metric, catalog)
    return Query(metric.entity, asked, metric.relations(), people, body, axes, below, _labels(question, catalog))


def _labelled(unit_rows: str, told: tuple[str, ...], labels: Labels) -> str:
    """Unit rows with the event property's value as ``segment``."""
    columns = ", ".join(f"u.{name}" for name in told)
    if labels.touch == "any":
        return f"""\
SELECT {columns}, (u.unit - l.number) // {LABELS} AS unit, l.label AS segment
FROM ({unit_rows}) AS u
JOIN {labels.name} AS l ON l.number = u.unit & {LABELS - 1}"""
    if labels.touch not in {"first", "last"}:
        return f"SELECT {columns}, u.unit, coalesce(u.segment, '{UNKNOWN}') AS segment\nFROM ({unit_rows}) AS u"
    return f"""\
SELECT {columns}, u.unit, coalesce(l.label, '{UNKNOWN}') AS segment
FROM ({unit_rows}) AS u
LEFT JOIN {labels.name} AS l ON l.window_id = u.window_id AND l.unit = u.unit"""


def without_id(metric: Metric, windows: tuple[Window, ...], catalog: Catalog) -> Query:
    """How many of the events that a metric reads in the windows have no unit: ``without_id, events``."""
    asked = Asked(windows, Calendar(catalog.project.timezone, catalog.project.week_start))
    positions = [relation.position for relation in metric.relations() if isinstance(relation, Source)]
    matches = dict.fromkeys(EventMatch(match.event, match.condition) for position in positions for match in position)
    body = f"""\
in_windows AS (
  SELECT e.unit, e.events
  FROM matched AS e
  JOIN {asked.windows_of("e")}
)
SELECT coalesce(sum(events) FILTER (WHERE unit < 0), 0)::BIGINT AS without_id, coalesce(sum(events), 0)::BIGINT AS events
FROM in_windows"""
    source = Source("matched", EventPosition(tuple(matches)), anonymous=True)
    return Query(metric.entity, asked, (source,), People(), body, ())


def _people(question: Question, catalog: Catalog) -> People:
    metric = question.metric
    return People(
        eligible=_eligible(metric, catalog) if metric.only_eligible else None,
        exclusions=tuple(
            one.condition for one in excluding(metric, catalog) if one.entity not in _children(metric, catalog)
        ),
        breakdown=_breakdown(question, catalog),
        clustered=catalog.project.parent(metric.entity) is not None,
        nameless=metric.counts_events,
    )


def excluding(metric: Metric, catalog: Catalog) -> tuple[Exclusion, ...]:
    """The exclusions that touch a metric: of its entity, of what that sits in, and of what sits in it."""
    near = {metric.entity, *catalog.project.ancestors(metric.entity), *_children(metric, catalog)}
    return tuple(one for one in catalog.project.exclusions.values() if one.entity in near)


def _children(metric: Metric, catalog: Catalog) -> set[str]:
    """The entities whose units' events a unit of the metric's entity is made of."""
    entities = catalog.project.entities
    if isinstance(metric.entity, PropertyEntity):
        return set(entities)
    return {name for name in entities if metric.entity in catalog.project.ancestors(name)}


def _below(metric: Metric, catalog: Catalog) -> tuple[tuple[str, Condition], ...]:
    children = _children(metric, catalog)
    return tuple((one.entity, one.condition) for one in excluding(metric, catalog) if one.entity in children)


def _eligible(metric: Metric, catalog: Catalog) -> Condition | None:
    """The feature's condition, where units of the metric's entity carry what it asks about."""
    missing = metric.eligible.columns - catalog.attributes(metric.entity).keys() if metric.eligible else set()
    if missing:
        raise QueryError(
            f"`{metric.id}` counts {metric.entity}s, and whom `{metric.feature}` is for is told by "
            f"{', '.join(sorted(missing))}, which no {metric.entity} has. Write `of: active` instead."
        )
    return metric.eligible


def _breakdown(question: Question, catalog: Catalog) -> Breakdown | None:
    """The unit attribute or declared segment that is asked for; None where it is an event property, or nothing."""
    name, metric = question.by, question.metric
    if name is None or question.touch:
        return None
    if name in catalog.segments:
        segment = catalog.segment(name)
        if segment.entity != metric.entity:
            raise QueryError(f"Segment `{name}` is about {segment.entity}s and `{metric.id}` counts {metric.entity}s.")
        return Breakdown(name, condition=segment.condition)
    if name in catalog.attributes(metric.entity):
        return Breakdown(name, attribute=name)
    return None


def _labels(question: Question, catalog: Catalog) -> Labels | None:
    """The event property that is asked for, and which of its values."""
    name, metric = question.by, question.metric
    if name is None or _breakdown(question, catalog):
        return None
    properties = _properties(metric, catalog)
    if name not in properties:
        known = {*catalog.segments, *catalog.attributes(metric.entity), *properties}
        raise UnknownIdError("segment, attribute or event property", name, nearest(name, known))
    touch = question.touch or next(iter(metric.touches), "any")
    if touch not in metric.touches:
        raise QueryError(_untouchable(metric, name, touch))
    return Labels(name, touch)


def _untouchable(metric: Metric, name: str, touch: Touch) -> str:
    what = f"`{metric.id}` cannot be broken down by the event property `{name}`"
    if not metric.touches:
        return f"{what}: it also counts units without such an event. Use a segment or an attribute of {metric.entity}s."
    listed = " or ".join(f"--touch {word}" for word in metric.touches)
    return f"{what} with --touch {touch}; use {listed}."


def _properties(metric: Metric, catalog: Catalog) -> set[str]:
    """The properties that the events of a metric have."""
    found = {*catalog.properties}
    for relation in metric.relations():
        names = relation.position.events if isinstance(relation, Source) else frozenset()
        for event in catalog.events if names is None else names:
            found |= catalog.events[event].properties.keys() if event in catalog.events else set()
    return found
