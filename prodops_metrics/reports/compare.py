"""Features or metrics beside each other: over the same calendar weeks, or at the same age since launch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import polars as pl

from prodops_metrics.calendar import DAY, Window
from prodops_metrics.metrics import Metric
from prodops_metrics.reports.answers import headlines, series
from prodops_metrics.reports.feature import CARDS, main_series
from prodops_metrics.reports.figures import Figure, figure
from prodops_metrics.reports.results import Row
from prodops_metrics.reports.session import Pinned, Session, pinned
from prodops_metrics.reports.view import View, shown_span, viewed
from prodops_metrics.reports.wording import number

Aligned = Literal["calendar", "age"]
MOST = 5
"""More lines than this cannot be told apart."""
LONGEST = 52
"""Weeks since launch that are shown at most."""


@dataclass(frozen=True, slots=True)
class Line:
    """One feature or metric in a panel: its figure, and its points at ``bucket``, or at ``age`` in weeks since launch."""

    id: str
    name: str
    figure: Figure
    points: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines that share a scale; ``sentences`` say which surely differ, ``missing`` who has no line and why."""

    id: str
    title: str
    percent: bool
    lines: tuple[Line, ...]
    sentences: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Panels by question, of the same subjects each."""

    pinned: Pinned
    view: View
    aligned: Aligned
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a line is of; ``metric`` is None where a feature cannot have it, as ``absent`` says."""

    id: str
    name: str
    metric: Metric | None
    launched: date | None
    absent: str = ""


def compare_features(session: Session, features: Sequence[str], view: View, aligned: Aligned) -> Comparison:
    """The four questions that stand on cards, a panel each, with a line for each feature.

    Raises:
        UnknownIdError: there is no such feature, segment or entity.
    """
    seen = viewed(session, view)
    subjects = {name: [_of_feature(seen, feature, name) for feature in features[:MOST]] for name in CARDS}
    panels = tuple(_panel(seen, name, CARDS[name], subjects[name], view, aligned) for name in CARDS)
    return Comparison(pinned(session, view.weeks), view, aligned, panels)


def compare_metrics(session: Session, metrics: Sequence[str], view: View, aligned: Aligned) -> Comparison:
    """Metrics with a line each: those that are read in percent on one scale, each other unit on its own.

    Raises:
        UnknownIdError: there is no such metric, segment or entity.
    """
    seen = viewed(session, view)
    found = [_of_metric(session, seen, name) for name in metrics[:MOST]]
    scales = dict.fromkeys(_scale(one) for one in found)
    panels = tuple(
        _panel(seen, scale, scale, [one for one in found if _scale(one) == scale], view, aligned) for scale in scales
    )
    return Comparison(pinned(session, view.weeks), view, aligned, panels)


def _scale(one: _Subject) -> str:
    if one.metric is None:
        return "Not available"
    return "Percent" if one.metric.percent else (one.metric.unit or f"{one.metric.entity}s").capitalize()


def _of_feature(seen: Session, feature: str, name: str) -> _Subject:
    found, metric = seen.catalog.feature(feature), f"{feature}.{name}"
    known = metric in seen.catalog.metrics
    absent = "" if known else seen.catalog.absent.get(metric, "it has no such metric")
    return _Subject(found.id, found.name, seen.metric(metric) if known else None, found.launched, absent)


def _of_metric(session: Session, seen: Session, name: str) -> _Subject:
    metric = session.metric(name)
    feature = session.catalog.features.get(metric.feature or "")
    absent = seen.catalog.absent.get(metric.id, "")
    return _Subject(
        metric.id, metric.id, None if absent else seen.metric(name), feature.launched if feature else None, absent
    )


def _panel(  # noqa: PLR0913 - what a panel is, of whom, and how it is seen
    seen: Session, name: str, title: str, subjects: Sequence[_Subject], view: View, aligned: Aligned
) -> Panel:
    lines: list[Line] = []
    missing = [f"{one.name}: {one.absent}" for one in subjects if one.metric is None]
    for one in subjects:
        if one.metric is None:
            continue
        points = _points(seen, one, view, aligned)
        if points.is_empty():
            missing.append(f"{one.name}: {_pointless(seen, one, one.metric, aligned)}")
        else:
            lines.append(Line(one.id, one.name, figure(seen, one.metric.id, one.name), points))
    known = [one for one in subjects if one.metric and one.id in {line.id for line in lines}]
    percent = any(line.figure.percent for line in lines)
    return Panel(name, title, percent, tuple(lines), tuple(_differing(seen, known, lines, aligned)), tuple(missing))


def _pointless(seen: Session, one: _Subject, metric: Metric, aligned: Aligned) -> str:
    """Why a subject has no line: what its card says where that has no number either."""
    if aligned == "age" and one.launched is None:
        return "no launch is declared"
    card = figure(seen, metric.id, one.name)
    return card.movement_text if card.point is None else "no point in this time"


def _points(seen: Session, one: _Subject, view: View, aligned: Aligned) -> pl.DataFrame:
    """The complete points of a subject; with ``age`` where they stand by weeks since launch."""
    if one.metric is None or (aligned == "age" and one.launched is None):
        return pl.DataFrame()
    horizon = seen.warehouse.horizon(one.metric)
    span = shown_span(one.metric, horizon, view)
    if aligned == "age" and one.launched:
        span = Window(one.launched, min(horizon.through, one.launched + timedelta(weeks=LONGEST)) + DAY)
    if span.days <= 0:
        return pl.DataFrame()
    start = one.metric.chart_start(horizon, span.start)
    frame = main_series(one.metric, series(seen, one.metric, Window(min(start, span.end - DAY), span.end)))
    found = frame.filter(pl.col("complete") & pl.col("point").is_not_null())
    if aligned == "age":
        weeks = (pl.col("bucket").cast(pl.Date) - pl.lit(one.launched)).dt.total_days() // 7
        found = found.with_columns(weeks.alias("age")).filter(pl.col("age") >= 0)
    return found


def _differing(seen: Session, subjects: Sequence[_Subject], lines: Sequence[Line], aligned: Aligned) -> Iterator[str]:
    """Which surely differ: their intervals, widened so that all hold together, do not touch.

    Source: Bonferroni; it holds however much the same people are in several of them.
    """
    if len(lines) < 2:
        return
    level = 1 - (1 - seen.catalog.project.level) / len(lines)
    project = seen.catalog.project.model_copy(update={"level": level})
    catalog = replace(seen.catalog, project=project)
    wide = Session(catalog, replace(seen.warehouse, catalog=catalog))
    age = min(int(line.points["age"].max()) for line in lines) if aligned == "age" else None  # type: ignore[arg-type]
    rows = {one.name: (one.metric, _row(wide, one, age)) for one in subjects if one.metric}
    when = f" {age} weeks after launch" if age is not None else ""
    told = list(_above(rows))
    yield f"Surely different{when}: {'; '.join(told)}." if told else f"No two surely differ{when}."
    unknown = [name for name, (_, row) in rows.items() if row is None]
    if unknown:
        yield f"Not known at that age: {', '.join(unknown)}."


def _row(wide: Session, one: _Subject, age: int | None) -> Row | None:
    if one.metric is None:
        return None
    if age is None:
        return headlines(wide, wide.metric(one.metric.id))[-1].now
    points = _points(wide, one, View(), "age").filter(pl.col("age").is_between(age - 1, age))
    if points.is_empty():
        return None
    last = points.row(-1, named=True)
    names = ("numerator", "denominator", "units", "point", "low", "high", "complete", "reason")
    return Row(*(last[name] for name in names))


def _above(rows: dict[str, tuple[Metric, Row | None]]) -> Iterator[str]:
    """``Smart Search (51.0 %) above PDF export (22.5 %) and Comments (13.9 %)``, the highest first."""
    known = {name: (metric, row) for name, (metric, row) in rows.items() if row and row.low is not None}
    ordered = sorted(known, key=lambda name: -(known[name][1].point or 0.0))
    for name in ordered:
        metric, row = known[name]
        below = [
            f"{other} ({number(known[other][0], known[other][1].point)})"
            for other in ordered
            if (known[other][1].high or 0.0) < (row.low or 0.0)
        ]
        if below:
            listed = below[0] if len(below) == 1 else f"{', '.join(below[:-1])} and {below[-1]}"
            yield f"{name} ({number(metric, row.point)}) above {listed}"
