"""Which segments differ: each held against the rest, after one test of whether any differs at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prodops_metrics.metrics import Metric
from prodops_metrics.metrics.query import Query
from prodops_metrics.metrics.question import Question, build
from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.results import Judge, judge
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.wording import number, signed
from prodops_metrics.statistics import Estimate, Moments, sample
from prodops_metrics.statistics.segments import RATES, Contrast, differences

TOTALS = "a total says how large a segment is, not how it differs"
OTHERS = "there is no test for numbers of this kind"
OVERLAP = "a unit can be in several of them"
FEW = "fewer than two segments are large enough"


@dataclass(frozen=True, slots=True)
class SegmentTest:
    """The segments of a headline against the rest: ``overall`` is the p-value of "all are alike".

    ``contrasts`` are of those segments that are large enough to be judged. ``reason`` says why nothing was tested.
    """

    overall: float | None = None
    contrasts: Mapping[str, Contrast] = field(default_factory=dict)
    reason: str = ""


def segment_test(session: Session, metric: Metric, shape: Shape) -> SegmentTest | None:
    """Which segments of the headline differ from the rest; None where nothing is broken down.

    A type with an axis of its own is tested where its card stands, such as a funnel at its last step.
    """
    if shape.by is None or session.warehouse.stale:
        return None
    if metric.estimator not in RATES:
        return SegmentTest(reason=TOTALS if metric.estimator in {"count", "total"} else OTHERS)
    judged = judge(session, metric)
    now = metric.headline_windows(judged.horizon, judged.launched)[1]
    at = {metric.axes[0]: metric.headline_values[-1]} if metric.axes and metric.headline_values else {}
    question = Question(metric, (now,), shape.by, shape.touch, through=judged.horizon.through, only=at)
    query = build(question, session.catalog)
    if query.labels and query.labels.touch == "any":
        return SegmentTest(reason=OVERLAP)
    return _tested(judged, question, _segments(session, metric, query))


def _segments(session: Session, metric: Metric, query: Query) -> Mapping[str, Moments]:
    found = {row["segment"]: sample(metric.estimator, row) for row in session.warehouse.answer(query).to_dicts()}
    return {name: one for name, one in found.items() if isinstance(one, Moments)}


def _tested(judged: Judge, question: Question, segments: Mapping[str, Moments]) -> SegmentTest:
    (window,) = question.windows
    large = {name for name, one in segments.items() if judged.row(window, one, question.only).point is not None}
    kind, level = judged.metric.estimator, judged.level
    found = differences(kind, segments, level=level, judged=large) if len(large) > 1 else None
    return SegmentTest(found.overall, found.contrasts) if found else SegmentTest(reason=FEW)


def segment_sentences(metric: Metric, by: str, test: SegmentTest) -> tuple[str, ...]:
    """What the test says: each segment that differs, or that none clearly does."""
    if test.reason:
        return (f"Segments of {by} are not held against each other: {test.reason}.",)
    clear = [(name, one) for name, one in test.contrasts.items() if one.differs]
    if not clear:
        return (f"No segment of {by} clearly differs from the rest (one test of all: p = {_p(test.overall or 0.0)}).",)
    told = [f"{name} is {_far(metric, one.difference)} (p = {_p(one.p)})." for name, one in clear]
    others = [name for name in test.contrasts if not test.contrasts[name].differs]
    rest = [f"No clear difference from the rest: {', '.join(others)}."] if others else []
    return (*told, *rest, f"Each was held against the rest; p allows for {len(test.contrasts)} segments (Holm).")


def _far(metric: Metric, difference: Estimate) -> str:
    """``6.2 pp below the rest (-9.0 to -3.4 pp)``."""
    side = "above" if difference.point > 0 else "below"
    values = [difference.point, difference.low or 0.0, difference.high or 0.0]
    if metric.percent:
        point, low, high = f"{100 * abs(values[0]):.1f}", *(signed(100 * value) for value in values[1:])
        return f"{point} pp {side} the rest ({low} to {high} pp)"
    low, high = (signed(value, 2) for value in values[1:])
    return f"{number(metric, abs(values[0]))} {side} the rest ({low} to {high})"


def _p(value: float) -> str:
    return "under 0.001" if value < 0.001 else f"{value:.3f}"
