"""One metric asked about directly: its headline, its change, and a result frame over any range."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from prodops_metrics.calendar import DAY, Window
from prodops_metrics.errors import QueryError
from prodops_metrics.metrics import Metric
from prodops_metrics.metrics.retention import Retention
from prodops_metrics.metrics.windows import Horizon, grain_of
from prodops_metrics.reports.answers import Headline, Shape, cohort_table, headlines, series
from prodops_metrics.reports.receipts import Receipt, identified, receipt
from prodops_metrics.reports.session import Session

DEFAULT_POINTS = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks of a metric: a range of local days, both ends included, and how it is cut."""

    start: date | None = None
    end: date | None = None
    shape: Shape = field(default_factory=Shape)


@dataclass(frozen=True, slots=True)
class MetricAnswer:
    """A metric's headlines (one per funnel step and segment, the last step's last), its frame and its receipt.

    ``events`` were read over ``span``, the range asked about; ``without_id`` of them have no unit.
    """

    metric: Metric
    headlines: tuple[Headline, ...]
    frame: pl.DataFrame
    receipt: Receipt
    horizon: Horizon
    span: Window
    events: int
    without_id: int


def query(session: Session, metric_id: str, asked: Asked) -> MetricAnswer:
    """The answer about one metric.

    Raises:
        UnknownIdError: there is no such metric, segment or attribute.
        QueryError: the range is empty, or the metric is not defined for this grain.
    """
    metric = session.metric(metric_id)
    horizon = session.warehouse.horizon(metric)
    span = _span(metric, horizon, asked)
    found = headlines(session, metric, by=asked.shape.by)
    frame = _frame(session, metric, span, asked)
    unknown, events = identified(session, metric, span)
    # The receipt is of the whole, also where the answer is by segment.
    whole = found[-1] if asked.shape.by is None else headlines(session, metric)[-1]
    return MetricAnswer(metric, found, frame, receipt(session, whole), horizon, span, events, unknown)


def _frame(session: Session, metric: Metric, span: Window, asked: Asked) -> pl.DataFrame:
    if isinstance(metric, Retention):
        if asked.shape.grain not in {None, metric.grain or "week"} or asked.shape.whole:
            raise QueryError(
                f"`{metric.id}` is counted by cohorts of one {metric.grain or 'week'}; leave out --grain and --whole."
            )
        return cohort_table(session, metric, span, by=asked.shape.by)
    return series(session, metric, span, asked.shape)


def _span(metric: Metric, horizon: Horizon, asked: Asked) -> Window:
    """The days asked about; by default so many points back as fit a screen."""
    last = asked.end or horizon.newest_day
    first = asked.start or (_default_start(metric, horizon, asked, last) if not asked.shape.whole else horizon.first_day)
    if first > last:
        raise QueryError(f"The range is empty: it starts on {first} and ends on {last}. Both days are included.")
    return Window(first, last + DAY)


def _default_start(metric: Metric, horizon: Horizon, asked: Asked, last: date) -> date:
    grain = asked.shape.grain or grain_of(metric) or "week"
    first = horizon.calendar.shift(horizon.calendar.floor(last, grain), grain, 1 - DEFAULT_POINTS)
    return max(first, horizon.calendar.floor(horizon.first_day, grain)) if grain_of(metric) else last - timedelta(weeks=12)
