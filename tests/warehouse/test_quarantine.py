"""Rows set aside are listed, taken along, and tried again; the books of every file stay balanced."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from prodops_metrics.warehouse import snapshots
from tests.cli.test_commands import prodops
from tests.warehouse.projects import NOW, TestProject, contents, make_project

HEAD = "id,action,uid,at,plan,size\n"
ROWS = (
    "1,opened,u1,2026-05-30 10:00:00,free,1\n"
    "2,opened,u2,2026-06-01 15:00:00,free,1\n"  # three hours after the first refresh
    "3,opened,u3,not a time,free,1\n"
    "4,opened,u4,2026-05-30 10:00:00\n"
)


@pytest.fixture
def project(tmp_path: Path) -> TestProject:
    found = make_project(tmp_path)
    found.export("a.csv", HEAD + ROWS)
    found.export("b.csv", HEAD + "5,opened,u5,,free,1\n")
    found.refresh()
    return found


def books(project: TestProject) -> list[tuple[int, ...]]:
    return project.query("SELECT rows_read, loaded, duplicates, quarantined, control FROM loads ORDER BY load_id")


def test_a_row_that_can_be_loaded_by_now_leaves_quarantine_and_the_books_balance(project: TestProject) -> None:
    assert project.query("SELECT path, line, reason FROM quarantine ORDER BY path, line") == [
        ("exports/a.csv", 3, "future"),
        ("exports/a.csv", 4, "time"),
        ("exports/a.csv", 5, "columns"),
        ("exports/b.csv", 2, "time"),
    ]
    later = NOW + timedelta(days=1)
    assert project.refresh().snapshot is None
    report = project.refresh(now=later, retry=True)
    assert {(file.path, file.status, file.loaded, file.quarantined) for file in report.files} == {
        ("exports/a.csv", "retried", 1, 2),
        ("exports/b.csv", "retried", 0, 1),
    }
    assert project.column("SELECT line FROM quarantine WHERE path = 'exports/a.csv' ORDER BY line") == [4, 5]
    assert project.column("SELECT count(*) FROM events") == [2]
    assert books(project) == [(4, 1, 3, 0, 0), (1, 0, 1, 0, 0), (4, 1, 1, 2, 0), (1, 0, 0, 1, 0)]
    assert all(row[0] == sum(row[1:]) for row in books(project))


def test_what_was_retried_is_what_a_full_rebuild_gives(project: TestProject) -> None:
    later = NOW + timedelta(days=1)
    project.refresh(now=later, retry=True)
    tried = (
        project.query("SELECT event, ts, event_id FROM events ORDER BY ts"),
        project.query("SELECT path, line, raw, reason FROM quarantine ORDER BY ALL"),
    )
    project.refresh(now=later, full=True)
    again = (
        project.query("SELECT event, ts, event_id FROM events ORDER BY ts"),
        project.query("SELECT path, line, raw, reason FROM quarantine ORDER BY ALL"),
    )
    assert tried == again


def test_a_changed_source_has_its_rows_tried_again(project: TestProject) -> None:
    project.define("sources", (project.root / "metric_defs" / "sources.yml").read_text() + "    null_values: ['', 'x']\n")
    project.export("c.csv", HEAD + "6,opened,u6,2026-05-30 10:00:00,x,1\n")
    project.refresh(now=NOW + timedelta(days=1))
    assert "future" not in project.column("SELECT reason FROM quarantine")
    assert project.column("SELECT count(*) FROM events") == [3]


def test_a_grown_file_does_not_list_its_bad_rows_twice(project: TestProject) -> None:
    project.export("a.csv", HEAD + ROWS + "9,opened,u9,2026-05-31 10:00:00,free,1\n")
    project.refresh()
    assert project.column("SELECT line FROM quarantine WHERE path = 'exports/a.csv' ORDER BY line") == [3, 4, 5]
    assert all(row[0] == sum(row[1:]) for row in books(project))


def test_the_command_counts_by_reason_and_filters(project: TestProject) -> None:
    told = json.loads(prodops(project.root, "quarantine", "--json").stdout)
    assert [(one["reason"], one["rows"]) for one in told["reasons"]] == [("time", 2), ("columns", 1), ("future", 1)]
    few = json.loads(prodops(project.root, "quarantine", "--reason", "time", "--file", "b.csv", "--json").stdout)
    assert [(one["path"], one["line"]) for one in few["listed"]] == [("exports/b.csv", 2)]
    assert "1 of 4; --limit lists more" in prodops(project.root, "quarantine", "--limit", "1").stdout
    wrong = prodops(project.root, "quarantine", "--reason", "tine")
    assert (wrong.exit_code, "Did you mean `time`?" in wrong.stderr) == (1, True)


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_rows_are_written_into_a_new_file_and_never_over_another(project: TestProject, tmp_path: Path, suffix: str) -> None:
    place = tmp_path / f"rows.{suffix}"
    assert prodops(project.root, "quarantine", "--source", "app", "--export", str(place)).stdout.startswith("4 rows written")
    readers: dict[str, Callable[[Path], pl.DataFrame]] = {
        "csv": pl.read_csv,
        "jsonl": pl.read_ndjson,
        "parquet": pl.read_parquet,
    }
    assert readers[suffix](place)["line"].to_list() == [3, 4, 5, 2]
    before = place.read_bytes()
    again = prodops(project.root, "quarantine", "--export", str(place))
    assert (again.exit_code, "is there already" in again.stderr, place.read_bytes()) == (1, True, before)
    assert "written as .csv, .jsonl, .parquet" in prodops(project.root, "quarantine", "--export", "rows.xls").stderr


def test_a_clock_that_jumps_breaks_neither_numbers_nor_order(project: TestProject) -> None:
    for at, moment in enumerate((datetime(2027, 1, 1, tzinfo=UTC), datetime(2026, 5, 31, tzinfo=UTC)), 1):
        project.export(f"clock{at}.csv", HEAD + f"1{at},opened,u1,2026-05-30 1{at}:00:00,free,1\n")
        assert project.refresh(now=moment).snapshot == 1 + at
    listed = json.loads(prodops(project.root, "snapshots", "--json").stdout)["snapshots"]
    assert [one["number"] for one in listed] == [3, 2, 1]
    assert [one["current"] for one in listed] == [True, False, False]
    assert [one["created"][:10] for one in listed] == ["2026-05-31", "2027-01-01", "2026-06-01"]
    assert listed[0]["changed"] == "1 file, 1 row loaded, 1 late", "2027 had read the row of the future"


def test_rows_of_the_future_are_read_at_the_first_refresh_at_which_their_time_has_come(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.export("a.csv", HEAD + "1,opened,u1,2026-05-30 10:00:00,free,1\n2,opened,u1,2026-06-04 10:00:00,free,1\n")
    project.export("bad.csv", HEAD + "3,opened,u1,never,free,1\n4,opened,u1,2026-05-30 10:00:00,free,1\n")
    assert sum(file.quarantined for file in project.refresh().files) == 2
    assert project.refresh(now=NOW + timedelta(days=2)).snapshot is None
    (project.root / "exports" / "a.csv").rename(project.root / "exports" / "z.csv")
    then = project.refresh(now=NOW + timedelta(days=3))
    assert [(file.path, file.loaded) for file in then.files if file.status == "retried"] == [("exports/z.csv", 1)]
    assert project.query("SELECT count(*) FROM events") == [(3,)]
    assert project.column("SELECT reason FROM quarantine") == ["time"]
    assert project.query("SELECT sum(rows_read), sum(loaded), sum(duplicates), sum(quarantined) FROM loads") == [
        (6, 3, 2, 1)
    ]
    assert project.refresh(now=NOW + timedelta(days=4)).snapshot is None


def test_rows_whose_file_is_gone_cannot_be_tried_again_and_that_is_said(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    path = project.export("a.csv", "id,action,uid,at\n1,opened,u1,2026-05-01\n2,opened,u2,never\n")
    project.refresh()
    path.unlink()
    report = project.refresh(retry=True)
    assert (report.snapshot, report.untried) == (None, ("exports/a.csv",))
    assert "Not tried again, as the file is gone: the rows of exports/a.csv in quarantine." in report.summary
    assert project.column("SELECT raw FROM quarantine") == ["2,opened,u2,never"]
    project.export("moved.csv", "id,action,uid,at\n1,opened,u1,2026-05-01\n2,opened,u2,never\n")
    assert project.refresh(retry=True).untried == ()


def test_going_back_to_older_definitions_after_a_roll_back_gives_what_a_rebuild_gives(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.export("a.csv", "id,action,uid,at,plan,size\n1,opened,u1,2026-05-01T23:00,free,3\n")
    project.refresh()
    older = {name: (project.root / "metric_defs" / f"{name}.yml").read_text() for name in ("project", "events")}
    project.define("project", "project: {name: Test, timezone: Asia/Tokyo}")
    project.define("events", "events: {opened: {description: O., properties: {size: {type: string}}}}")
    project.export("b.csv", "id,action,uid,at,plan,size\n2,opened,u2,2026-05-02T23:00,pro,4\n")
    project.refresh()
    snapshots.roll_back(project.root, 1)
    newer = project.refresh()
    assert (newer.snapshot, newer.totals["loaded"], len(newer.redone)) == (3, 1, 2)
    snapshots.roll_back(project.root, 2)
    for name, text in older.items():
        project.define(name, text)
    back = project.refresh()
    assert (back.snapshot, back.totals["loaded"], len(back.redone)) == (4, 0, 2)
    stored = contents(project)
    project.refresh(full=True)
    assert contents(project) == stored
