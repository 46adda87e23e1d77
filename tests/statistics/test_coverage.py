"""Intervals hold the truth as often as they say: skewed data, users in accounts, the same users in two windows.

Two hundred draws with fixed seeds each, two thousand among the long tests. A band is widened by two standard errors of
the simulation itself.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import exp, sqrt

import numpy as np
import pytest

from prodops_metrics.statistics import Estimate, Moments, change, estimate
from tests.statistics.simulated import alike, by_account, pairs, rows, samples

DRAWS = (200, pytest.param(2000, marks=pytest.mark.long))
SHARES, MEANS, ROUGH, AT_LEAST = (0.93, 0.98), (0.93, 0.97), (0.85, 1.0), (0.93, 1.0)
Found = Iterable[Estimate | None]


@dataclass(frozen=True)
class Case:
    """Draws of estimates, and the number that each should hold."""

    truth: float
    band: tuple[float, float]
    drawn: Callable[[np.random.Generator, int], Found]


def estimates(kind: str, found: Iterable[object]) -> Iterator[Estimate | None]:
    return (estimate(kind, one) for one in found)  # type: ignore[arg-type]


def changes(kind: str, found: Iterable[object], *, disjoint: bool = False) -> Iterator[Estimate | None]:
    for one in found:
        moved = change(kind, one, disjoint=disjoint)  # type: ignore[arg-type]
        yield moved.difference if moved else None


def share(n: int, p: float) -> Callable[[np.random.Generator, int], Found]:
    """Independent users."""

    def drawn(draw: np.random.Generator, draws: int) -> Found:
        at = np.repeat(np.arange(draws), n)
        return estimates("share", samples("share", rows(at, np.arange(len(at)), draw.random(len(at)) < p, np.ones(len(at)))))

    return drawn


def clustered_share(
    accounts: int, largest: int, p: float, correlation: float
) -> Callable[[np.random.Generator, int], Found]:
    """Users in accounts, colleagues alike."""

    def drawn(draw: np.random.Generator, draws: int) -> Found:
        at, unit, account = by_account(draw, draws, accounts, largest)
        yes = draw.random(len(at)) < alike(draw, p, correlation, account)
        return estimates("share", samples("share", rows(at, unit, yes, np.ones(len(at)), cluster=account)))

    return drawn


def two_groups(n: int, now: float, before: float) -> Callable[[np.random.Generator, int], Found]:
    """Two cohorts that share no user."""

    def drawn(draw: np.random.Generator, draws: int) -> Found:
        at, window = np.repeat(np.arange(draws), 2 * n), np.tile(np.repeat([0, 1], n), draws)
        yes = draw.random(len(at)) < np.where(window == 1, now, before)
        members = rows(at, np.arange(len(at)), yes, np.ones(len(at)), window_id=window)
        return changes("share", pairs("share", members), disjoint=True)

    return drawn


def same_users(users: int, kind: str) -> Callable[[np.random.Generator, int], Found]:
    """Users with tastes of their own, most of them there in both windows, with as many tries as they like."""

    def drawn(draw: np.random.Generator, draws: int) -> Found:
        at = np.repeat(np.arange(draws), users)
        taste, parts = draw.beta(1, 3, size=len(at)), []
        for window in (0, 1):
            tries = (draw.random(len(at)) < 0.8) * (draw.geometric(0.3, len(at)) if kind == "ratio" else 1)
            done = draw.binomial(tries, np.clip(taste + 0.02 * window, 0, 1))
            here = tries > 0
            parts.append(rows(at, np.arange(len(at)), done, tries, window_id=np.full(len(at), window)).filter(here))
        return changes(kind, pairs(kind, parts[0].vstack(parts[1])))

    return drawn


def skewed_mean(users: int) -> Callable[[np.random.Generator, int], Found]:
    """Money per purchase of users who buy from once to often, log-normal."""

    def drawn(draw: np.random.Generator, draws: int) -> Found:
        at = np.repeat(np.arange(draws), users)
        bought = draw.geometric(0.4, len(at))
        spent = np.bincount(np.repeat(np.arange(len(at)), bought), draw.lognormal(0, 1, bought.sum()))
        return estimates("ratio", samples("ratio", rows(at, np.arange(len(at)), spent, bought)))

    return drawn


def clustered_mean(accounts: int) -> Callable[[np.random.Generator, int], Found]:
    """Uses per user, in accounts with a pace of their own."""

    def drawn(draw: np.random.Generator, draws: int) -> Found:
        at, unit, account = by_account(draw, draws, accounts, 9)
        pace = 6 * alike(draw, 0.5, 0.3, account)
        return estimates("ratio", samples("ratio", rows(at, unit, draw.poisson(pace), np.ones(len(at)), cluster=account)))

    return drawn


def total(users: float) -> Callable[[np.random.Generator, int], Found]:
    """Uses by a random number of users, each from one to many."""

    def drawn(draw: np.random.Generator, draws: int) -> Found:
        at = np.repeat(np.arange(draws), draw.poisson(users, draws))
        return estimates("total", samples("total", rows(at, np.arange(len(at)), draw.geometric(0.25, len(at)), 0 * at)))

    return drawn


def ninth_decile(users: int, largest: int, spread: float) -> Callable[[np.random.Generator, int], Found]:
    """Waiting times, log-normal; a user's own are alike where ``spread`` between users is above zero."""

    def drawn(draw: np.random.Generator, draws: int) -> Found:
        at, _, user = by_account(draw, draws, users, largest)
        own = draw.normal(0, spread, user.max() + 1)[user]
        values = np.exp(own + draw.normal(0, sqrt(1 - spread**2), len(at)))
        found = samples("percentile", rows(at, user, values, np.ones(len(at))), {"at": 0.9})
        return estimates("percentile", found)

    return drawn


def change_of_median(users: int) -> Callable[[np.random.Generator, int], Found]:
    """Half as long again, by users whose values are alike in both windows."""

    def drawn(draw: np.random.Generator, draws: int) -> Found:
        parts = []
        own = draw.normal(0, 0.7, draws * users)
        for window in (0, 1):
            user = np.repeat(np.arange(draws * users), draw.integers(1, 6, draws * users))
            values = np.exp(own[user] + draw.normal(0, 0.714, len(user))) * (1.5 if window else 1.0)
            parts.append(rows(user // users, user, values, np.ones(len(user)), window_id=np.full(len(user), window)))
        return changes("percentile", pairs("percentile", parts[0].vstack(parts[1]), {"at": 0.5}))

    return drawn


def waiting(accounts: int, largest: int, by: float | None, frailty: float) -> Callable[[np.random.Generator, int], Found]:
    """Exponential times to adopt with a median of 10 days, watched for 5 to 40 days; whole accounts are quick or slow."""

    def drawn(draw: np.random.Generator, draws: int) -> Found:
        at, unit, account = by_account(draw, draws, accounts, largest)
        place = np.unique(account, return_inverse=True)[1]
        pace = np.exp(draw.normal(0, frailty, place.max() + 1))[place] if frailty else np.ones(len(at))
        adopted, watched = draw.exponential(10 / np.log(2), len(at)) / pace, draw.uniform(5, 40, len(at))
        more = {"cluster": account} if largest > 1 else {}
        members = rows(at, unit, np.minimum(adopted, watched), adopted <= watched, **more)
        return estimates("survival", samples("survival", members, {"by": by}))

    return drawn


def same_accounts(accounts: int, kind: str) -> Callable[[np.random.Generator, int], Found]:
    """Users in accounts, colleagues alike and the same ones in both windows, after which accounts drift by themselves."""

    def drawn(draw: np.random.Generator, draws: int) -> Found:
        at, unit, account = by_account(draw, draws, accounts, 9)
        place, parts = np.unique(account, return_inverse=True)[1], []
        taste = alike(draw, 0.3, 0.3, account)
        drift = draw.uniform(-0.1, 0.1, place.max() + 1)[place]
        for window in (0, 1):
            tries = (draw.random(len(at)) < 0.8) * (draw.geometric(0.3, len(at)) if kind == "ratio" else 1)
            done = draw.binomial(tries, 0.8 * taste + 0.1 + window * drift)
            more = {"cluster": account, "window_id": np.full(len(at), window)}
            parts.append(rows(at, unit, done, tries, **more).filter(tries > 0))
        return changes(kind, pairs(kind, parts[0].vstack(parts[1])))

    return drawn


def growth_of_accounts(accounts: int) -> Callable[[np.random.Generator, int], Found]:
    """Uses now over uses before, by users in accounts with a pace of their own."""

    def drawn(draw: np.random.Generator, draws: int) -> Found:
        at, unit, account = by_account(draw, draws, accounts, 9)
        pace, parts = 6 * alike(draw, 0.5, 0.3, account), []
        for block, factor in ((1, 1.0), (2, 0.8)):
            more = {"cluster": account, "window_id": np.full(len(at), block)}
            parts.append(rows(at, unit, draw.poisson(pace * factor), 0 * at, **more))
        names = {"formula": "now / before - 1", "names": ["now", "before"], "kinds": ["total", "total"]}
        return estimates("derived", samples("derived", parts[0].vstack(parts[1]), names))

    return drawn


def growth(users: int) -> Callable[[np.random.Generator, int], Found]:
    """Users now over users before, less one: each comes in both, one or none of the weeks."""

    def drawn(draw: np.random.Generator, draws: int) -> Found:
        at, parts = np.repeat(np.arange(draws), users), []
        habit = draw.beta(2, 3, len(at))
        for block, factor in ((1, 1.0), (2, 0.8)):
            there = draw.random(len(at)) < habit * factor
            parts.append(rows(at, np.arange(len(at)), there, 0 * at, window_id=np.full(len(at), block)).filter(there))
        names = {"formula": "now / before - 1", "names": ["now", "before"], "kinds": ["count", "count"]}
        return estimates("derived", samples("derived", parts[0].vstack(parts[1]), names))

    return drawn


CASES = {
    "a_share_of_30": Case(0.3, SHARES, share(30, 0.3)),
    "a_small_share_of_300": Case(0.02, SHARES, share(300, 0.02)),
    "a_rare_share_of_alike_accounts": Case(0.02, SHARES, clustered_share(100, 19, 0.02, 0.3)),
    "a_share_of_30_accounts": Case(0.1, SHARES, clustered_share(30, 19, 0.1, 0.1)),
    "a_share_of_400_accounts": Case(0.3, SHARES, clustered_share(400, 29, 0.3, 0.1)),
    "two_small_cohorts": Case(-0.15, SHARES, two_groups(40, 0.2, 0.35)),
    "two_cohorts": Case(0.02, SHARES, two_groups(300, 0.12, 0.1)),
    "the_same_300_users_share": Case(0.02, MEANS, same_users(300, "share")),
    "the_same_300_users_ratio": Case(0.02, MEANS, same_users(300, "ratio")),
    "a_skewed_mean_of_300": Case(exp(0.5), MEANS, skewed_mean(300)),
    "a_skewed_mean_of_30_is_rough": Case(exp(0.5), ROUGH, skewed_mean(30)),
    "a_mean_of_60_accounts": Case(3.0, MEANS, clustered_mean(60)),
    "a_total": Case(300 * 4.0, MEANS, total(300)),
    "a_ninth_decile": Case(exp(1.2815516), AT_LEAST, ninth_decile(200, 1, 0.0)),
    "a_ninth_decile_of_users_own_times": Case(exp(1.2815516), AT_LEAST, ninth_decile(120, 15, 0.7)),
    "a_median_that_grew": Case(0.5, AT_LEAST, change_of_median(150)),
    "a_median_time": Case(10.0, SHARES, waiting(80, 1, None, 0.0)),
    "a_share_by_a_week": Case(1 - 0.5**0.7, SHARES, waiting(80, 1, 7.0, 0.0)),
    "the_same_60_accounts_share": Case(0.0, MEANS, same_accounts(60, "share")),
    "the_same_60_accounts_ratio": Case(0.0, MEANS, same_accounts(60, "ratio")),
    "growth_of_60_accounts": Case(1 / 0.8 - 1, MEANS, growth_of_accounts(60)),
    "growth_of_the_same_users": Case(1 / 0.8 - 1, MEANS, growth(400)),
}


@pytest.mark.parametrize("draws", DRAWS)
@pytest.mark.parametrize("name", CASES)
def test_intervals_hold_the_truth(name: str, draws: int) -> None:
    case = CASES[name]
    held = coverage(case.drawn(np.random.default_rng(20), draws), case.truth)
    low, high = case.band
    assert low - slack(low, draws) <= held <= high + slack(high, draws)


@pytest.mark.parametrize("draws", DRAWS)
def test_the_median_time_of_alike_accounts_is_held_too(draws: int) -> None:
    """Where whole accounts are quick or slow; the truth is the median over many of them."""
    draw = np.random.default_rng(3)
    truth = float(np.median(draw.exponential(10 / np.log(2), 400_000) / np.exp(draw.normal(0, 1, 400_000))))
    held = coverage(waiting(60, 9, None, 1.0)(draw, draws), truth)
    assert held >= 0.93 - slack(0.93, draws)


def coverage(found: Found, truth: float) -> float:
    """How often the interval is there and holds the truth; an open end holds everything on its side."""
    held = [
        one is not None and (one.low is None or one.low <= truth) and (one.high is None or truth <= one.high)
        for one in found
    ]
    return sum(held) / len(held)


def slack(share: float, draws: int) -> float:
    """Two standard errors of a simulated coverage."""
    return 2 * sqrt(share * (1 - share) / draws)


@pytest.mark.parametrize("level", [0.95, 0.99])
def test_the_interval_of_a_rare_rate_misses_to_neither_side_more_often_than_it_says(level: float) -> None:
    """Of 150 people with 270 attempts, of which one in twenty fails, some people's far more often than others'."""
    draws, rng = 2_000, np.random.default_rng(20_240_101)
    below = above = 0
    for _ in range(draws):
        attempts = rng.poisson(1.8, 150)
        attempts = attempts[attempts > 0]
        failed = rng.binomial(attempts, rng.beta(0.2, 3.8, len(attempts)))
        sums = [failed.sum(), attempts.sum(), (failed**2).sum(), (failed * attempts).sum(), (attempts**2).sum()]
        moments = Moments(len(attempts), len(attempts), *map(float, sums))
        found = estimate("ratio", moments, level=level, positive=True)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        below += found.high < 0.05
        above += found.low > 0.05
    tail = (1 - level) / 2 * draws
    assert below <= 1.5 * tail + 2 * sqrt(tail)
    assert above <= 1.5 * tail + 2 * sqrt(tail)
