"""The answers to a question about one metric: a series of points, cohorts by age, or the headline and its change.

Every page, command and file takes its numbers from here, so that two screens cannot disagree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from prodops_metrics.calendar import Grain, Window
from prodops_metrics.errors import QueryError
from prodops_metrics.metrics import Metric
from prodops_metrics.metrics.question import Question, build
from prodops_metrics.metrics.retention import Retention
from prodops_metrics.metrics.windows import SETTLING, cohorts, earliest_before, first_comparison, grain_of, headline, points
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.results import (
    EMPTY,
    Judge,
    Reason,
    Row,
    judge,
    label,
    moments_of,
    result_frame,
    rounded_estimate,
)
from prodops_metrics.reports.session import Session
from prodops_metrics.statistics import Change, Moments, PairMoments, change
from prodops_metrics.statistics.moments import SIDES

Direction = Literal["up", "down", "none"]
AXIS_TYPES: Mapping[str, Any] = {"step": pl.Int64, "age": pl.Int64, "segment": pl.String}


@dataclass(frozen=True, slots=True)
class Movement:
    """The headline against the window before: in the metric's unit and relative to before, each with its interval.

    ``direction`` is ``none`` where the interval includes no change. All is None where there is nothing to compare; then
    ``reason`` says why in a sentence, and ``first_comparison`` from which data through on there will be.
    """

    direction: Direction | None
    point: float | None = None
    low: float | None = None
    high: float | None = None
    relative: float | None = None
    relative_low: float | None = None
    relative_high: float | None = None
    reason: str | None = None
    first_comparison: date | None = None


@dataclass(frozen=True, slots=True)
class Headline:
    """The one number of a metric: its window and the one before, each as a row, and the movement between them."""

    metric: Metric
    window: Window
    before: Window
    now: Row
    then: Row
    movement: Movement
    step: int | None = None
    segment: str | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """How a series is cut: by another grain that the metric allows, by segment, or ``whole``, as one figure."""

    grain: Grain | None = None
    by: str | None = None
    whole: bool = False


def series(session: Session, metric: Metric, span: Window, shape: Shape | None = None) -> pl.DataFrame:
    """A result frame over ``bucket``: one point per bucket or rolling window that lies in ``span``.

    Funnels add the axis ``step``; retention stands at its headline
    age, four cohorts pooled.

    Raises:
        QueryError: the metric is not defined for this grain.
    """
    shape = shape or Shape()
    _check_grain(metric, shape.grain)
    judged = judge(session, metric)
    windows = (span,) if shape.whole else points(metric, judged.horizon, span, shape.grain, judged.launched)
    only = {"age": metric.headline_age} if isinstance(metric, Retention) else {}
    axis = [span.start] if shape.whole else [label(metric, window) for window in windows]
    return _windows_frame(session, Question(metric, windows, shape.by, only=only), judged, "bucket", axis)


def cohort_table(session: Session, metric: Retention, span: Window, *, by: str | None = None) -> pl.DataFrame:
    """A result frame over ``cohort`` (its first day) and ``age``: every cohort that starts in ``span``, at every age."""
    judged = judge(session, metric)
    windows = cohorts(metric, judged.horizon, span)
    return _windows_frame(session, Question(metric, windows, by), judged, "cohort", [window.start for window in windows])


def headlines(session: Session, metric: Metric, *, by: str | None = None) -> tuple[Headline, ...]:
    """The headline of every step (funnels) and segment; the last step's stands last."""
    judged = judge(session, metric)
    before, now = headline(metric, judged.horizon, judged.launched)
    only = {"age": metric.headline_age} if isinstance(metric, Retention) else {}
    question = Question(metric, (before, now), by, paired=True, only=only)
    rows = [] if judged.stale else session.warehouse.answer(build(question, session.catalog)).to_dicts()
    found = [_headline(judged, before, now, row) for row in rows]
    return tuple(found) or (_headline(judged, before, now, {"v2": None}),)


def _check_grain(metric: Metric, grain: Grain | None) -> None:
    own = grain_of(metric)
    if grain is None or grain == own or grain in metric.grains:
        return
    if own is None:
        has, meant = "is counted over a rolling window, with a point a week", "day"
    else:
        has, meant = f"has the grain {own}; counted by {grain} it would be another metric", grain
    raise QueryError(
        f"`{metric.id}` {has}. `grains: [{meant}]` in its definition ({metric.place}) allows `--grain {meant}`."
    )


def _windows_frame(session: Session, question: Question, judged: Judge, axis: str, labels: Sequence[date]) -> pl.DataFrame:
    metric = question.metric
    keys = (*metric.axes, *(("segment",) if question.by else ()))
    found = _found(session, question, keys) if question.windows and not judged.stale else {}
    others = sorted({key[1:] for key in found} | _every_step(metric, question))
    rows = [
        ((labels[number], *rest), judged.row(window, found.get((number, *rest), EMPTY), _age(keys, rest)))
        for number, window in enumerate(question.windows)
        for rest in others
    ]
    return result_frame({axis: pl.Date, **{key: AXIS_TYPES[key] for key in keys}}, rows)


def _found(session: Session, question: Question, keys: Sequence[str]) -> dict[tuple[Any, ...], Moments]:
    frame = session.warehouse.answer(build(question, session.catalog))
    return {tuple(row[key] for key in ("window_id", *keys)): moments_of(row) for row in frame.iter_rows(named=True)}


def _every_step(metric: Metric, question: Question) -> set[tuple[Any, ...]]:
    """The values of the type's own axis, also where no unit was there; segments appear only where units are."""
    if question.by:
        return set()
    return {(value,) for value in metric.axis_values if question.only.get(metric.axes[0], value) == value} or {()}


def _age(keys: Sequence[str], values: Sequence[Any]) -> int | None:
    return values[keys.index("age")] if "age" in keys else None


_NO_PAIR = PairMoments(0, 0, EMPTY, EMPTY, {(left, right): 0.0 for left in SIDES for right in SIDES})


def _pair_of(row: Mapping[str, Any]) -> PairMoments:
    """The moments in one row that the pair fold returned."""
    if row["v2"] is None:
        return _NO_PAIR
    products = {(left, right): row[f"{left}_{right}"] for at, left in enumerate(SIDES) for right in SIDES[at:]}
    return PairMoments(row["units"], row["clusters"], _side(row, "2"), _side(row, "1"), products)


def _side(row: Mapping[str, Any], side: str) -> Moments:
    v, b = f"v{side}", f"b{side}"
    return Moments(
        row[f"units{side}"], row[f"clusters{side}"], row[v], row[b], row[f"{v}_{v}"], row[f"{v}_{b}"], row[f"{b}_{b}"]
    )


def _headline(judged: Judge, before: Window, now: Window, row: Mapping[str, Any]) -> Headline:
    pair = _pair_of(row)
    age = judged.metric.headline_age if isinstance(judged.metric, Retention) else None
    current, former = judged.row(now, pair.now, age), judged.row(before, pair.before, age)
    movement = _movement(judged, before, current, former, pair)
    return Headline(judged.metric, now, before, current, former, movement, row.get("step"), row.get("segment"))


def _movement(judged: Judge, before: Window, current: Row, former: Row, pair: PairMoments) -> Movement:
    metric, earliest = judged.metric, earliest_before(judged.metric, judged.horizon, judged.launched)
    if before.start < earliest:
        first = first_comparison(metric, judged.horizon, earliest)
        return Movement(None, reason=_too_early(judged), first_comparison=first)
    if current.reason or former.reason:
        return Movement(None, reason=_missing(current.reason, former.reason))
    if not metric.ever_closes:
        return Movement(None, reason="attempts without a window never close")
    if not current.complete:
        return Movement(None, reason="the window has not closed yet")
    return _uneven(judged, before, current) or _measured(judged, pair)


def _uneven(judged: Judge, before: Window, current: Row) -> Movement | None:
    """Why two windows cannot be held against each other: one is longer, or too few units stand behind a total."""
    grain = grain_of(judged.metric)
    now = judged.horizon.calendar.bucket(before.end, grain) if grain and not isinstance(judged.metric, Retention) else None
    if now and now.days != before.days and judged.metric.estimator != "ratio":
        return Movement(None, reason=f"{now.days} days against {before.days}")
    if judged.metric.estimator in {"count", "total"} and current.units < judged.small_sample:
        return Movement(None, reason=f"fewer than {judged.small_sample} {judged.metric.entity}s")
    return None


def _measured(judged: Judge, pair: PairMoments) -> Movement:
    metric = judged.metric
    found = change(metric.estimator, pair, level=judged.level, disjoint=metric.disjoint)
    if found is None or found.difference.low is None or found.difference.high is None:
        return Movement(None, reason="too few units for an interval")
    direction: Direction = "none" if found.difference.low <= 0 <= found.difference.high else _sign(found)
    return Movement(direction, *rounded_estimate(found.difference), *rounded_estimate(found.relative))


def _sign(found: Change) -> Direction:
    return "up" if found.difference.point > 0 else "down"


def _too_early(judged: Judge) -> str:
    if judged.launched and judged.launched + SETTLING > judged.horizon.all_from:
        return f"launched {day(judged.launched)}, and the window before has to start 28 days later"
    return f"the data starts on {day(judged.horizon.all_from)}"


def _missing(now: Reason | None, before: Reason | None) -> str:
    return f"{'now' if now else 'the window before'}: {REASONS[now or before or 'no_data']}"


REASONS: Mapping[Reason, str] = {
    "no_data": "no data in the window",
    "no_denominator": "nobody to count it among",
    "window_open": "the window has not closed yet",
    "too_few": "too few to say",
    "not_declared": "not declared",
    "before_launch": "before the launch",
    "needs_refresh": "definitions changed: run `prodops refresh`",
}
