"""Survival: the remission times of Freireich et al. (1963), and an independent implementation."""

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from prodops_metrics.statistics import Estimate, change, estimate
from prodops_metrics.statistics.survival import Lifetimes, LifetimesPair, curve, done_by, median_time

RELAPSED = {6: 3, 7: 1, 10: 1, 13: 1, 16: 1, 22: 1, 23: 1}
LAST_SEEN = {6: 1, 9: 1, 10: 1, 11: 1, 17: 1, 19: 1, 20: 1, 25: 1, 32: 2, 34: 1, 35: 1}
"""Weeks, with how many relapsed then and how many were last seen then: 21 children under 6-mercaptopurine."""
PLACEBO = ((1, 2), (2, 2), (3, 1), (4, 2), (5, 2), (8, 4), (11, 2), (12, 2), (15, 1), (17, 1), (22, 1), (23, 1))


def treated() -> Lifetimes:
    weeks = sorted({*RELAPSED, *LAST_SEEN})
    return Lifetimes(weeks, [RELAPSED.get(week, 0) for week in weeks], [LAST_SEEN.get(week, 0) for week in weeks])


def untreated() -> Lifetimes:
    times, happened = zip(*PLACEBO, strict=True)
    return Lifetimes(times, happened, [0] * len(times))


def lives(times: np.ndarray, happened: np.ndarray) -> Lifetimes:
    """The counts of single units."""
    at = np.unique(times)
    counts = [[int(((times == time) & (happened == one)).sum()) for time in at] for one in (True, False)]
    return Lifetimes([float(time) for time in at], counts[0], counts[1])


def test_the_curve_has_the_values_of_the_textbooks() -> None:
    """Collett, Modelling Survival Data in Medical Research: 0.857 at 6 weeks, 0.448 at 23, with errors 0.076 and 0.135."""
    at = {step.time: step for step in curve(treated())}
    for time, waiting, error in ((6, 0.857, 0.0764), (10, 0.753, 0.0963), (22, 0.538, 0.1282), (23, 0.448, 0.1346)):
        assert at[time].waiting == pytest.approx(waiting, abs=5e-4)
        assert at[time].waiting * at[time].greenwood ** 0.5 == pytest.approx(error, abs=5e-5)


def test_the_median_and_its_interval() -> None:
    """23 weeks from 13 on, with no upper end, as R's survfit has it with ``conf.type = "log-log"``; placebo 8 (4 to 11)."""
    assert median_time(treated()) == Estimate(23, 13, None)
    assert median_time(untreated()) == Estimate(8, 4, 11)


def test_the_share_by_a_time_is_by_greenwood_on_log_log() -> None:
    """At 10 weeks 75.3 % still in remission, 50.3 % to 88.9 % (R, ``conf.type = "log-log"``)."""
    found = done_by(treated(), 10)
    assert found is not None
    assert (found.point, found.low, found.high) == pytest.approx((0.247, 0.111, 0.497), abs=6e-4)


def test_it_agrees_with_statsmodels() -> None:
    draw = np.random.default_rng(5)
    ends, watched = draw.exponential(10, 300).round(), draw.uniform(2, 30, 300).round()
    times, happened = np.minimum(ends, watched), ends <= watched
    theirs = SurvfuncRight(times, happened.astype(int))
    found = median_time(lives(times, happened))
    assert found is not None
    assert found.point == theirs.quantile(0.5)
    low, high = theirs.quantile_ci(0.5, method="cloglog")
    # Theirs ends where the bound last includes one half, ours where it first does not.
    assert found.low == pytest.approx(low, abs=1)
    assert found.high == pytest.approx(high, abs=1)


def test_before_half_have_done_it_there_is_no_median() -> None:
    assert median_time(Lifetimes((1.0, 5.0), (1, 0), (0, 9))) is None


def test_nobody_was_watched_for_so_long() -> None:
    assert done_by(Lifetimes((1.0, 5.0), (1, 0), (0, 9)), 7) is None


def test_nobody_did_it_yet_leaves_room() -> None:
    found = done_by(Lifetimes((9.0,), (0,), (10,)), 7)
    assert found is not None
    assert (found.point, found.low) == (0, 0)
    assert found.high == pytest.approx(0.3085, abs=1e-4)  # Clopper-Pearson of 0 in 10


def test_everybody_did_it_is_not_certainty() -> None:
    found = done_by(Lifetimes((1.0, 2.0), (5, 5), (0, 0)), 7)
    assert found is not None
    assert found.point == 1
    assert 0 < (found.low or 0) < 0.95


def test_colleagues_who_are_alike_widen_the_interval() -> None:
    plain = Lifetimes((1.0, 5.0, 9.0), (20, 20, 0), (0, 0, 60), clusters=100)
    alike = Lifetimes((1.0, 5.0, 9.0), (20, 20, 0), (0, 0, 60), clusters=10, effect=10.0)
    one, other = done_by(plain, 5), done_by(alike, 5)
    assert one is not None
    assert other is not None
    assert (other.high or 0) - (other.low or 0) > 2.5 * ((one.high or 0) - (one.low or 0))


def test_two_groups_differ_by_the_intervals_of_both() -> None:
    """The placebo group's median is 15 weeks shorter; by week 10 far more have relapsed."""
    by = [Lifetimes(group.times, group.happened, group.censored, by=10.0) for group in (untreated(), treated())]
    found = change("survival", LifetimesPair(*by))
    assert found is not None
    assert found.difference.point == pytest.approx(0.619 - 0.247, abs=1e-3)
    assert (found.difference.low or 0) > 0
    medians = change("survival", LifetimesPair(untreated(), treated()))
    assert medians is not None
    assert medians.difference == Estimate(-15, None, None)


def test_nobody_is_no_figure() -> None:
    assert estimate("survival", Lifetimes((), (), ())) is None
