"""Who differs: every declared segment against the rest, with the chance of a false alarm held down for their number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from prodops_metrics.metrics import Metric
from prodops_metrics.metrics.question import UNKNOWN, Question, build
from prodops_metrics.reports.receipts import Receipt
from prodops_metrics.reports.results import Judge, Row, judge, rounded, rounded_estimate
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.wording import headline_text, interval, n_of_n, signed
from prodops_metrics.statistics import sample
from prodops_metrics.statistics.intervals import Estimate
from prodops_metrics.statistics.moments import Moments
from prodops_metrics.statistics.segments import RATES, differences, holm

FIELDS = ("units", "clusters", "v", "b", "vv", "vb", "bb")


@dataclass(frozen=True, slots=True)
class Side:
    """A segment, or all others: its figures and how they are written."""

    name: str
    row: Row
    text: str
    interval_text: str
    counted_text: str


@dataclass(frozen=True, slots=True)
class Contrast:
    """A segment against the rest: the difference with its interval, where both are large enough to tell.

    ``p`` is raised by Holm's method over all segments; ``differs`` where it is small enough to say so.
    """

    segment: str
    description: str
    inside: Side
    rest: Side
    text: str = ""
    point: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    differs: bool = False
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    contrast: Contrast
    chance: float | None
    """The p-value of this segment alone."""


def contrasts(session: Session, metric: Metric, receipt: Receipt | None) -> tuple[tuple[Contrast, ...], tuple[str, ...]]:
    """Every segment of the metric's units against the rest, over the headline's window; and those that are all or nobody.

    ``receipt`` is that of the headline; each contrast has it with its own query.
    """
    judged = judge(session, metric)
    if judged.stale or metric.estimator not in RATES or metric.axes:
        return (), ()
    segments = [one for one in session.catalog.segments.values() if one.entity == metric.entity]
    found = {one.id: _against_rest(session, judged, one.id, receipt) for one in segments}
    alone = tuple(name for name, one in found.items() if one is None)
    return _raised([one for one in found.values() if one], judged.level), alone


def _against_rest(session: Session, judged: Judge, name: str, receipt: Receipt | None) -> _Found | None:
    metric = judged.metric
    window = metric.headline_windows(judged.horizon, judged.launched)[1]
    question = Question(metric, (window,), name, through=judged.horizon.through)
    rows = session.warehouse.answer(build(question, session.catalog)).iter_rows(named=True)
    parts = {row["segment"]: _moments(metric, row) for row in rows}
    inside, others = parts.pop(name, None), _together(parts.values())
    if inside is None or not parts or not inside.b or not others.b:
        return None
    sides = [
        _side(judged, label, judged.row(window, moments, {}))
        for label, moments in ((name, inside), (_rest_name(name, parts), others))
    ]
    own = receipt and replace(receipt, sentence=f"{receipt.sentence} Here by the segment `{name}`.", question=question)
    plain = Contrast(name, session.catalog.segment(name).description, sides[0], sides[1], receipt=own)
    told = differences(metric.estimator, {name: inside, "rest": others}, level=judged.level)
    if told is None or any(side.row.reason for side in sides):
        return _Found(plain, None)
    return _Found(_told(plain, metric, told.contrasts[name].difference), told.overall)


def _moments(metric: Metric, row: Mapping[str, object]) -> Moments:
    return cast("Moments", sample(metric.estimator, row))  # those of shares and ratios are


def _rest_name(segment: str, parts: Iterable[str]) -> str:
    """Whom a segment is compared with; those of whom it is not known whether they are in it are named."""
    return f"not {segment}, or unknown" if UNKNOWN in parts else f"not {segment}"


def _together(groups: Iterable[Moments]) -> Moments:
    """Groups that share no unit, as one."""
    found = list(groups)
    return Moments(*(sum(getattr(one, field) for one in found) for field in FIELDS))


def _side(judged: Judge, name: str, row: Row) -> Side:
    metric = judged.metric
    return Side(name, row, headline_text(metric, row), interval(metric, row), n_of_n(metric, row))


def _told(plain: Contrast, metric: Metric, difference: Estimate) -> Contrast:
    point, low, high = rounded_estimate(difference)
    scale, unit = (100, " pp") if metric.percent else (1, "")
    values = [signed(scale * (value or 0.0), 1 if metric.percent else 2) for value in (point, low, high)]
    text = f"{values[0]}{unit}" + ("" if low is None else f" ({values[1]} to {values[2]}{unit})")
    return replace(plain, text=text, point=point, low=low, high=high)


def _raised(found: list[_Found], level: float) -> tuple[Contrast, ...]:
    """Holm over all segments together; whoever is left out for being too few takes no part."""
    told = [one.contrast.segment for one in found if one.chance is not None]
    raised = dict(zip(told, holm([one.chance for one in found if one.chance is not None]), strict=True))
    return tuple(
        replace(one.contrast, p=rounded(raised[one.contrast.segment]), differs=raised[one.contrast.segment] <= 1 - level)
        if one.contrast.segment in raised
        else one.contrast
        for one in found
    )
