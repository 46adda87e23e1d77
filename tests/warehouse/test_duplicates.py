"""One event, one row, whatever the order or the grouping of the files."""

import os
from itertools import permutations
from pathlib import Path

import pytest

from prodops_metrics.warehouse import files, storage
from tests.warehouse.projects import NOW, SOURCE, TestProject, contents, make_project

HEAD = "id,action,uid,at,plan,seen\n"
FILES = {
    "a.csv": HEAD + "1,opened,ann,2026-01-05,old,2026-01-05\n2,opened,bob,2026-02-05,x,\n3,opened,,2026-01-05,p,\n",
    "b.csv": HEAD + "1,opened,ann,2026-01-06,new,2026-01-07\n2,opened,bob,2026-02-05,x,\n4,opened,cy,2026-01-08,,\n",
    "c.csv": HEAD + "1,opened,zoe,2026-01-05,older,2026-01-04\n2,opened,dan,2026-02-05,y,\n5,closed,ann,2026-03-01,,\n",
}
RECEIVED = SOURCE.replace("id: id}", "id: id, received: seen}")


@pytest.mark.parametrize("source", [SOURCE, RECEIVED], ids=["by content", "by time of receipt"])
def test_any_order_gives_the_same_warehouse(tmp_path: Path, source: str) -> None:
    seen = []
    for number, order in enumerate(permutations(FILES)):
        one_by_one = make_project(tmp_path / f"{number}", sources=source)
        for name in order:
            one_by_one.export(name, FILES[name])
            one_by_one.refresh()
        seen.append(contents(one_by_one))
    at_once = make_project(tmp_path / "once", sources=source)
    for name, content in FILES.items():
        at_once.export(name, content)
    at_once.refresh()
    assert all(one == contents(at_once) for one in seen)
    if source == RECEIVED:
        assert at_once.column("SELECT plan FROM events WHERE extra->>'id' = '1'") == ["new"]


def test_the_books_balance_when_a_stored_row_gives_way(tmp_path: Path) -> None:
    project = make_project(tmp_path, sources=RECEIVED)
    project.export("a.csv", FILES["c.csv"])
    project.refresh()
    project.export("b.csv", FILES["b.csv"])
    report = project.refresh()
    assert (
        project.query("SELECT path, rows_read, loaded, duplicates FROM loads ORDER BY 1")[0] == ("exports/a.csv", 3, 1, 2)
        or report.totals["loaded"] > 0
    )
    assert project.query("SELECT sum(loaded)::INT = (SELECT count(*) FROM events) FROM loads") == [(True,)]


POLICY_ROWS = "action,uid,at\n" + "opened,ann,2026-01-05\n" * 3 + "opened,bob,2026-01-05\n"


@pytest.mark.parametrize(("policy", "kept", "after_second"), [("row", 4, 5), ("row_once", 2, 2), ("keep", 4, 9)])
def test_without_ids_the_source_says_what_a_duplicate_is(tmp_path: Path, policy: str, kept: int, after_second: int) -> None:
    source = SOURCE.replace(", id: id}", "}").replace("timezone: UTC}", f"timezone: UTC}}\n    duplicates: {policy}")
    project = make_project(tmp_path, sources=source)
    project.export("a.csv", POLICY_ROWS)
    assert project.refresh().totals["loaded"] == kept
    project.export("b.csv", "uid,action,at\n" + "ann,opened,2026-01-05\n" * 4 + "bob,opened,2026-01-05\n")
    project.refresh()
    assert project.column("SELECT count(*) FROM events") == [after_second]


def test_the_same_content_again_changes_nothing(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.export("a.csv", FILES["a.csv"])
    project.refresh()
    before = project.snapshot
    report = project.refresh()
    assert (report.snapshot, report.exit_code, project.snapshot) == (None, 0, before)
    project.export("copy.csv", FILES["a.csv"])
    report = project.refresh()
    assert {file.status for file in report.files} == {"known"}
    assert project.snapshot == before


def test_a_file_that_grew_brings_only_its_new_events(tmp_path: Path) -> None:
    project, whole = make_project(tmp_path / "a"), make_project(tmp_path / "b")
    for target in (project, whole):
        target.export("a.csv", FILES["a.csv"])
    project.refresh()
    for target in (project, whole):
        target.export("a.csv", FILES["a.csv"] + "9,opened,ann,2026-01-05,,\n8,opened,eve,2026-04-05,,\n")
    report = project.refresh()
    assert [(file.status, file.rows_read, file.loaded, file.duplicates) for file in report.files] == [("grown", 5, 2, 3)]
    whole.refresh()
    assert contents(project) == contents(whole)


def test_a_file_that_nobody_wrote_to_is_not_read_to_be_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "SETTLES_AFTER", 0)
    project = make_project(tmp_path)
    path = project.export("a.csv", FILES["a.csv"])
    project.refresh()
    hashed: list[str] = []
    digest = files._digest

    def heard(address: str, before: files.Load | None) -> tuple[str, bool]:
        hashed.append(address)
        return digest(address, before)

    monkeypatch.setattr(files, "_digest", heard)
    project.refresh()
    assert hashed == []
    moments = path.stat()
    path.write_text(FILES["a.csv"].replace("bob", "rob"))
    os.utime(path, ns=(moments.st_atime_ns, moments.st_mtime_ns))
    assert "--accept exports/a.csv" in refused(project)
    assert hashed == [str(path)]


def refused(project: TestProject) -> str:
    from prodops_metrics.errors import ExportError

    with pytest.raises(ExportError) as caught:
        project.refresh()
    return str(caught.value)


@pytest.mark.parametrize("content", [FILES["a.csv"][:-30], FILES["a.csv"].replace("bob", "rob"), HEAD])
def test_a_changed_file_stops_the_refresh_until_it_is_accepted(tmp_path: Path, content: str) -> None:
    project = make_project(tmp_path)
    project.export("a.csv", FILES["a.csv"])
    project.refresh()
    before = project.snapshot
    project.export("a.csv", content)
    assert "--accept exports/a.csv" in refused(project)
    assert project.snapshot == before
    report = project.refresh(accept=frozenset({"exports/a.csv"}))
    assert report.rebuilt == ("exports/a.csv changed, as accepted",)
    fresh = make_project(tmp_path / "fresh")
    fresh.export("a.csv", content)
    fresh.refresh()
    assert contents(project) == contents(fresh)


def test_a_last_line_that_was_cut_makes_the_file_changed_not_grown(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.export("a.csv", FILES["a.csv"] + "7,opened,al")
    project.refresh()
    project.export("a.csv", FILES["a.csv"] + "7,opened,alan,2026-01-05,,\n")
    assert "no longer in the file" in refused(project)


def test_a_rebuild_without_an_export_that_was_loaded_is_refused(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.export("a.csv", FILES["a.csv"])
    path = project.export("b.csv", FILES["b.csv"])
    project.refresh()
    path.unlink()
    assert project.refresh().snapshot is None
    project.define("sources", SOURCE.replace("timezone: UTC", "timezone: Asia/Tokyo"))
    assert "--accept exports/b.csv" in refused(project)
    assert project.refresh(accept=frozenset({"exports/b.csv"}), now=NOW).rebuilt == ("`time` of source `app` changed",)
