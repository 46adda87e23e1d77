"""Moments to the result frame: every row an estimate with its interval, or the reason why there is none.

The columns are axes, then ``numerator, denominator, units, point, low, high, complete, reason``. ``point`` is null exactly
where ``reason`` is set. ``units`` are the independent units behind the interval.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

import polars as pl

from prodops_metrics.calendar import Window
from prodops_metrics.metrics import Metric
from prodops_metrics.metrics.base import AxisValue
from prodops_metrics.metrics.windows import Horizon
from prodops_metrics.reports.session import Session
from prodops_metrics.statistics import Estimate, Sample, estimate
from prodops_metrics.warehouse.connection import Warehouse

Reason = Literal["no_data", "no_denominator", "window_open", "too_few", "not_declared", "before_launch", "needs_refresh"]
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

    numerator: float | None
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
    warehouse: Warehouse
    horizon: Horizon
    small_sample: int
    level: float
    launched: date | None
    clustered: bool
    stale: bool = False
    _missing: dict[tuple[tuple[str, AxisValue], ...], bool] = field(default_factory=dict, repr=False, compare=False)

    def row(self, window: Window, moments: Sample, at: Mapping[str, AxisValue]) -> Row:
        """The estimate of one window, at one place of the metric's own axis, with its interval."""
        reason = self._reason(window, moments, at)
        found = (
            None
            if reason
            else estimate(self.metric.estimator, moments, level=self.level, positive=self.metric.never_negative)
        )
        if found is None and reason is None:
            reason = self.metric.undefined
        if found and not math.isfinite(found.point):
            found, reason = None, "no_data"
        if found is None and reason is None:  # a formula that divides by zero
            reason = "no_denominator"
        denominator = rounded(moments.b) if self.metric.divides else None
        complete = self.metric.closed(self.horizon, window, at)
        point, low, high = rounded_estimate(found)
        if self.metric.by_definition(at):
            low = high = None
        return Row(rounded(moments.v), denominator, moments.units, point, low, high, complete, reason)

    def _reason(self, window: Window, moments: Sample, at: Mapping[str, AxisValue]) -> Reason | None:
        if self.stale:
            return "needs_refresh"
        if self._never_seen(at):
            return "no_data"
        if not self.metric.begun(self.horizon, window, at):
            return "window_open"
        if self.launched is not None and window.last_day < self.launched:
            return "before_launch"
        if not self.metric.covered(self.horizon, window):
            return "no_data"
        if self.metric.divides and moments.b == 0:
            return "no_denominator"
        return self._too_few(moments) if self.metric.wants_enough and moments.units else None

    def _never_seen(self, at: Mapping[str, AxisValue]) -> bool:
        """Whether an event is missing without which there is no number at a place, whatever the window."""
        place = tuple(at.items())
        if place not in self._missing:
            self._missing[place] = bool(self.warehouse.never_seen(self.metric, self.metric.needed_at(at)))
        return self._missing[place]

    def _too_few(self, moments: Sample) -> Reason | None:
        n = min(moments.b or 0, moments.units) if self.metric.estimator == "share" else moments.units
        parents = FEWEST_PARENTS if self.small_sample > 1 else 1  # a project that shows every number means every one
        return "too_few" if n < self.small_sample or (self.clustered and moments.clusters < parents) else None


def judge(session: Session, metric: Metric) -> Judge:
    """The judge of one metric in this session."""
    project = session.catalog.project
    feature = session.catalog.features.get(metric.feature or "")
    return Judge(
        metric,
        session.warehouse,
        session.warehouse.horizon(metric),
        project.small_sample,
        project.level,
        feature.launched if feature else None,
        clustered=project.parent(metric.entity) is not None,
        stale=session.warehouse.stale,
    )


def rounded(value: float | None) -> float | None:
    """The value to 12 significant digits."""
    return None if value is None else float(f"{value:.{DIGITS}g}")


def rounded_estimate(found: Estimate | None) -> tuple[float | None, float | None, float | None]:
    """Point, low and high, each to 12 significant digits."""
    return (None, None, None) if found is None else (rounded(found.point), rounded(found.low), rounded(found.high))


def axis_type(values: Iterable[Any], otherwise: Any) -> Any:  # noqa: ANN401
    """The polars type of an axis with these values: hours or days, whole numbers or text; ``otherwise`` without any."""
    kinds = {type(value) for value in values}
    shown: dict[type, Any] = {datetime: pl.Datetime, str: pl.String, int: pl.Int64, date: pl.Date}
    return next((shown[kind] for kind in shown if kind in kinds), otherwise)


def result_frame(axes: Mapping[str, Any], rows: Iterable[tuple[tuple[Any, ...], Row]]) -> pl.DataFrame:
    """Axes (name to polars type) and measures as a frame, in the order given."""
    records = [(*key, *(getattr(row, name) for name in MEASURES)) for key, row in rows]
    return pl.DataFrame(records, schema={**axes, **MEASURES}, orient="row")
