"""Forgetting a unit: everywhere, for good, and with books that balance."""

import json
from pathlib import Path

import duckdb
import pytest

from prodops_metrics.errors import UnknownIdError, WarehouseError
from prodops_metrics.metrics import load_catalog
from prodops_metrics.reports.refreshed import keep
from prodops_metrics.warehouse import logbook, snapshots
from prodops_metrics.warehouse.forgetting import forget
from prodops_metrics.warehouse.personal import VARIABLE
from tests.warehouse.projects import TestProject, contents, make_project

SOURCES = """
sources:
  app:
    kind: events
    files: exports/app*.csv
    columns: {event: action, user: uid, anonymous: device, time: at, id: id}
    time: {timezone: UTC}
  people: {kind: units, entity: user, key: uid, files: exports/people.csv, properties: {plan: string}}
  survey: {kind: feedback, files: exports/survey.csv, columns: {user: uid}, time: {timezone: UTC}}
  ties: {kind: identities, files: exports/ties.csv, columns: {anonymous: device, known: uid}}
"""
HEADER = "id,action,uid,device,at\n"
APP = (
    "1,opened,,phone-of-ann,2026-05-01T08:00\n"
    "2,opened,user-ann,,2026-05-02T08:00\n"
    "3,opened,user-bob,,2026-05-02T09:00\n"
    "4,opened,user-ann,,yesterday\n"
    "5,opened,user-bob,,yesterday\n"
)
SURVEY = "id,time,uid,feature,score,text\na1,2026-05-02T09:00,user-ann,x,5,I like it\na2,2026-05-02T09:00,user-bob,x,1,No\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestProject:
    monkeypatch.delenv(VARIABLE, raising=False)
    made = make_project(tmp_path, sources=SOURCES)
    made.export("app.csv", HEADER + APP)
    made.export("people.csv", "uid,plan\nuser-ann,pro\nuser-bob,free\n")
    made.export("survey.csv", SURVEY)
    made.export("ties.csv", "device,uid\nphone-of-ann,user-ann\n")
    made.refresh()
    return made


def held(project: TestProject) -> bool:
    folder = project.root / "warehouse"
    files = [path for path in folder.rglob("*") if path.is_file()]
    return any(text in path.read_bytes() for path in files for text in (b"user-ann", b"phone-of-ann", b"I like it"))


def books(project: TestProject) -> dict[str, tuple[int, ...]]:
    rows = project.query("SELECT path, rows_read, loaded, duplicates, quarantined, control FROM loads ORDER BY load_id")
    return {path.removeprefix("exports/"): tuple(counts) for path, *counts in rows}


def test_nothing_of_it_is_left_in_any_kept_snapshot_and_others_stay(project: TestProject) -> None:
    project.export("app2.csv", HEADER + "6,opened,user-ann,,2026-05-03T08:00\n7,opened,user-bob,,2026-05-03T08:00\n")
    project.refresh()
    assert held(project)
    done = forget(load_catalog(project.root), "user-ann", "user")
    assert (done.ids, done.current) == (("user-ann", "phone-of-ann"), 3)
    assert [(one.events, one.statements, one.feedback, one.ties, one.quarantined) for one in done.snapshots] == [
        (3, 1, 1, 1, 1),  # an answer is an event too
        (4, 1, 1, 1, 1),
    ]
    assert not held(project)
    assert [each.number for each in snapshots.kept(project.root)] == [1, 3]
    assert project.column("SELECT id FROM user_units") == ["user-bob"]
    assert project.query("SELECT key, sum(events) FROM user_event_days GROUP BY key") == project.query(
        "SELECT key, 3 FROM user_units"
    )
    assert project.column("SELECT raw FROM quarantine ORDER BY line") == ["[removed]", "5,opened,user-bob,,yesterday"]


def test_the_books_balance_with_its_rows_as_control_rows(project: TestProject) -> None:
    forget(load_catalog(project.root), "user-ann", "user")
    assert books(project) == {
        "app.csv": (5, 1, 0, 2, 2),
        "people.csv": (2, 1, 0, 0, 1),
        "survey.csv": (2, 1, 0, 0, 1),
        "ties.csv": (1, 0, 0, 0, 1),
    }
    assert project.query("SELECT event::VARCHAR, source, events FROM event_sources ORDER BY source") == [
        ("opened", "app", 1),
        ("feedback_given", "survey", 1),
    ]


def test_it_stays_forgotten_though_exports_still_hold_it(project: TestProject) -> None:
    forget(load_catalog(project.root), "phone-of-ann", "user")  # any of its ids will do
    project.refresh(full=True)
    assert not held(project)
    again = contents(project)
    assert books(project)["app.csv"] == (5, 1, 0, 2, 2)
    project.export("app3.csv", HEADER + "8,opened,user-ann,,2026-05-04T08:00\n9,opened,user-cid,,2026-05-04T08:00\n")
    report = project.refresh()
    assert [(file.loaded, file.control) for file in report.files if file.path == "exports/app3.csv"] == [(1, 1)]
    assert project.column("SELECT id FROM user_units ORDER BY id") == ["user-bob", "user-cid"]
    assert again["user_attributes"]


def test_a_refresh_after_it_goes_on_from_what_is_left(project: TestProject) -> None:
    forget(load_catalog(project.root), "user-ann", "user")
    grown = contents(project)
    project.refresh(full=True)
    assert contents(project) == grown


def test_someone_whom_nobody_knows_is_remembered_as_forgotten(project: TestProject) -> None:
    before = snapshots.current_number(project.root)
    done = forget(load_catalog(project.root), "user-zoe", "user")
    assert (done.current, [one.total for one in done.snapshots]) == (before, [0])
    project.export("app2.csv", HEADER + "6,opened,user-zoe,,2026-05-03T08:00\n")
    project.refresh()
    assert "user-zoe" not in project.column("SELECT id FROM user_units")


def test_an_unknown_entity_is_refused(project: TestProject) -> None:
    with pytest.raises(UnknownIdError, match="There is no entity `usr`"):
        forget(load_catalog(project.root), "user-ann", "usr")


def test_the_list_of_the_forgotten_is_worth_nothing_without_its_secret(project: TestProject) -> None:
    forget(load_catalog(project.root), "user-ann", "user")
    kept = json.loads((project.root / "warehouse" / "forgotten.json").read_text())
    assert len(kept["forgotten"]["user"]) >= 2
    (project.root / "warehouse" / "secret").write_text("another\n")
    project.export("app2.csv", HEADER + "6,opened,user-ann,,2026-05-03T08:00\n")
    with pytest.raises(WarehouseError, match="made with another secret"):
        project.refresh()


def test_a_crash_in_between_leaves_snapshots_whole_and_can_be_repeated(
    project: TestProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshots.current_number(project.root)

    def fails(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(snapshots, "publish", fails)
        with pytest.raises(WarehouseError, match="run the same command again"):
            forget(load_catalog(project.root), "user-ann", "user")
    assert snapshots.current_number(project.root) == before
    assert project.column("SELECT count(*) FROM events WHERE event = 'opened'") == [3]
    forget(load_catalog(project.root), "user-ann", "user")
    assert not held(project)


TWO = """
project:
  name: Test
  timezone: UTC
  entities: {user: {column: uid, parent: account}, account: {column: acc}}
"""
TWO_SOURCES = """
sources:
  app:
    kind: events
    files: exports/app*.csv
    columns: {event: action, user: uid, account: acc, time: at, id: id}
    time: {timezone: UTC}
  people: {kind: units, entity: user, key: uid, files: exports/people.csv, properties: {plan: string}}
  firms: {kind: units, entity: account, key: acc, files: exports/firms.csv, properties: {branch: string}}
"""
TWO_EVENTS = """
events:
  opened: {description: O., properties: {plan: {type: string, enum: [free, pro]}, size: {type: integer}}}
  closed: {description: C., activity: false, properties: {plan: {type: string, enum: [free, pro]}}}
"""
TWO_APP = (
    "id,action,uid,acc,at,plan,size\n"
    "1,opened,ann,acme,2026-05-01T08:00,only-hers,her-size\n"
    "2,opened,bob,acme,2026-05-01T08:00,free,1\n"
    "3,closed,ann,acme,2026-05-02T08:00,gold,\n"
    "4,opened,bob,zeta,2026-05-02T09:00,pro,2\n"
    "5,opened,cid,zeta,2026-05-03T09:00,pro,2\n"
    "6,opened,bob,acme,2026-05-03T09:00,pro,2\n"
)


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestProject:
    """People of two accounts, each with attributes of their own."""
    monkeypatch.delenv(VARIABLE, raising=False)
    made = make_project(tmp_path, project=TWO, sources=TWO_SOURCES, events=TWO_EVENTS)
    made.export("app.csv", TWO_APP)
    made.export("people.csv", "uid,acc,plan\nann,acme,pro\nbob,,free\ncid,zeta,free\n")
    made.export("firms.csv", "acc,branch\nacme,anvils\nzeta,ships\n")
    made.refresh()
    return made


def everything(project: TestProject) -> dict[str, list[object]]:
    """The contents, with whose units are whose and what is kept of the health of the data."""
    tables = {name: f"SELECT * FROM health_{name}" for name in ("days", "properties", "values", "through")}
    tables["parents"] = "SELECT u.id, a.id FROM user_units AS u LEFT JOIN account_units AS a ON a.key = u.parent_key"
    tables["most"] = (
        "SELECT u.id, a.id, events FROM user_parents AS p JOIN user_units AS u ON u.key = p.key "
        "JOIN account_units AS a ON a.key = p.parent_key"
    )
    return {**contents(project), **{name: sorted(project.query(sql), key=repr) for name, sql in tables.items()}}


@pytest.mark.parametrize(("entity", "unit"), [("user", "ann"), ("account", "acme")])
def test_what_is_left_is_what_a_full_rebuild_gives(pair: TestProject, entity: str, unit: str) -> None:
    forget(load_catalog(pair.root), unit, entity)
    left = everything(pair)
    pair.refresh(full=True)
    assert left == everything(pair)
    assert unit not in pair.column(f"SELECT id FROM {entity}_units")
    assert ("bob", "zeta" if entity == "account" else "acme") in left["parents"]


def test_a_value_that_only_they_had_is_left_nowhere(pair: TestProject) -> None:
    keep(pair.root, reports=False)
    forget(load_catalog(pair.root), "ann", "user")
    keep(pair.root, reports=False)
    folder = pair.root / "warehouse"
    texts = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert [name for name, text in texts.items() if b"only-hers" in text or b"her-size" in text] == []
    assert "Values outside the enum: `opened.plan` (1 of 5 (20 %))." in (folder / "health" / "1.json").read_text()


def test_a_property_that_was_declared_since_is_redone_with_it(pair: TestProject) -> None:
    pair.define("events", TWO_EVENTS.replace("size: {type: integer}", "size: {type: string}"))
    forget(load_catalog(pair.root), "ann", "user")
    assert pair.column("SELECT DISTINCT size FROM events WHERE size IS NOT NULL ORDER BY ALL") == ["1", "2"]
    assert pair.refresh().snapshot is None
    left = everything(pair)
    pair.refresh(full=True)
    assert left == everything(pair)


def test_the_same_exports_bring_nobody_back(pair: TestProject) -> None:
    forget(load_catalog(pair.root), "acme", "account")
    pair.export("people.csv", "uid,acc,plan\nann,acme,pro\nbob,acme,free\ncid,zeta,free\ndan,acme,free\n")
    assert pair.refresh().snapshot == 3
    assert pair.column("SELECT id FROM account_units") == ["zeta"]
    assert pair.column("SELECT branch FROM user_attributes WHERE branch = 'anvils'") == []


def test_kept_snapshots_that_cannot_be_rewritten_go(pair: TestProject) -> None:
    pair.export("app2.csv", "id,action,uid,acc,at\n7,opened,bob,acme,2026-05-04T08:00\n")
    pair.refresh()
    with duckdb.connect(str(pair.root / "warehouse" / "1.duckdb")) as older:
        older.execute("UPDATE meta SET value = '0' WHERE key = 'schema'")
        older.execute("DROP TABLE merges")
    done = forget(load_catalog(pair.root), "ann", "user")
    assert (done.given_up, [each.number for each in snapshots.kept(pair.root)]) == ((1,), [3])


def test_a_snapshot_in_force_of_another_version_is_refused_and_the_next_refresh_leaves_them_out(pair: TestProject) -> None:
    with duckdb.connect(str(pair.snapshot)) as older:
        older.execute("UPDATE meta SET value = '0' WHERE key = 'schema'")
    with pytest.raises(WarehouseError, match="Snapshot 1, which is in force, cannot be rewritten"):
        forget(load_catalog(pair.root), "ann", "user")
    pair.refresh()
    assert "ann" not in pair.column("SELECT id FROM user_units")
    assert forget(load_catalog(pair.root), "ann", "user").given_up == (1,)


def test_lines_of_the_log_that_name_them_are_blanked(pair: TestProject) -> None:
    logbook.note(pair.root, "failed: a row of ann could not be read")
    logbook.note(pair.root, "2 rows loaded; annual is another word")
    assert forget(load_catalog(pair.root), "ann", "user").log_lines == 1
    first, second = (pair.root / "warehouse" / "refresh.log").read_text().splitlines()
    assert first.endswith("+00:00 [removed]")
    assert second.endswith("annual is another word")
