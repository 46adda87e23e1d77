"""One number and how far it would wander if the same kind of people came again."""

import math
from dataclasses import dataclass
from typing import Literal

from prodops_metrics.statistics.distributions import chi_square, normal, student
from prodops_metrics.statistics.moments import Moments

Kind = Literal["count", "total", "share", "ratio", "percentile", "survival", "derived"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A point with its interval, in the metric's unit; ``low`` and ``high`` are None where none can be had."""

    point: float
    low: float | None
    high: float | None


def wilson(moments: Moments, *, level: float = 0.95) -> Estimate:
    """Wilson score interval for a share, with n reduced by the design effect where units sit in clusters.

    Source: Wilson (1927), JASA 22(158), 209-212; design effect: Kish (1965), Survey Sampling, section 8.2.
    """
    return wilson_interval(moments.v / moments.b, effective_n(moments, level=level), level=level)


def wilson_interval(share: float, n: float, *, level: float = 0.95) -> Estimate:
    """The score interval of a share seen in ``n`` independent trials."""
    z = normal(0.5 + level / 2)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if share == 0 else max(0.0, centre - reach)
    high = 1.0 if share == 1 else min(1.0, centre + reach)
    return Estimate(share, float(low), float(high))


def effective_n(moments: Moments, *, level: float = 0.95) -> float:
    """Independent trials that would leave the same uncertainty: b / deff; fewer where few clusters measured the deff.

    Source: Korn and Graubard (1998), Survey Methodology 24, 193-201: n is multiplied by (z / t) squared.
    """
    n = moments.b / design_effect(moments)
    if moments.bb <= moments.b or moments.clusters < 2:  # every trial a cluster of its own
        return n
    wider = student(0.5 + level / 2, telling_clusters(moments)) / normal(0.5 + level / 2)
    return float(n / wider**2)


def telling_clusters(moments: Moments) -> float:
    """The degrees of freedom of a clustered share's variance: how many clusters said yes, or no, whichever are fewer.

    Where a few clusters hold all who said yes, those few alone measured how alike their members are. Counted as clusters
    of equal weight, (Σv)²/Σv². Source: Korn and Graubard (1999), Analysis of Health Surveys, section 5.2 (degrees of freedom
    for a rare group are the clusters in which it was seen); equal weights: Kish (1965), Survey Sampling, section 11.7.
    """
    no, no_squares = moments.b - moments.v, moments.bb - 2 * moments.vb + moments.vv
    sides = [(moments.v, moments.vv), (no, no_squares)]
    telling = min((total * total / squares if squares > 0 else 0.0) for total, squares in sides)
    return min(moments.clusters - 1, max(1.0, telling))


def design_effect(moments: Moments) -> float:
    """Variance of the share by clusters, over its variance if every trial were independent; at least 1.

    Where all said yes, or all no, the data cannot tell; then each cluster counts as the one answer it may be.
    """
    share = moments.v / moments.b
    independent = moments.b * share * (1 - share)
    if independent <= 0 or moments.clusters < 2:
        return max(1.0, moments.bb / moments.b)
    clustered = moments.clusters / (moments.clusters - 1) * moments.residual(share)
    return max(1.0, clustered / independent)


def ratio(moments: Moments, *, level: float = 0.95, positive: bool = False) -> Estimate:
    """Delta-method interval for Σv / Σb over clusters, Student's t with one degree less than clusters.

    Few events make the error of a rate small exactly where the rate came out small by chance, so that its upper end would
    be too low. Where the rate cannot fall below zero (``positive``), the interval is therefore that of a score test, whose
    error is the one the rate would have there: variance in proportion to the rate, as with counts that vary more than
    Poisson's by a constant factor.

    Source: Deng, Knoblich and Lu (2018), Applying the Delta Method in Metric Analytics, KDD, section 3; score interval of a
    Poisson rate: Brown, Cai and DasGupta (2003), Statistica Sinica 13, 19-49, section 2; overdispersion: McCullagh and
    Nelder (1989), Generalized Linear Models, section 6.2.3.
    """
    point = moments.v / moments.b
    if moments.clusters < 2:
        return Estimate(point, None, None)
    if moments.vv == 0:  # nothing was seen: what a Poisson count of zero still allows
        return Estimate(0.0, 0.0, -math.log((1 - level) / 2) / abs(moments.b))
    scale = moments.clusters / (moments.clusters - 1)
    error = math.sqrt(scale * moments.residual(point)) / abs(moments.b)
    quantile = student(0.5 + level / 2, moments.clusters - 1)
    if not positive or point <= 0:
        return Estimate(point, point - quantile * error, point + quantile * error)
    shift = quantile * quantile * error * error / (2 * point)
    reach = math.sqrt(quantile * quantile * error * error + shift * shift)
    return Estimate(point, point + shift - reach, point + shift + reach)


def count(moments: Moments, *, level: float = 0.95) -> Estimate:
    """Interval of a count: exact where every unit counts 1, else as any total.

    Source: Garwood (1936), Biometrika 28, 437-442.
    """
    return _garwood(moments.v, level) if moments.vv == moments.v else total(moments, level=level)


def total(moments: Moments, *, level: float = 0.95) -> Estimate:
    """Interval of a total over a random number of units: the variance of a compound Poisson sum is Σv².

    Source: Ross, Introduction to Probability Models, section 5.4.2.
    """
    if moments.vv == 0:
        return Estimate(moments.v, None, None)
    reach = normal(0.5 + level / 2) * math.sqrt(moments.vv)
    return Estimate(moments.v, moments.v - reach, moments.v + reach)


def _garwood(count: float, level: float) -> Estimate:
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else chi_square(tail, 2 * count) / 2
    return Estimate(count, low, chi_square(1 - tail, 2 * count + 2) / 2)
