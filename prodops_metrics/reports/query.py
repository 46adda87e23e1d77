"""One metric asked about directly: its headline, its change, and a result frame over any range."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import polars as pl

from prodops_metrics.calendar import DAY, INSTANT, Window, between
from prodops_metrics.errors import QueryError
from prodops_metrics.metrics import Metric
from prodops_metrics.metrics.windows import Horizon
from prodops_metrics.reports.answers import Headline, Shape, headlines, table, units
from prodops_metrics.reports.receipts import Receipt, identified, receipt
from prodops_metrics.reports.segments import SegmentTest, segment_test
from prodops_metrics.reports.session import Session

DEFAULT_POINTS = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks of a metric: a range, both ends included, and how it is cut.

    An end is a local day or, as a ``datetime``, a local clock time.
    """

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
    by: str | None = None
    segments: SegmentTest | None = None
    """Which of the segments that the headline is broken down by differ."""


def query(session: Session, metric_id: str, asked: Asked) -> MetricAnswer:
    """The answer about one metric.

    Raises:
        UnknownIdError: there is no such metric, segment or attribute.
        QueryError: the range is empty, or the metric is not defined for this grain.
    """
    metric = session.metric(metric_id)
    horizon = session.warehouse.horizon(metric)
    span = _span(metric, horizon, asked)
    found = headlines(session, metric, asked.shape)
    frame = table(session, metric, span, asked.shape)
    unknown, events = identified(session, metric, span)
    # The receipt is of the whole, also where the answer is by segment.
    whole = found[-1] if asked.shape.by is None else headlines(session, metric)[-1]
    source, test = receipt(session, whole), segment_test(session, metric, asked.shape)
    return MetricAnswer(metric, found, frame, source, horizon, span, events, unknown, asked.shape.by, test)


def query_units(session: Session, metric_id: str, asked: Asked) -> pl.DataFrame:
    """One row per unit behind the frame of ``query``: its axes, ``unit`` (null where events have none), ``value``, ``base``.

    Raises:
        UnknownIdError: there is no such metric, segment or attribute.
        QueryError: the range is empty, or the metric is not defined for this grain.
    """
    metric = session.metric(metric_id)
    return units(session, metric, _span(metric, session.warehouse.horizon(metric), asked), asked.shape)


def _span(metric: Metric, horizon: Horizon, asked: Asked) -> Window:
    """The time asked about; by default so many points back as fit a screen."""
    last = asked.end or horizon.newest_day
    day = last.date() if isinstance(last, datetime) else last
    first = asked.start or (_default_start(metric, horizon, asked, day) if not asked.shape.whole else horizon.first_day)
    opens = first if isinstance(first, datetime) else datetime.combine(first, time())
    closes = last + INSTANT if isinstance(last, datetime) else datetime.combine(last + DAY, time())
    if opens >= closes:
        raise QueryError(f"The range is empty: it starts on {first} and ends on {last}. Both are included.")
    return between(opens, closes)


def _default_start(metric: Metric, horizon: Horizon, asked: Asked, last: date) -> date:
    grain = asked.shape.grain or metric.counted_by or "week"
    if grain == "hour":
        return last
    first = horizon.calendar.shift(horizon.calendar.floor(last, grain), grain, 1 - DEFAULT_POINTS)
    return max(first, horizon.calendar.floor(horizon.first_day, grain)) if metric.counted_by else last - timedelta(weeks=12)
