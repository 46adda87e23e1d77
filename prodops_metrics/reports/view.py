"""What a reader chooses beside the subject of a report: how far back its charts go, and of whom it tells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from prodops_metrics.calendar import DAY, Window
from prodops_metrics.definitions import Catalog, Condition, Exclusion, Segment
from prodops_metrics.definitions.nearest import nearest
from prodops_metrics.errors import UnknownIdError
from prodops_metrics.metrics import Metric
from prodops_metrics.metrics.windows import Horizon
from prodops_metrics.reports.session import Session

DEFAULT_WEEKS = 12
FEWEST_MONTHS = 6
USUAL = "user"
"""What is counted unless something else is asked for."""


@dataclass(frozen=True, slots=True)
class View:
    """A choice of a reader; it moves no card's window and no verdict.

    Charts go ``weeks`` back from data through, or cover ``days``, local ones. ``segment`` keeps only its units above and
    below every line; ``entity`` counts other units than users, such as the accounts that they sit in.
    """

    weeks: int = DEFAULT_WEEKS
    days: Window | None = None
    segment: str | None = None
    entity: str | None = None

    @property
    def plain(self) -> bool:
        """Whether it is about everybody, counted as usual."""
        return self.segment is None and self.entity is None

    @property
    def words(self) -> str:
        """How far back charts go."""
        return f"these {self.weeks} weeks" if self.days is None else f"{self.days}"


def days_shown(horizon: Horizon, view: View) -> Window:
    """The local days that charts cover, whatever their metric."""
    end = horizon.newest_day + DAY
    if view.days is None:
        return Window(horizon.through + DAY - timedelta(weeks=view.weeks), end)
    start = min(view.days.start, horizon.through)
    return Window(start, max(min(end, view.days.end), start + DAY))


def shown_span(metric: Metric, horizon: Horizon, view: View) -> Window:
    """The local days that a metric's chart covers: those asked for, or so many weeks to data through and what is incomplete.

    By grain it begins with a whole bucket. Months go back far enough to show some; cohorts, until their age has come.
    """
    grain, calendar, days = metric.counted_by, horizon.calendar, days_shown(horizon, view)
    if grain is None:
        return days
    first = calendar.floor(days.start, grain)
    if grain == "month":
        first = min(first, calendar.shift(calendar.floor(horizon.through, grain), grain, 1 - FEWEST_MONTHS))
    return Window(first, days.end)


def viewed(session: Session, view: View) -> Session:
    """The session in which every metric counts only the segment of a view, and its entity.

    Raises:
        UnknownIdError: there is no such segment or entity; the error names the nearest.
    """
    if view.plain:
        return session
    catalog = session.catalog
    if view.entity:
        catalog = _counting(catalog, view.entity)
    if view.segment:
        catalog = _within(catalog, catalog.segment(view.segment))
    return Session(catalog, replace(session.warehouse, catalog=catalog))


def of_whom(view: View, catalog: Catalog) -> str:
    """Of whom a report tells where that is not everybody, in a sentence; the verdict in it is about all the same."""
    segment = catalog.segments.get(view.segment or "")
    whom = [f"only {segment.description.rstrip('.') or segment.id} (segment {segment.id})"] if segment else []
    counted = [f"counted by {view.entity} instead of {USUAL}"] if view.entity else []
    return f"These numbers: {', '.join((*whom, *counted))}. The verdict is about everybody." if whom or counted else ""


def entities(catalog: Catalog) -> tuple[str, ...]:
    """What features can be counted by: users, and what they sit in."""
    return (USUAL, *catalog.project.ancestors(USUAL)) if USUAL in catalog.project.entities else ()


def _within(catalog: Catalog, segment: Segment) -> Catalog:
    """Everyone outside of a segment is left out as exclusions are: above and below every line, and said in receipts."""
    outside = Exclusion.model_construct(
        id=f"outside {segment.id}",
        description=f"Everyone outside the segment `{segment.id}`",
        entity=segment.entity,
        condition=Condition(("NOT coalesce(", *segment.condition.pieces, ", FALSE)")),
    )
    exclusions = {**catalog.project.exclusions, outside.id: outside}
    return replace(catalog, project=catalog.project.model_copy(update={"exclusions": exclusions}))


def _counting(catalog: Catalog, entity: str) -> Catalog:
    """The metrics of users counted by another entity; those that cannot be, with the reason."""
    known = entities(catalog)
    if entity not in known:
        raise UnknownIdError("entity", entity, nearest(entity, known))
    moved = {name: _moved(metric, entity) for name, metric in _metrics(catalog) if metric.entity == USUAL}
    absent = dict(_cannot(catalog, entity, moved))
    metrics = {name: moved.get(name, metric) for name, metric in catalog.metrics.items() if name not in absent}
    return replace(catalog, metrics=metrics, absent={**catalog.absent, **absent})


def _moved(metric: Metric, entity: str) -> Metric:
    return metric.model_copy(update={"entity": entity})


def _metrics(catalog: Catalog) -> Iterator[tuple[str, Metric]]:
    for name, metric in catalog.metrics.items():
        if isinstance(metric, Metric):
            yield name, metric


def _cannot(catalog: Catalog, entity: str, moved: Mapping[str, Metric]) -> Iterator[tuple[str, str]]:
    has = catalog.attributes(entity).keys()
    for name, metric in moved.items():
        missing = metric.eligible.columns - has if metric.eligible and metric.only_eligible else frozenset()
        if missing:
            told = ", ".join(f"`{each}`" for each in sorted(missing))
            yield name, f"whom it is for is told by {told}, which no {entity} has"
        elif metric.parts:
            yield name, f"a formula is counted by its own inputs, not by {entity}s"


def fixed(view: View, through: date) -> View:
    """The same view by its dates, which stay what they are when new data arrives."""
    if view.days:
        return view
    return replace(view, days=Window(through + DAY - timedelta(weeks=view.weeks), through + DAY))
