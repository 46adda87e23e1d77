"""Effects of a treatment: the cases of other tools where they lie beside the repository, and published values."""

import json
from pathlib import Path

import pytest
from scipy.stats import ttest_ind_from_stats

from prodops_metrics.errors import NotEnoughDataError
from prodops_metrics.statistics import Estimate
from prodops_metrics.statistics.effects import Plan, effect, quantile_effect
from prodops_metrics.statistics.groups import Group, Sums, group_of, proportion_sums
from tests.conformance.case import Case
from tests.conformance.running import kinds

LATER = frozenset({"bayes"})
"""Kinds of cases that are not frequentist."""


def group(n: int, mean: float, variance: float) -> Group:
    return group_of(Sums(n, n * mean, (n - 1) * variance + n * mean * mean).variable)


def test_the_cases_of_other_tools(shared: Path, tmp_path: Path) -> None:
    """Every frequentist case, by a pure call."""
    raw = json.loads((shared / "conformance" / "stats_cases.json").read_text())
    cases = [Case(one) for one in raw if one["kind"] not in LATER]
    faults = {case.id: list(kinds()[case.kind](case, tmp_path)) for case in cases}
    assert len(cases) >= 18
    assert {name: found for name, found in faults.items() if found} == {}


def test_welch_gives_the_values_of_his_test() -> None:
    """Snedecor and Cochran, Statistical Methods (8th edition), table 6.11.1: unequal variances, 4 and 8 values."""
    found = effect(group(8, 29.0, 2.86), group(4, 25.0, 17.71))
    theirs = ttest_ind_from_stats(25.0, 17.71**0.5, 4, 29.0, 2.86**0.5, 8, equal_var=False)
    assert found.point == pytest.approx(-4.0)
    assert found.p == pytest.approx(theirs.pvalue)
    assert found.error == pytest.approx((17.71 / 4 + 2.86 / 8) ** 0.5)


def test_a_relative_effect_is_of_the_size_of_the_control() -> None:
    """From -10 to -5 is half of 10 up."""
    found = effect(group(50, -10.0, 4.0), group(50, -5.0, 4.0), Plan("relative"))
    assert found.point == pytest.approx(0.5)


def test_one_sided_intervals_are_open_on_the_other_side() -> None:
    control, treatment = group(50, 1.0, 1.0), group(50, 1.5, 1.0)
    above, below = (effect(control, treatment, Plan(side=side)) for side in ("greater", "less"))
    assert (above.high, below.low) == (None, None)
    assert above.p + below.p == pytest.approx(1.0)
    assert above.p < 0.05 < below.p


def test_looking_all_the_time_costs_width() -> None:
    """At the number of units it is tuned to, the interval of any number of looks is half again as wide."""
    control, treatment = group(2500, 1.0, 1.0), group(2500, 1.0, 1.0)
    once, always = effect(control, treatment), effect(control, treatment, Plan(tuning=5000))
    assert once.high is not None
    assert always.high is not None
    assert always.high / once.high == pytest.approx(1.55, abs=0.05)
    assert always.p == 1.0


def test_the_interval_of_many_looks_leaves_out_zero_where_its_p_value_is_below_the_level() -> None:
    for shift in (0.02, 0.05, 0.08, 0.1, 0.12, 0.2):
        found = effect(group(2500, 1.0, 1.0), group(2500, 1.0 + shift, 1.0), Plan(tuning=5000))
        assert ((found.low or 0) > 0) == (found.p < 0.05)


@pytest.mark.parametrize(
    ("control", "treatment", "plan"),
    [
        (group(1, 1.0, 0.0), group(9, 1.0, 1.0), Plan()),
        (group_of(proportion_sums(20, 0).variable), group_of(proportion_sums(20, 4).variable), Plan()),
        (group(9, 0.0, 1.0), group(9, 1.0, 1.0), Plan("relative")),
    ],
)
def test_there_is_no_effect_where_none_can_be_told(control: Group, treatment: Group, plan: Plan) -> None:
    with pytest.raises(NotEnoughDataError):
        effect(control, treatment, plan)


def test_percentiles_differ_by_the_width_of_their_intervals() -> None:
    control, treatment = Estimate(10.0, 9.0, 11.0), Estimate(14.0, 13.0, 15.0)
    found = quantile_effect(control, treatment, (1000, 1000))
    assert found.point == 4.0
    assert found.error == pytest.approx((2 * (999 / 1000)) ** 0.5 / 1.959964, rel=1e-6)
    with pytest.raises(NotEnoughDataError):
        quantile_effect(Estimate(10.0, None, None), treatment, (5, 5))
