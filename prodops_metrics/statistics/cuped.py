"""CUPED: a group's mean corrected by what its own units did before, so that fewer units tell as much.

Source: Deng, Xu, Kohavi and Walker (2013), Improving the Sensitivity of Online Controlled Experiments by Utilizing
Pre-Experiment Data, WSDM, section 3.
"""

from dataclasses import dataclass, replace

from prodops_metrics.errors import NotEnoughDataError
from prodops_metrics.statistics.groups import Group, Sums, Variable, covariance_of, ratio_of


@dataclass(frozen=True, slots=True)
class Mean:
    """One group's mean ``after`` the start and ``before`` it, over the same units."""

    after: Sums
    before: Sums
    products: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """One group's ratio after the start (numerator over denominator) and before it, over the same units."""

    after: tuple[Sums, Sums]
    before: tuple[Sums, Sums]
    within_after: float
    within_before: float
    numerators: float
    denominators: float
    after_above_before_below: float
    after_below_before_above: float


@dataclass(frozen=True, slots=True)
class Pair:
    """A group's number after and before as variables of one unit, with their covariance."""

    after: Variable
    before: Variable
    covariance: float


def corrected_means(control: Mean, treatment: Mean) -> tuple[Group, Group]:
    """Both groups corrected by one slope, that of all units thrown together."""
    slope = theta(control, treatment)
    return _corrected(_mean_pair(control), slope), _corrected(_mean_pair(treatment), slope)


def corrected_ratios(control: Ratio, treatment: Ratio) -> tuple[Group, Group]:
    """Both groups corrected by one slope; each group's ratios are linearised around its own values."""
    pairs = _ratio_pair(control), _ratio_pair(treatment)
    varied = sum(pair.before.variance for pair in pairs)
    slope = sum(pair.covariance for pair in pairs) / varied if varied > 0 else 0.0
    control_group, treatment_group = (replace(_corrected(pair, slope), slope_of_mean=True) for pair in pairs)
    return control_group, treatment_group


def theta(control: Mean, treatment: Mean) -> float:
    """The slope of after on before with both groups as one sample; 0 where one of them does not vary."""
    after, before = control.after.with_other(treatment.after), control.before.with_other(treatment.before)
    if before.variable.variance <= 0 or after.variable.variance <= 0:
        return 0.0
    return covariance_of(after, before, control.products + treatment.products) / before.variable.variance


def _mean_pair(group: Mean) -> Pair:
    return Pair(group.after.variable, group.before.variable, covariance_of(group.after, group.before, group.products))


def _ratio_pair(group: Ratio) -> Pair:
    """The linearised covariance of two ratios: the four covariances of their parts, weighted."""
    (above, below), (former_above, former_below) = group.after, group.before
    if below.total == 0 or former_below.total == 0:
        raise NotEnoughDataError("A ratio has nothing to divide by, so no effect on it can be told.")
    after = ratio_of(above.variable, below.variable, covariance_of(above, below, group.within_after))
    before = ratio_of(
        former_above.variable, former_below.variable, covariance_of(former_above, former_below, group.within_before)
    )
    covariance = (
        covariance_of(above, former_above, group.numerators)
        - before.mean * covariance_of(above, former_below, group.after_above_before_below)
        - after.mean * covariance_of(below, former_above, group.after_below_before_above)
        + after.mean * before.mean * covariance_of(below, former_below, group.denominators)
    ) / (below.variable.mean * former_below.variable.mean)
    return Pair(after, before, covariance)


def _corrected(pair: Pair, slope: float) -> Group:
    variance = pair.after.variance + slope * slope * pair.before.variance - 2 * slope * pair.covariance
    return Group(
        n=pair.after.n,
        mean=pair.after.mean - slope * pair.before.mean,
        variance=variance,
        baseline=pair.after.mean,
        baseline_variance=pair.after.variance,
        covariance=pair.after.variance - slope * pair.covariance,
    )
