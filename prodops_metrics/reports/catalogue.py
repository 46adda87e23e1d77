"""The metrics of a project: found by any of their words, and each with all that is known of it on one sheet."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from prodops_metrics.calendar import DAY, Window
from prodops_metrics.definitions import Catalog, MetricDefinition
from prodops_metrics.definitions.dependents import DependentKind
from prodops_metrics.errors import ProdopsError
from prodops_metrics.metrics import Metric
from prodops_metrics.metrics.windows import Horizon
from prodops_metrics.reports.answers import series
from prodops_metrics.reports.changes import events_of
from prodops_metrics.reports.differs import Stream, streams_in_order
from prodops_metrics.reports.excerpts import Excerpt, contents_behind, excerpt
from prodops_metrics.reports.feature import main_series
from prodops_metrics.reports.figures import Figure, figure
from prodops_metrics.reports.history import History, history
from prodops_metrics.reports.marks import Mark, marks_sentence, seams
from prodops_metrics.reports.sentences import meaning_in_words
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.twins import Twin, named_alike, twins
from prodops_metrics.reports.wording import series_sentence

POINTS = 12
WORD = re.compile(r"[\w.]+")
OF_A_STREAM = re.compile(r"^  type: (\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class MetricLine:
    """A metric on the list: its words, and what it can be found by. ``team`` is the id of its owner, empty without one."""

    id: str
    description: str
    type: str
    status: str
    team: str
    owner: str
    feature: str
    feature_name: str
    searched: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: words that all have to be there, and a team, status or type; empty for any."""

    words: str = ""
    team: str = ""
    status: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The metrics that are what is wanted; those that are near in ``near`` where there are none."""

    lines: tuple[MetricLine, ...]
    near: tuple[Twin, ...] = ()


@dataclass(frozen=True, slots=True)
class MetricSheet:
    """All that is known of one metric.

    ``figure`` is None where the engine cannot answer, and ``problem`` says why; ``points`` is its series of the last weeks,
    ``marks`` where its meaning changed in them.
    ``used_by`` are ids by kind. ``written`` has no text where the files changed since they were read. ``differs`` explains
    numbers of other tools for metrics of this type.
    """

    metric: Metric
    line: MetricLine
    sentences: tuple[str, ...]
    figure: Figure | None
    points: pl.DataFrame
    problem: str
    marks: tuple[Mark, ...]
    used_by: Mapping[str, tuple[str, ...]]
    written: Excerpt
    twins: tuple[Twin, ...]
    history: History
    differs: tuple[Stream, ...]

    @property
    def said(self) -> str:
        """The points and marks in words, for those who cannot see them."""
        points = series_sentence(self.metric.id, self.points, percent=self.metric.percent)
        return f"{points} {marks_sentence(self.marks)}".rstrip()

    @property
    def duplicates(self) -> tuple[str, ...]:
        """The metrics that give the same number always."""
        return tuple(twin.metric.id for twin in self.twins if twin.same)


def metric_lines(catalog: Catalog) -> tuple[MetricLine, ...]:
    """Every metric: those that people wrote before the standard ones of features, each in the order of the files."""
    every = sorted(catalog.metrics.values(), key=lambda metric: "." in metric.id)
    return tuple(_line(metric, catalog) for metric in every)


def found(catalog: Catalog, lines: Sequence[MetricLine], wanted: Wanted) -> Found:
    """The lines that are what is wanted, those first whose id has the first word in it."""
    words = WORD.findall(wanted.words.lower())
    kept = [line for line in lines if _fits(line, wanted) and all(word in line.searched for word in words)]
    if words:
        kept.sort(key=lambda line: words[0] not in line.id.lower())
    near = named_alike(catalog, wanted.words) if words and not kept else ()
    return Found(tuple(kept), near)


def metric_sheet(session: Session, name: str) -> MetricSheet:
    """The sheet of a metric; of a reading of one, such as ``signup:step_times``, that of the metric.

    Raises:
        UnknownIdError: there is no such metric; the error names the nearest.
    """
    catalog, metric = session.catalog, session.metric(name.partition(":")[0])
    shown, points, problem = _numbers(session, metric)
    return MetricSheet(
        metric=metric,
        line=_line(metric, catalog),
        sentences=meaning_in_words(metric, catalog),
        figure=shown,
        points=points,
        problem=problem,
        marks=seams(session, metric.id, _span(metric, session.warehouse.horizon(metric))),
        used_by=_used_by(metric, catalog),
        written=excerpt(metric.place, contents_behind(catalog)),
        twins=twins(catalog, metric),
        history=history(session, metric.id),
        differs=streams_about(metric.type),
    )


def streams_about(word: str) -> tuple[Stream, ...]:
    """The toy streams that are counted with a metric type."""
    return tuple(stream for stream in streams_in_order().values() if word in OF_A_STREAM.findall(stream.definitions))


def _line(metric: MetricDefinition, catalog: Catalog) -> MetricLine:
    feature = catalog.features.get(metric.feature or "")
    owner = metric.owner or (feature.owner if feature else None) or ""
    team = catalog.project.teams.get(owner)
    about = (metric.id, metric.description, metric.question or "", metric.type, owner, *sorted(events_of(metric)))
    named = (feature.id, feature.name) if feature else ("", "")
    return MetricLine(
        id=metric.id,
        description=metric.description,
        type=metric.type,
        status=metric.status,
        team=owner,
        owner=team.name if team else owner,
        feature=named[0],
        feature_name=named[1],
        searched=" ".join((*about, team.name if team else "", *named)).lower(),
    )


def _fits(line: MetricLine, wanted: Wanted) -> bool:
    asked = ((wanted.team, line.team), (wanted.status, line.status), (wanted.type, line.type))
    return all(not want or want == has for want, has in asked)


def _numbers(session: Session, metric: Metric) -> tuple[Figure | None, pl.DataFrame, str]:
    try:
        shown = figure(session, metric.id, metric.id)
        points = main_series(metric, series(session, metric, _span(metric, session.warehouse.horizon(metric))))
    except ProdopsError as error:
        return None, pl.DataFrame(), str(error)
    return shown, points, ""


def _span(metric: Metric, horizon: Horizon) -> Window:
    """The local days of the last points: so many weeks, or so many buckets of the metric's own grain."""
    grain, calendar = metric.counted_by, horizon.calendar
    if grain is None:
        return Window(horizon.through + DAY - timedelta(weeks=POINTS), horizon.newest_day + DAY)
    return Window(calendar.shift(calendar.floor(horizon.through, grain), grain, 1 - POINTS), horizon.newest_day + DAY)


def _used_by(metric: Metric, catalog: Catalog) -> Mapping[str, tuple[str, ...]]:
    """The ids of what rests on a metric, by kind; the feature that it is of stands first."""
    kinds: dict[str, list[str]] = {}
    for kind, name in _users(metric, catalog):
        kinds.setdefault(kind, []).append(name)
    return {kind: tuple(names) for kind, names in kinds.items()}


def _users(metric: Metric, catalog: Catalog) -> Iterator[tuple[DependentKind | str, str]]:
    if metric.feature:
        yield "features", metric.feature
    yield from ((each.kind, each.id) for each in catalog.dependents(metric.id))
