"""A percentile with an interval of its own order statistics: no assumption about the distribution's shape."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from prodops_metrics.statistics.distributions import binomial, normal, student
from prodops_metrics.statistics.intervals import Estimate
from prodops_metrics.statistics.moments import Moments, PairMoments


@dataclass(frozen=True, slots=True)
class Ranked:
    """One window's values in order, as far as an interval needs them.

    ``below`` counts values: ``v`` those up to the percentile (ties in part), ``b`` all, by cluster. ``ranks`` (from 1) and
    ``values`` are a ladder of order statistics around the percentile; it holds every rank where values are few.
    """

    at: float
    point: float
    below: Moments
    ranks: Sequence[int]
    values: Sequence[float]

    @property
    def units(self) -> int:
        """The units whose values they are."""
        return self.below.units

    @property
    def clusters(self) -> int:
        """The independent clusters behind them."""
        return self.below.clusters

    @property
    def v(self) -> float:
        """How many values lie at or below the percentile."""
        return self.below.v

    @property
    def b(self) -> float:
        """How many values there are."""
        return self.below.b


@dataclass(frozen=True, slots=True)
class RankedPair:
    """Two windows of the same units; ``below`` counts, by cluster, the values up to each window's own percentile."""

    below: PairMoments
    now: Ranked
    before: Ranked


def percentile(sample: Ranked, *, level: float = 0.95) -> Estimate:
    """The percentile with the order statistics that enclose it; no interval where one of the two ranks does not exist.

    Source: Conover, Practical Nonparametric Statistics, section 3.2. Where values sit in clusters (a user's own events) the
    number of values is reduced as for a share: Woodruff (1952), JASA 47, 635-646.
    """
    found = order_ranks(sample.below.b, independent(sample, level=level), sample.at, level=level)
    if found is None or not sample.ranks:
        return Estimate(sample.point, None, None)
    low = [value for rank, value in zip(sample.ranks, sample.values, strict=True) if rank <= found[0]]
    high = [value for rank, value in zip(sample.ranks, sample.values, strict=True) if rank >= found[1]]
    if not low or not high:
        return Estimate(sample.point, None, None)
    return Estimate(sample.point, min(low[-1], sample.point), max(high[0], sample.point))


def order_ranks(n: float, effective: float, at: float, *, level: float = 0.95) -> tuple[int, int] | None:
    """The ranks (from 1) of the values that enclose the percentile; None where one of them does not exist.

    ``effective`` of the ``n`` values count as independent. A pair of ranks encloses the percentile as often as a binomial
    count of values below it lies between them.
    """
    trials, tail = math.floor(effective + 1e-9), (1 - level) / 2
    lower, upper = binomial(tail, trials, at), binomial(1 - tail, trials, at) + 1
    if trials < 1 or lower < 1 or upper > trials:
        return None
    stretch = (n + 1) / (trials + 1)
    return math.floor(lower * stretch + 1e-9), math.ceil(upper * stretch - 1e-9)


def independent(sample: Ranked, *, level: float = 0.95) -> float:
    """Independent values that would leave the same uncertainty about how many lie below the percentile."""
    below = sample.below
    clustered = below.bb > below.b * (1 + 1e-12)
    if not clustered or below.clusters < 2:
        return below.b if not clustered else 1.0
    scale = below.clusters / (below.clusters - 1)
    share = below.v / below.b
    spread = below.b * sample.at * (1 - sample.at)
    effect = max(1.0, scale * below.residual(share) / spread) if spread > 0 else 1.0
    wider = student(0.5 + level / 2, below.clusters - 1) / normal(0.5 + level / 2)
    return float(below.b / effect / wider**2)


def percentile_difference(pair: RankedPair, *, level: float = 0.95) -> Estimate | None:
    """The percentile now less the one before, over the same units; None where a window has no values.

    Each window's percentile moves by (share below, less ``at``) over the density there, which its own interval tells;
    linearised per cluster as a difference of two shares.
    Source: Bahadur (1966), Annals of Mathematical Statistics 37, 577-580; density: Woodruff (1952), JASA 47, 635-646.
    """
    if pair.now.b == 0 or pair.before.b == 0:
        return None
    point = pair.now.point - pair.before.point
    now, before = _stretch(pair.now, level), _stretch(pair.before, level)
    clusters = pair.below.clusters
    if now is None or before is None or clusters < 2:
        return Estimate(point, None, None)
    shares = pair.now.v / pair.now.b, pair.before.v / pair.before.b
    weights = {"v2": -now / pair.now.b, "b2": now * shares[0] / pair.now.b}
    weights |= {"v1": before / pair.before.b, "b1": -before * shares[1] / pair.before.b}
    error = math.sqrt(clusters / (clusters - 1) * pair.below.quadratic(weights))
    reach = student(0.5 + level / 2, clusters - 1) * error
    return Estimate(point, point - reach, point + reach) if reach > 0 else Estimate(point, None, None)


def _stretch(sample: Ranked, level: float) -> float | None:
    """How far the percentile moves where the share of values below it moves by 1: one over the density."""
    found, free = percentile(sample, level=level), independent(sample, level=level)
    if found.low is None or found.high is None:
        return None
    width = 2 * normal(0.5 + level / 2) * math.sqrt(sample.at * (1 - sample.at) / free)
    return (found.high - found.low) / width
