"""Intervals against published values and an independent implementation."""

import math

import numpy as np
import pytest
from scipy.stats import t
from statsmodels.stats.proportion import proportion_confint

from prodops_metrics.statistics import Moments, estimate
from prodops_metrics.statistics.intervals import design_effect


def shares(successes: int, n: int) -> Moments:
    return Moments(n, n, successes, n, successes, successes, n)


def by_cluster(values: np.ndarray, bases: np.ndarray) -> Moments:
    """Moments of clusters whose sums of value and base are given."""
    return Moments(
        int(bases.sum()), len(values), values.sum(), bases.sum(), (values**2).sum(), (values * bases).sum(), (bases**2).sum()
    )


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_values_of_newcombe_1998_table_1(successes: int, n: int, low: float, high: float) -> None:
    found = estimate("share", shares(successes, n))
    assert found is not None
    # Independent units have a design effect of n/(n-1), which moves the last printed digit of the smallest sample.
    assert found.low == pytest.approx(low, abs=1.5e-3)
    assert found.high == pytest.approx(high, abs=4e-3)


def test_wilson_agrees_with_statsmodels_in_large_samples() -> None:
    found = estimate("share", shares(312, 6900), level=0.99)
    low, high = proportion_confint(312, 6900, alpha=0.01, method="wilson")
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), rel=2e-3)


def test_a_share_of_nothing_is_undefined() -> None:
    assert estimate("share", Moments(0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)) is None
    assert estimate("ratio", Moments(3, 3, 2.0, 0.0, 2.0, 0.0, 0.0)) is None


def test_users_who_follow_their_account_widen_the_interval() -> None:
    bases = np.full(40, 10.0)
    alike = by_cluster(np.where(np.arange(40) < 10, 10.0, 0.0), bases)  # whole accounts use it or do not
    found, plain = estimate("share", alike), estimate("share", shares(100, 400))
    assert found is not None
    assert plain is not None
    assert design_effect(alike) == pytest.approx(10 * 40 / 39)
    assert (found.high or 0) - (found.low or 0) > 3 * ((plain.high or 0) - (plain.low or 0))


def test_accounts_that_are_more_even_than_chance_never_narrow_the_interval() -> None:
    even = by_cluster(np.full(40, 2.5), np.full(40, 10.0))
    assert design_effect(even) == 1.0


def test_ratio_interval_is_the_delta_method_with_students_t() -> None:
    values, bases = np.array([3.0, 0.0, 5.0, 2.0, 1.0]), np.array([10.0, 4.0, 9.0, 6.0, 1.0])
    found = estimate("ratio", by_cluster(values, bases))
    share = values.sum() / bases.sum()
    error = math.sqrt(5 * np.var(values - share * bases, ddof=1)) / bases.sum()
    reach = t.ppf(0.975, 4) * error
    assert found is not None
    assert (found.point, found.low, found.high) == pytest.approx((share, share - reach, share + reach))


def test_one_unit_gives_a_ratio_without_an_interval() -> None:
    found = estimate("ratio", Moments(1, 1, 2.0, 4.0, 4.0, 8.0, 16.0))
    assert found is not None
    assert (found.point, found.low, found.high) == (0.5, None, None)


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39)])
def test_a_count_of_units_has_garwoods_exact_interval(count: int, low: float, high: float) -> None:
    found = estimate("count", Moments(count, count, count, 0.0, count, 0.0, 0.0))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-3)


def test_a_sum_wanders_by_the_root_of_its_squares() -> None:
    found = estimate("total", Moments(2, 2, 7.0, 0.0, 25.0, 0.0, 0.0))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((7 - 1.959964 * 5, 7 + 1.959964 * 5))


def test_nothing_seen_leaves_room() -> None:
    """No failure in 280 attempts: a Poisson count of zero still allows 3.69 (two-sided 95 %)."""
    found = estimate("ratio", Moments(90, 90, 0.0, 280.0, 0.0, 0.0, 1000.0))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((0.0, 3.689 / 280), rel=1e-3)


def test_accounts_that_all_agree_count_as_one_answer_each() -> None:
    """All 300 users in 12 accounts use it: that is 12 answers, not 300."""
    everybody = by_cluster(np.full(12, 25.0), np.full(12, 25.0))
    found = estimate("share", everybody)
    assert found is not None
    assert (found.low or 1) < 0.75


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_wilson_covers_the_truth_with_users_in_accounts(share: float) -> None:
    """Ninety-three to ninety-eight in a hundred, where a plain Wilson interval would cover 70."""
    draw = np.random.default_rng(7)
    covered = 0
    for _ in range(400):
        own = draw.beta(share * 4, (1 - share) * 4, size=150)  # intra-class correlation 0.2
        bases = draw.integers(1, 20, size=150).astype(float)
        found = estimate("share", by_cluster(draw.binomial(bases.astype(int), own).astype(float), bases))
        assert found is not None
        covered += (found.low or 0) <= share <= (found.high or 0)
    assert 0.92 <= covered / 400 <= 0.985
