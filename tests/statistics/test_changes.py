"""Changes between two windows: the same units, or two groups."""

import numpy as np
import pytest

from prodops_metrics.statistics import Moments, PairMoments, change
from prodops_metrics.statistics.changes import newcombe
from prodops_metrics.statistics.moments import SIDES

Array = np.ndarray


def pair_of(v2: Array, b2: Array, v1: Array, b1: Array) -> PairMoments:
    """The moments of one unit per entry."""
    columns = dict(zip(SIDES, (v2, b2, v1, b1), strict=True))
    products = {(left, right): float((columns[left] * columns[right]).sum()) for left in SIDES for right in SIDES}
    return PairMoments(len(v2), side(v2, b2), side(v1, b1), products)


def side(v: Array, b: Array) -> Moments:
    here = int(((v != 0) | (b != 0)).sum())
    return Moments(here, here, v.sum(), b.sum(), (v * v).sum(), (v * b).sum(), (b * b).sum())


def shares(successes: int, n: int) -> Moments:
    return Moments(n, n, successes, n, successes, successes, n)


def test_newcombe_gives_the_values_of_its_paper() -> None:
    """Newcombe (1998), table II, 56/70 against 48/80: 0.0524 to 0.3339."""
    found = newcombe(shares(56, 70), shares(48, 80))
    assert found.point == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=2e-3)


def test_active_users_change_by_the_root_of_gained_plus_lost() -> None:
    before = np.array([1.0] * 100 + [0.0] * 40)
    now = np.array([0.0] * 20 + [1.0] * 120)
    found = change("count", pair_of(now, np.zeros(140), before, np.zeros(140)))
    assert found is not None
    assert found.difference.point == 20
    assert found.difference.high == pytest.approx(20 + 1.959964 * np.sqrt(60))


def test_few_changed_units_get_the_exact_interval() -> None:
    """Five gained, none lost: Clopper-Pearson of 5 of 5 is 0.4782 to 1."""
    before, now = np.zeros(50), np.array([1.0] * 5 + [0.0] * 45)
    before[10:30] = now[10:30] = 1.0
    found = change("count", pair_of(now, np.zeros(50), before, np.zeros(50)))
    assert found is not None
    assert found.difference.low == pytest.approx(5 * (2 * 0.4782 - 1), abs=1e-3)
    assert found.difference.high == pytest.approx(5.0)


def test_no_unit_changed_is_not_certainty() -> None:
    same = np.ones(12)
    found = change("count", pair_of(same, np.zeros(12), same, np.zeros(12)))
    assert found is not None
    assert found.difference.low is not None
    assert found.difference.low < 0 < (found.difference.high or 0)


def test_pairing_sees_what_independent_groups_would_not() -> None:
    """The same 2,000 users in both windows, 2 pp more of them: paired, the interval is far narrower."""
    before = np.array([1.0] * 400 + [0.0] * 1600)
    now = before.copy()
    now[400:440] = 1.0
    ones = np.ones(2000)
    paired, apart = (change("share", pair_of(now, ones, before, ones), disjoint=disjoint) for disjoint in (False, True))
    assert paired is not None
    assert apart is not None
    assert (paired.difference.low or 0) > 0 > (apart.difference.low or 0)


def test_the_difference_of_a_window_and_itself_is_zero_and_not_certain() -> None:
    ones = np.ones(40)
    found = change("share", pair_of(ones, ones, ones, ones))
    assert found is not None
    assert found.difference.point == 0
    assert (found.difference.low or 0) < 0 < (found.difference.high or 0)


def test_a_relative_change_says_what_the_difference_says() -> None:
    draw = np.random.default_rng(3)
    before, now = draw.poisson(3, 60).astype(float), draw.poisson(2, 60).astype(float)
    found = change("total", pair_of(now, np.zeros(60), before, np.zeros(60)))
    assert found is not None
    assert found.relative is not None
    assert found.relative.point * before.sum() == pytest.approx(found.difference.point)
    assert ((found.relative.low or 0) < 0 < (found.relative.high or 0)) == (
        (found.difference.low or 0) < 0 < (found.difference.high or 0)
    )


def test_a_sum_that_no_unit_moved_has_no_interval() -> None:
    same = np.array([2.5, 4.0, 1.0])
    found = change("total", pair_of(same, np.zeros(3), same, np.zeros(3)))
    assert found is not None
    assert found.difference.low is None


@pytest.mark.parametrize("n", [40, 41, 77, 100])
def test_everybody_in_both_windows_is_not_certainty(n: int) -> None:
    ones = np.ones(n)
    found = change("share", pair_of(ones, ones, ones, ones))
    assert found is not None
    assert (found.difference.low or 0) < -0.02 < 0.02 < (found.difference.high or 0)


def test_a_window_without_denominator_has_no_change() -> None:
    ones = np.ones(5)
    assert change("share", pair_of(ones, ones, np.zeros(5), np.zeros(5))) is None


@pytest.mark.parametrize("kind", ["share", "ratio"])
def test_paired_interval_covers_no_change_at_its_level(kind: str) -> None:
    draw = np.random.default_rng(11)
    covered = 0
    for _ in range(400):
        taste = draw.beta(1, 3, size=300)
        b2, b1 = draw.integers(0, 2, 300).astype(float), draw.integers(0, 2, 300).astype(float)
        v2, v1 = (draw.random(300) < taste) * b2, (draw.random(300) < taste) * b1
        found = change("share" if kind == "share" else "ratio", pair_of(v2, b2, v1, b1))
        assert found is not None
        covered += (found.difference.low or 0) <= 0 <= (found.difference.high or 0)
    assert 0.93 <= covered / 400 <= 0.98
