"""The engine against an independent, slow count of the same random events, user by user."""

import random
from collections import defaultdict
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from prodops_metrics.calendar import Calendar, Window
from prodops_metrics.metrics.funnel import Funnel
from prodops_metrics.metrics.query import Asked, People, Query
from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.query import Asked as AskedOfMetric
from prodops_metrics.reports.query import query
from prodops_metrics.reports.session import Session
from tests.projects import opened, write_project
from tests.reference.answers import Event, Matches, active_users, funnel_depth, weekly_cohort

START = datetime(2024, 1, 1)
WEEK = (date(2024, 1, 1), date(2024, 1, 8))
NAMES = ("a", "b", "c")
DEFINITIONS = """\
properties: {group: {type: string}}
events: {a: {description: One}, b: {description: Two}, c: {description: Three}}
metrics:
  rolling: {type: count_distinct, description: Rolling users, event: [a, b], window: 10 days, grains: [day]}
  weekly: {type: retention, description: Weekly return, start: any, return: any, grain: week, periods: 3, headline: 1}
  by_rollup: {type: count_distinct, description: Users by day, event: a, grain: day}
  by_events: {type: count_distinct, description: The same, event: a, where: "group IN ('x', 'y')", grain: day}
  uses_by_rollup: {type: count, description: Uses by day, event: [a, b], grain: day}
  uses_by_events: {type: count, description: The same, event: [a, b], where: "group IN ('x', 'y')", grain: day}
  apart: {type: funnel, description: Steps that share no event, steps: [a, b, c], window: 3 hours}
  apart_for_ever: {type: funnel, description: The same without a window, steps: [a, b, c], window: none}
  same: {type: funnel, description: One step three times, steps: [a, a, a], window: 3 hours}
  overlapping: {type: funnel, description: Steps that share events, steps: [any, [a, b], [b, c], b], window: 3 hours}
  filtered:
    {type: funnel, description: One name apart by a property, steps: [{event: a, filter: {group: x}}, a, b], window: 2 hours}
"""


def named(*names: str) -> Matches:
    return lambda event: event.name in names


STEPS: dict[str, tuple[list[Matches], timedelta | None]] = {
    "apart": ([named("a"), named("b"), named("c")], timedelta(hours=3)),
    "apart_for_ever": ([named("a"), named("b"), named("c")], None),
    "same": ([named("a"), named("a"), named("a")], timedelta(hours=3)),
    "overlapping": ([named(*NAMES), named("a", "b"), named("b", "c"), named("b")], timedelta(hours=3)),
    "filtered": ([lambda event: event.name == "a" and event.group == "x", named("a"), named("b")], timedelta(hours=2)),
}


def stream(seed: int) -> list[Event]:
    """Users with a handful of events each, many at equal times, some bursts apart by weeks."""
    draw = random.Random(seed)
    events = []
    for number in range(250):
        burst = START + timedelta(days=draw.choice([0, 0, 3, 6, 7, 13, 16]), hours=draw.randrange(24))
        for _ in range(draw.randrange(1, 8)):
            at = burst + timedelta(minutes=30 * draw.randrange(10), days=draw.choice([0, 0, 0, 0, 7, 20]))
            events.append(Event(f"u{number}", draw.choice(NAMES), at, draw.choice(["x", "y"])))
    draw.shuffle(events)
    return events


@pytest.fixture(scope="module", params=[1, 2])
def counted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Session, list[Event]]:
    events = stream(request.param)
    lines = "\n".join(f"{event.user},{event.name},{event.at},{event.group}" for event in events)
    folder = write_project(tmp_path_factory.mktemp("random"), DEFINITIONS, f"user,event,time,group\n{lines}\n")
    return opened(folder), events


def depths(session: Session, metric: Funnel) -> dict[str, int]:
    """Each user's depth as the engine's unit rows give it."""
    asked = Asked((Window(*WEEK),), Calendar("UTC"))
    body = f"unit_rows AS (\n{metric.unit_rows(asked)}\n)\nSELECT unit, step, value FROM unit_rows"
    rows = session.warehouse.answer(Query("user", asked, metric.relations(), People(), body, ("step",)))
    ids = dict(session.warehouse.table("SELECT key, id FROM user_units").iter_rows())
    found = rows.filter(pl.col("value") == 1).group_by("unit").agg(pl.col("step").max())
    return {ids[unit]: step for unit, step in found.iter_rows()}


@pytest.mark.parametrize("name", STEPS)
def test_every_users_depth_is_the_reference_depth(counted: tuple[Session, list[Event]], name: str) -> None:
    session, events = counted
    metric = session.metric(name)
    assert isinstance(metric, Funnel)
    by_user = defaultdict(list)
    for event in events:
        by_user[event.user].append(event)
    steps, window = STEPS[name]
    expected = {user: funnel_depth(own, steps, window, WEEK) for user, own in by_user.items()}
    assert depths(session, metric) == {user: depth for user, depth in expected.items() if depth}
    assert len(set(expected.values())) >= 3, "the stream should reach several depths"


def test_rolling_users_are_counted_over_their_own_days(counted: tuple[Session, list[Event]]) -> None:
    session, events = counted
    kept = [event for event in events if event.name in {"a", "b"}]
    answer = query(session, "rolling", AskedOfMetric(date(2024, 1, 10), date(2024, 1, 25), Shape(grain="day")))
    expected = [
        (day, len(active_users(kept, day - timedelta(days=9), day)))
        for day in (date(2024, 1, 10) + timedelta(days=step) for step in range(16))
    ]
    assert list(answer.frame.select("bucket", "point").iter_rows()) == expected


def test_windows_that_do_not_overlap_give_the_same_as_those_that_do(counted: tuple[Session, list[Event]]) -> None:
    """The same last window, alone (one DISTINCT) and among overlapping ones (gaps and islands)."""
    session, _ = counted
    alone = query(session, "rolling", AskedOfMetric(date(2024, 1, 16), date(2024, 1, 25), Shape(whole=True)))
    among = query(session, "rolling", AskedOfMetric(date(2024, 1, 10), date(2024, 1, 25), Shape(grain="day")))
    assert alone.frame["point"].item() == among.frame["point"].to_list()[-1]


def test_cohorts_return_as_the_reference_says(counted: tuple[Session, list[Event]]) -> None:
    session, events = counted
    frame = query(session, "weekly", AskedOfMetric(date(2024, 1, 1), date(2024, 1, 14))).frame
    for monday in (date(2024, 1, 1), date(2024, 1, 8)):
        cohort = weekly_cohort(events, monday)
        for age in range(3):
            start = monday + timedelta(weeks=age)
            expected = cohort & active_users(events, start, start + timedelta(days=6))
            row = frame.row(by_predicate=(pl.col("cohort") == monday) & (pl.col("age") == age), named=True)
            assert (row["numerator"], row["denominator"]) == (len(expected), len(cohort))


@pytest.mark.parametrize("kind", ["", "uses_"])
def test_roll_ups_and_events_give_the_same_answer(counted: tuple[Session, list[Event]], kind: str) -> None:
    """A condition that every event meets makes the engine read events instead of the roll-up."""
    session, _ = counted
    asked = AskedOfMetric(date(2024, 1, 1), date(2024, 2, 10))
    rollup, events = (query(session, f"{kind}by_{way}", asked) for way in ("rollup", "events"))
    assert "event_days" in rollup.receipt.sql
    assert "event_days" not in events.receipt.sql
    assert rollup.frame.equals(events.frame)
