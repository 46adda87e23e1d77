"""One window against the one before: the same units twice, or two groups that share none."""

import math
from dataclasses import dataclass

from prodops_metrics.statistics.composed import ComposedPair, composed_difference
from prodops_metrics.statistics.distributions import beta, normal, student
from prodops_metrics.statistics.estimates import estimate
from prodops_metrics.statistics.intervals import Estimate, Kind, effective_n, wilson_interval
from prodops_metrics.statistics.moments import Moments, PairMoments
from prodops_metrics.statistics.percentiles import RankedPair, percentile_difference
from prodops_metrics.statistics.samples import Pair
from prodops_metrics.statistics.survival import LifetimesPair, survival_difference

NO_CHANGE = 1e-7
"""A standard error below this is rounding: no unit changed, which is not certainty."""
FEW_CHANGED = 10
"""Below this many units that changed, the exact distribution is used instead of the normal one."""


@dataclass(frozen=True, slots=True)
class Change:
    """``now - before`` with its interval, and the same in parts of ``before``, taken as it was, where that is above zero."""

    difference: Estimate
    relative: Estimate | None


def change(kind: Kind, pair: Pair, *, level: float = 0.95, disjoint: bool = False) -> Change | None:
    """How far the number moved; None where either window has no denominator.

    ``disjoint`` says that no unit is in both windows (cohorts). Otherwise units are compared with themselves, which is
    what makes small changes visible: most units are in both windows.
    """
    if not isinstance(pair, PairMoments):
        return _other(pair, level)
    if kind in {"count", "total"}:
        difference, before = _total_difference(kind, pair, level), pair.before.v
    elif pair.now.b == 0 or pair.before.b == 0:
        return None
    else:
        difference, before = _rate_difference(kind, pair, level, disjoint=disjoint), pair.before.v / pair.before.b
    return Change(difference, _relative(difference, before))


def _other(pair: RankedPair | LifetimesPair | ComposedPair, level: float) -> Change | None:
    """The change of what is no total and no rate."""
    match pair:
        case RankedPair():
            difference = percentile_difference(pair, level=level)
        case LifetimesPair():
            difference = survival_difference(pair, level=level)
        case ComposedPair():
            difference = composed_difference(pair, level=level)
    if difference is None:
        return None
    before = estimate("derived", pair.before, level=level)
    return Change(difference, None if before is None else _relative(difference, before.point))


def _relative(difference: Estimate, before: float) -> Estimate | None:
    """The same statement in parts of ``before``: it includes zero exactly where the difference does."""
    if before <= 0 or difference.low is None or difference.high is None:
        return None
    return Estimate(difference.point / before, difference.low / before, difference.high / before)


def _rate_difference(kind: Kind, pair: PairMoments, level: float, *, disjoint: bool) -> Estimate:
    if kind == "share" and (disjoint or _rate_error(pair) < NO_CHANGE):
        return newcombe(pair.now, pair.before, level=level)
    point = pair.now.v / pair.now.b - pair.before.v / pair.before.b
    reach = _quantile(pair, level) * _rate_error(pair)
    return Estimate(point, point - reach, point + reach) if pair.clusters > 1 else Estimate(point, None, None)


def _rate_error(pair: PairMoments) -> float:
    """Standard error of R2 - R1, linearised per cluster: d = (v2 - R2·b2)/Σb2 - (v1 - R1·b1)/Σb1.

    Source: the delta method of Deng, Knoblich and Lu (2018), section 3, with both windows' sums in one vector.
    """
    now, before = pair.now.v / pair.now.b, pair.before.v / pair.before.b
    return _error(
        pair,
        {"v2": 1 / pair.now.b, "b2": -now / pair.now.b, "v1": -1 / pair.before.b, "b1": before / pair.before.b},
    )


def _error(pair: PairMoments, weights: dict[str, float]) -> float:
    scale = pair.clusters / (pair.clusters - 1) if pair.clusters > 1 else 1.0
    return math.sqrt(scale * pair.quadratic(weights))


def _quantile(pair: PairMoments, level: float) -> float:
    return student(0.5 + level / 2, max(1, pair.clusters - 1))


def _total_difference(kind: Kind, pair: PairMoments, level: float) -> Estimate:
    """Σv2 - Σv1; its variance is Σ(v2 - v1)². For active units that is gained + lost."""
    point, changed = pair.now.v - pair.before.v, pair.quadratic({"v2": 1.0, "v1": -1.0})
    if kind == "count" and (changed == 0 or (_counts_units(pair) and changed < FEW_CHANGED)):
        return _exact_difference(point, changed, level)
    if changed == 0:
        return Estimate(point, None, None)
    reach = normal(0.5 + level / 2) * math.sqrt(changed)
    return Estimate(point, point - reach, point + reach)


def _counts_units(pair: PairMoments) -> bool:
    return pair.now.vv == pair.now.v and pair.before.vv == pair.before.v


def _exact_difference(point: float, changed: float, level: float) -> Estimate:
    """Gained minus lost from the exact interval of gained among those that changed.

    Source: McNemar (1947), Psychometrika 12, 153-157; exact binomial of Clopper and Pearson (1934), Biometrika 26, 404-413.
    """
    tail = (1 - level) / 2
    if changed == 0:  # no unit moved: what a Poisson count of zero still allows, either way
        most = -math.log(tail)
        return Estimate(0.0, -most, most)
    gained = (changed + point) / 2
    low = 0.0 if gained == 0 else beta(tail, gained, changed - gained + 1)
    high = 1.0 if gained == changed else beta(1 - tail, gained + 1, changed - gained)
    return Estimate(point, changed * (2 * low - 1), changed * (2 * high - 1))


def newcombe(now: Moments, before: Moments, *, level: float = 0.95) -> Estimate:
    """Difference of two independent shares from their Wilson intervals, n reduced for clusters.

    Source: Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.
    """
    one, two = (wilson_interval(side.v / side.b, effective_n(side, level=level), level=level) for side in (now, before))
    point = one.point - two.point
    down = math.hypot(one.point - (one.low or 0.0), (two.high or 0.0) - two.point)
    up = math.hypot((one.high or 0.0) - one.point, two.point - (two.low or 0.0))
    return Estimate(point, point - down, point + up)
