"""Kept answers: given again by any process, gone with their snapshot, and never trusted when they are damaged."""

import logging
import os
import sqlite3
import threading
from pathlib import Path

import polars as pl
import pytest

from prodops_metrics.metrics import load_catalog
from prodops_metrics.warehouse.answers import KeptAnswers, forget_answers, path_of_answers, stamp_of
from prodops_metrics.warehouse.connection import Warehouse, open_current
from prodops_metrics.warehouse.forgetting import forget
from prodops_metrics.warehouse.statement import Statement
from tests.warehouse.projects import TestProject, make_project

ASKED = Statement("SELECT $p1", {"p1": 7})
FRAME = pl.DataFrame({"day": ["2026-01-05", None], "n": [3, 4], "share": [0.25, None]})


@pytest.fixture
def project(tmp_path: Path) -> TestProject:
    found = make_project(tmp_path)
    found.export("a.csv", "id,action,uid,at\n1,opened,ann,2026-01-05\n2,opened,bob,2026-01-06\n")
    found.refresh()
    return found


def opened(project: TestProject) -> Warehouse:
    return open_current(load_catalog(project.root))


def count(warehouse: Warehouse) -> int:
    found: int = warehouse.table("SELECT count(*) AS n FROM events")["n"][0]
    return found


def never(_: Warehouse, statement: Statement, **_how: object) -> pl.DataFrame:
    raise AssertionError(f"counted again: {statement.sql}")


def test_another_process_is_given_the_same_answer_without_asking(
    project: TestProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = opened(project)
    assert count(first) == 2
    first.close()
    second = opened(project)
    monkeypatch.setattr(Warehouse, "run", never)
    assert count(second) == 2
    with pytest.raises(AssertionError, match="counted again"):
        second.table("SELECT 1 AS other")


def test_frames_come_back_as_they_were(tmp_path: Path) -> None:
    snapshot = tmp_path / "1.duckdb"
    snapshot.touch()
    KeptAnswers(snapshot, stamp_of(snapshot)).keep(ASKED, FRAME)
    again = KeptAnswers(snapshot, stamp_of(snapshot))
    found = again.get(ASKED)
    assert found is not None
    assert found.equals(FRAME)
    assert found.schema == FRAME.schema
    assert again.get(Statement(ASKED.sql, {"p1": 8})) is None
    assert again.get(Statement(f"{ASKED.sql} ", ASKED.parameters)) is None


def test_large_answers_are_not_kept(tmp_path: Path) -> None:
    snapshot = tmp_path / "1.duckdb"
    snapshot.touch()
    kept = KeptAnswers(snapshot, stamp_of(snapshot))
    kept.keep(ASKED, pl.DataFrame({"n": range(1001)}))
    assert kept.get(ASKED) is None


def test_a_snapshot_that_was_written_again_knows_no_answers(tmp_path: Path) -> None:
    snapshot = tmp_path / "1.duckdb"
    snapshot.touch()
    KeptAnswers(snapshot, stamp_of(snapshot)).keep(ASKED, FRAME)
    os.utime(snapshot, ns=(1, 1))
    assert KeptAnswers(snapshot, stamp_of(snapshot)).get(ASKED) is None
    KeptAnswers(snapshot, stamp_of(snapshot)).keep(ASKED, FRAME)
    forget_answers(snapshot)
    assert not list(tmp_path.glob("*.sqlite*"))
    assert KeptAnswers(snapshot, stamp_of(snapshot)).get(ASKED) is None


def test_whoever_has_the_former_file_open_gives_no_answer_to_the_next(tmp_path: Path) -> None:
    snapshot = tmp_path / "1.duckdb"
    snapshot.touch()
    former = KeptAnswers(snapshot, stamp_of(snapshot))
    os.utime(snapshot, ns=(1, 1))
    later = KeptAnswers(snapshot, stamp_of(snapshot))
    assert later.get(ASKED) is None
    former.keep(ASKED, FRAME)
    former.note_whole("reports", "abc")
    assert later.get(ASKED) is None
    assert not later.is_whole("reports", "abc")
    assert former.get(ASKED) is not None


def test_a_damaged_answer_is_counted_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    snapshot = tmp_path / "1.duckdb"
    snapshot.touch()
    KeptAnswers(snapshot, stamp_of(snapshot)).keep(ASKED, FRAME)
    with sqlite3.connect(path_of_answers(snapshot)) as database:
        (frame,) = database.execute("SELECT frame FROM answers").fetchone()
        changed = frame[:-20] + bytes([frame[-20] ^ 1]) + frame[-19:]
        database.execute("UPDATE answers SET frame = ?", (changed,))
    database.close()
    with caplog.at_level(logging.WARNING):
        assert KeptAnswers(snapshot, stamp_of(snapshot)).get(ASKED) is None
    assert "was damaged, so it is counted anew" in caplog.text


def test_a_damaged_file_is_counted_anew(project: TestProject, caplog: pytest.LogCaptureFixture) -> None:
    first = opened(project)
    assert count(first) == 2
    path = path_of_answers(first.path)
    first.close()
    path.write_bytes(b"no database at all " * 500)
    with caplog.at_level(logging.WARNING):
        assert count(opened(project)) == 2
    assert "are damaged, so they are counted anew" in caplog.text
    assert count(opened(project)) == 2
    assert path.read_bytes().startswith(b"SQLite format 3")


def test_where_nothing_can_be_written_answers_are_still_given(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    snapshot = tmp_path / "1.duckdb"
    snapshot.touch()
    path_of_answers(snapshot).mkdir()
    kept = KeptAnswers(snapshot, stamp_of(snapshot))
    with caplog.at_level(logging.WARNING):
        kept.keep(ASKED, FRAME)
    assert "are not kept on disk" in caplog.text
    found = kept.get(ASKED)
    assert found is not None
    assert found.equals(FRAME)


def test_answers_go_with_their_snapshot(tmp_path: Path) -> None:
    project = make_project(tmp_path, project="project: {name: T, timezone: UTC, snapshots_kept: 1}")
    for number in range(2):
        project.export(f"{number}.csv", f"id,action,uid,at\n{number},opened,ann,2026-01-0{number + 1}\n")
        project.refresh()
        warehouse = opened(project)
        assert count(warehouse) == number + 1
        warehouse.close()
    assert [path.name for path in sorted((tmp_path / "warehouse").glob("*.answers.sqlite"))] == ["2.answers.sqlite"]


def test_no_kept_answer_names_a_forgotten_unit(project: TestProject) -> None:
    warehouse = opened(project)
    assert warehouse.table("SELECT id FROM user_units ORDER BY id")["id"].to_list() == ["ann", "bob"]
    path = path_of_answers(warehouse.path)
    warehouse.close()
    assert b"ann" in path.read_bytes()
    forget(load_catalog(project.root), "ann", "user")
    assert not list(path.parent.glob("*.answers.sqlite*"))
    assert opened(project).table("SELECT id FROM user_units ORDER BY id")["id"].to_list() == ["bob"]


def test_many_threads_and_connections_share_one_file(tmp_path: Path) -> None:
    snapshot = tmp_path / "1.duckdb"
    snapshot.touch()
    wrong: list[int] = []

    def ask(kept: KeptAnswers, first: int) -> None:
        for number in range(first, first + 40):
            statement = Statement("SELECT $p1", {"p1": number % 50})
            kept.keep(statement, pl.DataFrame({"n": [number % 50]}))
            found = kept.get(statement)
            if found is None or found["n"].to_list() != [number % 50]:
                wrong.append(number)

    shared = [KeptAnswers(snapshot, stamp_of(snapshot)), KeptAnswers(snapshot, stamp_of(snapshot))]
    threads = [threading.Thread(target=ask, args=(shared[number % 2], number)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    again = KeptAnswers(snapshot, stamp_of(snapshot))
    assert all(again.get(Statement("SELECT $p1", {"p1": number})) is not None for number in range(47))


def test_who_opens_a_new_file_at_the_same_time_waits_for_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    together = threading.Barrier(6)

    def ask(opened: KeptAnswers, value: int) -> None:
        together.wait()
        opened.keep(Statement("SELECT $p1", {"p1": value}), pl.DataFrame({"n": [value]}))

    for number in range(20):
        snapshot = tmp_path / f"{number}.duckdb"
        snapshot.touch()
        openings = [KeptAnswers(snapshot, stamp_of(snapshot)) for _ in range(6)]
        threads = [threading.Thread(target=ask, args=(each, value)) for value, each in enumerate(openings)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        again = KeptAnswers(snapshot, stamp_of(snapshot))
        assert all(again.get(Statement("SELECT $p1", {"p1": value})) is not None for value in range(6))
    assert not caplog.messages
