"""Parquet as tools really write it, and as disks damage it: what can be read is, what cannot costs no other file."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from prodops_metrics.warehouse.report import FileReport
from tests.warehouse.projects import TestProject, make_project

HEAD = "'{0}-' || n AS id, 'opened' AS action, 'u' || n AS uid"
MOMENT = "TIMESTAMP '2026-05-01 10:00:00'"
GOOD = {
    "nothing.parquet": f"SELECT {HEAD}, {MOMENT} AS at FROM range(0) AS r(n)",
    "dictionary.parquet": f"SELECT {HEAD}, {MOMENT} AS at, 'p' || n % 2 AS plan FROM range(4) AS r(n)",
    "nano.parquet": f"SELECT {HEAD}, {MOMENT}::TIMESTAMP_NS AS at FROM range(2) AS r(n)",
    "milli.parquet": f"SELECT {HEAD}, {MOMENT}::TIMESTAMP_MS AS at FROM range(2) AS r(n)",
    "zoned.parquet": f"SELECT {HEAD}, TIMESTAMPTZ '2026-05-01 12:00:00+02' AS at FROM range(2) AS r(n)",
    "nested.parquet": f"SELECT {HEAD}, {MOMENT} AS at, {{{{'a': n}}}} AS plan, [n] AS size FROM range(2) AS r(n)",
    "decimal.parquet": f"SELECT {HEAD}, {MOMENT} AS at, n::DECIMAL(5, 0) AS size FROM range(2) AS r(n)",
}
"""Each with as many rows as its range, all of which can be loaded."""


def write(path: Path, sql: str, options: str = "") -> bytes:
    duckdb.execute(f"SET TimeZone = 'UTC'; COPY ({sql}) TO '{path}' (FORMAT parquet {options})")
    return path.read_bytes()


def torn(whole: bytes, at: int, with_: bytes) -> bytes:
    return whole[:at] + with_ + whole[at + len(with_) :]


DAMAGED: Mapping[str, Callable[[bytes], bytes]] = {
    "empty.parquet": lambda _: b"",
    "half.parquet": lambda whole: whole[: len(whole) // 2],
    "footer.parquet": lambda whole: whole[:-6],
    "magic.parquet": lambda whole: whole[:-4] + b"NOPE",
    "length.parquet": lambda whole: torn(whole, len(whole) - 8, b"\xff\xff\xff\x7f"),
    "page.parquet": lambda whole: torn(whole, 20_000, bytes(range(128, 256)) * 8),
    "header.parquet": lambda whole: torn(whole, 60, bytes([whole[60] ^ 255])),
    "text.parquet": lambda _: b"id,action,uid,at\n1,opened,u1,2026-05-01\n",
}


@pytest.fixture
def project(tmp_path: Path) -> TestProject:
    (tmp_path / "exports").mkdir()
    return make_project(tmp_path)


def files(project: TestProject) -> dict[str, FileReport]:
    report = project.refresh()
    for file in report.files:
        assert file.rows_read == file.loaded + file.duplicates + file.quarantined + file.control
    return {file.path.removeprefix("exports/"): file for file in report.files}


def test_types_and_encodings_that_tools_write_are_read(project: TestProject) -> None:
    exports = project.root / "exports"
    for name, sql in GOOD.items():
        write(exports / name, sql.format(name[0:2]))
    moments = pa.array([datetime(2026, 5, 1, 10)] * 2, pa.timestamp("ns"))
    table = pa.table({"id": ["old-1", "old-2"], "action": ["opened"] * 2, "uid": ["u0", "u1"], "at": moments})
    pq.write_table(table, exports / "int96.parquet", use_deprecated_int96_timestamps=True)
    names = ["id", "action", "uid", "at", "plan", "plan"]
    twice = pa.Table.from_arrays([pa.array([each]) for each in ("t-1", "opened", "u0", "2026-05-01T10:00", "a", "b")], names)
    pq.write_table(twice, exports / "twice.parquet")
    loaded = {name: (file.status, file.loaded) for name, file in files(project).items()}
    assert loaded == {name: ("loaded", int(sql.split("range(")[1][0])) for name, sql in GOOD.items()} | {
        "int96.parquet": ("loaded", 2),
        "twice.parquet": ("loaded", 1),
    }
    assert project.column("SELECT DISTINCT ts FROM events") == [datetime(2026, 5, 1, 10)]
    assert project.column("SELECT plan FROM events WHERE plan LIKE '{%' ORDER BY ALL") == ['{"a":0}', '{"a":1}']


def test_damaged_files_are_told_of_by_name_and_cost_no_other(project: TestProject) -> None:
    exports = project.root / "exports"
    write(exports / "good.parquet", GOOD["dictionary.parquet"].format("g"))
    many = f"SELECT {HEAD.format('m')}, {MOMENT} AS at, md5(n::VARCHAR) AS plan FROM range(5000) AS r(n)"
    whole = write(project.root / "whole.parquet", many, ", COMPRESSION uncompressed")
    for name, damaged in DAMAGED.items():
        (exports / name).write_bytes(damaged(whole))
    found = files(project)
    assert {name for name, file in found.items() if file.status == "unreadable"} == set(DAMAGED)
    assert all(
        file.problem and f"exports/{name} cannot be read" in file.problem for name, file in found.items() if file.problem
    )
    assert (found["good.parquet"].loaded, project.column("SELECT count(*) FROM events")) == (4, [4])


def test_what_is_wrong_with_single_rows_sets_these_aside(project: TestProject) -> None:
    rows = (
        "(1, 'a', 'opened', 17850.0, TIMESTAMP '2026-05-01'), (2, NULL, 'opened', 1.0, TIMESTAMP '2026-05-01'), "
        "(3, 'c', NULL, 1.0, TIMESTAMP '2026-05-01'), (4, 'd', 'opened', 1.0, NULL), "
        "(5, 'e', 'opened', 1.0, TIMESTAMP '1970-01-20'), (6, 'f', 'opened', NULL, 'infinity'::TIMESTAMP)"
    )
    names = "v(n, id, action, uid, happened)"
    sql = f"SELECT id, action, uid::DECIMAL(12, 1) AS uid, happened AS at FROM (VALUES {rows}) AS {names} ORDER BY n"
    write(project.root / "exports" / "rows.parquet", sql)
    assert (files(project)["rows.parquet"].loaded, project.column("SELECT id FROM user_units")) == (1, ["17850"])
    found = project.query("SELECT line, reason, column_name FROM quarantine ORDER BY line")
    assert found == [(2, "id", "id"), (3, "event", "action"), (4, "time", "at"), (5, "past", "at"), (6, "time", "at")]


def test_counts_without_a_unit_and_columns_renamed_say_how_to_mend_it(project: TestProject) -> None:
    exports = project.root / "exports"
    write(exports / "counts.parquet", f"SELECT {HEAD.format('c')}, 1777629600000 AS at FROM range(2) AS r(n)")
    renamed = HEAD.format("n").replace("AS uid", "AS user_id")
    write(exports / "named.parquet", f"SELECT {renamed}, {MOMENT} AS at FROM range(2) AS r(n)")
    found = files(project)
    assert "Times arrive as BIGINT: add `unit: s`, `ms`, `us` or `ns`" in str(found["counts.parquet"].problem)
    assert "there is no column `uid`, which source `app` maps" in str(found["named.parquet"].problem)
    assert str(found["named.parquet"].problem).endswith("Did you mean `user_id`?")
