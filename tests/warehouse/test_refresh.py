"""What a refresh loads, what it leaves alone, and how it accounts for every row."""

from pathlib import Path

from tests.warehouse.projects import make_project

ROWS = "id,action,uid,at,plan,size,page\n1,opened,ann,2026-01-05 10:00:00,pro,3,home\n2,opened,bob,2026-01-06 09:00:00,,x,\n"


def test_rows_arrive_with_types_and_nothing_is_thrown_away(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.export("a.csv", ROWS)
    report = project.refresh()
    assert report.exit_code == 0, report
    assert report.totals == {
        "rows_read": 2,
        "loaded": 2,
        "duplicates": 0,
        "quarantined": 0,
        "control": 0,
        "values_set_aside": 1,
    }
    rows = project.query(
        "SELECT event::VARCHAR, id, ts::VARCHAR, day::VARCHAR, plan, size, extra FROM events "
        "JOIN user_units ON key = user_key ORDER BY ts"
    )
    assert rows == [
        ("opened", "ann", "2026-01-05 10:00:00", "2026-01-05", "pro", 3, '{"id":"1","page":"home"}'),
        ("opened", "bob", "2026-01-06 09:00:00", "2026-01-06", None, None, '{"id":"2","size":"x"}'),
    ]
