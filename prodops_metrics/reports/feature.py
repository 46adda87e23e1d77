"""The feature report: how one feature is doing, in the order in which people ask."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from prodops_metrics.calendar import DAY, Window
from prodops_metrics.definitions import Feature
from prodops_metrics.metrics import Metric
from prodops_metrics.metrics.windows import Horizon
from prodops_metrics.reports.answers import Headline, headlines, series, table
from prodops_metrics.reports.dates import length
from prodops_metrics.reports.figures import Figure, figure
from prodops_metrics.reports.sections import TITLES, Asked, Section, sections
from prodops_metrics.reports.session import Pinned, Session, pinned
from prodops_metrics.reports.verdict_report import VerdictReport, verdict_report

CARDS = {"adoption": "Adoption", "active_units": "Active users", "activation": "Activation", "retention": "Retention"}
"""The standard metrics that stand as cards, in the order of the questions, and what they are called."""
DEFAULT_WEEKS = 12
FEWEST_MONTHS = 6


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

    How far back series and cohorts go never changes a card. ``triangle`` is the retention of each
    cohort, empty where the feature has none.
    """

    feature: Feature
    owner: str
    pinned: Pinned
    verdict: VerdictReport
    summary: tuple[str, ...]
    cards: tuple[Figure, ...]
    series: dict[str, pl.DataFrame]
    funnel: tuple[Step, ...]
    triangle: pl.DataFrame
    triangle_grain: str
    more: tuple[Figure, ...]
    sections: tuple[Section, ...] = ()


def feature_report(session: Session, feature_id: str, *, weeks: int = DEFAULT_WEEKS) -> FeatureReport:
    """The report of one feature; ``weeks`` back for its charts.

    Raises:
        UnknownIdError: there is no such feature; the error names the nearest.
    """
    catalog = session.catalog
    feature = catalog.feature(feature_id)
    cards = tuple(figure(session, f"{feature_id}.{name}", title) for name, title in CARDS.items())
    triangle, grain = _triangle(session, feature, weeks)
    team = catalog.project.teams.get(feature.owner or "")
    return FeatureReport(
        feature=feature,
        owner=team.name if team else "",
        pinned=pinned(session, weeks),
        verdict=verdict_report(session, feature, receipts=True),
        summary=tuple(_summary(session, feature, cards)),
        cards=cards,
        series={name: _series(session, feature, name, weeks) for name in CARDS if _has(session, feature, name)},
        funnel=_funnel(session, feature),
        triangle=triangle,
        triangle_grain=grain,
        more=_more(session, feature),
        sections=_sections(session, feature, cards, weeks),
    )


def shown_span(metric: Metric, horizon: Horizon, weeks: int) -> Window:
    """The local days that a metric's chart covers: so many weeks to data through, and the incomplete days after it.

    By grain it begins with a whole bucket. Months go back far enough to show some; cohorts, until their age has come.
    """
    grain, calendar = metric.counted_by, horizon.calendar
    start = horizon.through + DAY - timedelta(weeks=weeks)
    if grain is None:
        return Window(start, horizon.newest_day + DAY)
    first = calendar.floor(start, grain)
    if grain == "month":
        first = min(first, calendar.shift(calendar.floor(horizon.through, grain), grain, 1 - FEWEST_MONTHS))
    return Window(first, horizon.newest_day + DAY)


def _has(session: Session, feature: Feature, name: str) -> bool:
    return f"{feature.id}.{name}" in session.catalog.metrics


def _series(session: Session, feature: Feature, name: str, weeks: int) -> pl.DataFrame:
    metric = session.metric(f"{feature.id}.{name}")
    return main_series(metric, _every_series(session, metric, weeks))


def _every_series(session: Session, metric: Metric, weeks: int) -> pl.DataFrame:
    horizon = session.warehouse.horizon(metric)
    span = shown_span(metric, horizon, weeks)
    return series(session, metric, Window(metric.chart_start(horizon, span.start), span.end))


def _sections(session: Session, feature: Feature, cards: tuple[Figure, ...], weeks: int) -> tuple[Section, ...]:
    by_name = dict(zip(CARDS, cards, strict=True))
    return sections(Asked(session, feature, by_name, lambda metric: _every_series(session, metric, weeks)))


def main_series(metric: Metric, frame: pl.DataFrame) -> pl.DataFrame:
    """Of a series with an axis of its own, such as a funnel's steps, the part that the card shows."""
    for axis in metric.axes:
        main = metric.headline_values[-1] if metric.headline_values else frame[axis].min()
        frame = (frame if main is None else frame.filter(pl.col(axis) == main)).drop(axis)
    return frame


def _triangle(session: Session, feature: Feature, weeks: int) -> tuple[pl.DataFrame, str]:
    if not _has(session, feature, "retention"):
        return pl.DataFrame(), ""
    metric = session.metric(f"{feature.id}.retention")
    horizon = session.warehouse.horizon(metric)
    span, grain = shown_span(metric, horizon, weeks), metric.counted_by or "week"
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
        yield f"{retention.text} of new users come back {session.metric(retention.metric).headline_wait} later."
    if active.point is None and active.row is not None:
        yield f"Active users: {active.movement_text}."
