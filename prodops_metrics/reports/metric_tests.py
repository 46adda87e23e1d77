"""The definitions' own tests, run as any question is: events are loaded into a warehouse, and the metric is asked.

Numbers are compared however few units stand behind them.
"""

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from prodops_metrics.definitions import Catalog
from prodops_metrics.definitions.examples import Expected, MetricTest
from prodops_metrics.definitions.nearest import listed, nearest
from prodops_metrics.errors import ProdopsError, UnknownIdError
from prodops_metrics.metrics import Metric
from prodops_metrics.metrics.windows import Horizon
from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.query import Asked, query
from prodops_metrics.reports.rehearsal import Given, Rehearsal, rehearsed

AROUND = timedelta(days=62)
"""So long before what is expected points are asked for, so that no bucket is cut."""
NEAR = 6
"""So many points are named where there is none on the day expected."""
CLOSE = 1e-5
"""Numbers written with six digits are equal to what they were rounded from."""

Value = float | int | bool | str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One number of one point: what the test expects, and what the metric says."""

    day: date
    axes: Mapping[str, int | str]
    name: str
    expected: Value
    found: Value

    @property
    def agrees(self) -> bool:
        """Whether they are the same, up to rounding."""
        if isinstance(self.expected, bool | str) or isinstance(self.found, bool | str | None):
            return self.expected == self.found
        return math.isclose(float(self.expected or 0), self.found, rel_tol=CLOSE, abs_tol=1e-12)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a test; ``problems`` say why something could not be compared."""

    test: MetricTest
    comparisons: tuple[Comparison, ...] = ()
    problems: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether everything that is expected was found."""
        return not self.problems and all(one.agrees for one in self.comparisons)


def run_tests(catalog: Catalog, names: Sequence[str] = ()) -> Iterator[Outcome]:
    """The outcome of every test, or of those with these ids or of these metrics, in the order of the files.

    Raises:
        UnknownIdError: no test and no metric has one of the names.
    """
    chosen = _chosen(catalog, names)
    return (run_test(catalog, test) for test in chosen)


def _chosen(catalog: Catalog, names: Sequence[str]) -> tuple[MetricTest, ...]:
    metrics = {test.metric for test in catalog.tests.values()}
    for name in names:
        if name not in catalog.tests and name not in catalog.metrics:
            raise UnknownIdError("test or metric", name, nearest(name, [*catalog.tests, *metrics]))
    every = catalog.tests.values()
    return tuple(test for test in every if not names or test.id in names or test.metric in names)


def run_test(catalog: Catalog, test: MetricTest) -> Outcome:
    """The outcome of one test."""
    began = time.monotonic()
    try:
        with rehearsed(_counted_by_day(catalog, test), Given(test.given, test.units, test.at)) as rehearsal:
            outcome = _run(rehearsal, test)
    except ProdopsError as error:
        outcome = Outcome(test, problems=(str(error),))
    return replace(outcome, seconds=time.monotonic() - began)


def _run(rehearsal: Rehearsal, test: MetricTest) -> Outcome:
    session = rehearsal.session
    if session is None:
        return Outcome(test, problems=rehearsal.problems)
    metric = session.metric(test.metric)
    asked = _asked(test, metric, session.warehouse.horizon(metric))
    return _compared(test, metric, query(session, metric.id, asked).frame)


def _counted_by_day(catalog: Catalog, test: MetricTest) -> Catalog:
    """The definitions with the tested metric asked on any day, where it is one of a rolling window."""
    metric = catalog.metric(test.metric)
    by_day = {metric.id: metric.model_copy(update={"grains": ("day",)})} if getattr(metric, "rolling", None) else {}
    return replace(catalog, metrics={**catalog.metrics, **by_day})


def _asked(test: MetricTest, metric: Metric, horizon: Horizon) -> Asked:
    """Every point that may be expected: of each day for a rolling window, otherwise buckets that nothing cuts."""
    last = max(max(test.expect), horizon.newest_day)
    if metric.rolling:
        return Asked(min(test.expect), last, Shape(grain="day"))
    return Asked(min(min(test.expect), horizon.first_day) - AROUND, last)


# -- what is expected ---------------------------------------------------------------------------------------------


def _compared(test: MetricTest, metric: Metric, frame: pl.DataFrame) -> Outcome:
    comparisons: list[Comparison] = []
    problems: list[str] = []
    for day, points in test.expect.items():
        for point in points:
            rows = _rows(frame, metric, day, point)
            if len(rows) == 1:
                comparisons += _values(day, point, rows[0])
            else:
                problems.append(_unclear(frame, day, point, rows))
    return Outcome(test, tuple(comparisons), tuple(dict.fromkeys(problems)))


def _rows(frame: pl.DataFrame, metric: Metric, day: date, point: Expected) -> list[dict[str, Any]]:
    """The rows of a frame that a point means; of a part that is not named, the one that the headline shows."""
    label = frame.columns[0]
    rows = [row for row in frame.iter_rows(named=True) if row[label] == day]
    headline = {"age": getattr(metric, "headline_age", None), "step": max((row.get("step") or 0 for row in rows), default=0)}
    meant = {
        **{axis: value for axis, value in headline.items() if axis in frame.columns and value is not None},
        **point.axes,
    }
    return [row for row in rows if all(row[axis] == value for axis, value in meant.items())]


def _values(day: date, point: Expected, row: Mapping[str, Any]) -> Iterator[Comparison]:
    for name, expected in point.values.items():
        yield Comparison(day, point.axes, name, expected, row[name])
    if "reason" not in point.values and "point" in point.values and row["reason"]:
        yield Comparison(day, point.axes, "reason", None, row["reason"])


def _unclear(frame: pl.DataFrame, day: date, point: Expected, rows: Sequence[Mapping[str, Any]]) -> str:
    label, axes = frame.columns[0], [name for name in ("step", "age", "state", "active_days") if name in frame.columns]
    if rows:
        return f"The point of {day} has parts; say which is meant with {_quoted(set(axes) - set(point.axes))}."
    there = frame.filter(pl.col(label) == day)
    for axis, value in point.axes.items():
        if not there.is_empty() and value not in set(there[axis]):
            return f"The point of {day} has no {axis} {value}; it has {listed(map(str, sorted(set(there[axis]))))}."
    near = sorted(set(frame[label]), key=lambda each: abs(each - day))[:NEAR]
    return f"There is no point of {day}. Points stand at {listed(map(str, sorted(near)))}."


def _quoted(names: Iterable[str]) -> str:
    return " or ".join(f"`{name}`" for name in sorted(names))
