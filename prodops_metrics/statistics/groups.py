"""Groups that share no unit, such as the variants of an experiment: a mean per unit and how far it would wander."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variable:
    """One number per unit over ``n`` units: its mean, and the variance of one unit's value."""

    n: int
    mean: float
    variance: float


@dataclass(frozen=True, slots=True)
class Group:
    """A group's ``mean`` with the ``variance`` of one unit, and the ``baseline`` that relative effects divide by.

    The baseline is the mean itself, unless the mean was adjusted (CUPED): then it is the one before adjustment.
    ``covariance`` is between one unit's value and its part of the baseline. ``slope_of_mean`` says that the variance of a
    relative effect is taken at the adjusted means (corrected ratios), not at the baselines (all else): in large samples the
    two agree, and gbstats does the same.
    """

    n: int
    mean: float
    variance: float
    baseline: float
    baseline_variance: float
    covariance: float
    slope_of_mean: bool = False


@dataclass(frozen=True, slots=True)
class Sums:
    """One number per unit over ``n`` units, as added up; ``proportion`` says that every unit is 0 or 1."""

    n: int
    total: float
    squares: float
    proportion: bool = False

    @property
    def variable(self) -> Variable:
        """Its mean and variance; with n - 1, and p(1 - p) for a proportion."""
        if self.n < 2:
            return Variable(self.n, self.total / self.n if self.n else 0.0, 0.0)
        mean = self.total / self.n
        if self.proportion:
            return Variable(self.n, mean, mean * (1 - mean))
        return Variable(self.n, mean, (self.squares - self.total * mean) / (self.n - 1))

    def with_other(self, other: "Sums") -> "Sums":
        """Both samples as one; its variance is with n - 1 also where both were proportions."""
        return Sums(self.n + other.n, self.total + other.total, self.squares + other.squares)


def proportion_sums(n: int, total: float) -> Sums:
    """A yes or no per unit."""
    return Sums(n, total, total, proportion=True)


def covariance_of(one: Sums, two: Sums, products: float) -> float:
    """The covariance of two numbers of the same units; with n - 1, and with n between two proportions."""
    if one.n < 2:
        return 0.0
    freedom = one.n if one.proportion and two.proportion else one.n - 1
    return (products - one.total * two.total / one.n) / freedom


def ratio_of(above: Variable, below: Variable, covariance: float) -> Variable:
    """A ratio of two means over the same units, linearised: one unit's value is (a - R·b) / mean b.

    Source: Deng, Knoblich and Lu (2018), Applying the Delta Method in Metric Analytics, KDD, section 3.
    """
    if below.mean == 0:
        return Variable(above.n, 0.0, 0.0)
    ratio = above.mean / below.mean
    variance = above.variance - 2 * ratio * covariance + ratio * ratio * below.variance
    return Variable(above.n, ratio, variance / below.mean**2)


def group_of(variable: Variable) -> Group:
    """A group as it is, not adjusted."""
    own = variable.variance
    return Group(variable.n, variable.mean, own, variable.mean, own, own)
