"""Real logs under open licences, kept beside the repository; counts as their README gives them."""

from datetime import date
from pathlib import Path

import pytest

from tests.warehouse.projects import TestProject, active_days, make_project

MOODLE = """
sources:
  log:
    kind: events
    files: {folder}/moodle_la_course_events.csv.gz
    columns: {{event: Event.name, time: timecreated}}
    time: {{timezone: UTC}}
    duplicates: keep
    complete_through: newest_day
"""
RETAIL = """
sources:
  lines:
    kind: events
    files: {folder}/online_retail.csv.gz
    columns: {{event: {{constant: purchase}}, user: CustomerID, time: InvoiceDate}}
    time: {{timezone: UTC}}
    duplicates: {policy}
"""
PURCHASES = "events: {purchase: {description: A line., properties: {Quantity: {type: integer}, InvoiceNo: {type: string}}}}"


def test_la_course(tmp_path: Path, shared: Path) -> None:
    project = make_project(
        tmp_path, sources=MOODLE.format(folder=shared / "datasets"), events="events: {x: {description: X.}}"
    )
    report = project.refresh()
    assert report.totals["rows_read"] == report.totals["loaded"] == 95_626
    assert report.data_through == {"log": date(2019, 10, 27)}
    assert project.query("SELECT count(DISTINCT user_key), count(DISTINCT day), count(DISTINCT event) FROM events") == [
        (130, 49, 27)
    ]
    assert project.column("SELECT count(DISTINCT extra->>'Component') FROM events") == [13]
    week = "date_trunc('week', day)"
    weekly = f"SELECT count(DISTINCT key) FROM {active_days('user')} GROUP BY {week} ORDER BY {week}"
    assert project.column(weekly) == [123, 117, 126, 130, 130, 127, 124]


@pytest.mark.parametrize(("policy", "duplicates"), [("keep", 0), ("row_once", 5_268), ("row", 0)])
def test_online_retail(tmp_path: Path, shared: Path, policy: str, duplicates: int) -> None:
    project: TestProject = make_project(
        tmp_path, sources=RETAIL.format(folder=shared / "datasets", policy=policy), events=PURCHASES
    )
    report = project.refresh()
    assert report.totals == {
        "rows_read": 541_909,
        "loaded": 541_909 - duplicates,
        "duplicates": duplicates,
        "quarantined": 0,
        "control": 0,
        "values_set_aside": 0,
    }
    assert project.column("SELECT count(*) FROM user_units") == [4_372]
    if policy == "keep":
        assert project.column("SELECT count(*) FROM events WHERE user_key IS NULL") == [135_080]
        assert project.column("SELECT count(*) FROM user_event_days WHERE key IS NULL") == [135_080]
        assert project.column("SELECT count(*) FROM events WHERE InvoiceNo LIKE 'C%'") == [9_288]
