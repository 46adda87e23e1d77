"""A day is called a surprise at most once in a thousand event-days by chance, and a dead event is seen at once."""

import numpy as np
import pytest
from numpy.typing import NDArray

from prodops_metrics.statistics.volumes import ALPHA, NEEDED, NEW_NORMAL, judged

Table = NDArray[np.float64]
WEEKDAYS = np.array([1.1, 1.2, 1.15, 1.1, 0.9, 0.5, 0.4])
DAYS = 140


def counts(mean: float, phi: float, events: int, *, seed: int = 1, growth: float = 0.0, heavy: bool = False) -> Table:
    """Daily counts of events with a week's rhythm; ``phi`` is how far days stray beyond chance (relative variance)."""
    draw = np.random.default_rng(seed)
    days = np.arange(DAYS)
    level = np.tile(mean * WEEKDAYS[days % 7] * np.exp(growth * days), (events, 1))
    if phi and heavy:
        spread = np.sqrt(np.log1p(phi))
        level = level * np.exp(draw.normal(-spread * spread / 2, spread, level.shape))
    elif phi:
        level = draw.gamma(1 / phi, phi * level)
    return draw.poisson(level).astype(float)


def told(table: Table) -> float:
    return float(judged(table).surprising.mean())


SHORT = [(5, 0.0, False), (200, 0.05, False), (200, 0.05, True)]
LONG = [
    (mean, phi, heavy) for mean in (0.2, 1, 5, 30, 200, 5000) for phi in (0.0, 0.02, 0.1, 0.3) for heavy in (False, True)
]


@pytest.mark.parametrize(("mean", "phi", "heavy"), SHORT)
def test_false_alarms_are_rare(mean: float, phi: float, heavy: bool) -> None:
    # of 1,500 event-days, 1.5 are expected at the stated rate; more than 6 come with a chance of 1 in 1,000
    assert told(counts(mean, phi, 1500, heavy=heavy)) * 1500 <= 6


@pytest.mark.long
@pytest.mark.parametrize(("mean", "phi", "heavy"), LONG)
def test_false_alarms_are_as_rare_as_stated(mean: float, phi: float, heavy: bool) -> None:
    events = 8_000
    expected = ALPHA * events
    assert told(counts(mean, phi, events, seed=7, heavy=heavy)) * events <= expected + 3 * np.sqrt(expected)


@pytest.mark.long
def test_growth_is_no_surprise() -> None:
    assert told(counts(100, 0.05, 10_000, growth=0.01)) <= 2 * ALPHA


@pytest.mark.parametrize(
    ("mean", "phi", "factor", "least"),
    [(80, 0.0, 0.0, 0.99), (300, 0.05, 0.0, 0.99), (300, 0.02, 0.3, 0.75), (300, 0.02, 3.0, 0.7), (5000, 0.0, 0.45, 0.99)],
)
def test_what_dies_or_multiplies_is_seen_on_the_first_day(mean: float, phi: float, factor: float, least: float) -> None:
    table = counts(mean, phi, 300)
    table[:, -1] = np.round(table[:, -1] * factor)
    assert told(table) >= least


def test_a_run_of_quiet_days_is_dated_from_its_first_and_becomes_normal_after_four_weeks() -> None:
    table = np.tile(100 * WEEKDAYS[np.arange(DAYS) % 7], (2, 1)).round()
    table[0, -10:] = 0
    table[1, -(NEW_NORMAL + 60) :] = table[1, -(NEW_NORMAL + 60) :] * 3
    result = judged(table)
    assert result.surprising.tolist() == [True, False]
    assert result.since.tolist() == [DAYS - 10, -1]
    assert result.expected[0] == pytest.approx(table[0, -8 - 7], rel=0.05)


def test_an_event_without_six_weeks_of_history_is_not_judged() -> None:
    table = counts(50, 0.0, 2)
    table[0, : DAYS - NEEDED] = np.nan
    table[1, : DAYS - NEEDED + 8] = np.nan
    table[:, -1] = 0
    result = judged(table)
    assert np.isnan(result.p).tolist() == [False, True]
    assert result.surprising.tolist() == [True, False]


def test_a_small_change_is_never_told_however_sure() -> None:
    table = counts(1_000_000, 0.0, 3)
    table[:, -1] *= 0.7
    result = judged(table)
    assert result.p.max() < ALPHA
    assert not result.surprising.any()
