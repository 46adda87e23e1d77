"""The distributions are those of scipy.stats, at every argument that an interval can ask for."""

import math

import pytest
from scipy import stats

from prodops_metrics.statistics import distributions as own

SHARES = (1e-9, 0.005, 0.025, 0.05, 0.3, 0.5, 0.9, 0.95, 0.975, 0.995, 1 - 1e-9)
VALUES = (0.0, 0.1, 0.7, 1.96, 3.3, 12.0, 40.0)
FREEDOMS = (1, 2, 5.5, 30, 399, 1e6)


def near(value: float) -> object:
    return pytest.approx(float(value), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("share", SHARES)
def test_quantiles(share: float) -> None:
    assert own.normal(share) == near(stats.norm.ppf(share))
    for freedom in FREEDOMS:
        assert own.student(share, freedom) == near(stats.t.ppf(share, freedom)), freedom
        assert own.chi_square(share, freedom) == near(stats.chi2.ppf(share, freedom)), freedom
        assert own.beta(share, freedom, 3) == near(stats.beta.ppf(share, freedom, 3)), freedom


@pytest.mark.parametrize("value", VALUES)
def test_tails(value: float) -> None:
    assert own.normal_above(value) == near(stats.norm.sf(value))
    for freedom in FREEDOMS:
        assert own.student_above(value, freedom) == near(stats.t.sf(value, freedom)), freedom
        assert own.chi_square_above(value, freedom) == near(stats.chi2.sf(value, freedom)), freedom
        assert own.f_above(value, freedom, 17) == near(stats.f.sf(value, freedom, 17)), freedom


@pytest.mark.parametrize("chance", [0.0, 0.01, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("trials", [1, 2, 17, 300, 100_000])
def test_binomial_quantiles(trials: int, chance: float) -> None:
    for share in SHARES:
        assert own.binomial(share, trials, chance) == int(stats.binom.ppf(share, trials, chance)), share


def test_no_degrees_of_freedom_give_no_number() -> None:
    assert math.isnan(own.student(0.975, 0))
    assert math.isnan(own.student_above(1.0, 0))
