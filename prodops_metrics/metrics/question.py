"""A metric and what is asked of it, as one query."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prodops_metrics.calendar import Calendar, Window
from prodops_metrics.definitions import Catalog, Condition, EventMatch, EventPosition, Exclusion
from prodops_metrics.definitions.nearest import nearest
from prodops_metrics.errors import QueryError, UnknownIdError
from prodops_metrics.metrics.base import Metric
from prodops_metrics.metrics.fold import Fold
from prodops_metrics.metrics.query import Asked, Breakdown, People, Query, Source


@dataclass(frozen=True, slots=True)
class Question:
    """A metric over windows, perhaps by segment; ``paired`` folds exactly two windows, before and now, into one row.

    ``only`` keeps one value of an axis, such as one age of a retention curve.
    """

    metric: Metric
    windows: tuple[Window, ...]
    by: str | None = None
    paired: bool = False
    only: Mapping[str, int] = field(default_factory=dict)


def build(question: Question, catalog: Catalog) -> Query:
    """The query that answers a question.

    Raises:
        QueryError: the breakdown is of another entity.
        UnknownIdError: there is no such segment or attribute.
    """
    metric = question.metric
    asked = Asked(question.windows, Calendar(catalog.project.timezone, catalog.project.week_start))
    people = _people(question, catalog)
    fold = Fold(metric.axes, people, metric.estimator, question.only)
    body = (fold.pair if question.paired else fold.windows)(metric.unit_rows(asked))
    axes = (*(() if question.paired else ("window_id",)), *metric.axes, *(("segment",) if question.by else ()))
    return Query(metric.entity, asked, metric.relations(), people, body, axes, _below(metric, catalog))


def without_id(metric: Metric, windows: tuple[Window, ...], catalog: Catalog) -> Query:
    """How many of the events that a metric reads in the windows have no unit: ``without_id, events``."""
    asked = Asked(windows, Calendar(catalog.project.timezone, catalog.project.week_start))
    positions = [relation.position for relation in metric.relations() if isinstance(relation, Source)]
    matches = dict.fromkeys(EventMatch(match.event, match.condition) for position in positions for match in position)
    body = """\
in_windows AS (
  SELECT e.unit, e.events
  FROM matched AS e
  JOIN windows AS w ON e.day BETWEEN w.first_day AND w.last_day
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
        breakdown=_breakdown(question.by, metric, catalog) if question.by else None,
        clustered=catalog.project.entities[metric.entity].parent is not None,
    )


def excluding(metric: Metric, catalog: Catalog) -> tuple[Exclusion, ...]:
    """The exclusions that touch a metric: of its entity, of what that sits in, and of what sits in it."""
    near = {metric.entity, *catalog.project.ancestors(metric.entity), *_children(metric, catalog)}
    return tuple(one for one in catalog.project.exclusions.values() if one.entity in near)


def _children(metric: Metric, catalog: Catalog) -> set[str]:
    return {name for name in catalog.project.entities if metric.entity in catalog.project.ancestors(name)}


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


def _breakdown(name: str, metric: Metric, catalog: Catalog) -> Breakdown:
    if name in catalog.segments:
        segment = catalog.segment(name)
        if segment.entity != metric.entity:
            raise QueryError(f"Segment `{name}` is about {segment.entity}s and `{metric.id}` counts {metric.entity}s.")
        return Breakdown(name, condition=segment.condition)
    attributes = catalog.attributes(metric.entity)
    if name not in attributes:
        raise UnknownIdError("segment or attribute", name, nearest(name, {*catalog.segments, *attributes}))
    return Breakdown(name, attribute=name)
