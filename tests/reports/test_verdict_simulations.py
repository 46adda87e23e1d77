"""What verdicts promise, by simulation: how often they are false where nothing changes, and when they turn where it does.

Each seed is a feature of its own, all used by the same people, so that one warehouse answers for all of them.
"""

from collections.abc import Callable, Iterator

import pytest
from scipy.stats import binom

from prodops_metrics.reports.answers import headlines
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.verdicts import Verdict, verdict
from tests.reports.worlds import Fate, end_of, world

TURN = 12
"""The week from which on a planted fate holds."""
NEVER = 0.001
"""How seldom a test of a true promise may fail."""


def most(trials: int, rate: float) -> int:
    """As many as come by chance, but for once in a thousand times."""
    return int(binom.ppf(1 - NEVER, trials, rate))


def constant(rate: float) -> Callable[[int], float]:
    return lambda _week: rate


@pytest.fixture(scope="module", params=[12, pytest.param(200, marks=pytest.mark.long)])
def steady(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """Features with which nothing changes: one in two fails just as often as is borne."""
    fates = {f"seed_{seed}": Fate(fails=constant((0.01, 0.05)[seed % 2])) for seed in range(request.param)}
    session = world(tmp_path_factory.mktemp("steady"), fates, weeks=16)
    yield session
    session.warehouse.close()


@pytest.fixture(scope="module")
def judged(steady: Session) -> list[Verdict]:
    return [verdict(steady, feature) for feature in steady.catalog.features.values()]


def test_where_nothing_changes_one_arrow_in_twenty_is_false(steady: Session) -> None:
    features = steady.catalog.features
    arrows = [headlines(steady, steady.metric(f"{name}.adoption"))[-1].movement.direction for name in features]
    false = sum(arrow != "none" for arrow in arrows)
    assert None not in arrows
    assert false <= most(len(features), 0.05)
    assert false >= 1 or len(features) < 100


def test_where_nothing_changes_a_fall_is_seen_in_one_week_of_two_hundred(judged: list[Verdict]) -> None:
    """Weeks that share days are alike, so only every eighth counts: 28 days now and 28 before."""
    apart = [one.history[-1] for one in judged]
    falls = [week for week in apart if any(ground.headline and ground.headline.metric.id.endswith("adoption")
             for ground in week.grounds) and week.candidate in {"at_risk", "watch"} and week.number in {5, 6}]  # fmt: skip
    assert len(falls) <= most(len(apart), 0.005)


def test_a_feature_that_fails_just_as_often_as_is_borne_is_seldom_at_risk(judged: list[Verdict]) -> None:
    weeks = [week for one in judged[1::2] for week in one.history]
    false = sum(week.candidate == "at_risk" for week in weeks)
    assert len(weeks) >= 12 * len(judged) / 2
    assert false <= most(len(weeks), 0.005)


def test_no_verdict_of_a_steady_feature_that_works_is_at_risk(judged: list[Verdict]) -> None:
    assert {one.state for one in judged[::2]} <= {"healthy", "watch"}
    states = [week.state for one in judged[::2] for week in one.history]
    assert states.count("at_risk") <= most(len(states), 0.005**2)


# -- fates --------------------------------------------------------------------------------------------------------------


def after(before: float, then: float) -> Callable[[int], float]:
    return lambda week: then if week >= TURN else before


FATES = {
    "steady": Fate(),
    "falling": Fate(uses=after(0.4, 0.15)),
    "failing": Fate(fails=after(0.01, 0.2)),
    "unknown": Fate(known=after(1.0, 0.1)),
}


@pytest.fixture(scope="module", params=[1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 11))])
def fated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    session = world(tmp_path_factory.mktemp("fated"), FATES, seed=request.param)
    yield session
    session.warehouse.close()


def turned(session: Session, name: str, state: str) -> int:
    """The week, counted from 0, whose judgement first put a verdict in force."""
    found = verdict(session, session.catalog.feature(name))
    first = next(week.day for week in found.history if week.state == state)
    return next(week for week in range(20) if end_of(week) == first)


def test_a_feature_that_fails_more_often_is_at_risk_at_the_second_judgement(fated: Session) -> None:
    assert turned(fated, "failing", "at_risk") == TURN + 1


def test_a_fall_of_adoption_is_seen_before_the_window_of_four_weeks_has_passed(fated: Session) -> None:
    assert TURN + 1 <= turned(fated, "falling", "at_risk") <= TURN + 3


def test_a_fall_is_over_when_both_windows_lie_behind_it(fated: Session) -> None:
    found = verdict(fated, fated.catalog.feature("falling"))
    assert found.history[-1].day == end_of(TURN + 7)
    assert found.history[-1].candidate != "at_risk"


def test_lost_ids_are_said_at_once_with_the_day_since_when(fated: Session) -> None:
    assert turned(fated, "unknown", "suspect") == TURN
    found = verdict(fated, fated.catalog.feature("unknown"))
    assert found.rests_on
    (used, *_) = (ground.suspicion for ground in found.rests_on.grounds)
    assert used
    assert used.since == end_of(TURN - 1) + (end_of(1) - end_of(0)) / 7
    assert used.wrong > 0.8 * used.total


def test_beside_them_a_steady_feature_stays_as_it_was(fated: Session) -> None:
    found = verdict(fated, fated.catalog.feature("steady"))
    assert {week.state for week in found.history} <= {"healthy", "watch"}
