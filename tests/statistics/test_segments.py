"""Segments against the rest: nobody is named by chance more often than the level says, and who differs is found."""

import numpy as np
import pytest

from prodops_metrics.statistics import Moments
from prodops_metrics.statistics.segments import differences
from tests.statistics.simulated import Array, alike, by_account, rows, samples
from tests.statistics.test_coverage import DRAWS, slack

SEGMENTS = 5


def named(kind: str, value: Array, base: Array, account: Array, draws: int) -> list[set[str]]:
    """The segments that each draw names; a whole account is in one segment."""
    at = np.unique(account, return_inverse=True)[1]
    draw = at * draws // (at.max() + 1)
    members = rows(draw * SEGMENTS + at % SEGMENTS, np.arange(len(value)), value, base, cluster=account)
    keys = sorted(set((draw * SEGMENTS + at % SEGMENTS).tolist()))
    found: dict[int, dict[str, Moments]] = {}
    for key, one in zip(keys, samples(kind, members), strict=True):
        assert isinstance(one, Moments)
        found.setdefault(key // SEGMENTS, {})[str(key % SEGMENTS)] = one
    told = [differences(kind, segments) for segments in found.values()]  # type: ignore[arg-type]
    return [{name for name, one in each.contrasts.items() if one.differs} for each in told if each]


@pytest.mark.parametrize("draws", DRAWS)
@pytest.mark.parametrize("kind", ["share", "ratio"])
@pytest.mark.parametrize("largest", [1, 9])
def test_where_all_are_alike_one_draw_in_twenty_names_any(kind: str, largest: int, draws: int) -> None:
    draw = np.random.default_rng(11)
    _, _, account = by_account(draw, draws, 400, largest)
    tries = np.ones(len(account)) if kind == "share" else draw.geometric(0.4, len(account))
    done = draw.binomial(tries.astype(int), alike(draw, 0.3, 0.1, account) if largest > 1 else 0.3)
    wrong = [bool(one) for one in named(kind, done, tries, account, draws)]
    assert len(wrong) == draws
    assert sum(wrong) / draws <= 0.05 + slack(0.05, draws)


@pytest.mark.parametrize("kind", ["share", "ratio"])
def test_who_differs_is_named_nearly_always(kind: str) -> None:
    """One segment in five at 45 % where the others are at 25 %, 80 units each; these are a little below the rest then."""
    draws, draw = 200, np.random.default_rng(12)
    _, _, account = by_account(draw, draws, 400, 1)
    place = np.unique(account, return_inverse=True)[1]
    tries = np.ones(len(account)) if kind == "share" else draw.geometric(0.4, len(account))
    done = draw.binomial(tries.astype(int), np.where(place % SEGMENTS == 0, 0.45, 0.25))
    found = named(kind, done, tries, account, draws)
    assert sum("0" in one for one in found) / draws > 0.7
