"""Roll-ups equal what a full count over events says, at first and after every later refresh."""

from pathlib import Path

import duckdb

from tests.warehouse.projects import EVENTS, TestProject, active_days, contents, make_project

HEAD = "id,action,uid,at\n"
FIRST = (
    HEAD
    + "1,opened,ann,2026-01-05\n2,opened,ann,2026-01-05\n3,opened,,2026-01-05\n4,opened,,2026-01-05\n5,seen,bob,2026-01-06\n"
)
LATER = HEAD + "6,opened,ann,2026-01-05\n7,brand new,ann,2026-02-06\n8,opened,zoe,2025-12-31\n"


def check(project: TestProject, quiet: str = "''") -> None:
    known = project.query("SELECT event::VARCHAR, key, day, events FROM user_event_days WHERE key IS NOT NULL ORDER BY ALL")
    assert known == project.query(
        "SELECT event::VARCHAR, user_key, day, count(*) FROM events WHERE user_key IS NOT NULL GROUP BY ALL ORDER BY ALL"
    )
    unknown = project.query("SELECT event::VARCHAR, day, events FROM user_event_days WHERE key IS NULL ORDER BY ALL")
    assert unknown == project.query("SELECT event::VARCHAR, day, 1 FROM events WHERE user_key IS NULL ORDER BY ALL")
    assert project.query(f"SELECT key, day FROM {active_days('user')} ORDER BY ALL") == project.query(
        f"SELECT DISTINCT user_key, day FROM events WHERE user_key IS NOT NULL AND event::VARCHAR <> {quiet} ORDER BY ALL"
    )
    assert project.query(
        "SELECT event::VARCHAR, source, events, first_ts, last_ts FROM event_sources ORDER BY ALL"
    ) == project.query("SELECT event::VARCHAR, 'app', count(*), min(ts), max(ts) FROM events GROUP BY ALL ORDER BY ALL")
    assert project.query("SELECT newest, newest_day FROM sources") == project.query("SELECT max(ts), max(day) FROM events")


def test_rollups_are_kept_up_to_date(tmp_path: Path) -> None:
    project, fresh = make_project(tmp_path / "a"), make_project(tmp_path / "b")
    project.export("a.csv", FIRST)
    project.refresh()
    check(project)
    project.export("b.csv", LATER)
    project.refresh()
    check(project)
    fresh.export("a.csv", FIRST)
    fresh.export("b.csv", LATER)
    fresh.refresh()
    assert contents(project) == contents(fresh)


def test_events_are_stored_in_order_within_a_refresh(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.export("a.csv", FIRST)
    project.refresh()
    project.export("b.csv", LATER)
    project.refresh()
    assert project.column(
        "SELECT count(*) FROM (SELECT place < lag(place) OVER (PARTITION BY load_id ORDER BY rowid) AS back FROM ("
        "SELECT rowid, load_id, row(date_trunc('month', day), event, coalesce(user_key, 4294967295), ts) AS place "
        "FROM events)) WHERE back"
    ) == [0]


def test_rollups_are_stored_in_order_also_where_they_are_many(tmp_path: Path) -> None:
    """More than a thread writes at once, so that several would show."""
    project = make_project(tmp_path)
    (tmp_path / "exports").mkdir()
    duckdb.execute(
        "COPY (SELECT n::VARCHAR AS id, 'action' || n % 3 AS action, 'u' || n % 50021 AS uid, "
        "TIMESTAMP '2026-05-01' + to_hours(n * 7 % 400) AS at FROM range(400000) AS r(n)) "
        f"TO '{tmp_path / 'exports' / 'a.parquet'}' (FORMAT parquet)"
    )
    project.refresh()
    assert project.query(
        "SELECT count(*), sum(events), count(*) FILTER (back) FROM ("
        "SELECT events, place <= lag(place) OVER (ORDER BY rowid) AS back FROM ("
        "SELECT rowid, events, row(event, key, day) AS place FROM user_event_days))"
    ) == [(400000, 400000, 0)]
    check(project)


def test_a_change_of_what_counts_as_activity_is_redone_without_the_exports(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    path = project.export("a.csv", FIRST)
    project.refresh()
    path.unlink()
    project.define("events", EVENTS + "  seen: {description: Seen., activity: false}\n")
    report = project.refresh()
    assert report.redone == ("which events count as activity changed",)
    check(project, "'seen'")
