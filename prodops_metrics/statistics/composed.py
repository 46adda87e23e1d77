"""A formula over several numbers of the same units: delta method on the rows of all of them together."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prodops_metrics.definitions.formula import Formula, Slope
from prodops_metrics.statistics.distributions import student
from prodops_metrics.statistics.intervals import Estimate

TOTALS = frozenset({"count", "total"})
NO_SPREAD = 1e-12
"""A standard error below this part of the value is rounding."""


@dataclass(frozen=True, slots=True)
class Input:
    """A name in the formula: which statistics its number is of, and its sums of value and base in the window."""

    name: str
    kind: str
    v: float
    b: float

    @property
    def number(self) -> float:
        """Its number: a total, or a rate.

        Raises:
            ZeroDivisionError: the rate has no denominator.
        """
        return self.v if self.kind in TOTALS else self.v / self.b

    def weights(self, slope: float) -> tuple[float, float]:
        """What a cluster's own value and base add to the formula: slope times (v - R·b) / Σb, or slope times v."""
        if self.kind in TOTALS:
            return slope, 0.0
        return slope / self.b, -slope * self.number / self.b


@dataclass(frozen=True, slots=True)
class Composed:
    """One window of a formula. ``products`` holds, row by row, the sums over clusters of the products of all pairs.

    The columns of ``products`` are value and base of each input in turn; those of a pair of windows stand one after the
    other, now before ``before``. ``products`` is empty where inputs are of different units: then there is no interval.
    """

    formula: Formula
    inputs: tuple[Input, ...]
    units: int
    clusters: int
    products: Sequence[Sequence[float]] = ()

    @property
    def v(self) -> None:
        """A formula has no numerator of its own."""
        return None

    @property
    def b(self) -> None:
        """Nor a denominator."""
        return None

    def slope(self) -> Slope | None:
        """The formula's value and slopes; None where it divides by zero."""
        try:
            return self.formula.at({one.name: one.number for one in self.inputs})
        except ZeroDivisionError:
            return None

    def weights(self, slopes: Mapping[str, float], sign: float = 1.0) -> list[float]:
        """The weight of each column in the linearised formula."""
        return [sign * part for one in self.inputs for part in one.weights(slopes.get(one.name, 0.0))]


@dataclass(frozen=True, slots=True)
class ComposedPair:
    """Two windows of a formula over the same units; ``products`` has the columns of now, then those of before."""

    now: Composed
    before: Composed
    clusters: int
    products: Sequence[Sequence[float]] = ()


def composed(sample: Composed, *, level: float = 0.95) -> Estimate | None:
    """The formula's value with its interval; None where it divides by zero.

    Source: the multivariate delta method, Oehlert (1992), The American Statistician 46, 27-29; clusters as Deng, Knoblich
    and Lu (2018), section 3.
    """
    found = sample.slope()
    if found is None:
        return None
    reach = _reach(sample.products, sample.weights(found.by), sample.clusters, level)
    return _around(found.value, reach)


def composed_difference(pair: ComposedPair, *, level: float = 0.95) -> Estimate | None:
    """The formula now less the formula before, over the same units; None where either divides by zero."""
    now, before = pair.now.slope(), pair.before.slope()
    if now is None or before is None:
        return None
    weights = pair.now.weights(now.by) + pair.before.weights(before.by, -1.0)
    return _around(now.value - before.value, _reach(pair.products, weights, pair.clusters, level))


def _around(point: float, reach: float | None) -> Estimate:
    if reach is None or reach <= NO_SPREAD * abs(point):
        return Estimate(point, None, None)
    return Estimate(point, point - reach, point + reach)


def _reach(products: Sequence[Sequence[float]], weights: Sequence[float], clusters: int, level: float) -> float | None:
    """Half the interval's width, Student's t with one degree less than clusters; None where it cannot be had."""
    if not products or clusters < 2:
        return None
    squares = sum(
        left * right * products[row][column] for row, left in enumerate(weights) for column, right in enumerate(weights)
    )
    error = math.sqrt(max(0.0, squares) * clusters / (clusters - 1))
    return student(0.5 + level / 2, clusters - 1) * error
