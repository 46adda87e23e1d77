"""Small files that are read many at a time bring what each of them would bring alone, and their books say so."""

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import zstandard

from prodops_metrics.warehouse import intake
from prodops_metrics.warehouse.formats import read_together
from tests.warehouse.projects import TestProject, contents, make_project

DUPLICATES = {
    "by id": "columns: {event: action, user: uid, time: at, id: id}",
    "row": "columns: {event: action, user: uid, time: at}\n    duplicates: row",
    "row_once": "columns: {event: action, user: uid, time: at}\n    duplicates: row_once",
    "keep": "columns: {event: action, user: uid, time: at}\n    duplicates: keep",
}
SOURCE = """
sources:
  app:
    kind: events
    files: exports
    time: {{timezone: UTC}}
    {columns}
"""
HEAD = "id,action,uid,at,size,note\n"


def csv_files() -> dict[str, bytes]:
    """Good files and bad ones; rows of some are in others too."""

    def rows(first: int, count: int) -> str:
        return "".join(f"{i},opened,u{i % 7},2026-03-{1 + i % 28:02d} 10:00,{i},\n" for i in range(first, first + count))

    files = {f"day-{at:02d}.csv": (HEAD + rows(at * 10, 14)).encode() for at in range(12)}
    files["day-02.csv"] = (HEAD + rows(20, 3) + "x,opened\n" + rows(23, 3)).encode()
    files["day-04.csv"] = files["day-04.csv"].replace(b"\n", b"\r\n")
    files["day-05.csv"] = files["day-05.csv"].replace(b"\n", b"\r")
    files["day-06.csv"] = b"\xef\xbb\xbf" + files["day-06.csv"].removesuffix(b"\n")
    files["day-07.csv"] = HEAD.encode() + rows(70, 4).encode() + HEAD.encode() + rows(74, 2).encode()
    files["day-08.csv"] = (HEAD + rows(80, 2) + '"82,opened,u1,2026-03-01,1,\n' + rows(83, 2)).encode()
    files["day-09.csv"] = (HEAD + '90,opened,u1,2026-03-01 10:00,1,"two\nlines, a@b.org"\n91,opened,u1,never,1,\n').encode()
    files["day-10.csv"] = HEAD.encode()
    files["day-11.csv"] = b"at,action,uid,id,size\n2026-03-01 10:00,opened,u1,110,x\n"
    files["day-12.csv.gz"] = gzip.compress(files["day-01.csv"])
    files["day-13.csv.gz"] = gzip.compress(files["day-03.csv"])[:-20]
    files["day-14.csv.zst"] = zstandard.compress((HEAD + rows(140, 5)).encode())
    files["other/day-14.csv.zst"] = zstandard.compress((HEAD + rows(150, 5)).encode())
    files["day-15.csv"] = b""
    return files


def json_files() -> dict[str, bytes]:
    """The same as objects, with keys that some rows or files lack, and lines that are none."""

    def lines(first: int, count: int, **more: object) -> str:
        made = (
            {"id": str(i), "action": "opened", "uid": f"u{i % 7}", "at": f"2026-03-{1 + i % 28:02d}T10:00", "n": i, **more}
            for i in range(first, first + count)
        )
        return "".join(json.dumps(row) + "\n" for row in made)

    files = {f"day-{at:02d}.jsonl": lines(at * 10, 13, page={"url": f"/{at}"}).encode() for at in range(8)}
    files["day-02.jsonl"] = (lines(20, 2) + "{broken\n\n" + lines(22, 2)).encode()
    files["day-03.jsonl"] = lines(30, 4, size="large", mail="a@b.org").encode()
    files["day-04.jsonl"] = lines(40, 4, **{"page.url": "/flat"}).encode()
    files["day-05.jsonl"] = lines(50, 4).replace("action", "actoin").encode()
    files["day-06.jsonl"] = b"[]"
    files["day-08.jsonl.gz"] = gzip.compress(lines(70, 9).encode())
    return files


def parquet_files(folder: Path) -> dict[str, bytes]:
    """Files of the same columns, one of others, one that is none, with times that cannot be read."""
    files = {"day-07.parquet": b"PAR1 and no more"}
    for at in range(7):
        path = folder / f"{at}.parquet"
        extra = ", 'x' AS other" if at == 3 else ""
        time = "CASE WHEN range % 5 = 0 THEN 'never' ELSE '2026-03-01 10:00' END"
        duckdb.sql(
            f"COPY (SELECT range::VARCHAR AS id, 'opened' AS action, 'u' || range % 7 AS uid, {time} AS at, range AS size"
            f"{extra} FROM range({at * 10}, {at * 10 + 13})) TO '{path}' (FORMAT parquet)"
        )
        files[f"day-{at:02d}.parquet"] = path.read_bytes()
    return files


Made = Callable[[Path], dict[str, bytes]]
KINDS: dict[str, Made] = {"csv": lambda _: csv_files(), "jsonl": lambda _: json_files(), "parquet": parquet_files}
EVENTS = "events: {opened: {description: O., properties: {size: {type: integer}, page.url: {type: string}}}}"
BOOKS = "SELECT path, rows_read, loaded, duplicates, quarantined, control, values_set_aside, first_ts, last_ts FROM loads"
SET_ASIDE = "SELECT path, line, raw, reason, column_name FROM quarantine"
LEFT_OUT = "SELECT path, property, values FROM dropped_values JOIN loads USING (load_id)"


def read(root: Path, files: dict[str, bytes], columns: str) -> dict[str, Any]:
    project = make_project(root, sources=SOURCE.format(columns=columns), events=EVENTS)
    for name, content in files.items():
        project.export(name, content)
    said = [(file.path, file.problem) for file in project.refresh().files if file.problem]
    problems = sorted((path, problem.replace(str(root), "")) for path, problem in said)
    told = {sql: sorted(project.query(sql), key=repr) for sql in (BOOKS, SET_ASIDE, LEFT_OUT)}
    return {**contents(project), **told, "problems": problems, "events of files": of_files(project)}


def of_files(project: TestProject) -> list[Any]:
    return sorted(project.query("SELECT path, ts, size FROM events JOIN loads USING (load_id)"), key=repr)


@pytest.mark.parametrize(
    ("kind", "duplicates"),
    [("csv", "by id"), ("csv", "row"), ("csv", "keep"), ("jsonl", "by id"), ("jsonl", "row_once"), ("parquet", "keep")],
)
def test_files_read_together_are_as_files_read_alone(
    kind: str, duplicates: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, columns = KINDS[kind](tmp_path), DUPLICATES[duplicates]
    together = read(tmp_path / "together", files, columns)
    monkeypatch.setattr(intake, "MOST_FILES", 1)
    alone = read(tmp_path / "alone", files, columns)
    for table, rows in alone.items():
        assert together[table] == rows, table
    assert len(alone["events"]) > 40
    assert alone["problems"]
    assert alone[SET_ASIDE]


def test_many_small_files_are_one_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path)
    for at in range(40):
        project.export(f"day-{at:02d}.csv", f"id,action,uid,at\n{at},opened,u{at},2026-03-01\n")
    readings: list[Iterable[int]] = []

    def counted(area: Any, files: Any) -> frozenset[int]:  # noqa: ANN401 - whatever is asked
        readings.append(files)
        return read_together(area, files)

    monkeypatch.setattr(intake, "read_together", counted)
    report = project.refresh()
    assert [len(list(reading)) for reading in readings] == [40]
    assert {(file.rows_read, file.loaded) for file in report.files} == {(1, 1)}


def test_a_file_that_changes_while_others_are_read_with_it_is_left_for_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path)
    paths = [project.export(f"{at}.csv", f"id,action,uid,at\n{at},opened,u,2026-03-01\n") for at in range(4)]

    def disturbed(area: Any, files: Any) -> frozenset[int]:  # noqa: ANN401 - whatever is asked
        done = read_together(area, files)
        paths[1].write_text("id,action,uid,at\n1,opened,u,2026-03-01\n9,opened,u,2026-03-01\n")
        paths[2].unlink()
        return done

    monkeypatch.setattr(intake, "read_together", disturbed)
    report = project.refresh()
    assert [file.status for file in report.files] == ["loaded", "unreadable", "unreadable", "loaded"]
    assert [file.problem for file in report.files if file.path.endswith("1.csv")] == [
        "exports/1.csv changed while it was being read. Run the refresh again."
    ]
    assert project.column("SELECT path FROM events JOIN loads USING (load_id) ORDER BY 1") == [
        "exports/0.csv",
        "exports/3.csv",
    ]
    monkeypatch.undo()
    assert project.refresh().totals["loaded"] == 2
