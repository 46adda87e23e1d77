"""Quantiles and tails of the usual distributions, from scipy's special functions.

``scipy.stats`` has the same behind classes that take half a second to import, which every command would wait for.

Source: Abramowitz and Stegun (1964), chapter 26; the functions of Cephes and Boost, as scipy binds them.
"""

import math
from functools import lru_cache

from scipy import special

LATELY = 4096
"""How many values are kept: intervals of one report ask for the same ones again."""


@lru_cache(LATELY)
def normal(share: float) -> float:
    """The value below which a share of a standard normal lies."""
    return float(special.ndtri(share))


def normal_above(value: float) -> float:
    """The share of a standard normal above a value."""
    return float(special.ndtr(-value))


@lru_cache(LATELY)
def student(share: float, freedom: float) -> float:
    """The value below which a share of Student's t lies; not a number without degrees of freedom."""
    return float(special.stdtrit(freedom, share)) if freedom > 0 else math.nan


def student_above(value: float, freedom: float) -> float:
    """The share of Student's t above a value."""
    return float(special.stdtr(freedom, -value)) if freedom > 0 else math.nan


def chi_square(share: float, freedom: float) -> float:
    """The value below which a share of a chi-square lies."""
    return 2 * float(special.gammaincinv(freedom / 2, share))


def chi_square_above(value: float, freedom: float) -> float:
    """The share of a chi-square above a value."""
    return float(special.chdtrc(freedom, value))


def beta(share: float, one: float, other: float) -> float:
    """The value below which a share of a beta distribution lies."""
    return float(special.betaincinv(one, other, share))


def f_above(value: float, freedom: float, below: float) -> float:
    """The share of Snedecor's F above a value; ``freedom`` above the line and ``below`` it."""
    return float(special.fdtrc(freedom, below, value))


def binomial(share: float, trials: int, chance: float) -> int:
    """The least number of successes that a share of all draws does not exceed."""
    if not 0 < chance < 1:
        return trials if chance >= 1 else 0
    least, most = 0, trials
    while least < most:
        middle = (least + most) // 2
        least, most = (least, middle) if float(special.bdtr(middle, trials, chance)) >= share else (middle + 1, most)
    return least
