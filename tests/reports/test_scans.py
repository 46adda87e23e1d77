"""What every question reads: a lost roll-up, or a filter that is not pushed into the scan, shows as a number here."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from prodops_metrics.calendar import DAY, Window
from prodops_metrics.metrics.query import Query
from prodops_metrics.metrics.question import Question, build
from prodops_metrics.reports.session import Session, open_session
from prodops_metrics.warehouse.answers import KeptAnswers
from prodops_metrics.warehouse.connection import Fetch, Warehouse
from prodops_metrics.warehouse.frames import few_rows, many_rows
from prodops_metrics.warehouse.statement import Statement

WEEKS, FEW, ROLLING = 12, 8, 4
"""How many weeks are asked about, and of how many of them a day is where windows of 28 days end every week."""
ROLLUP, DAYS, EVENTS, PEOPLE = "user_event_days", "user_day_masks", "events", "user_attributes"
READS: Mapping[str, Mapping[str, float]] = {
    "search.adoption": {ROLLUP: 1, DAYS: 1},
    "search.exposure": {ROLLUP: 1, DAYS: 1},
    "search.eligible": {ROLLUP: 1, DAYS: 1},
    "search.active_units": {ROLLUP: 1},
    "search.active_units_7_days": {ROLLUP: 1},
    "search.frequency": {ROLLUP: 1},
    "search.stickiness": {ROLLUP: 1},
    "search.active_days": {ROLLUP: 1},
    "search.uses_per_unit": {ROLLUP: 1},
    "search.retention": {ROLLUP: 1},
    "search.retention_so_far": {ROLLUP: 1},
    "search.lifecycle": {ROLLUP: 1},
    "search.failure_rate": {ROLLUP: 2},
    "search.time_to_adopt": {ROLLUP: 1, DAYS: 1},
    "search.activation": {EVENTS: 2},
    "search.satisfaction": {EVENTS: 1},
    "search.latency_p90": {EVENTS: 1},
    "search_zero_result_rate": {ROLLUP: 0, EVENTS: 2},
}
"""How often a question reads each table that grows with the events, whatever the number of windows."""

FEW_ROWS = 40
"""An answer that the database gives whole: so many windows, and what a question says of each."""
NEEDS: Mapping[str, str] = {
    "search.active_days": "a day of each window",
    "search.retention": "a day",
    "search.retention_so_far": "a day",
    "search.latency_p90": "an event",
}
"""For what a question that is finished outside the database is handed a row, where that is not a unit."""


def scans(sample: Session, statement: Statement) -> list[tuple[str, int]]:
    """Every table that a statement reads, with the rows that came out of the scan."""
    told = Statement(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", statement.parameters)
    profile = json.loads(sample.warehouse.run(told).row(0)[1])
    return list(_scans(profile["operator"][0]))


def _scans(operator: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    table = operator["extra_info"].get("Table", "") if operator["extra_info"] else ""
    if table:
        yield table.rpartition(".")[2], operator["intermediate_rows"]
    for child in operator.get("children", ()):
        yield from _scans(child)


def rows_of(sample: Session, table: str, where: str = "TRUE") -> int:
    found: int = sample.warehouse.table(f"SELECT count(*) AS n FROM {table} WHERE {where}")["n"][0]
    return found


def grown(found: list[tuple[str, int]]) -> Counter[str]:
    return Counter(table for table, _ in found if table in {ROLLUP, DAYS, EVENTS})


def most_rows(sample: Session, name: str) -> int:
    """How many rows may be handed over to whoever finishes a question outside the database."""
    whose, own = NEEDS.get(name, "a unit"), of_events(sample, name)
    if whose == "a unit":
        return rows_of(sample, "user_units")
    if whose == "an event":
        return rows_of(sample, EVENTS, own)
    days = rows_of(sample, ROLLUP, f"{own} AND key IS NOT NULL")
    return days if whose == "a day" else days * ROLLING


def of_events(sample: Session, name: str) -> str:
    """SQL that a row is of an event that a question needs."""
    events = {event for one in sample.metric(name).needed_at({"age": 1}) for event in one.events or ()}
    return f"event IN ({', '.join(map(repr, sorted(events)))})" if events else "TRUE"


def most_days(sample: Session, name: str) -> int:
    """The rows of the tables of days that a question may read, all of them; of events only its own."""
    sizes = {ROLLUP: rows_of(sample, ROLLUP, "key IS NOT NULL") / 4, DAYS: rows_of(sample, DAYS)}
    sizes[EVENTS] = rows_of(sample, EVENTS, of_events(sample, name))
    return int(max(sizes[table] for table, times in READS[name].items() if times and table in sizes))


def points(sample: Session, name: str, weeks: int) -> Statement:
    return sample.warehouse.statement(asked(sample, name, weeks))


def asked(sample: Session, name: str, weeks: int) -> Query:
    metric = sample.metric(name)
    horizon = sample.warehouse.horizon(metric)
    span = Window(horizon.through - (7 * weeks - 1) * DAY, horizon.through + DAY)
    windows = metric.point_windows(horizon, span, None, None)
    return build(Question(metric, windows, through=horizon.through), sample.catalog)


@pytest.mark.parametrize("name", READS)
def test_a_question_reads_each_table_as_often_as_it_must(sample: Session, name: str) -> None:
    found = scans(sample, points(sample, name, WEEKS))
    assert dict(grown(found)) == {table: times for table, times in READS[name].items() if times}, found
    few = scans(sample, points(sample, name, FEW))
    assert grown(few) == grown(found)


@pytest.mark.parametrize("name", READS)
def test_no_more_rows_leave_the_database_than_are_needed(sample: Session, name: str) -> None:
    statement = points(sample, name, WEEKS)
    handed = sample.warehouse.run(statement, fetch=many_rows).height
    assert 0 < handed <= (most_rows(sample, name) if statement.finish else FEW_ROWS)


def test_days_that_are_held_in_memory_are_read_from_the_tables_of_days(
    sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked before such a question is finished: once each, from roll-ups, no more rows than they have."""
    ran: list[tuple[Statement, int]] = []
    plain = Warehouse.run

    def noted(self: Warehouse, statement: Statement, fetch: Fetch = few_rows) -> pl.DataFrame:
        found = plain(self, statement, fetch=fetch)
        ran.append((statement, found.height))
        return found

    held = 0
    for name in READS:
        opened = open_session(sample_project)
        query = asked(opened, name, WEEKS)
        if query.from_days:
            held += 1
            with monkeypatch.context() as patched:
                patched.setattr(KeptAnswers, "get", lambda *_: None)
                patched.setattr(Warehouse, "run", noted)
                opened.warehouse.answer(query)
            grew = sum((grown(scans(sample, statement)) for statement, _ in ran), Counter[str]())
            assert set(grew) == {table for table, times in READS[name].items() if times}, (name, grew)
            assert all(grew[table] <= READS[name][table] for table in grew), (name, grew)
            assert max(height for _, height in ran) <= max(most_days(sample, name), rows_of(sample, "user_units")), name
        ran.clear()
        opened.warehouse.close()
    assert held >= 6


@pytest.mark.parametrize("name", ["search.active_units", "search.retention", "search.failure_rate", "search.adoption"])
def test_no_more_than_the_days_of_the_event_are_read(sample: Session, name: str) -> None:
    metric = sample.metric(name)
    events = {event for one in metric.needed_at({"age": 1}) for event in one.events or ()}
    listed = ", ".join(f"'{event}'" for event in sorted(events))
    own = rows_of(sample, ROLLUP, f"event IN ({listed}) AND key IS NOT NULL")
    read = [rows for table, rows in scans(sample, points(sample, name, WEEKS)) if table == ROLLUP]
    assert 0 < max(read) <= own
    assert own < rows_of(sample, ROLLUP) / 4


def test_a_short_window_reads_few_days(sample: Session) -> None:
    horizon = sample.warehouse.horizon()
    metric = sample.metric("search.adoption")
    window = (Window(horizon.through, horizon.through + DAY),)
    statement = sample.warehouse.statement(build(Question(metric, window, through=horizon.through), sample.catalog))
    read = dict(scans(sample, statement))
    block = f"(DATE '{horizon.through}' - DATE '0001-01-01') // 56"
    assert 0 < read[DAYS] == rows_of(sample, DAYS, f"block = {block}") < rows_of(sample, DAYS)
    assert read[ROLLUP] <= rows_of(sample, ROLLUP, f"day = DATE '{horizon.through}'")


def test_a_breakdown_by_a_property_reads_the_events_of_the_metric_alone(sample: Session) -> None:
    metric = sample.metric("search.active_units")
    horizon = sample.warehouse.horizon(metric)
    windows = metric.point_windows(horizon, Window(horizon.first_day, horizon.through + DAY), None, None)
    question = Question(metric, windows, "source", "any", through=horizon.through)
    read = [
        rows for table, rows in scans(sample, sample.warehouse.statement(build(question, sample.catalog))) if table == EVENTS
    ]
    (event,) = {event for one in metric.needed_at({}) for event in one.events or ()}
    own = rows_of(sample, EVENTS, f"event = '{event}'")
    assert len(read) == 2
    assert 0 < min(read) <= max(read) <= own < rows_of(sample, EVENTS) / 4
