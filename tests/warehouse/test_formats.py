"""What files may look like: no crash, no good row lost, every rejected row kept with line, text and reason."""

import gzip
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.projects import TestProject, make_project

HEAD = "id,action,uid,at,plan\n"


def row(number: int, plan: str = "pro") -> str:
    return f"{number},opened,u{number},2026-01-05 10:00:00,{plan}\n"


@pytest.fixture
def project(tmp_path: Path) -> TestProject:
    return make_project(tmp_path)


def loaded(project: TestProject) -> list[str]:
    return project.column("SELECT extra->>'id' FROM events ORDER BY 1")


def quarantined(project: TestProject) -> list[tuple[int, str, str]]:
    return project.query("SELECT line, raw, reason FROM quarantine ORDER BY line")


CASES: dict[str, tuple[str | bytes, list[str], list[tuple[int, str, str]]]] = {
    "ragged": (
        HEAD + row(1) + "2,opened\n" + "3,a,b,c,d,e\n" + row(4),
        ["1", "4"],
        [(3, "2,opened", "columns"), (4, "3,a,b,c,d,e", "columns")],
    ),
    "quote that never closes": (
        HEAD + row(1) + '2,opened,u,2026-01-05,"x\n' + row(3) + row(4, '"a, b"') + row(5),
        ["1", "3", "4", "5"],
        [(3, '2,opened,u,2026-01-05,"x', "quote")],
    ),
    "quote that never closes, last": (
        HEAD + row(1) + row(2) + '3,opened,u,2026-01-05,"x\n' + row(4) + row(5),
        ["1", "2", "4", "5"],
        [(4, '3,opened,u,2026-01-05,"x', "quote")],
    ),
    "text after a closing quote": (
        HEAD + row(1) + row(2, '"x"y') + row(3),
        ["1", "3"],
        [(3, '2,opened,u2,2026-01-05 10:00:00,"x"y', "quote")],
    ),
    "lines inside quotes": (
        HEAD + row(1, '"two\nlines"') + "2,x\n" + row(3, '"and\r\nmore"'),
        ["1", "3"],
        [(4, "2,x", "columns")],
    ),
    "ragged record of two lines": (HEAD + '1,"two\nlines",5\n' + row(2), ["2"], [(2, '1,"two\nlines",5', "columns")]),
    "cp1252 among UTF-8": (
        (HEAD + row(1, "café")).encode() + row(2, "café").encode("cp1252") + row(3).encode(),
        ["1", "3"],
        [(3, "2,opened,u2,2026-01-05 10:00:00,café", "encoding")],
    ),
    "CR only": ((HEAD + row(1) + row(2)).replace("\n", "\r"), ["1", "2"], []),
    "CR LF": ((HEAD + row(1) + row(2)).replace("\n", "\r\n"), ["1", "2"], []),
    "mixed line ends": (
        (HEAD + row(1)).replace("\n", "\r\n") + row(2) + row(3).replace("\n", "\r") + row(4),
        ["1", "2", "3", "4"],
        [],
    ),
    "no final newline": ((HEAD + row(1) + row(2)).rstrip("\n"), ["1", "2"], []),
    "BOM": (b"\xef\xbb\xbf" + (HEAD + row(1)).encode(), ["1"], []),
    "BOM and broken": (b"\xef\xbb\xbf" + (HEAD + row(1) + "2\n").encode(), ["1"], [(3, "2", "columns")]),
    "NUL byte": (HEAD + row(1, "a\0b") + row(2), ["1", "2"], []),
    "blank lines": ("\n\n" + HEAD + "\n" + row(1) + "\n\n" + row(2) + "\n", ["1", "2"], []),
    "header only": (HEAD, [], []),
    "header without line end": (HEAD.strip(), [], []),
    "empty": ("", [], []),
    "semicolons": ((HEAD + row(1) + row(2)).replace(",", ";"), ["1", "2"], []),
    "delimiter in quotes in the header": ('id;action;uid;at;"plan,a,b,c,d,e"\n' + row(1).replace(",", ";"), ["1"], []),
    "header again": (HEAD + row(1) + HEAD + row(2), ["1", "2"], []),
    "trailing delimiter": (HEAD + row(1).strip() + ",\n" + row(2) + "3\n", ["1", "2"], [(4, "3", "columns")]),
    "very long line": (HEAD + row(1) + row(2, "x" * 3_000_000) + row(3), ["1", "3"], [(3, "…", "line_too_long")]),
    "refused values": (
        HEAD
        + row(1, '"two\nlines"')
        + "2,opened,u,29/02/18,\n"
        + "3,,u,2026-01-05,\n"
        + "4,opened,u,2030-01-05,\n"
        + ",opened,u,2026-01-05,\n"
        + row(6),
        ["1", "6"],
        [
            (4, "2,opened,u,29/02/18,", "time"),
            (5, "3,,u,2026-01-05,", "event"),
            (6, "4,opened,u,2030-01-05,", "future"),
            (7, ",opened,u,2026-01-05,", "id"),
        ],
    ),
    "refused values in a broken file": (
        HEAD + row(1) + "2\n" + "3,opened,u,soon,\n" + row(4),
        ["1", "4"],
        [(3, "2", "columns"), (4, "3,opened,u,soon,", "time")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_rows_are_set_aside_and_good_rows_are_not(project: TestProject, name: str) -> None:
    content, good, bad = CASES[name]
    project.export("a.csv", content)
    report = project.refresh()
    assert loaded(project) == good
    found = [(line, "…" if reason == "line_too_long" else raw, reason) for line, raw, reason in quarantined(project)]
    assert found == bad
    totals = report.totals
    assert totals["loaded"] == len(good)
    assert totals["rows_read"] == sum(totals[key] for key in ("loaded", "duplicates", "quarantined", "control"))
    assert totals["control"] == (name == "header again")


@pytest.mark.parametrize("name", ["ragged", "CR only", "refused values", "empty"])
def test_gzip_reads_the_same(project: TestProject, name: str) -> None:
    content, good, bad = CASES[name]
    project.export("a.csv.gz", gzip.compress(content if isinstance(content, bytes) else content.encode()))
    project.refresh()
    assert loaded(project) == good
    assert quarantined(project) == bad


def test_a_quoted_field_late_in_the_file_is_no_surprise(project: TestProject) -> None:
    lines = [row(number) for number in range(30_000)]
    project.export("a.csv", HEAD + "".join(lines) + row(30_000, '"a, ""b"""'))
    assert project.refresh().totals["loaded"] == 30_001
    assert project.column("SELECT plan FROM events WHERE plan <> 'pro'") == ['a, "b"']


def test_columns_are_found_by_name_in_each_file(project: TestProject) -> None:
    project.export("a.csv", "plan,at,uid,action,id\npro,2026-01-05,ann,opened,1\n")
    project.export("b.csv", "id,action,uid,at\n2,opened,ann,2026-01-05\n")
    project.refresh()
    assert project.query("SELECT extra->>'id', plan FROM events ORDER BY 1") == [("1", "pro"), ("2", None)]


def test_a_missing_mapped_column_is_named_with_the_nearest_one(project: TestProject) -> None:
    project.export("a.csv", HEAD + row(1))
    project.export("b.csv", HEAD.replace("action", "actoin") + row(2))
    report = project.refresh()
    assert report.exit_code == 3
    assert loaded(project) == ["1"]
    problem = next(file.problem for file in report.files if file.status == "unreadable")
    assert problem == (
        "exports/b.csv: there is no column `action`, which source `app` maps. "
        "The file has `id`, `actoin`, `uid`, `at`, `plan`. Did you mean `actoin`?"
    )


def test_a_truncated_gzip_changes_nothing_and_is_read_when_complete(project: TestProject) -> None:
    whole = gzip.compress((HEAD + "".join(row(number, str(number * 7919)) for number in range(5000))).encode())
    project.export("a.csv.gz", whole[: len(whole) // 2])
    report = project.refresh()
    assert (report.snapshot, report.exit_code) == (None, 1)
    assert "a.csv.gz" in (report.files[0].problem or "")
    project.export("a.csv.gz", whole)
    assert project.refresh().totals["loaded"] == 5000


def test_utf16_and_torn_parquet_say_what_to_do(project: TestProject) -> None:
    project.export("a.csv", (HEAD + row(1)).encode("utf-16"))
    project.export("b.parquet", b"PAR1 torn")
    problems = [file.problem or "" for file in project.refresh().files]
    assert "UTF-16" in problems[0]
    assert "cannot be read as Parquet" in problems[1]


def test_parquet_keeps_its_types_and_quarantines_rows_with_their_number(project: TestProject, tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    exported = (
        "SELECT 'opened' AS action, 17850.0::DOUBLE AS uid, TIMESTAMPTZ '2026-01-05 10:00:00+02' AS at, 'x1' AS id, "
        "'pro' AS plan, 3 AS size, {'a': [1, 2]} AS nested "
        "UNION ALL SELECT 'opened', 'nan'::DOUBLE, NULL, 'x2', NULL, NULL, NULL "
        "UNION ALL SELECT 'opened', NULL, TIMESTAMPTZ '2026-01-05 10:00:00+00', 'x3', NULL, 5, NULL"
    )
    duckdb.execute(f"COPY ({exported}) TO '{tmp_path}/exports/a.parquet'")
    project.refresh()
    rows = project.query(
        "SELECT u.id, ts::VARCHAR, plan, size, extra FROM events LEFT JOIN user_units AS u ON u.key = user_key ORDER BY ts"
    )
    assert rows == [
        ("17850", "2026-01-05 08:00:00", "pro", 3, '{"id":"x1","nested":{"a":[1,2]}}'),
        (None, "2026-01-05 10:00:00", None, 5, '{"id":"x3"}'),
    ]
    assert [(line, reason) for line, _, reason in quarantined(project)] == [(2, "time")]


def test_patterns_and_single_files_are_found(tmp_path: Path) -> None:
    source = (
        "sources: {app: {kind: events, files: ['exports/**/*.tsv', other.csv], columns: {event: action, user: uid, "
        "time: at, id: id}, time: {timezone: UTC}}}"
    )
    project = make_project(tmp_path, sources=source)
    project.export("deep/er/a.tsv", (HEAD + row(1)).replace(",", "\t"))
    (tmp_path / "other.csv").write_text(HEAD + row(2))
    project.refresh()
    assert loaded(project) == ["1", "2"]
