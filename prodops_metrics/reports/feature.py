"""The feature report: how one feature is doing, in the order in which people ask."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from prodops_metrics.calendar import Window
from prodops_metrics.definitions import Feature
from prodops_metrics.metrics import Metric
from prodops_metrics.reports.answers import Headline, headlines, series, table
from prodops_metrics.reports.dates import length
from prodops_metrics.reports.figures import Figure, figure
from prodops_metrics.reports.goal_list import GoalLine, goal_lines
from prodops_metrics.reports.marks import Mark, marks, seams
from prodops_metrics.reports.section import TITLES, Asked, Section
from prodops_metrics.reports.sections import sections
from prodops_metrics.reports.session import Pinned, Session, pinned
from prodops_metrics.reports.verdict_report import VerdictReport, verdict_report
from prodops_metrics.reports.view import View, days_shown, of_whom, shown_span, viewed

CARDS = {"adoption": "Adoption", "active_units": "Active users", "activation": "Activation", "retention": "Retention"}
"""The standard metrics that stand as cards, in the order of the questions, and what they are called."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the activation funnel: its name, and its row against those who entered.

    ``median`` is how long those who got there took from the step before, in seconds; the first has none.
    """

    number: int
    name: str
    headline: Headline
    median: Headline | None = None


@dataclass(frozen=True, slots=True)
class FeatureReport:
    """Everything the feature page shows. ``series`` holds a result frame per card that has one, by standard name.

    ``before`` holds as many points from before, each at the ``bucket`` of the point it stands under, with the day that it is
    of in ``day``; ``seams`` says where a card's metric changed its meaning. How far back series and cohorts go never
    changes a card. ``triangle`` is the retention of each cohort, empty where the feature has none. The verdict is about
    everybody, whatever the view.
    """

    feature: Feature
    owner: str
    pinned: Pinned
    view: View
    verdict: VerdictReport
    summary: tuple[str, ...]
    cards: tuple[Figure, ...]
    series: dict[str, pl.DataFrame]
    before: dict[str, pl.DataFrame]
    marks: tuple[Mark, ...]
    seams: dict[str, tuple[Mark, ...]]
    goals: tuple[GoalLine, ...]
    funnel: tuple[Step, ...]
    triangle: pl.DataFrame
    triangle_grain: str
    more: tuple[Figure, ...]
    sections: tuple[Section, ...] = ()


def feature_report(session: Session, feature_id: str, view: View | None = None) -> FeatureReport:
    """The report of one feature, as a reader wants to see it.

    Raises:
        UnknownIdError: there is no such feature, segment or entity; the error names the nearest.
    """
    view = view or View()
    feature, everybody = session.catalog.feature(feature_id), session
    session = viewed(session, view)
    cards = tuple(figure(session, f"{feature.id}.{name}", title) for name, title in CARDS.items())
    triangle, grain = _triangle(session, feature, view)
    team = session.catalog.project.teams.get(feature.owner or "")
    every = {name: _both_series(session, feature, name, view) for name in CARDS if _has(session, feature, name)}
    horizon = session.warehouse.horizon()
    return FeatureReport(
        feature=feature,
        owner=team.name if team else "",
        pinned=pinned(session, view.weeks),
        view=view,
        verdict=verdict_report(everybody, feature, receipts=True),
        summary=(*filter(None, (of_whom(view, session.catalog),)), *_summary(session, feature, cards)),
        cards=cards,
        series={name: shown for name, (shown, _) in every.items()},
        before={name: former for name, (_, former) in every.items() if former.height},
        marks=marks(session, feature, days_shown(horizon, view)),
        seams={name: seams(everybody, f"{feature.id}.{name}", days_shown(horizon, view)) for name in every},
        goals=goal_lines(session, feature.id),
        funnel=_funnel(session, feature),
        triangle=triangle,
        triangle_grain=grain,
        more=_more(session, feature),
        sections=_sections(session, feature, cards, view),
    )


def _has(session: Session, feature: Feature, name: str) -> bool:
    return f"{feature.id}.{name}" in session.catalog.metrics


def _both_series(session: Session, feature: Feature, name: str, view: View) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The points of a card's chart, and as many complete ones from before them, where the data goes so far back."""
    metric = session.metric(f"{feature.id}.{name}")
    horizon = session.warehouse.horizon(metric)
    span = shown_span(metric, horizon, view)
    start = metric.chart_start(horizon, span.start)
    earlier = max(start - (span.end - start), min(start, horizon.first_day))
    every = main_series(metric, series(session, metric, Window(earlier, span.end)))
    shown, former = every.filter(pl.col("bucket") >= start), every.filter(pl.col("bucket") < start)
    return shown, _under(shown, former.filter(pl.col("complete") & pl.col("point").is_not_null()))


def _under(shown: pl.DataFrame, former: pl.DataFrame) -> pl.DataFrame:
    """As many former points, each at the bucket of the one it stands under; none where the time before is not whole."""
    places = shown.filter(pl.col("complete"))["bucket"]
    if places.is_empty() or former.height < places.len():
        return former.clear()
    return former.tail(places.len()).rename({"bucket": "day"}).with_columns(places.alias("bucket"))


def _every_series(session: Session, metric: Metric, view: View) -> pl.DataFrame:
    horizon = session.warehouse.horizon(metric)
    span = shown_span(metric, horizon, view)
    return series(session, metric, Window(metric.chart_start(horizon, span.start), span.end))


def _sections(session: Session, feature: Feature, cards: tuple[Figure, ...], view: View) -> tuple[Section, ...]:
    by_name = dict(zip(CARDS, cards, strict=True))
    return sections(Asked(session, feature, by_name, lambda metric: _every_series(session, metric, view)))


def main_series(metric: Metric, frame: pl.DataFrame) -> pl.DataFrame:
    """Of a series with an axis of its own, such as a funnel's steps, the part that the card shows."""
    for axis in metric.axes:
        main = metric.headline_values[-1] if metric.headline_values else frame[axis].min()
        frame = (frame if main is None else frame.filter(pl.col(axis) == main)).drop(axis)
    return frame


def _triangle(session: Session, feature: Feature, view: View) -> tuple[pl.DataFrame, str]:
    if not _has(session, feature, "retention"):
        return pl.DataFrame(), ""
    metric = session.metric(f"{feature.id}.retention")
    horizon = session.warehouse.horizon(metric)
    span, grain = shown_span(metric, horizon, view), metric.counted_by or "week"
    start = max(span.start, horizon.calendar.floor(horizon.first_day, grain))
    shown = Window(start, span.end)
    if metric.cohort_windows(horizon, shown) is None:
        return pl.DataFrame(), ""
    return table(session, metric, shown), grain


def _funnel(session: Session, feature: Feature) -> tuple[Step, ...]:
    if not _has(session, feature, "activation"):
        return ()
    metric = session.metric(f"{feature.id}.activation")
    times = metric.readings.get("step_times")
    medians = {one.at["step"]: one for one in headlines(session, times) if one.at} if times else {}
    found = headlines(session, metric)
    names = ("Shown it", "Used it", "Got its result")
    return tuple(
        Step(number, name, one, medians.get(number)) for number, (name, one) in enumerate(zip(names, found, strict=False), 1)
    )


def _more(session: Session, feature: Feature) -> tuple[Figure, ...]:
    elsewhere = {f"{feature.id}.{name}" for name in (*CARDS, *TITLES)}
    own = [metric for metric in session.catalog.metrics.values() if metric.feature == feature.id]
    return tuple(figure(session, one.id, _title(one.id)) for one in own if one.id not in elsewhere)


def _title(metric_id: str) -> str:
    return metric_id.rpartition(".")[2].replace("_", " ").capitalize()


def _summary(session: Session, feature: Feature, cards: tuple[Figure, ...]) -> Iterator[str]:
    """Sentences built from the figures, each only where its figure exists; else why there is none."""
    adoption, active, activation, retention = cards
    if adoption.point is not None:
        among = session.metric(adoption.metric).population
        yield f"{adoption.text} of {among} used {feature.name} in {adoption.window_text}: {adoption.movement_text}."
    elif adoption.row is not None:
        yield f"Adoption: {adoption.text}, {adoption.movement_text}."
    else:
        yield f"Adoption is not available: {adoption.absent}."
    if activation.point is not None:
        yield f"Of those first shown it, {activation.text} got its result within {length(feature.activation_window)}."
    if retention.point is not None:
        yield f"{retention.text} of new users came back exactly {session.metric(retention.metric).headline_wait} later."
    if active.point is None and active.row is not None:
        yield f"Active users: {active.movement_text}."
