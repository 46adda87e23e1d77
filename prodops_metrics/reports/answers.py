"""The answers to a question about one metric: a series of points, cohorts by age, or the headline and its change.

Every page, command and file takes its numbers from here, so that two screens cannot disagree.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any, Literal

import polars as pl

from prodops_metrics.calendar import Grain, Window
from prodops_metrics.errors import QueryError
from prodops_metrics.metrics import Metric
from prodops_metrics.metrics.base import AxisValue
from prodops_metrics.metrics.query import Touch
from prodops_metrics.metrics.question import Question, build, unit_query
from prodops_metrics.metrics.windows import SETTLING
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.results import Judge, Reason, Row, axis_type, judge, result_frame, rounded_estimate
from prodops_metrics.reports.session import Session
from prodops_metrics.statistics import Change, Pair, Sample, change, pair, sample

Direction = Literal["up", "down", "none"]


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
    at: Mapping[str, AxisValue] = field(default_factory=dict)
    """Its place on the metric's own axis: the step of a funnel, the age of a cohort."""
    segment: str | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """How a series is cut: by another grain that the metric allows, by segment, or ``whole``, as one figure.

    ``by`` is a segment, an attribute of units, or a property of events; with a ``touch``, surely the last.
    """

    grain: Grain | None = None
    by: str | None = None
    whole: bool = False
    touch: Touch | None = None


def series(session: Session, metric: Metric, span: Window, shape: Shape | None = None) -> pl.DataFrame:
    """A result frame over ``bucket``: one point per bucket or rolling window that lies in ``span``.

    Funnels add the axis ``step``; retention stands at its headline
    age, four cohorts pooled.

    Raises:
        QueryError: the metric is not defined for this grain.
    """
    shape, judged = shape or Shape(), judge(session, metric)
    question, axis, labels = _series_question(metric, judged, span, shape)
    return _windows_frame(session, question, judged, axis, labels)


def table(session: Session, metric: Metric, span: Window, shape: Shape | None = None) -> pl.DataFrame:
    """The series of a metric, or, where it has cohorts, every cohort that starts in ``span`` at every age.

    Raises:
        QueryError: the metric is not defined for this grain.
    """
    shape, judged = shape or Shape(), judge(session, metric)
    question, axis, labels = _question(metric, judged, span, shape)
    return _windows_frame(session, question, judged, axis, labels)


def units(session: Session, metric: Metric, span: Window, shape: Shape | None = None) -> pl.DataFrame:
    """The rows behind a table: one per unit that counts, with its ``value`` and ``base`` in the same windows.

    Raises:
        QueryError: the metric is not defined for this grain, or a refresh has to come first.
    """
    shape, judged = shape or Shape(), judge(session, metric)
    if judged.stale:
        raise QueryError("The definitions changed. Run `prodops refresh` first.")
    question, axis, labels = _question(metric, judged, span, shape)
    if not question.windows:
        return _no_units(question, axis)
    rows = session.warehouse.units(unit_query(question, session.catalog))
    keys = [name for name in rows.columns if name not in {"window_id", "id", "value", "base"}]
    starts = pl.DataFrame({"window_id": range(len(labels)), axis: pl.Series(labels, dtype=axis_type(labels, pl.Date))})
    named = rows.join(starts.cast({"window_id": rows.schema["window_id"]}), on="window_id", maintain_order="left")
    return named.select(axis, *keys, pl.col("id").alias("unit"), "value", "base")


def _no_units(question: Question, axis: str) -> pl.DataFrame:
    """The columns of unit rows, where no window lies in the range."""
    keys = (*question.metric.axes, *(("segment",) if question.by else ()))
    types = {axis: pl.Date, **{key: _usual_type(question.metric, key) for key in keys}, "unit": pl.String}
    return pl.DataFrame(schema={**types, "value": pl.Float64, "base": pl.Float64})


def headlines(session: Session, metric: Metric, shape: Shape | None = None) -> tuple[Headline, ...]:
    """The headline of every step (funnels) and segment; the last step's stands last."""
    shape, judged = shape or Shape(), judge(session, metric)
    before, now = metric.headline_windows(judged.horizon, judged.launched)
    question = Question(
        metric, (before, now), shape.by, shape.touch, paired=True, through=judged.horizon.through, only=metric.headline_at
    )
    rows = [] if judged.stale else session.warehouse.answer(build(question, session.catalog)).to_dicts()
    keys = (*metric.axes, *(("segment",) if shape.by else ()))
    found = {tuple(row[key] for key in keys): row for row in rows}
    places = sorted(found.keys() | _every_place(metric, question, found), key=_in_order(metric))
    return tuple(_headline(judged, (before, now), place, found.get(place)) for place in places or [()])


def _question(metric: Metric, judged: Judge, span: Window, shape: Shape) -> tuple[Question, str, list[date]]:
    """The windows of a table, with what they are called and the name of that axis."""
    windows = metric.cohort_windows(judged.horizon, span)
    if windows is None:
        return _series_question(metric, judged, span, shape)
    if shape.grain not in {None, metric.counted_by}:
        raise QueryError(f"`{metric.id}` is counted by cohorts of one {metric.counted_by}; leave out --grain.")
    if shape.whole:
        windows = (metric.curve_window(judged.horizon, span, judged.launched),)
    labels = [window.starts or window.start for window in windows]
    question = Question(metric, windows, shape.by, shape.touch, through=judged.horizon.through)
    return question, "cohort", _alike(labels, hours=metric.counted_by == "hour")


def _series_question(metric: Metric, judged: Judge, span: Window, shape: Shape) -> tuple[Question, str, list[date]]:
    _check_grain(metric, shape.grain)
    windows = (span,) if shape.whole else metric.point_windows(judged.horizon, span, shape.grain, judged.launched)
    grain = shape.grain or metric.counted_by
    labels = [span.starts or span.start] if shape.whole else [metric.label(window, grain) for window in windows]
    counted, through = metric.at_grain(shape.grain), judged.horizon.through
    question = Question(counted, windows, shape.by, shape.touch, through=through, only=metric.headline_at)
    return question, "bucket", _alike(labels, hours=grain == "hour" and not shape.whole)


def _alike(labels: Sequence[date], *, hours: bool) -> list[date]:
    """Labels as days, or all as clock times where any is one within its day."""
    moments = [label if isinstance(label, datetime) else datetime.combine(label, time()) for label in labels]
    if hours or any(moment.time() != time() for moment in moments):
        return list(moments)
    return [moment.date() for moment in moments]


def wholes(session: Session, metric: Metric, spans: Sequence[Window], *, level: float | None = None) -> tuple[Row, ...]:
    """The one figure of each range, that of the last step of a funnel; a query for each length that ranges have."""
    judged = judge(session, metric)
    judged = replace(judged, level=level or judged.level)
    only, nobody = _last_place(metric), sample(metric.estimator, None)
    found: dict[Window, Sample] = {}
    for days in {span.days for span in spans}:
        windows = tuple(dict.fromkeys(span for span in spans if span.days == days))
        question = Question(metric, windows, through=judged.horizon.through, only=only)
        rows = {} if judged.stale else _found(session, question, ())
        found |= {window: rows.get((number,), nobody) for number, window in enumerate(windows)}
    return tuple(judged.row(span, found[span], only) for span in spans)


def headlines_on(session: Session, metric: Metric, days: Sequence[date], *, level: float) -> Mapping[date, Headline]:
    """The headline as it stood when data was through each of these days, with its last step; one query for all.

    ``level`` takes the place of the project's, for the interval of the number and of its change.
    """
    judged = judge(session, metric)
    stood = [replace(judged, horizon=replace(judged.horizon, through=each, newest_day=each), level=level) for each in days]
    sides = [metric.headline_windows(one.horizon, one.launched) for one in stood]
    found = {} if judged.stale or not days else _rows_of_pairs(session, metric, days, sides)
    place = tuple(_last_place(metric).values())
    return {
        each: _headline(one, sides[number], place, found.get(number))
        for number, (each, one) in enumerate(zip(days, stood, strict=True))
    }


def between(session: Session, metric: Metric, windows: tuple[Window, Window], *, level: float) -> Headline:
    """The figure of the second of two windows, with its movement from the first; the two may overlap, or be one.

    With its last step; ``level`` takes the place of the project's.
    """
    judged = replace(judge(session, metric), level=level)
    found = {} if judged.stale else _rows_of_pairs(session, metric, [judged.horizon.through], [windows])
    return _headline(judged, windows, tuple(_last_place(metric).values()), found.get(0))


def _rows_of_pairs(
    session: Session, metric: Metric, days: Sequence[date], sides: Sequence[tuple[Window, Window]]
) -> Mapping[int, Mapping[str, Any]]:
    """The row of each pair of windows by its number; one query, but where each needs a data through of its own."""
    only = _last_place(metric)
    if metric.estimator == "survival" or metric.parts:
        asked = [
            Question(metric, both, paired=True, through=through, only=only)
            for through, both in zip(days, sides, strict=True)
        ]
        answers = [session.warehouse.answer(build(question, session.catalog)).to_dicts() for question in asked]
        return {number: rows[-1] for number, rows in enumerate(answers) if rows}
    windows = tuple(dict.fromkeys(window for both in sides for window in both))
    numbers = {window: number for number, window in enumerate(windows)}
    pairs = tuple((numbers[before], numbers[now]) for before, now in sides)
    question = Question(metric, windows, through=days[-1], only=only, pairs=pairs)
    return {row["pair_id"]: row for row in session.warehouse.answer(build(question, session.catalog)).to_dicts()}


def _last_place(metric: Metric) -> Mapping[str, AxisValue]:
    """Where on its own axis the one number of a metric stands: the headline's age, the last step."""
    if metric.headline_at or not metric.axes or not metric.headline_values:
        return metric.headline_at
    return {metric.axes[0]: metric.headline_values[-1]}


def _check_grain(metric: Metric, grain: Grain | None) -> None:
    own = metric.counted_by
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
    nobody = sample(metric.estimator, None)
    there = {key[1:] for key in found}
    others = sorted(there | _every_place(metric, question, there), key=_in_order(metric))
    rows = [
        ((labels[number], *rest), judged.row(window, found.get((number, *rest), nobody), _at(metric, rest)))
        for number, window in enumerate(question.windows)
        for rest in others
    ]
    types = {axis: axis_type(labels, pl.Date)}
    types |= {key: axis_type((rest[place] for rest in others), _usual_type(metric, key)) for place, key in enumerate(keys)}
    return result_frame(types, rows)


def _usual_type(metric: Metric, key: str) -> Any:  # noqa: ANN401
    """The type of an axis that has no row."""
    return axis_type(metric.axis_values if key in metric.axes else (), pl.String)


def _found(session: Session, question: Question, keys: Sequence[str]) -> dict[tuple[Any, ...], Sample]:
    frame = session.warehouse.answer(build(question, session.catalog))
    kind = question.metric.estimator
    return {tuple(row[key] for key in ("window_id", *keys)): sample(kind, row) for row in frame.iter_rows(named=True)}


def _every_place(metric: Metric, question: Question, found: Iterable[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """The values of the type's own axis, also where no unit was there; segments appear only where units are."""
    if metric.axes and not metric.axis_values:
        return set()
    kept = [value for value in metric.axis_values if question.only.get(metric.axes[0], value) == value]
    values: list[tuple[Any, ...]] = [(value,) for value in kept] or [()]
    segments = {place[len(metric.axes) :] for place in found} if question.by else {()}
    return {(*value, *segment) for value in values for segment in segments}


def _in_order(metric: Metric) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """Sorts places on the own axis as the type lists its values, then segments by name."""
    places = {value: (place, 0) for place, value in enumerate(metric.axis_values)}
    return lambda rest: tuple(
        places.get(value, (len(places), value)) if at < len(metric.axes) else value for at, value in enumerate(rest)
    )


def _at(metric: Metric, values: Sequence[Any]) -> Mapping[str, AxisValue]:
    """Where on the metric's own axes a row stands; what follows them is the segment."""
    return dict(zip(metric.axes, values, strict=False))


def _headline(
    judged: Judge, windows: tuple[Window, Window], place: tuple[Any, ...], row: Mapping[str, Any] | None
) -> Headline:
    metric, (before, now) = judged.metric, windows
    moments, at = pair(metric.estimator, row), _at(metric, place) or metric.headline_at
    current, former = judged.row(now, moments.now, at), judged.row(before, moments.before, at)
    movement = _movement(judged, windows, (former, current), moments, at)
    return Headline(metric, now, before, current, former, movement, at, *place[len(metric.axes) :])


def _movement(
    judged: Judge, windows: tuple[Window, Window], rows: tuple[Row, Row], moments: Pair, at: Mapping[str, AxisValue]
) -> Movement:
    metric, (former, current) = judged.metric, rows
    if metric.never_compared:
        return Movement(None, reason=metric.never_compared)
    if given := metric.by_definition(at):
        return Movement(None, reason=given)
    earliest = metric.comparable_from(judged.horizon, judged.launched)
    if windows[0].start < earliest:
        first = metric.first_comparison(judged.horizon, earliest)
        return Movement(None, reason=_too_early(judged), first_comparison=first)
    if current.reason or former.reason:
        return Movement(None, reason=_missing(current.reason, former.reason))
    if not current.complete:
        return Movement(None, reason="the window has not closed yet")
    return _uneven(judged, windows, current) or _measured(judged, moments)


def _uneven(judged: Judge, windows: tuple[Window, Window], current: Row) -> Movement | None:
    """Why two windows cannot be held against each other: one is longer, or too few units stand behind a total."""
    before, now = windows
    if now.days != before.days and judged.metric.grows_with_length:
        return Movement(None, reason=f"{now.days} days against {before.days}")
    if not judged.metric.divides and current.units < judged.small_sample:
        return Movement(None, reason=f"fewer than {judged.small_sample} {judged.metric.entity}s")
    return None


def _measured(judged: Judge, moments: Pair) -> Movement:
    metric = judged.metric
    found = change(metric.estimator, moments, level=judged.level, disjoint=metric.disjoint)
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
