"""Percentiles: ranks as tables have them, and moments of clusters."""

import numpy as np
import pytest
from scipy.stats import binom

from prodops_metrics.statistics import Estimate, Moments, estimate
from prodops_metrics.statistics.percentiles import Ranked, independent, order_ranks


def ranked(values: np.ndarray, at: float, cluster: np.ndarray | None = None) -> Ranked:
    """What the fold returns for these values: every rank, and how many of each cluster lie below the percentile."""
    ordered, point = np.sort(values), float(np.quantile(values, at))
    below = (values < point).astype(float)
    ties = values == point
    if ties.any():
        below[ties] = np.clip((at * len(values) - below.sum()) / ties.sum(), 0, 1)
    groups = np.arange(len(values)) if cluster is None else np.unique(cluster, return_inverse=True)[1]
    v, b = np.bincount(groups, below), np.bincount(groups).astype(float)
    units = len(b)
    moments = Moments(units, units, v.sum(), b.sum(), (v * v).sum(), (v * b).sum(), (b * b).sum())
    return Ranked(at, point, moments, range(1, len(values) + 1), [float(value) for value in ordered])


@pytest.mark.parametrize(
    ("n", "at", "ranks"),
    [
        (6, 0.5, (1, 6)),  # Conover, table A3 (binomial), as for the sign test
        (10, 0.5, (2, 9)),
        (20, 0.5, (6, 15)),
        (100, 0.5, (40, 61)),  # Hahn and Meeker, Statistical Intervals, section 5.2
        (5, 0.5, None),
        (35, 0.9, None),
        (36, 0.9, (29, 36)),
    ],
)
def test_ranks_are_those_of_the_tables(n: int, at: float, ranks: tuple[int, int] | None) -> None:
    assert order_ranks(n, n, at) == ranks
    if ranks:
        assert binom.cdf(ranks[1] - 1, n, at) - binom.cdf(ranks[0] - 1, n, at) >= 0.95


def test_the_interval_holds_the_order_statistics() -> None:
    found = estimate("percentile", ranked(np.arange(1.0, 101.0), 0.5))
    assert found == Estimate(50.5, 40.0, 61.0)


def test_few_values_have_a_percentile_and_no_interval() -> None:
    assert estimate("percentile", ranked(np.array([3.0, 1.0, 2.0]), 0.5)) == Estimate(2.0, None, None)


def test_values_of_one_user_are_not_independent() -> None:
    """Forty users with ten equal values each are forty values, not four hundred."""
    values, user = np.repeat(np.arange(40.0), 10), np.repeat(np.arange(40), 10)
    apart, together = ranked(values, 0.5), ranked(values, 0.5, user)
    assert independent(apart) == 400
    assert independent(together) == pytest.approx(40, rel=0.12)
    plain, clustered = estimate("percentile", apart), estimate("percentile", together)
    assert plain is not None
    assert clustered is not None
    assert (clustered.high or 0) - (clustered.low or 0) > 2.5 * ((plain.high or 0) - (plain.low or 0))


def test_all_alike_is_a_percentile_without_doubt() -> None:
    assert estimate("percentile", ranked(np.full(50, 7.0), 0.5)) == Estimate(7.0, 7.0, 7.0)
