"""Moments to the result frame: every row an estimate with its interval, or the reason why there is none.

The columns are axes, then ``numerator, denominator, units, point, low, high, complete, reason``. ``point`` is null exactly
where ``reason`` is set. ``units`` are the independent units behind the interval.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from prodops_metrics.calendar import Window
from prodops_metrics.metrics import Metric
from prodops_metrics.metrics.retention import Retention
from prodops_metrics.metrics.windows import Horizon, aged, closed, grain_of
from prodops_metrics.reports.session import Session
from prodops_metrics.statistics import Estimate, Moments, estimate

Reason = Literal["no_data", "no_denominator", "window_open", "too_few", "not_declared", "before_launch", "needs_refresh"]
MOMENTS = ("units", "clusters", "v", "b", "vv", "vb", "bb")
EMPTY = Moments(0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
FEWEST_PARENTS = 10
DIGITS = 12
"""Significant digits of a reported number: beyond them lies only the order in which the engine added."""

MEASURES: dict[str, Any] = {
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "units": pl.Int64,
    "point": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "complete": pl.Boolean,
    "reason": pl.String,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a result frame, without its axes."""

    numerator: float
    denominator: float | None
    units: int
    point: float | None
    low: float | None
    high: float | None
    complete: bool
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Judge:
    """What makes a row a number or a reason: the metric, what the data covers, and the project's thresholds."""

    metric: Metric
    horizon: Horizon
    small_sample: int
    level: float
    launched: date | None
    clustered: bool
    stale: bool = False

    def row(self, window: Window, moments: Moments, age: int | None = None) -> Row:
        """The estimate of one window (at one age), with its interval."""
        reason = self._reason(window, moments, age)
        found = None if reason else estimate(self.metric.estimator, moments, level=self.level)
        if found and not math.isfinite(found.point):
            found, reason = None, "no_data"
        denominator = None if self.metric.estimator in {"count", "total"} else rounded(moments.b)
        complete = closed(self.metric, self.horizon, window, age)
        point, low, high = rounded_estimate(found)
        return Row(rounded(moments.v) or 0.0, denominator, moments.units, point, low, high, complete, reason)

    def _reason(self, window: Window, moments: Moments, age: int | None) -> Reason | None:
        if self.stale:
            return "needs_refresh"
        if age is not None and isinstance(self.metric, Retention) and self._not_begun(self.metric, window, age):
            return "window_open"
        if self.launched is not None and window.last_day < self.launched:
            return "before_launch"
        if window.end <= self.horizon.first_day or window.start > self.horizon.newest_day:
            return "no_data"
        if self.metric.estimator in {"count", "total"}:
            return None
        return "no_denominator" if moments.b == 0 else self._too_few(moments)

    def _not_begun(self, metric: Retention, window: Window, age: int) -> bool:
        return aged(metric, self.horizon, window, age).start > self.horizon.newest_day

    def _too_few(self, moments: Moments) -> Reason | None:
        n = min(moments.b, moments.units) if self.metric.estimator == "share" else moments.units
        parents = FEWEST_PARENTS if self.small_sample > 1 else 1  # a project that shows every number means every one
        return "too_few" if n < self.small_sample or (self.clustered and moments.clusters < parents) else None


def judge(session: Session, metric: Metric) -> Judge:
    """The judge of one metric in this session."""
    project = session.catalog.project
    feature = session.catalog.features.get(metric.feature or "")
    return Judge(
        metric,
        session.warehouse.horizon(metric),
        project.small_sample,
        project.level,
        feature.launched if feature else None,
        clustered=project.entities[metric.entity].parent is not None,
        stale=session.warehouse.stale,
    )


def moments_of(row: Mapping[str, Any]) -> Moments:
    """The moments in one row that the windows fold returned."""
    return Moments(*(row[name] for name in MOMENTS))


def label(metric: Metric, window: Window) -> date:
    """The date a point stands at: the first day of a bucket or cohort, the last day of a rolling window."""
    pooled = isinstance(metric, Retention)
    return window.last_day if grain_of(metric) is None or pooled else window.start


def rounded(value: float | None) -> float | None:
    """The value to 12 significant digits."""
    return None if value is None else float(f"{value:.{DIGITS}g}")


def rounded_estimate(found: Estimate | None) -> tuple[float | None, float | None, float | None]:
    """Point, low and high, each to 12 significant digits."""
    return (None, None, None) if found is None else (rounded(found.point), rounded(found.low), rounded(found.high))


def result_frame(axes: Mapping[str, Any], rows: Iterable[tuple[tuple[Any, ...], Row]]) -> pl.DataFrame:
    """Axes (name to polars type) and measures as a frame, in the order given."""
    records = [(*key, *(getattr(row, name) for name in MEASURES)) for key, row in rows]
    return pl.DataFrame(records, schema={**axes, **MEASURES}, orient="row")
