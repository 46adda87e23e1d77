"""Receipts of numbers that are more than sums: pasted into DuckDB they give the number, and say what it leaves out."""

import json
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from prodops_metrics.cli.app import app
from prodops_metrics.errors import QueryError
from prodops_metrics.reports.query import Asked, MetricAnswer, query, query_units
from prodops_metrics.reports.session import Session
from tests.projects import opened, write_project

DEFINITIONS = """\
properties: {took: {type: number}, group: {type: string}}
events: {opened: {description: One}, done: {description: Two}}
features: {export: {name: Export, description: Export, launched: 2024-01-03, used: done}}
metrics:
  slow: {type: percentile, description: Slow, event: opened, property: took, at: 0.9}
  slow_user: {type: percentile, description: Much use, event: opened, at: 50%, per: unit}
  average: {type: mean, description: Average, event: opened, property: took, per: event}
  per_user: {type: mean, description: Uses per user, event: opened, per: unit}
  wait: {type: time_to, description: Days to done, event: done, start: opened}
  wait_by: {type: time_to, description: Done by day 3, event: done, start: opened, by: 3 days}
  adopt: {type: time_to, description: Days to adopt, event: done, feature: export}
  flow: {type: lifecycle, description: Where they come from, event: opened}
  days: {type: frequency, description: Days of use, event: opened, window: 7 days}
  stick: {type: stickiness, description: Stickiness, event: opened, window: 7 days}
  spread:
    {type: stickiness, description: By days, event: opened, form: distribution, cumulative: true, window: 7 days}
  uses: {type: count, description: Uses, event: opened}
  users: {type: count_distinct, description: Users, event: opened}
  groups: {type: count_distinct, description: Groups, event: opened, entity: {property: group}}
  growth:
    {type: derived, description: Growth, formula: now / ago - 1, inputs: {now: uses, ago: {metric: uses, offset: 1 week}}}
  growing: {type: derived, description: Growth in percent, formula: 100 * g, inputs: {g: growth}}
  each: {type: derived, description: Uses per user, formula: uses / users, inputs: {uses: uses, users: users}}
  crowd: {type: derived, description: Users per group, formula: users / groups, inputs: {users: users, groups: groups}}
  tail: {type: derived, description: Tail, formula: slow / average, inputs: {slow: slow, average: average}}
"""
DAYS = [date(2024, 1, day) for day in range(1, 15)]
USES = [
    f"u{user},opened,{day} 1{user % 10}:00,{(user * day.day) % 7 + user / 10},{'xyz'[user % 3]}"
    for day in DAYS
    for user in range(12)
    if (user * 7 + day.day * 3) % 5 < 2
]
DONE = [f"u{user},done,2024-01-{2 + user:02} 20:00,," for user in range(7)]
EVENTS = "\n".join(["user,event,time,took,group", *USES, *DONE]) + "\n"
NAMES = [line.split(":")[0].strip() for line in DEFINITIONS.partition("metrics:\n")[2].splitlines() if line[2] != " "]
READINGS = ["wait:by_7_days", "wait:used_before", "wait_by:median", "adopt:by_7_days", "adopt:used_before"]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return opened(write_project(tmp_path_factory.mktemp("receipts"), DEFINITIONS, EVENTS))


@pytest.fixture(scope="module")
def snapshot(session: Session, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A copy of the file that receipts name, for whoever opens it anew."""
    file = session.catalog.root / asked(session, "uses").receipt.snapshot_file
    return str(shutil.copy(file, tmp_path_factory.mktemp("snapshot")))


def asked(session: Session, name: str) -> MetricAnswer:
    return query(session, name, Asked())


@pytest.mark.parametrize("name", NAMES + READINGS)
def test_the_sql_of_a_receipt_gives_the_number_anywhere(session: Session, snapshot: str, name: str) -> None:
    answer = asked(session, name)
    last = answer.headlines[-1]
    with duckdb.connect(snapshot, read_only=True) as fresh:
        rows = fresh.sql(answer.receipt.sql).pl().to_dicts()
    (row,) = [one for one in rows if all(one[axis] == place for axis, place in last.at.items())] or [{"point": 0}]
    assert row["point"] == pytest.approx(last.now.point, nan_ok=False)
    assert last.now.point is not None


@pytest.mark.parametrize("name", NAMES + READINGS)
def test_the_last_complete_point_is_the_headline_interval_and_all(session: Session, name: str) -> None:
    answer = asked(session, name)
    last = answer.headlines[-1]
    points = [row for row in answer.frame.to_dicts() if row["complete"] and all(row[at] == v for at, v in last.at.items())]
    figures = ("numerator", "denominator", "units", "point", "low", "high", "reason")
    assert {name: points[-1][name] for name in figures} == {name: getattr(last.now, name) for name in figures}


def test_a_formula_says_why_it_has_no_interval(session: Session) -> None:
    crowd, tail = asked(session, "crowd"), asked(session, "tail")
    assert (crowd.headlines[-1].now.low, tail.headlines[-1].now.low) == (None, None)
    assert "There is no interval: its inputs count different units." in crowd.receipt.left_out
    assert "There is no interval: an input is of the type percentile, which is no sum over units." in tail.receipt.left_out
    assert crowd.headlines[-1].movement.reason == "its inputs count different units"


def test_a_formula_of_the_same_units_has_one(session: Session) -> None:
    for name in ("growth", "growing", "each"):
        row = asked(session, name).headlines[-1].now
        assert row.low is not None
        assert not any("no interval" in note for note in asked(session, name).receipt.left_out)


def test_a_formula_of_a_formula_is_that_formula(session: Session) -> None:
    once, again = asked(session, "growth").headlines[-1].now, asked(session, "growing").headlines[-1].now
    figures = ("point", "low", "high")
    assert [getattr(again, name) for name in figures] == pytest.approx([100 * getattr(once, name) for name in figures])
    assert asked(session, "growth").receipt.counted == "now / ago - 1"


def test_a_formula_names_its_inputs_where_units_are_asked_for(session: Session) -> None:
    with pytest.raises(QueryError, match="`crowd` is a formula over users, groups; ask those for their units"):
        query_units(session, "crowd", Asked())


def test_those_who_did_it_before_their_clock_started_are_said(session: Session) -> None:
    """u0 did it on the 2nd, the day before the launch, and was active after."""
    assert asked(session, "adopt:used_before").headlines[-1].now.point == 1
    assert "1 users had done it before their clock started, and are left out." in asked(session, "adopt").receipt.left_out
    assert asked(session, "wait:median").headlines[-1].now == asked(session, "wait").headlines[-1].now


def test_a_state_that_nobody_is_in_has_its_headline_in_its_place(session: Session) -> None:
    found = asked(session, "flow").headlines
    assert [one.at["state"] for one in found] == ["new", "returning", "resurrected", "dormant"]
    assert [one.now.point for one in found] == [0, 12, 0, 0]


def test_the_command_line_takes_readings(session: Session) -> None:
    words = ["--project", str(session.catalog.root), "query", "wait:by_7_days"]
    found = CliRunner().invoke(app, [*words, "--json"])
    assert json.loads(found.stdout)["headline"][0]["point"] == asked(session, "wait:by_7_days").headlines[-1].now.point
    assert " %; " in CliRunner().invoke(app, words).stdout
    assert " days; " in CliRunner().invoke(app, [*words[:-1], "wait"]).stdout
    assert "Did you mean `by_7_days`" in CliRunner().invoke(app, [*words[:-1], "wait:by_7_day"]).stderr


@pytest.mark.parametrize("per", ["event", "unit"])
def test_a_percentile_rises_with_the_share(tmp_path: Path, per: str) -> None:
    shares = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1]
    property_ = "property: took, " if per == "event" else ""
    metrics = [
        f"  p{at}: {{type: percentile, description: P, event: opened, {property_}per: {per}, at: {share}}}"
        for at, share in enumerate(shares)
    ]
    head = DEFINITIONS.partition("metrics:\n")[0]
    session = opened(write_project(tmp_path, head + "metrics:\n" + "\n".join(metrics) + "\n", EVENTS))
    rows = [asked(session, f"p{at}").headlines[-1].now for at in range(len(shares))]
    points = [row.point for row in rows]
    assert points == sorted(points, key=lambda point: point or 0.0)
    assert len(set(points)) > 2
    assert all(row.low is None or row.low <= (row.point or 0.0) <= (row.high or 0.0) for row in rows)
