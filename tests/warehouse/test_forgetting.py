"""Forgetting a unit: everywhere, for good, and with books that balance."""

import json
from pathlib import Path

import pytest

from prodops_metrics.errors import UnknownIdError, WarehouseError
from prodops_metrics.metrics import load_catalog
from prodops_metrics.warehouse import snapshots
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
