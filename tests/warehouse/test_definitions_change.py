"""Definitions may change after the data: what is stored is redone without the exports, and is what a rebuild gives."""

import shutil
from pathlib import Path

import pytest

from prodops_metrics.errors import ExportError
from tests.warehouse.projects import EVENTS, TestProject, contents, make_project

ENTITIES = "{user: {column: uid%s}, account: {column: acc}}"
PROJECT = "project: {name: Test, timezone: %s, entities: " + ENTITIES + "}"
DEFINITIONS = {
    "project": PROJECT % ("UTC", ""),
    "events": EVENTS,
    "sources": """
        sources:
          app:
            kind: events
            files: exports/app*.csv
            columns: {event: action, time: at, id: id, received: seen}
            time: {timezone: UTC}
          till:
            kind: events
            files: exports/till*.csv
            columns: {event: action, time: at, id: id}
            time: {timezone: Asia/Tokyo}
        """,
}
APP = (
    "id,action,uid,acc,at,plan,size,on/off,tags,when,seen\n"
    '1,opened,ann,A,2026-01-05 23:30,pro,3,yes,"[""a"",""b""]",2026-01-01,\n'
    "2,opened,bob,A,2026-01-31 23:59,,x,,,2026-01-01 10:00,2026-02-01\n3,view,ann,B,2026-01-06,free,03,no,,,\n"
    "4,view,cy,,2026-01-06,,1.50,true,,soon,\n"
)
TILL = "id,action,uid,acc,at,plan,size,on/off,tags,when\n9,view,ann,B,2026-01-06,,7,,,2026-01-01 10:00\n"
PROPERTIES = "events:\n  opened: {description: O., properties: {%s}}\n"
KEPT = "plan: {type: string}, size: {type: integer}"
CHANGES = {
    "a property more": ("events", PROPERTIES % f"{KEPT}, on/off: {{type: boolean}}, tags: {{type: list}}"),
    "a property less": ("events", PROPERTIES % "plan: {type: string}"),
    "a number as text": ("events", PROPERTIES % "plan: {type: string}, size: {type: string}"),
    "text as a number": ("events", PROPERTIES % "plan: {type: integer}, size: {type: number}"),
    "a time, which each source writes in its own zone": ("events", PROPERTIES % f"{KEPT}, when: {{type: time}}"),
    "the time of receipt, declared": ("events", PROPERTIES % f"{KEPT}, seen: {{type: time}}"),
    "an alias": ("events", EVENTS + "  viewed: {description: V., aliases: [view]}\n"),
    "what counts as activity": ("events", EVENTS + "  view: {description: V., activity: false}\n"),
    "the time zone": ("project", PROJECT % ("America/New_York", "")),
    "whose unit is whose": ("project", PROJECT % ("UTC", ", parent: account")),
}


def loaded(root: Path, **changed: str) -> TestProject:
    project = make_project(root, **(DEFINITIONS | changed))
    project.export("app.csv", APP)
    project.export("till.csv", TILL)
    project.refresh()
    return project


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_gives_what_a_rebuild_gives_without_the_exports_and_so_does_going_back(tmp_path: Path, name: str) -> None:
    file, text = CHANGES[name]
    project, fresh = loaded(tmp_path / "a"), loaded(tmp_path / "b", **{file: text})
    before = contents(project)
    shutil.rmtree(project.root / "exports")
    project.define(file, text)
    report = project.refresh()
    assert (report.exit_code, len(report.redone) > 0, report.totals["rows_read"]) == (0, True, 0)
    assert contents(project) == contents(fresh) != before
    project.define(file, DEFINITIONS[file])
    project.refresh()
    assert contents(project) == before


def test_what_was_renamed_keeps_the_name_that_the_export_has(tmp_path: Path) -> None:
    project = loaded(tmp_path, events=CHANGES["an alias"][1])
    assert project.query("SELECT DISTINCT event::VARCHAR, written FROM events ORDER BY 1") == [
        ("opened", None),
        ("viewed", "view"),
    ]


def test_new_files_come_with_a_change_of_definitions(tmp_path: Path) -> None:
    project, fresh = loaded(tmp_path / "a"), make_project(tmp_path / "b", **DEFINITIONS)
    later = APP.splitlines()[0] + "\n1,opened,ann,A,2026-01-05 23:30,pro,4,,,,2026-03-01\n7,view,dan,C,2026-02-06,,,,,,\n"
    for name, content in (("app.csv", APP), ("till.csv", TILL), ("app-2.csv", later)):
        fresh.export(name, content)
    project.export("app-2.csv", later)
    for each in (project, fresh):
        each.define("project", CHANGES["the time zone"][1])
        each.define("events", CHANGES["an alias"][1])
        each.refresh()
    assert contents(project) == contents(fresh)
    assert project.query("SELECT sum(loaded)::INT, sum(duplicates)::INT FROM loads") == [(6, 1)]


SOURCE = DEFINITIONS["sources"]


def test_another_way_of_reading_needs_the_exports_and_says_which_are_gone(tmp_path: Path) -> None:
    project = loaded(tmp_path)
    before = project.snapshot
    project.define("sources", SOURCE.replace("Asia/Tokyo", "Europe/Paris"))
    (tmp_path / "exports" / "till.csv").unlink()
    with pytest.raises(ExportError, match=r"\(`time` of source `till` changed\), and these are gone: exports/till\.csv"):
        project.refresh()
    assert project.snapshot == before
    project.export("till.csv", TILL)
    assert project.refresh().rebuilt == ("`time` of source `till` changed",)
    assert project.column("SELECT ts::VARCHAR FROM events WHERE ts < '2026-01-06' ORDER BY 1") == [
        "2026-01-05 23:00:00",
        "2026-01-05 23:30:00",
    ]


def test_what_stands_for_nobody_may_change_where_the_exports_are_there(tmp_path: Path) -> None:
    project = loaded(tmp_path)
    nobody = SOURCE.replace("timezone: UTC}", "timezone: UTC}\n            null_values: [ann, cy]")
    project.define("sources", nobody)
    report = project.refresh()
    assert report.rebuilt == ("`null_values` of source `app` changed",)
    assert "Everything was read again from the exports: `null_values` of source `app` changed." in report.summary
    stored = contents(project)
    assert project.column("SELECT id FROM user_units ORDER BY id") == ["ann", "bob"]  # ann is somebody at the till
    project.refresh(full=True)
    assert contents(project) == stored


def test_a_rebuild_does_not_lose_a_file_that_can_no_longer_be_read(tmp_path: Path) -> None:
    project = loaded(tmp_path)
    project.export("app.csv", b"\xff\xfe" + APP.encode("utf-16-le"))
    accept = frozenset({"exports/app.csv"})
    with pytest.raises(ExportError, match=r"UTF-16.*its events would be lost"):
        project.refresh(accept=accept)
    assert project.column("SELECT count(*) FROM events") == [5]


def test_only_a_known_path_can_be_accepted(tmp_path: Path) -> None:
    project = loaded(tmp_path)
    with pytest.raises(
        ExportError, match=r"--accept exports/ap\.csv: no source has such a file.* Did you mean exports/app\.csv\?"
    ):
        project.refresh(accept=frozenset({"exports/ap.csv"}))


def test_files_that_were_read_and_are_gone_are_told(tmp_path: Path) -> None:
    project = loaded(tmp_path)
    (tmp_path / "exports" / "till.csv").unlink()
    report = project.refresh()
    assert (report.snapshot, report.vanished, report.exit_code) == (None, ("exports/till.csv",), 0)
    assert report.summary.endswith("1 file that was read is gone from the exports; what they brought stays.")


def test_a_link_to_nothing_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    project = make_project(tmp_path, **DEFINITIONS)
    project.export("till.csv", TILL)
    (project.export("app.csv", APP).parent / "app-gone.csv").symlink_to("nowhere.csv")
    report = project.refresh()
    assert {file.path: file.status for file in report.files}["exports/app-gone.csv"] == "unreadable"
    assert (report.exit_code, report.totals["loaded"]) == (3, 5)


def test_properties_named_like_the_engines_columns_have_their_own(tmp_path: Path) -> None:
    declared = "day: {type: string}, extra: {type: string}, user_key: {type: string}, written: {type: string}"
    events = f"events:\n  opened: {{description: O., properties: {{{declared}}}}}\n"
    project = make_project(tmp_path, events=events)
    project.export("a.csv", "id,action,uid,at,day,extra,user_key,written\n1,opened,ann,2026-01-05,mon,more,k,ink\n")
    project.refresh()
    assert project.query("SELECT day_, extra_, user_key_, written_ FROM events") == [("mon", "more", "k", "ink")]
