"""Answers by event property, by the values of a property, by the hour, and unit by unit."""

import json
from datetime import date

import pytest
from typer.testing import CliRunner, Result

from prodops_metrics.cli.app import app
from prodops_metrics.errors import QueryError, UnknownIdError
from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.query import Asked, query, query_units
from prodops_metrics.reports.session import Session
from tests.projects import opened, write_project

DEFINITIONS = """\
properties: {source: {type: string}, group: {type: string}}
events: {opened: {description: One}, closed: {description: Two}}
metrics:
  users: {type: count_distinct, description: Users, event: opened}
  hourly: {type: count_distinct, description: Users by the hour, event: opened, grain: hour}
  uses: {type: count, description: Uses, event: opened}
  adoption: {type: share, description: Adoption, event: opened, of: active}
  groups: {type: count_distinct, description: Groups, event: any, entity: {property: group}}
  running: {type: count, description: All uses so far, event: opened, grain: day, cumulative: true}
"""
EVENTS = """\
user,event,time,source,group
a,opened,2024-01-01 09:00,page,x
a,opened,2024-01-02 09:00,menu,y
b,opened,2024-01-03 09:00,page,x
,opened,2024-01-03 10:00,page,
c,closed,2024-01-07 23:00,,
"""
WEEK = Asked(date(2024, 1, 1), date(2024, 1, 7))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return opened(write_project(tmp_path_factory.mktemp("breakdowns"), DEFINITIONS, EVENTS))


def prodops(session: Session, *words: str) -> Result:
    return CliRunner().invoke(app, ["--project", str(session.catalog.root), *words], env={"COLUMNS": "200"})


def by(name: str, touch: str | None = None) -> Asked:
    return Asked(WEEK.start, WEEK.end, Shape(by=name, touch=touch))


def test_every_headline_is_by_value_too(session: Session) -> None:
    found = {one.segment: one.now.point for one in query(session, "users", by("source")).headlines}
    assert found == {"page": 2}
    found = {one.segment: one.now.point for one in query(session, "users", by("source", "last")).headlines}
    assert found == {"menu": 1, "page": 1}


def test_a_share_has_no_event_property_of_its_own(session: Session) -> None:
    with pytest.raises(QueryError, match="also counts units without such an event"):
        query(session, "adoption", by("source"))


def test_totals_have_no_first_value(session: Session) -> None:
    with pytest.raises(QueryError, match="use --touch any"):
        query(session, "uses", by("source", "first"))


def test_an_unknown_property_names_the_nearest(session: Session) -> None:
    with pytest.raises(UnknownIdError, match="Did you mean `source`"):
        query(session, "users", by("sorce"))


def test_a_unit_has_one_row_with_its_id_and_axes(session: Session) -> None:
    rows = query_units(session, "users", WEEK).rows()
    assert rows == [(date(2024, 1, 1), "a", 1.0, 0.0), (date(2024, 1, 1), "b", 1.0, 0.0)]


def test_units_of_nobody_have_no_id(session: Session) -> None:
    rows = query_units(session, "uses", WEEK).select("unit", "value").rows()
    assert sorted(rows, key=str) == [("a", 2.0), ("b", 1.0), (None, 1.0)]


def test_units_by_every_value_add_up_to_the_answer(session: Session) -> None:
    asked = by("source", "any")
    frame = query(session, "users", asked).frame
    units = query_units(session, "users", asked)
    assert units.select("segment", "unit").rows() == [("menu", "a"), ("page", "a"), ("page", "b")]
    assert dict(frame.select("segment", "point").rows()) == {"menu": 1, "page": 2}


def test_values_of_a_property_are_units_with_their_own_names(session: Session) -> None:
    assert query_units(session, "groups", WEEK)["unit"].to_list() == ["x", "y"]


def test_an_hours_answer_can_be_pasted(session: Session) -> None:
    """The headline of an hourly metric is the last hour of the last complete day."""
    answer = query(session, "hourly", WEEK)
    assert answer.frame.height == 7 * 24
    assert session.warehouse.table(answer.receipt.sql).is_empty()
    assert (answer.headlines[-1].now.point, str(answer.headlines[-1].window.opens)) == (0, "2024-01-07 23:00:00")


def test_a_running_total_is_never_compared(session: Session) -> None:
    headline = query(session, "running", WEEK).headlines[-1]
    assert (headline.now.point, headline.movement.direction) == (4, None)


def test_the_command_line_takes_hours_times_and_touches(session: Session) -> None:
    ask = ["query", "hourly", "--from", "2024-01-01T09:00", "--to", "2024-01-01T10:59", "--json"]
    frame = json.loads(prodops(session, *ask).stdout)["frame"]
    assert [(row["bucket"], row["point"]) for row in frame] == [("2024-01-01T09:00:00", 1), ("2024-01-01T10:00:00", 0)]
    ask = ["query", "users", "--by", "source", "--touch", "last", "--from", "2024-01-01", "--json"]
    frame = json.loads(prodops(session, *ask).stdout)["frame"]
    assert [(row["segment"], row["point"]) for row in frame] == [("menu", 1), ("page", 1)]


def test_the_command_line_lists_units(session: Session) -> None:
    rows = json.loads(prodops(session, "query", "users", "--units", "--json").stdout)
    assert [row["unit"] for row in rows] == ["a", "b"]
    assert "bucket" in prodops(session, "query", "users", "--units").stdout


def test_a_grain_of_hours_has_to_be_allowed(session: Session) -> None:
    assert "`grains: [hour]`" in prodops(session, "query", "users", "--grain", "hour").stderr
