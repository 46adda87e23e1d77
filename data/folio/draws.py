"""Random numbers that come out alike on every machine and every version of Python.

Only ``Random.random()`` is promised to stay the same across versions, so every other draw is built on it here.
"""

import math
from collections.abc import Mapping
from random import Random


class Draw:
    """A stream of its own for each key: a new feature or user leaves the draws of all others as they were."""

    __slots__ = ("_random",)

    def __init__(self, seed: int, *key: str) -> None:
        self._random = Random("/".join((str(seed), *key)))

    def share(self) -> float:
        """Anything from 0 to 1, all alike."""
        return self._random.random()

    def chance(self, probability: float) -> bool:
        """True in this share of draws."""
        return self._random.random() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, weights: Mapping[str, float]) -> str:
        """One of the keys, each as often as its weight says."""
        left = self._random.random() * sum(weights.values())
        for name, weight in weights.items():
            left -= weight
            if left < 0:
                return name
        return name

    def exponential(self, mean: float) -> float:
        """A waiting time."""
        return -mean * math.log(1 - self._random.random())

    def normal(self) -> float:
        """The standard normal, by Box and Muller."""
        radius = math.sqrt(-2 * math.log(1 - self._random.random()))
        return radius * math.cos(2 * math.pi * self._random.random())

    def power_law(self, least: float, most: float, exponent: float) -> float:
        """Mostly near ``least``, now and then far above it, never above ``most``."""
        return float(min(most, least * (1 - self._random.random()) ** -exponent))
