"""The effect of a treatment over a control: two groups that share no unit, compared once or at every look."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from prodops_metrics.errors import NotEnoughDataError
from prodops_metrics.statistics.distributions import normal, normal_above, student, student_above
from prodops_metrics.statistics.groups import Group
from prodops_metrics.statistics.intervals import Estimate

Difference = Literal["absolute", "relative"]
Side = Literal["two_sided", "greater", "less"]
SMALLEST_P, LARGEST_P = 1e-5, 0.4999
"""Between these a one-sided p-value of many looks is searched; at level one half an interval holds no evidence at all."""
LOOKS, CLOSE = 100, 1e-6


@dataclass(frozen=True, slots=True)
class Effect:
    """A difference with its interval and p-value; a one-sided interval has None on its open side."""

    point: float
    low: float | None
    high: float | None
    p: float
    error: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What was planned before looking; with ``tuning`` one may look as often as one likes.

    ``tuning`` is the number of units at which the interval of such looks is narrowest. ``greater`` asks whether the
    treatment is above the control.
    """

    difference: Difference = "absolute"
    side: Side = "two_sided"
    level: float = 0.95
    tuning: float | None = None

    @property
    def alpha(self) -> float:
        """The part of intervals that may miss."""
        return 1 - self.level


FIXED = Plan()


def effect(control: Group, treatment: Group, plan: Plan = FIXED) -> Effect:
    """The effect with its interval and p-value.

    Raises:
        NotEnoughDataError: a group has fewer than two units or no variance, or a relative effect has no baseline.
    """
    point, error = _point_and_error(control, treatment, plan.difference)
    if plan.tuning is not None:
        return _sequential(point, error, control.n + treatment.n, plan, plan.tuning)
    return _welch(point, error, satterthwaite(control, treatment), plan)


def _welch(point: float, error: float, freedom: float, plan: Plan) -> Effect:
    """The effect looked at once, when all the data is in.

    Source: Welch (1947), Biometrika 34, 28-35; degrees of freedom by Satterthwaite (1946), Biometrics Bulletin 2, 110-114.
    """
    above, below = student_above(point / error, freedom), student_above(-point / error, freedom)
    p = {"two_sided": 2 * min(above, below), "greater": above, "less": below}[plan.side]
    tail = plan.alpha / 2 if plan.side == "two_sided" else plan.alpha
    return _bounded(point, -student(tail, freedom) * error, plan.side, p, error)


def satterthwaite(control: Group, treatment: Group) -> float:
    """Degrees of freedom of the difference of two means with variances of their own."""
    parts = [(group.variance / group.n, group.n - 1) for group in (control, treatment)]
    return sum(part for part, _ in parts) ** 2 / sum(part**2 / freedom for part, freedom in parts)


def _sequential(point: float, error: float, n: int, plan: Plan, tuning: float) -> Effect:
    """The effect looked at as often as one likes: an interval that holds at all looks together.

    Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2021), Time-uniform central limit theory and asymptotic
    confidence sequences, arXiv 2103.06476, theorem 2.2, equations 134, 155 and 161.
    """
    if plan.side == "two_sided":
        rho = _rho(plan.alpha, tuning)
        p = _anytime_p(point / error, n, rho)
        return _bounded(point, _reach(n, rho, math.log(1 / plan.alpha)) * error, plan.side, p, error)
    rho = _rho(2 * plan.alpha, tuning)
    toward = point if plan.side == "greater" else -point
    p = _searched(lambda alpha: toward - _one_sided_reach(alpha, n, rho) * error)
    return _bounded(point, _one_sided_reach(plan.alpha, n, rho) * error, plan.side, p, error)


def quantile_effect(control: Estimate, treatment: Estimate, sizes: tuple[int, int], plan: Plan = FIXED) -> Effect:
    """The effect on a percentile, from each group's estimate with its interval at the plan's level; two-sided, normal.

    ``sizes`` are the values in each group; variances are with n - 1, as those of means.

    Source: standard errors from order-statistic intervals: Woodruff (1952), JASA 47, 635-646; relative by the delta method.

    Raises:
        NotEnoughDataError: an interval is missing or has no width, or a relative effect has no baseline.
    """
    z = normal(0.5 + plan.level / 2)
    groups = [_of_interval(one, n, z) for one, n in zip((control, treatment), sizes, strict=True)]
    point, error = _point_and_error(groups[0], groups[1], plan.difference)
    return _bounded(point, z * error, "two_sided", 2 * normal_above(abs(point / error)), error)


def _of_interval(found: Estimate, n: int, z: float) -> Group:
    """A group of which only the point and its interval are known."""
    width = 0.0 if found.low is None or found.high is None else (found.high - found.low) / (2 * z)
    variance = (n - 1) * width * width
    return Group(n, found.point, variance, found.point, variance, variance)


def _point_and_error(control: Group, treatment: Group, difference: Difference) -> tuple[float, float]:
    """The difference and its standard error; relative to the size of the control's baseline, by the delta method."""
    if min(control.n, treatment.n) < 2 or min(control.variance, treatment.variance) <= 0:
        raise NotEnoughDataError("Each group needs at least two units that differ before an effect has an interval.")
    apart = treatment.mean - control.mean
    variance = treatment.variance / treatment.n + control.variance / control.n
    if difference == "absolute":
        return apart, math.sqrt(variance)
    if control.baseline == 0:
        raise NotEnoughDataError("The control's mean is 0, so there is nothing to divide by; ask for the absolute effect.")
    share = (apart if treatment.slope_of_mean else treatment.baseline - control.baseline) / control.baseline
    variance += (share * share * control.baseline_variance + 2 * share * control.covariance) / control.n
    size = abs(control.baseline)
    return apart / size, math.sqrt(variance) / size


def _bounded(point: float, reach: float, side: Side, p: float, error: float) -> Effect:
    low = None if side == "less" else point - reach
    high = None if side == "greater" else point + reach
    return Effect(point, low, high, p, error)


def _rho(alpha: float, tuning: float) -> float:
    """The parameter that makes the interval narrowest at ``tuning`` units."""
    return math.sqrt((-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / tuning)


def _reach(n: int, rho: float, surprise: float) -> float:
    """Half the width in standard errors of the difference: ``surprise`` is the log of what evidence must exceed."""
    grown = n * rho * rho + 1
    return math.sqrt(2 * grown * (0.5 * math.log(grown) + surprise)) / (math.sqrt(n) * rho)


def _one_sided_reach(alpha: float, n: int, rho: float) -> float:
    grown = n * rho * rho + 1
    return math.sqrt(2 * grown * math.log1p(math.sqrt(grown) / (2 * alpha))) / (math.sqrt(n) * rho)


def _anytime_p(z: float, n: int, rho: float) -> float:
    grown = n * rho * rho + 1
    evidence = n * rho * rho * z * z / (2 * grown) - 0.5 * math.log(grown)
    return math.exp(-evidence) if evidence > 0 else 1.0


def _searched(spare: Callable[[float], float]) -> float:
    """The level at which a one-sided interval just leaves out zero, by bisection: ``spare`` is how far it stays away.

    The search ends as that of gbstats does, one halving after it came close, so that both print the same p-value.
    """
    low, high = SMALLEST_P, LARGEST_P
    for _ in range(LOOKS):
        middle = (low + high) / 2
        left = spare(middle)
        low, high = (low, middle) if left > 0 else (middle, high)
        if abs(left) < CLOSE:
            break
    return (low + high) / 2
