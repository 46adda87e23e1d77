"""Definitions may change after the data: nothing that was kept is lost, and the result is that of a rebuild."""

from pathlib import Path

import pytest

from tests.warehouse.projects import EVENTS, SOURCE, TestProject, contents, make_project

ROWS = (
    'id,action,uid,at,plan,size,on/off,tags\n1,opened,ann,2026-01-05,pro,3,yes,"[""a"",""b""]"\n'
    "2,opened,bob,2026-01-06,,x,,\n3,view,ann,2026-01-06,free,,no,\n"
)
CHANGES = {
    "a property more": "events:\n  opened: {description: O., properties: {plan: {type: string}, size: {type: integer}, "
    "on/off: {type: boolean}, tags: {type: list}}}\n",
    "a property less": "events:\n  opened: {description: O., properties: {plan: {type: string}}}\n",
    "another type": "events:\n  opened: {description: O., properties: {plan: {type: string}, size: {type: string}}}\n",
    "an alias": EVENTS + "  viewed: {description: V., aliases: [view]}\n",
}


def renewed(root: Path, events: str) -> tuple[TestProject, TestProject]:
    project, fresh = make_project(root / "a"), make_project(root / "b", events=events)
    for target in (project, fresh):
        target.export("a.csv", ROWS)
        if target is project:
            target.refresh()
    project.define("events", events)
    project.refresh()
    fresh.refresh()
    return project, fresh


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_gives_what_a_rebuild_gives(tmp_path: Path, name: str) -> None:
    project, fresh = renewed(tmp_path, CHANGES[name])
    assert contents(project) == contents(fresh)


def test_a_change_of_how_a_source_is_read_is_a_rebuild(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.export("a.csv", ROWS)
    project.refresh()
    project.define("sources", SOURCE.replace("timezone: UTC", "timezone: Asia/Tokyo"))
    assert project.refresh().rebuilt == ("source `app` is read another way",)
    assert project.column("SELECT ts::VARCHAR FROM events ORDER BY 1")[0] == "2026-01-04 15:00:00"


def test_properties_named_like_the_engines_columns_have_their_own(tmp_path: Path) -> None:
    declared = "day: {type: string}, extra: {type: string}, user_key: {type: string}"
    events = f"events:\n  opened: {{description: O., properties: {{{declared}}}}}\n"
    project = make_project(tmp_path, events=events)
    project.export("a.csv", "id,action,uid,at,day,extra,user_key\n1,opened,ann,2026-01-05,mon,more,k\n")
    project.refresh()
    assert project.query("SELECT day_, extra_, user_key_ FROM events") == [("mon", "more", "k")]
