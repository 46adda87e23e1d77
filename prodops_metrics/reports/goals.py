"""Where a goal stands: its number now, the number it aims at, and what may be said of it today."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from prodops_metrics.calendar import DAY, Window
from prodops_metrics.definitions import Goal
from prodops_metrics.errors import ProdopsError
from prodops_metrics.metrics import Metric
from prodops_metrics.reports.answers import Shape, headlines, series
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.wording import is_percent

State = Literal["achieved", "missed", "on its path", "behind", "too early to say", "no number"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A goal today: ``point, low, high`` of its metric over its window; ``aim`` is the number to reach.

    ``expected`` is what its path asks for today. All is None where there is no number.
    """

    state: State
    point: float | None = None
    low: float | None = None
    high: float | None = None
    aim: float | None = None
    expected: float | None = None


def standing(session: Session, goal: Goal) -> Standing:
    """Where a goal stands at data through.

    Only after its end is it achieved or missed. Before, the interval of the number has to lie wholly on one side of
    the path to it, a straight line from the baseline by way of its waypoints, for more to be said than "too early".
    """
    metric = session.metric(goal.metric)
    try:
        today = session.warehouse.horizon(metric).through
        baseline = _point(session, metric, goal.baseline.window) if goal.baseline else None
        point, low, high = _now(session, metric, goal, min(today, goal.ends))
    except ProdopsError:
        return Standing("no number")
    aim = goal.aim(baseline, percent=is_percent(metric))
    if point is None or aim is None:
        return Standing("no number")
    expected = _expected(goal, baseline, aim, today, percent=is_percent(metric))
    upwards = aim > baseline if baseline is not None else metric.higher_is_better
    state = _ended(point, aim, upwards=upwards) if today >= goal.ends else _under_way(low, high, expected, upwards=upwards)
    return Standing(state, point, low, high, aim, expected)


def _now(session: Session, metric: Metric, goal: Goal, last: date) -> tuple[float | None, float | None, float | None]:
    """The metric over the goal's window that ends on a day, from the goal's start on; else its headline."""
    if goal.length is None:
        row = headlines(session, metric)[-1].now
        return row.point, row.low, row.high
    span = Window(max(last + DAY - goal.length, goal.starts), last + DAY)
    return _whole(session, metric, span) if span.days > 0 else (None, None, None)


def _point(session: Session, metric: Metric, span: Window) -> float | None:
    return _whole(session, metric, span)[0]


def _whole(session: Session, metric: Metric, span: Window) -> tuple[float | None, float | None, float | None]:
    """The one figure of a range; of a funnel that of its last step."""
    frame = series(session, metric, span, Shape(whole=True))
    return frame.select("point", "low", "high").row(-1) if frame.height else (None, None, None)


def _expected(goal: Goal, baseline: float | None, aim: float, today: date, *, percent: bool) -> float | None:
    """What the path asks for on a day; None where it has no beginning."""
    known: list[tuple[date, float | None]] = [(goal.starts, baseline)]
    known += [(at, goal.waypoint(at, baseline, percent=percent)) for at in sorted(goal.path)]
    stops = [(at, value) for at, value in [*known, (goal.ends, aim)] if value is not None]
    for (start, low), (end, high) in pairwise(stops):
        if start <= today <= end:
            return low + (high - low) * ((today - start) / max(end - start, timedelta(days=1)))
    return None


def _ended(point: float, aim: float, *, upwards: bool) -> State:
    return "achieved" if (point >= aim if upwards else point <= aim) else "missed"


def _under_way(low: float | None, high: float | None, expected: float | None, *, upwards: bool) -> State:
    if low is None or high is None or expected is None:
        return "too early to say"
    if (high < expected) if upwards else (low > expected):
        return "behind"
    return "on its path" if ((low > expected) if upwards else (high < expected)) else "too early to say"
