"""Counts against what chance would give: two shares, several shares, and groups against their planned sizes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from prodops_metrics.statistics.distributions import chi_square_above

SMALLEST_EXPECTED = 5
"""Below this many expected in a cell the chi-square distribution is not trusted: Cochran (1954), Biometrics 10, 417-451."""
DRAWS = 9999


def same_share(successes: Sequence[float], totals: Sequence[float]) -> float:
    """The p-value of "all groups have one share": Pearson's chi-square, or Fisher's exact test where cells are small.

    Several small groups are judged by random tables of the same margins, always the same ones.
    Source: Pearson (1900), Philosophical Magazine 50, 157-175; Fisher (1935), JRSS 98, 39-54.
    """
    table = np.array([[yes, total - yes] for yes, total in zip(successes, totals, strict=True) if total > 0])
    if len(table) < 2 or (table.sum(axis=0) == 0).any():
        return 1.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    if expected.min() >= SMALLEST_EXPECTED:
        return chi_square_above(float(((table - expected) ** 2 / expected).sum()), len(table) - 1)
    return _exact(np.rint(table).astype(int))


def _exact(whole: NDArray[np.int_]) -> float:
    """Fisher's test. Its library takes half a second to import, which only those wait for who need it."""
    from scipy.stats import MonteCarloMethod, fisher_exact

    if len(whole) == 2:
        return float(fisher_exact(whole).pvalue)
    draws = MonteCarloMethod(n_resamples=DRAWS, rng=np.random.default_rng(0))
    return float(np.asarray(fisher_exact(whole, method=draws).pvalue).item())  # an array of one, for some tables


def split_as_planned(counts: Sequence[float], weights: Sequence[float]) -> float:
    """The p-value of "units were split as planned" (sample ratio mismatch); 1 where nobody came.

    Source: chi-square goodness of fit with one degree less than groups; Fabijan et al. (2019), KDD, section 2.
    """
    planned = [(count, weight) for count, weight in zip(counts, weights, strict=True) if weight > 0]
    everybody, whole = sum(count for count, _ in planned), sum(weight for _, weight in planned)
    if everybody == 0 or len(planned) < 2:
        return 1.0
    expected = [everybody * weight / whole for _, weight in planned]
    statistic = sum((count - due) ** 2 / due for (count, _), due in zip(planned, expected, strict=True))
    return chi_square_above(statistic, len(planned) - 1)


def clustered_same_share(shares: Sequence[float], sizes: Sequence[float]) -> float:
    """As ``same_share``, for groups given by their share and the number of independent trials behind it.

    Source: Rao and Scott (1981), JASA 76, 221-230: Pearson's statistic on counts reduced by the design effect.
    """
    whole = sum(sizes)
    mean = sum(share * size for share, size in zip(shares, sizes, strict=True)) / whole
    if not 0 < mean < 1 or len(sizes) < 2:
        return 1.0
    statistic = sum(size * (share - mean) ** 2 for share, size in zip(shares, sizes, strict=True)) / (mean * (1 - mean))
    return chi_square_above(statistic, len(sizes) - 1)
