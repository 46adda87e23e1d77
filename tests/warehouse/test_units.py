"""Units: keys, parents, and attributes with the days they were in force."""

from pathlib import Path

from tests.warehouse.projects import TestProject, contents, make_project

PROJECT = "project: {name: T, timezone: UTC, entities: {user: {column: uid, parent: account}, account: {column: acc}}}"
SOURCES = """
sources:
  app:
    kind: events
    files: exports/*.csv
    columns: {event: action, time: at, id: id}
    time: {timezone: UTC}
  people: {kind: units, entity: user, key: uid, files: people*.csv, properties: {role: {type: string}}}
  accounts:
    {kind: units, entity: account, key: acc, files: accounts.csv, properties: {plan: {type: string}, seats: {type: integer}}}
"""
EVENTS = (
    "id,action,uid,acc,at\n1,opened,ann,A,2026-01-05\n2,opened,ann,B,2026-01-06\n3,opened,ann,A,2026-01-07\n"
    "4,opened,bob,B,2026-01-05\n5,opened,bob,A,2026-01-05\n6,opened,cy,,2026-01-05\n7,opened,,C,2026-01-05\n"
)
PARENTS = "SELECT u.id, p.id FROM user_units AS u LEFT JOIN account_units AS p ON p.key = u.parent_key ORDER BY 1"
ATTRIBUTES = "SELECT id, role, plan, seats FROM user_attributes JOIN user_units USING (key) ORDER BY 1"


def project_of(root: Path) -> TestProject:
    project = make_project(root, project=PROJECT, sources=SOURCES)
    project.export("a.csv", EVENTS)
    (root / "people.csv").write_text("uid,acc,role,hobby\nann,,admin,chess\nbob,B,viewer,\ndan,D,viewer,\n")
    (root / "accounts.csv").write_text("acc,plan,seats\nA,pro,12\nB,free,many\n,free,1\n")
    return project


def test_parents_are_stated_or_the_parent_of_most_events(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    project.refresh()
    assert project.query(PARENTS) == [("ann", "A"), ("bob", "B"), ("cy", None), ("dan", "D")]


def test_attributes_cover_every_unit_and_come_from_the_parent_too(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    report = project.refresh()
    assert project.query(ATTRIBUTES) == [
        ("ann", "admin", "pro", 12),
        ("bob", "viewer", "free", None),
        ("cy", None, None, None),
        ("dan", "viewer", None, None),
    ]
    assert project.query("SELECT DISTINCT since::VARCHAR, until::VARCHAR FROM user_attributes") == [
        ("0001-01-01", "9999-12-31")
    ]
    assert [(r.reason, r.source, r.rows) for r in report.reasons] == [("key", "accounts", 1)]
    assert report.totals["values_set_aside"] == 1


def test_the_newest_content_of_a_units_file_replaces(tmp_path: Path) -> None:
    project, fresh = project_of(tmp_path / "a"), project_of(tmp_path / "b")
    project.refresh()
    for target in (project, fresh):
        (target.root / "accounts.csv").write_text("seats,acc,plan\n40,A,team\n3,E,pro\n")
        (target.root / "people.csv").write_text("uid,acc,role\nbob,A,admin\n")
    report = project.refresh()
    assert {file.path: file.status for file in report.files} == {
        "exports/a.csv": "known",
        "people.csv": "replaced",
        "accounts.csv": "replaced",
    }
    assert project.query(ATTRIBUTES)[:2] == [("ann", None, "team", 40), ("bob", "admin", "team", 40)]
    fresh.refresh()
    assert {k: v for k, v in contents(project).items() if "unit" not in k and "attr" not in k} == {
        k: v for k, v in contents(fresh).items() if "unit" not in k and "attr" not in k
    }


def test_the_same_id_twice_keeps_the_later_line_and_the_later_file(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    (tmp_path / "people.csv").write_text("uid,role\nann,first\nann,second\n")
    (tmp_path / "people-2.csv").write_text("uid,role\nann,other\n")
    report = project.refresh()
    assert report.totals["duplicates"] == 1
    assert project.column("SELECT role FROM user_attributes JOIN user_units USING (key) WHERE id = 'ann'") == ["second"]


def test_first_seen_is_the_earliest_event_even_if_it_comes_late(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    project.refresh()
    project.export("b.csv", "id,action,uid,acc,at\n20,opened,ann,A,2025-12-31\n")
    project.refresh()
    assert project.query("SELECT id, first_seen::DATE::VARCHAR FROM user_units ORDER BY 1") == [
        ("ann", "2025-12-31"),
        ("bob", "2026-01-05"),
        ("cy", "2026-01-05"),
        ("dan", None),
    ]


def test_null_values_are_no_ids(tmp_path: Path) -> None:
    sources = SOURCES.replace("id: id}", "id: id}\n    null_values: ['', 'null', anonymous]", 1)
    project = make_project(tmp_path, project=PROJECT, sources=sources.split("  people:")[0])
    project.export(
        "a.csv",
        "id,action,uid,acc,at\n1,opened,null,A,2026-01-05\n2,opened,anonymous,,2026-01-05\n3,opened,Null,,2026-01-05\n",
    )
    project.refresh()
    assert project.column("SELECT id FROM user_units") == ["Null"]
    assert project.column("SELECT count(*) FROM events") == [3]


HISTORY = """\
SELECT d.day::VARCHAR, a.role FROM user_attributes AS a JOIN user_units AS u USING (key)
JOIN (VALUES (DATE '2026-01-04'), (DATE '2026-01-05'), (DATE '2026-02-09'), (DATE '2026-02-10'), (DATE '2026-05-01'))
    AS d(day) ON a.since <= d.day AND d.day < a.until
WHERE u.id = $id ORDER BY 1"""


def test_the_attribute_in_force_on_a_day_is_that_of_the_last_row_since(tmp_path: Path) -> None:
    sources = SOURCES.replace("people*.csv,", "people*.csv, columns: {since: valid_from},")
    project = make_project(tmp_path, project=PROJECT, sources=sources)
    project.export("a.csv", EVENTS)
    (tmp_path / "people.csv").write_text(
        "uid,role,valid_from\nann,admin,2026-02-10\nann,viewer,2026-01-05\nbob,viewer,2026-01-05\ncy,admin,someday\n"
    )
    (tmp_path / "accounts.csv").write_text("acc,plan,seats\nA,pro,12\n")
    report = project.refresh()
    assert project.query(HISTORY.replace("$id", "'ann'")) == [
        ("2026-01-04", None),
        ("2026-01-05", "viewer"),
        ("2026-02-09", "viewer"),
        ("2026-02-10", "admin"),
        ("2026-05-01", "admin"),
    ]
    assert [role for _, role in project.query(HISTORY.replace("$id", "'bob'"))] == [None, *["viewer"] * 4]
    assert [(r.reason, r.source, r.rows) for r in report.reasons] == [("time", "people", 1)]
    assert project.column("SELECT DISTINCT attributes->>'$.valid_from' FROM stated") == [None]
    whole = "SELECT count(DISTINCT key), sum(until - since)::VARCHAR FROM user_attributes"
    units, days = project.query(whole)[0]
    assert (units, int(days)) == (3, 3 * project.column("SELECT DATE '9999-12-31' - DATE '0001-01-01'")[0])
