"""How long until it happens, when for some it has not happened yet: Kaplan-Meier with intervals.

Units that have not done it by the end of the data are *censored*: they count as long as they were watched.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from prodops_metrics.statistics.distributions import normal, student
from prodops_metrics.statistics.intervals import Estimate

ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How many units of one window did it (``happened``) or were last watched (``censored``) at each of ``times``.

    ``times`` rise, in days. ``effect`` is the design effect of clusters on the curve, at least 1; ``clusters`` is how many
    there are. ``by`` asks for the share that did it by a time, None for the median.
    """

    times: Sequence[float]
    happened: Sequence[int]
    censored: Sequence[int]
    clusters: int = 0
    effect: float = 1.0
    by: float | None = None

    @property
    def units(self) -> int:
        """Everyone who was watched."""
        return sum(self.happened) + sum(self.censored)

    @property
    def v(self) -> float:
        """Those who did it."""
        return float(sum(self.happened))

    @property
    def b(self) -> float:
        """Everyone who was watched."""
        return float(self.units)


@dataclass(frozen=True, slots=True)
class LifetimesPair:
    """Two windows of different units, each watched from its own beginning."""

    now: Lifetimes
    before: Lifetimes


@dataclass(frozen=True, slots=True)
class Step:
    """The curve from ``time`` on: the share that has not done it yet, Greenwood's sum, and how many were still watched."""

    time: float
    waiting: float
    greenwood: float
    at_risk: int


def curve(lives: Lifetimes) -> tuple[Step, ...]:
    """The Kaplan-Meier curve, one step per time at which it happened to somebody.

    Source: Kaplan and Meier (1958), JASA 53, 457-481; variance: Greenwood (1926), Reports on Public Health 33.
    """
    steps, waiting, greenwood, at_risk = [], 1.0, 0.0, lives.units
    for time, happened, censored in zip(lives.times, lives.happened, lives.censored, strict=True):
        if happened:
            waiting *= 1 - happened / at_risk
            greenwood += happened / (at_risk * (at_risk - happened)) if at_risk > happened else math.inf
            steps.append(Step(time, waiting, greenwood, at_risk))
        at_risk -= happened + censored
    return tuple(steps)


def survival(lives: Lifetimes, *, level: float = 0.95) -> Estimate | None:
    """The median time, or the share that did it by a time, as asked."""
    return median_time(lives, level=level) if lives.by is None else done_by(lives, lives.by, level=level)


def survival_difference(pair: LifetimesPair, *, level: float = 0.95) -> Estimate | None:
    """The figure now less the figure before, of two groups that share no unit, from the intervals of both.

    Source: Zou and Donner (2008), Statistics in Medicine 27, 1693-1702: Newcombe's method for any two intervals.
    """
    now, before = survival(pair.now, level=level), survival(pair.before, level=level)
    if now is None or before is None:
        return None
    point = now.point - before.point
    if None in {now.low, now.high, before.low, before.high}:
        return Estimate(point, None, None)
    down = math.hypot(now.point - _known(now.low), _known(before.high) - before.point)
    up = math.hypot(_known(now.high) - now.point, before.point - _known(before.low))
    return Estimate(point, point - down, point + up)


def _known(bound: float | None) -> float:
    return math.nan if bound is None else bound


def median_time(lives: Lifetimes, *, level: float = 0.95) -> Estimate | None:
    """The time by which half have done it; None where the curve never gets there.

    The interval holds the times at which the curve's own interval includes one half; its upper end is None where the
    curve's upper bound stays above. Source: Brookmeyer and Crowley (1982), Biometrics 38, 29-41.
    """
    steps = curve(lives)
    point = _first_time(steps, [step.waiting for step in steps])
    if point is None:
        return None
    bounds = [_waiting(step, lives, level) for step in steps]
    return Estimate(point, _first_time(steps, [low for low, _ in bounds]), _first_time(steps, [high for _, high in bounds]))


def done_by(lives: Lifetimes, time: float, *, level: float = 0.95) -> Estimate | None:
    """The share that has done it by ``time``; None where nobody was watched for so long.

    Source: interval by Greenwood on log(-log): Kalbfleisch and Prentice (1980), The Statistical Analysis of Failure Time
    Data, section 1.3.
    """
    longest = max(lives.times, default=0.0)
    steps = [step for step in curve(lives) if step.time <= time]
    watched_out = steps and steps[-1].waiting == 0
    if not lives.units or (longest < time and not watched_out):
        return None
    if not steps:
        return _nobody_yet(lives, time, level)
    low, high = _waiting(steps[-1], lives, level)
    return Estimate(1 - steps[-1].waiting, 1 - high, 1 - low)


def _waiting(step: Step, lives: Lifetimes, level: float) -> tuple[float, float]:
    """The interval of the curve at one step: S to the power of exp(± z·error)."""
    if step.waiting <= 0:
        return 0.0, _last_of_all(step, level)
    error = math.sqrt(step.greenwood * lives.effect) / abs(math.log(step.waiting))
    reach = math.exp(_quantile(lives, level) * error)
    return step.waiting**reach, step.waiting ** (1 / reach)


def _last_of_all(step: Step, level: float) -> float:
    """What may still be waiting where everyone watched did it: the exact bound of none in those last at risk."""
    return 1 - float(((1 - level) / 2) ** (1 / step.at_risk))


def _nobody_yet(lives: Lifetimes, time: float, level: float) -> Estimate:
    """Nobody did it so far: the exact upper bound of none in those watched all the time."""
    watched = sum(
        happened + censored
        for end, happened, censored in zip(lives.times, lives.happened, lives.censored, strict=True)
        if end >= time
    )
    return Estimate(0.0, 0.0, 1 - ((1 - level) / 2) ** (lives.effect / watched))


def _first_time(steps: Sequence[Step], values: Sequence[float]) -> float | None:
    """When a falling curve first reaches one half."""
    return next((step.time for step, value in zip(steps, values, strict=True) if value <= 0.5 + ROUNDING), None)


def _quantile(lives: Lifetimes, level: float) -> float:
    if lives.effect > 1 and lives.clusters > 1:
        return student(0.5 + level / 2, lives.clusters - 1)
    return normal(0.5 + level / 2)
