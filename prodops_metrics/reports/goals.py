"""Where a goal stands: its number now, the number it aims at, and what may be said of it today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from prodops_metrics.calendar import DAY, Window
from prodops_metrics.definitions import Goal
from prodops_metrics.errors import ProdopsError
from prodops_metrics.metrics import Metric
from prodops_metrics.reports.answers import headlines_on, wholes
from prodops_metrics.reports.results import Row
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
    try:
        today = session.warehouse.horizon(session.metric(goal.metric)).through
        return standings(session, goal, [today], level=session.catalog.project.level)[today]
    except ProdopsError:
        return Standing("no number")


def standings(session: Session, goal: Goal, days: Sequence[date], *, level: float) -> Mapping[date, Standing]:
    """Where a goal stood when data was through each of these days, by intervals of a level.

    Raises:
        ProdopsError: the number of the goal cannot be asked for.
    """
    metric = session.metric(goal.metric)
    span = goal.baseline.window if goal.baseline else None
    baseline = wholes(session, metric, [span])[0].point if span else None
    now = _now(session, metric, goal, days, level)
    return {day: _standing(metric, goal, baseline, now.get(day), day) for day in days}


def _standing(metric: Metric, goal: Goal, baseline: float | None, now: Row | None, today: date) -> Standing:
    percent = is_percent(metric)
    aim = goal.aim(baseline, percent=percent)
    if now is None or now.point is None or aim is None:
        return Standing("no number")
    expected = _expected(goal, baseline, aim, today, percent=percent)
    upwards = aim > baseline if baseline is not None else metric.higher_is_better
    if today >= goal.ends:
        state = _ended(now.point, aim, upwards=upwards)
    else:
        state = _under_way(now.low, now.high, expected, upwards=upwards)
    return Standing(state, now.point, now.low, now.high, aim, expected)


def _now(session: Session, metric: Metric, goal: Goal, days: Sequence[date], level: float) -> Mapping[date, Row]:
    """The metric over the goal's window that ends on each day, from the goal's start on; else its headline."""
    last = {day: min(day, goal.ends) for day in days}
    if goal.length is None:
        found = headlines_on(session, metric, sorted(set(last.values())), level=level)
        return {day: found[end].now for day, end in last.items()}
    spans = {day: Window(max(end + DAY - goal.length, goal.starts), end + DAY) for day, end in last.items()}
    open_ = {day: span for day, span in spans.items() if span.days > 0}
    return dict(zip(open_, wholes(session, metric, list(open_.values()), level=level), strict=True))


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
