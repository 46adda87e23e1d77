"""What every question reads: a lost roll-up, or a filter that is not pushed into the scan, shows as a number here."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from prodops_metrics.calendar import DAY, Window
from prodops_metrics.metrics.question import Question, build
from prodops_metrics.reports.session import Session
from prodops_metrics.warehouse.statement import Statement

WEEKS, FEW = 12, 8
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


def points(sample: Session, name: str, weeks: int) -> Statement:
    metric = sample.metric(name)
    horizon = sample.warehouse.horizon(metric)
    span = Window(horizon.through - (7 * weeks - 1) * DAY, horizon.through + DAY)
    windows = metric.point_windows(horizon, span, None, None)
    return sample.warehouse.statement(build(Question(metric, windows, through=horizon.through), sample.catalog))


@pytest.mark.parametrize("name", READS)
def test_a_question_reads_each_table_as_often_as_it_must(sample: Session, name: str) -> None:
    found = scans(sample, points(sample, name, WEEKS))
    assert dict(grown(found)) == {table: times for table, times in READS[name].items() if times}, found
    few = scans(sample, points(sample, name, FEW))
    assert grown(few) == grown(found)


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
    asked = Question(metric, windows, "source", "any", through=horizon.through)
    read = [
        rows for table, rows in scans(sample, sample.warehouse.statement(build(asked, sample.catalog))) if table == EVENTS
    ]
    (event,) = {event for one in metric.needed_at({}) for event in one.events or ()}
    own = rows_of(sample, EVENTS, f"event = '{event}'")
    assert len(read) == 2
    assert 0 < min(read) <= max(read) <= own < rows_of(sample, EVENTS) / 4
