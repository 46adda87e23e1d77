"""The goals of a project in words: what is aimed at, where the number stands, and how sure that is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import polars as pl

from prodops_metrics.calendar import Window
from prodops_metrics.definitions import Goal
from prodops_metrics.reports.answers import headlines, series, wholes
from prodops_metrics.reports.dates import day, span
from prodops_metrics.reports.figures import Figure, shown
from prodops_metrics.reports.goals import Standing, State, standing
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.wording import number

ORDER: tuple[State, ...] = ("behind", "missed", "too early to say", "no number", "on its path", "achieved")
"""What needs somebody first."""


@dataclass(frozen=True, slots=True)
class GoalLine:
    """One goal: its standing, the same in sentences, and the figure of its metric today.

    ``series`` is the metric over the goal's days and the weeks before, empty where it cannot be asked so.
    """

    goal: Goal
    owner: str
    standing: Standing
    sentences: tuple[str, ...]
    figure: Figure
    features: tuple[str, ...]
    series: pl.DataFrame
    way: float | None = None
    """What part of the way from its baseline, or from nothing, to its aim it has come; None where that is not known."""

    @property
    def state(self) -> str:
        """The standing, or that the goal was closed."""
        return f"{self.standing.state}, closed" if self.goal.closed else self.standing.state


def goal_lines(session: Session, feature: str | None = None) -> tuple[GoalLine, ...]:
    """Every goal, or those of one feature's metrics, what needs somebody first."""
    goals = [one for one in session.catalog.goals.values() if feature is None or feature in _features(session, one)]
    lines = [session.once(("goal line", goal.id), partial(_line, session, goal)) for goal in goals]
    return tuple(sorted(lines, key=lambda line: (line.goal.closed is not None, ORDER.index(line.standing.state))))


def goal_counts(lines: Iterable[GoalLine]) -> str:
    """``1 behind · 2 achieved = 3 goals``: it adds up."""
    counted: Mapping[str, int] = {}
    for line in lines:
        counted = {**counted, line.state: counted.get(line.state, 0) + 1}
    total = sum(counted.values())
    told = " · ".join(f"{count} {state}" for state, count in counted.items())
    return f"{told} = {total} goal{'' if total == 1 else 's'}"


def _features(session: Session, goal: Goal) -> tuple[str, ...]:
    feature = session.metric(goal.metric).feature
    return (feature,) if feature else ()


def _line(session: Session, goal: Goal) -> GoalLine:
    stands, metric = standing(session, goal), session.metric(goal.metric)
    team = session.catalog.project.teams.get(goal.owner or metric.owner or "")
    figure = shown(session, headlines(session, metric)[-1], metric.description.rstrip("."))
    return GoalLine(
        goal,
        team.name if team else "",
        stands,
        tuple(_sentences(session, goal, stands)),
        figure,
        _features(session, goal),
        _series(session, goal),
        _way(session, goal, stands),
    )


def _way(session: Session, goal: Goal, stands: Standing) -> float | None:
    if stands.point is None or stands.aim is None:
        return None
    began = wholes(session, session.metric(goal.metric), [goal.baseline.window])[0].point if goal.baseline else 0.0
    if began is None or stands.aim == began:
        return None
    return (stands.point - began) / (stands.aim - began)


def _sentences(session: Session, goal: Goal, stands: Standing) -> Iterable[str]:
    metric, through = session.metric(goal.metric), session.warehouse.horizon(session.metric(goal.metric)).through
    if stands.point is None:
        yield f"There is no number yet from {day(goal.starts)} on."
    else:
        between = "" if stands.low is None else f" ({number(metric, stands.low)} to {number(metric, stands.high)})"
        now = f"{number(metric, stands.point)}{between} to {day(min(through, goal.ends))}"
        yield f"{now}, aiming at {_aim(session, goal, stands)}."
    if goal.baseline:
        baseline = wholes(session, metric, [goal.baseline.window])[0].point
        yield f"From {number(metric, baseline)} over {span(goal.baseline.window)}."
    if stands.expected is not None and through < goal.ends:
        yield f"Its path asks for {number(metric, stands.expected)} by {day(through)}."
    left = (goal.ends - through).days
    yield f"{left} days are left, to {day(goal.ends)}." if left > 0 else f"It ended on {day(goal.ends)}."
    if goal.learned:
        yield f"Learned: {goal.learned.rstrip('.')}."


def _aim(session: Session, goal: Goal, stands: Standing) -> str:
    return number(session.metric(goal.metric), stands.aim) if stands.aim is not None else "a change from its baseline"


def _series(session: Session, goal: Goal) -> pl.DataFrame:
    metric = session.metric(goal.metric)
    horizon = session.warehouse.horizon(metric)
    first = goal.baseline.window.start if goal.baseline else goal.starts
    start = max(min(first, horizon.through), horizon.first_day)
    frame = series(session, metric, Window(metric.chart_start(horizon, start), horizon.newest_day))
    return pl.DataFrame() if set(metric.axes) & set(frame.columns) else frame
