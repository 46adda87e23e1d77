"""Tables of counts and many tests at once: published values and independent implementations."""

import numpy as np
import pytest
from scipy.stats import ttest_ind
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.oneway import anova_oneway

from prodops_metrics.statistics import Moments
from prodops_metrics.statistics.segments import differences, holm
from prodops_metrics.statistics.tables import clustered_same_share, same_share, split_as_planned


def shares(successes: float, n: float) -> Moments:
    return Moments(int(n), int(n), successes, n, successes, successes, n)


def values(found: np.ndarray) -> Moments:
    """A mean per unit: base 1 each."""
    n = len(found)
    return Moments(n, n, found.sum(), n, (found**2).sum(), found.sum(), n)


def test_the_lady_tasting_tea() -> None:
    """Fisher (1935): three of four right in each cup has a two-sided p-value of 0.4857."""
    assert same_share([3, 1], [4, 4]) == pytest.approx(0.4857, abs=1e-4)


def test_pearsons_statistic_without_correction() -> None:
    """Agresti, Categorical Data Analysis, aspirin: 189 of 11,034 heart attacks against 104 of 11,037, chi-square 25.01."""
    assert same_share([189, 104], [11034, 11037]) == pytest.approx(5.692e-7, rel=1e-3)


def test_several_small_groups_are_judged_by_random_tables_that_stay_the_same() -> None:
    first, second = (same_share([0, 1, 4], [5, 6, 5]) for _ in range(2))
    assert first == second
    assert 0.01 < first < 0.08


def test_nothing_to_tell_apart() -> None:
    assert same_share([0, 0], [10, 20]) == same_share([3], [9]) == 1.0


def test_the_split_of_an_experiment() -> None:
    assert split_as_planned([1000, 1100], [0.5, 0.5]) == pytest.approx(0.029096331741252267)
    assert split_as_planned([0, 0], [0.5, 0.5]) == 1.0
    assert split_as_planned([10, 12, 0], [1, 1, 0]) > 0.5


def test_clusters_leave_less_to_tell() -> None:
    assert clustered_same_share([0.2, 0.3], [1000, 1000]) == pytest.approx(same_share([200, 300], [1000, 1000]))
    assert clustered_same_share([0.2, 0.3], [100, 100]) > 0.05


def test_holm_raises_p_values_as_statsmodels_does() -> None:
    ps = [0.01, 0.04, 0.03, 0.005, 0.5]
    assert holm(ps) == pytest.approx(multipletests(ps, method="holm")[1])


def test_one_segment_stands_out() -> None:
    found = differences("share", {"free": shares(50, 500), "pro": shares(52, 500), "big": shares(110, 500)})
    assert found is not None
    assert found.overall < 0.001
    assert found.contrasts["big"].differs
    assert (found.contrasts["big"].difference.low or 0) > 0


def test_where_the_overall_test_is_quiet_no_segment_is_named() -> None:
    """Twenty segments alike but for chance: one of them would be below 0.05 by itself."""
    draw = np.random.default_rng(1)
    segments = {f"s{number}": shares(float(draw.binomial(200, 0.3)), 200) for number in range(20)}
    found = differences("share", segments)
    assert found is not None
    assert not any(one.differs for one in found.contrasts.values())


def test_means_are_compared_as_welch_does() -> None:
    draw = np.random.default_rng(2)
    groups = [draw.normal(mean, spread, size) for mean, spread, size in ((1, 1, 40), (1.2, 3, 60), (2, 2, 50))]
    found = differences("ratio", dict(zip("abc", map(values, groups), strict=True)))
    assert found is not None
    theirs = anova_oneway(groups, use_var="unequal", welch_correction=True)
    assert found.overall == pytest.approx(float(theirs.pvalue), rel=1e-6)
    alone = differences("ratio", dict(zip("ab", map(values, groups[:2]), strict=True)))
    assert alone is not None
    p = float(ttest_ind(groups[0], groups[1], equal_var=False).pvalue)
    assert alone.contrasts["a"].p == pytest.approx(min(1.0, 2 * p), rel=1e-6)


def test_totals_say_how_large_a_segment_is_and_nothing_else() -> None:
    assert differences("count", {"a": shares(3, 9), "b": shares(4, 9)}) is None


def test_three_groups_of_one_or_three_have_a_p_value() -> None:
    """Of so small a table the library gives an array of one in place of a number."""
    assert same_share([1, 1, 0], [3, 1, 1]) == 1.0
