"""Sufficient statistics, as the folds return them."""

from collections.abc import Mapping
from dataclasses import dataclass

SIDES = ("v2", "b2", "v1", "b1")


@dataclass(frozen=True, slots=True)
class Moments:
    """One window: ``units`` in ``clusters``; sums of value ``v`` and base ``b`` and their products, by cluster.

    Where units have no parent every unit is its own cluster. ``vv`` is in the square of the metric's unit.
    """

    units: int
    clusters: int
    v: float
    b: float
    vv: float
    vb: float
    bb: float

    def residual(self, slope: float) -> float:
        """The sum over clusters of (v - slope·b) squared; never below zero by rounding."""
        return max(0.0, self.vv - 2 * slope * self.vb + slope * slope * self.bb)


@dataclass(frozen=True, slots=True)
class PairMoments:
    """Two windows of the same units: ``now`` and ``before``, and the products of their four sums by cluster.

    ``products[left, right]`` holds the sum over clusters of left times right, for left before right in ``SIDES``.
    ``clusters`` counts those in either window.
    """

    clusters: int
    now: Moments
    before: Moments
    products: Mapping[tuple[str, str], float]

    def quadratic(self, weights: Mapping[str, float]) -> float:
        """The sum over clusters of (Σ weight·side) squared; never below zero by rounding."""
        total = 0.0
        for at, left in enumerate(SIDES):
            for right in SIDES[at:]:
                twice = 1 if left == right else 2
                total += twice * weights.get(left, 0.0) * weights.get(right, 0.0) * self.products[left, right]
        return max(0.0, total)
