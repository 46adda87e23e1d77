"""Events of one moment follow each other as they were received, where exports say when; rows may come in any order."""

from datetime import date
from pathlib import Path

import pytest

from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.query import Asked, query
from tests.projects import opened, write_project

DEFINITIONS = """\
properties: {plan: {type: string}}
events: {a: {description: One}, b: {description: Two}, c: {description: Three}}
metrics:
  strictly: {type: funnel, description: Then and there, steps: [a, b], order: strict, window: 1 hour, grain: day}
  users: {type: count_distinct, description: Users, event: any, grain: day}
  first: {type: count, description: First events, event: {event: any, where: "plan = 'x'", first_time: event}, grain: day}
"""
SOURCES = """\
sources:
  log:
    kind: events
    files: events.csv
    columns: {event: event, user: user, time: time, received: arrived}
    time: {timezone: UTC}
    duplicates: keep
    complete_through: newest_day
"""
ROWS = ["u,a,2024-01-01 09:00,,09:01", "u,c,2024-01-01 09:00,y,09:02", "u,b,2024-01-01 09:00,x,09:03"]
"""One moment: a, then c, then b as they were received."""
DAY = (date(2024, 1, 1), date(2024, 1, 1))
ORDERS = [(0, 1, 2), (2, 1, 0), (1, 2, 0)]


def rows(received: dict[str, str], order: tuple[int, ...]) -> str:
    lines = [
        f"{ROWS[place].rpartition(',')[0]},2024-01-01 {received.get(ROWS[place][2], ROWS[place][-5:])}" for place in order
    ]
    return "\n".join(["user,event,time,plan,arrived", *lines]) + "\n"


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("received", "converted"), [({}, 0), ({"c": "09:09"}, 1), ({"b": "09:00"}, 0)])
def test_strict_steps_follow_the_receipt(
    received: dict[str, str], converted: int, order: tuple[int, ...], tmp_path: Path
) -> None:
    session = opened(write_project(tmp_path, DEFINITIONS, rows(received, order), sources=SOURCES))
    assert query(session, "strictly", Asked(*DAY)).frame["numerator"].to_list() == [1, converted]


@pytest.mark.parametrize("order", ORDERS)
def test_first_and_last_are_those_received_first_and_last(order: tuple[int, ...], tmp_path: Path) -> None:
    session = opened(write_project(tmp_path, DEFINITIONS, rows({}, order), sources=SOURCES))
    segments = {
        touch: query(session, "users", Asked(*DAY, Shape(by="plan", touch=touch))).frame["segment"].to_list()
        for touch in ("first", "last")
    }
    assert segments == {"first": ["y"], "last": ["x"]}
    assert query(session, "first", Asked(*DAY)).frame["point"].to_list() == [0]
