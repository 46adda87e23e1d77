"""Figures along an axis that is no calendar: days since a start, periods since a first use, days of use."""

from collections.abc import Iterator

import polars as pl

from prodops_metrics.calendar import Window
from prodops_metrics.metrics import Metric
from prodops_metrics.metrics.question import Question, build
from prodops_metrics.metrics.retention import Retention
from prodops_metrics.metrics.stickiness import Stickiness
from prodops_metrics.reports.answers import Shape, headlines, table
from prodops_metrics.reports.results import MEASURES, judge, result_frame, rounded
from prodops_metrics.reports.session import Session
from prodops_metrics.statistics.samples import sample
from prodops_metrics.statistics.survival import Lifetimes, curve

ADOPTED = {"day": pl.Float64, "point": pl.Float64, "watched": pl.Int64}


def adopted_by_day(session: Session, metric: Metric) -> pl.DataFrame:
    """``day, point, watched``: the share that did it within so many days, by Kaplan-Meier, where the curve steps.

    As far as ``small_sample`` units were still watched; empty where there is nothing to draw.
    """
    judged = judge(session, metric)
    window = metric.headline_windows(judged.horizon, judged.launched)[1]
    if judged.stale or metric.estimator != "survival":
        return pl.DataFrame(schema=ADOPTED)
    asked = Question(metric, (window,), through=judged.horizon.through)
    rows = session.warehouse.answer(build(asked, session.catalog)).to_dicts()
    lives = sample("survival", rows[0] if rows else None)
    found = list(_steps(lives, judged.small_sample)) if isinstance(lives, Lifetimes) else []
    return pl.DataFrame(found, schema=ADOPTED, orient="row")


def _steps(lives: Lifetimes, fewest: int) -> Iterator[tuple[float, float, int]]:
    """The curve at nought, where it steps, and on the last day on which enough were watched."""
    if lives.units < fewest:
        return
    done = {step.time: 1 - step.waiting for step in curve(lives)}
    watched, share = lives.units, 0.0
    yield 0.0, done.get(0.0, 0.0), watched
    for time, happened, censored in zip(lives.times, lives.happened, lives.censored, strict=True):
        share = done.get(time, share)
        if watched >= fewest and time > 0:
            yield time, rounded(share) or 0.0, watched
        watched -= happened + censored


def came_back_by_age(session: Session, metric: Metric) -> pl.DataFrame:
    """``age`` and measures: of the headline's own cohorts, who came back at each age up to the headline's.

    All of them have reached every one of these ages, and the last is the headline. Empty where there is nothing to draw.
    """
    if not isinstance(metric, Retention) or metric.brackets:
        return _nothing("age")
    judged = judge(session, metric)
    window = metric.headline_windows(judged.horizon, judged.launched)[1]
    if window.opens >= window.closes:
        return _nothing("age")
    short = metric.model_copy(update={"periods": metric.headline_age})
    return table(session, short, window, Shape(whole=True)).filter(pl.col("age") > 0).drop("cohort")


def by_active_days(session: Session, metric: Metric) -> tuple[Window | None, pl.DataFrame]:
    """``active_days`` and measures of the headline: who did it on (at least) so many days of its window."""
    if not isinstance(metric, Stickiness) or metric.form != "distribution":
        return None, _nothing("active_days")
    found = [one for one in headlines(session, metric) if one.at]
    rows = [((int(one.at["active_days"]),), one.now) for one in found]
    frame = result_frame({"active_days": pl.Int64}, rows)
    return (found[0].window if found else None), frame


def _nothing(axis: str) -> pl.DataFrame:
    return pl.DataFrame(schema={axis: pl.Int64, **MEASURES})
