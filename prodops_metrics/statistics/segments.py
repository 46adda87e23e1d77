"""Who differs: each segment against the rest, after one test of whether any differs at all.

Segments are taken to share no unit. An overall test comes first; only where it says that something differs are single
segments named, and their p-values are raised by Holm's method for there being many of them.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from prodops_metrics.statistics.changes import newcombe
from prodops_metrics.statistics.distributions import f_above, student, student_above
from prodops_metrics.statistics.intervals import Estimate, Kind, effective_n
from prodops_metrics.statistics.moments import Moments
from prodops_metrics.statistics.tables import SMALLEST_EXPECTED, clustered_same_share, same_share

RATES = frozenset({"share", "ratio"})


@dataclass(frozen=True, slots=True)
class Contrast:
    """One segment less the rest, with its interval; ``p`` is Holm's. ``differs`` where both tests say so."""

    difference: Estimate
    p: float
    differs: bool


@dataclass(frozen=True, slots=True)
class Differences:
    """The p-value of "all segments are alike", and every segment against the rest."""

    overall: float
    contrasts: Mapping[str, Contrast]


@dataclass(frozen=True, slots=True)
class _Mean:
    """A rate with the variance of it and the clusters that it was measured in."""

    point: float
    variance: float
    clusters: int


def differences(
    kind: Kind, segments: Mapping[str, Moments], *, level: float = 0.95, judged: Collection[str] | None = None
) -> Differences | None:
    """Which segments differ from the rest; None for totals, which say how large a segment is, and for fewer than two.

    ``judged`` are those that are held against the rest, all of them if nothing is said; the others are a part of it.

    Source: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    there = {name: moments for name, moments in segments.items() if moments.b > 0}
    if kind not in RATES or len(there) < 2:
        return None
    overall = _shares_alike(list(there.values())) if kind == "share" else _means_alike(list(there.values()))
    rests = {name: _rest(there, name) for name in there}
    pairs = {name: (there[name], rests[name]) for name in there if judged is None or name in judged}
    found = {name: _against(kind, one, rest, level) for name, (one, rest) in pairs.items()}
    raised = dict(zip(found, holm([p for _, p in found.values()]), strict=True))
    clear = overall <= 1 - level
    contrasts = {
        name: Contrast(difference, raised[name], clear and raised[name] <= 1 - level)
        for name, (difference, _) in found.items()
    }
    return Differences(overall, contrasts)


def holm(ps: Sequence[float]) -> list[float]:
    """P-values raised so that the chance of any false one among them stays at the level.

    Source: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    raised, most = [1.0] * len(ps), 0.0
    for rank, at in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        most = max(most, min(1.0, (len(ps) - rank) * ps[at]))
        raised[at] = most
    return raised


def _rest(segments: Mapping[str, Moments], name: str) -> Moments:
    """All other segments together: moments of groups that share no unit add up."""
    others = [moments for other, moments in segments.items() if other != name]
    return Moments(
        *(sum(getattr(one, field) for one in others) for field in ("units", "clusters", "v", "b", "vv", "vb", "bb"))
    )


def _against(kind: Kind, one: Moments, rest: Moments, level: float) -> tuple[Estimate, float]:
    if kind == "share":
        return newcombe(one, rest, level=level), _shares_alike([one, rest])
    here, there = _mean(one), _mean(rest)
    point, variance = here.point - there.point, here.variance + there.variance
    if variance <= 0:
        return Estimate(point, None, None), 1.0
    freedom = variance**2 / sum(mean.variance**2 / max(1, mean.clusters - 1) for mean in (here, there))
    reach = student(0.5 + level / 2, freedom) * math.sqrt(variance)
    return Estimate(point, point - reach, point + reach), 2 * student_above(abs(point) / math.sqrt(variance), freedom)


def _shares_alike(groups: Sequence[Moments]) -> float:
    """Exact where every unit is its own cluster and cells are small; else on the numbers that clustering leaves."""
    if all(group.bb <= group.b for group in groups):
        return same_share([group.v for group in groups], [group.b for group in groups])
    shares = [group.v / group.b for group in groups]
    sizes = [effective_n(group) for group in groups]
    mean = sum(group.v for group in groups) / sum(group.b for group in groups)
    if min(sizes) * min(mean, 1 - mean) < SMALLEST_EXPECTED:
        return same_share([share * size for share, size in zip(shares, sizes, strict=True)], sizes)
    return clustered_same_share(shares, sizes)


def _mean(moments: Moments) -> _Mean:
    """A ratio with its delta-method variance."""
    point = moments.v / moments.b
    if moments.clusters < 2:
        return _Mean(point, 0.0, moments.clusters)
    scale = moments.clusters / (moments.clusters - 1)
    return _Mean(point, scale * moments.residual(point) / moments.b**2, moments.clusters)


def _means_alike(groups: Sequence[Moments]) -> float:
    """Welch's test of several means with variances of their own; those that do not vary are passed over.

    Source: Welch (1951), Biometrika 38, 330-336.
    """
    means = [mean for mean in map(_mean, groups) if mean.variance > 0]
    if len(means) < 2:
        return 1.0
    weights = [1 / mean.variance for mean in means]
    whole, many = sum(weights), len(means)
    centre = sum(weight * mean.point for weight, mean in zip(weights, means, strict=True)) / whole
    between = sum(weight * (mean.point - centre) ** 2 for weight, mean in zip(weights, means, strict=True)) / (many - 1)
    spread = sum((1 - weight / whole) ** 2 / (mean.clusters - 1) for weight, mean in zip(weights, means, strict=True))
    statistic = between / (1 + 2 * (many - 2) / (many**2 - 1) * spread)
    return f_above(statistic, many - 1, (many**2 - 1) / (3 * spread))
