"""Moments as exports write them, stored as naive UTC, and the local day they fall on."""

from pathlib import Path

import pytest

from tests.warehouse.projects import SOURCE, make_project

CASES = [
    ("timezone: UTC", "2026-01-05 23:30:00", "2026-01-05 23:30:00"),
    ("timezone: UTC", "2026-01-05T23:30:00.123456Z", "2026-01-05 23:30:00.123456"),
    ("timezone: UTC", "2026-01-05T23:30:00+02:00", "2026-01-05 21:30:00"),
    ("timezone: UTC", "2026-01-05 23:30:00 +0200", "2026-01-05 21:30:00"),
    ("timezone: UTC", "2026-01-05 23:30:00 UTC", "2026-01-05 23:30:00"),
    ("timezone: UTC", "2026-01-05", "2026-01-05 00:00:00"),
    ("timezone: Europe/Berlin", "2026-01-05 23:30:00", "2026-01-05 22:30:00"),
    ("timezone: Europe/Berlin", "2026-01-05", "2026-01-04 23:00:00"),
    ("timezone: Europe/Berlin", "2026-01-05T23:30:00Z", "2026-01-05 23:30:00"),
    ("timezone: Europe/Berlin", "2026-01-05T23:30+01", "2026-01-05 22:30:00"),
    ("unit: s", "1541016707", "2018-10-31 20:11:47"),
    ("unit: s", "1541016707.5", "2018-10-31 20:11:47.5"),
    ("unit: ms", "1541016707796.0", "2018-10-31 20:11:47.796"),
    ("unit: us", "1541016707796123", "2018-10-31 20:11:47.796123"),
    ("unit: ns", "1541016707796123456", "2018-10-31 20:11:47.796123"),
    ("timezone: Asia/Muscat, format: '%-d/%m/%y, %H:%M'", '"5/01/26, 03:00"', "2026-01-04 23:00:00"),
    ("timezone: Asia/Muscat, format: '%Y-%m-%d %H:%M %z'", "2026-01-05 03:00 +0200", "2026-01-05 01:00:00"),
]


@pytest.mark.parametrize(("time", "text", "stored"), CASES)
def test_times_are_placed(tmp_path: Path, time: str, text: str, stored: str) -> None:
    project = make_project(tmp_path, sources=SOURCE.replace("timezone: UTC", time))
    project.export("a.csv", f"id,action,uid,at\n1,opened,ann,{text}\n")
    project.refresh()
    assert project.column("SELECT ts::VARCHAR FROM events") == [stored]


@pytest.mark.parametrize(
    ("time", "text"),
    [
        ("timezone: UTC", "29/02/18"),
        ("timezone: UTC", "1541016707"),
        ("timezone: UTC", "2018-02-29"),
        ("timezone: UTC", ""),
        ("unit: ms", "2026-01-05"),
        ("unit: s", "9e30"),
        ("timezone: UTC", "infinity"),
        ("timezone: UTC", "soon"),
    ],
)
def test_what_is_no_time_is_quarantined(tmp_path: Path, time: str, text: str) -> None:
    project = make_project(tmp_path, sources=SOURCE.replace("timezone: UTC", time))
    project.export("a.csv", f"id,action,uid,at\n1,opened,ann,{text}\n")
    report = project.refresh()
    assert [(reason.reason, reason.example) for reason in report.reasons] in (
        [("time", "exports/a.csv:2")],
        [("future", "exports/a.csv:2")],
    )
    assert report.exit_code == 3
    assert project.column("SELECT column_name FROM quarantine") == ["at"]


def test_a_day_is_a_local_day_of_the_project(tmp_path: Path) -> None:
    project = make_project(tmp_path, project="project: {name: T, timezone: America/New_York}")
    project.export("a.csv", "id,action,uid,at\n1,opened,ann,2026-03-08 04:59:00\n2,opened,ann,2026-03-09 03:59:00\n")
    project.refresh()
    assert project.column("SELECT day::VARCHAR FROM events ORDER BY ts") == ["2026-03-07", "2026-03-08"]


def test_an_event_up_to_an_hour_ahead_is_taken_and_a_later_one_is_not(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.export("a.csv", "id,action,uid,at\n1,opened,ann,2026-06-01 13:00:00\n2,opened,ann,2026-06-01 13:00:01\n")
    report = project.refresh()
    assert [(reason.reason, reason.rows) for reason in report.reasons] == [("future", 1)]
    assert str(report.data_through["app"]) == "2026-05-31"
