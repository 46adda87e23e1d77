"""What the taxonomy does to values: of another type they are set aside, and declared later they are found again."""

import json
import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.projects import TestProject, contents, make_project

PLAIN = "events: {opened: {description: Opened.}}"
TYPED = """
events:
  opened:
    description: Opened.
    properties:
      tags: list
      due: time
      paid: boolean
      rate: number
      seats: integer
      page.url: string
"""
ROWS = [
    {
        "tags": ["a", "b"],
        "due": "2026-05-09T10:00",
        "paid": True,
        "rate": 0.5,
        "seats": 3,
        "page": {"url": "/x", "ref": "/y"},
    },
    {"tags": "none", "due": "soon", "paid": "maybe", "rate": "high", "seats": 1.5, "page": "/z"},
]
SOURCE = """
sources:
  app:
    kind: events
    files: exports
    columns: {event: action, user: uid, time: at, id: id}
    time: {timezone: UTC}
"""


def lines() -> str:
    head = [{"id": f"{n}", "action": "opened", "uid": "u1", "at": f"2026-05-0{n + 1}T08:00"} for n in range(len(ROWS))]
    return "".join(json.dumps(start | row) + "\n" for start, row in zip(head, ROWS, strict=True))


def test_a_value_of_another_type_is_set_aside_and_its_row_is_loaded(tmp_path: Path) -> None:
    project = make_project(tmp_path, sources=SOURCE, events=TYPED)
    project.export("app.jsonl", lines())
    project.refresh()
    first, second = project.query('SELECT due, paid, rate, seats, "page.url" FROM events ORDER BY ts')
    assert first == (datetime(2026, 5, 9, 10), True, 0.5, 3, "/x")
    assert second == (None, None, None, None, None)
    kept = json.loads(project.column("SELECT extra FROM events ORDER BY ts DESC LIMIT 1")[0])
    assert {name: kept[name] for name in ("due", "paid", "rate", "seats")} == {
        "due": "soon",
        "paid": "maybe",
        "rate": "high",
        "seats": 1.5,
    }
    assert project.query("SELECT loaded, quarantined FROM loads") == [(2, 0)]
    assert project.column("SELECT values_set_aside FROM loads")[0] >= 4


def test_what_is_declared_later_is_what_it_would_have_been_and_needs_no_exports(tmp_path: Path) -> None:
    project = make_project(tmp_path, sources=SOURCE, events=PLAIN)
    project.export("app.jsonl", lines())
    project.refresh()
    project.define("events", TYPED)
    shutil.move(project.root / "exports" / "app.jsonl", tmp_path / "away.jsonl")
    project.refresh()
    later = project.query("SELECT tags, due, paid, rate, seats FROM events ORDER BY ts")
    shutil.move(tmp_path / "away.jsonl", project.root / "exports" / "app.jsonl")
    project.refresh(full=True)
    assert project.query("SELECT tags, due, paid, rate, seats FROM events ORDER BY ts") == later
    assert contents(project)["events"]


NATIVE = {
    "small": "n::TINYINT",
    "large": "(n * 9007199254740993)::BIGINT",
    "unsigned": "18446744073709551615::UBIGINT",
    "huge": "n::HUGEINT * 100000000000000000000::HUGEINT",
    "single": "(n / 3)::FLOAT",
    "double": "(n / 3)::DOUBLE",
    "whole": "n::DOUBLE",
    "nothing": "CASE WHEN n = 1 THEN 'nan'::DOUBLE ELSE '-inf'::DOUBLE END",
    "far": "1e20::DOUBLE * n",
    "near": "1e-7::DOUBLE * n",
    "money": "(n / 4)::DECIMAL(10, 3)",
    "flag": "n = 1",
    "birthday": "DATE '2026-01-01' + n::INTEGER",
    "moment": "TIMESTAMP '2026-01-01 10:00:00.5'",
    "zoned": "TIMESTAMPTZ '2026-01-01 10:00:00.123456+02'",
    "fine": "(TIMESTAMP '2026-01-01 10:00:00.123456')::TIMESTAMP_NS",
    "clock": "TIME '10:00:01'",
    "mark": "'11111111-1111-1111-1111-111111111111'::UUID",
    "bytes": "'ab\\xFF'::BLOB",
    "numbers": "[n, 2]",
    "words": "['a', 'b,c', NULL]",
    "parts": "{'a': n, 'b': 't'}",
    "pairs": "MAP {'k': n}",
    "document": """'{"a": 1}'::JSON""",
    "text": "'plain'",
}
ZONED = SOURCE.replace("timezone: UTC", "timezone: Asia/Muscat")
COUNTED = SOURCE.replace("{timezone: UTC}", "{unit: ms, timezone: UTC}")


def as_stored(project: TestProject) -> dict[str, list[object]]:
    """Every column of the events as text, in the order of the events."""
    names = project.column(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = 'events' AND column_name <> 'load_id'"
    )
    return {
        name: project.column(f'SELECT "{name}"::VARCHAR FROM events ORDER BY event_id')
        for name in names
        if name != "load_id"
    }


def of_kind(kind: str) -> str:
    declared = ", ".join(f"{name}: {{type: {kind}}}" for name in NATIVE)
    return f"events: {{opened: {{description: O., properties: {{{declared}}}}}}}"


@pytest.mark.parametrize(
    ("source", "at", "kinds"),
    [
        (ZONED, "TIMESTAMP '2026-02-01 10:00:00'", ("list", "time", "string")),
        pytest.param(COUNTED, "1769940000000", ("boolean", "time", "number"), marks=pytest.mark.long),
    ],
)
def test_columns_of_parquet_declared_later_are_what_a_rebuild_gives(
    tmp_path: Path, source: str, at: str, kinds: tuple[str, ...]
) -> None:
    project = make_project(tmp_path, sources=source, events=PLAIN)
    (tmp_path / "exports").mkdir()
    values = ", ".join(f"{sql} AS {name}" for name, sql in NATIVE.items())
    head = f"'e' || n AS id, 'opened' AS action, 'u' AS uid, {at} AS at"
    made = f"COPY (SELECT {head}, {values} FROM (SELECT unnest([1, 2]) AS n)) TO '{tmp_path}/exports/a.parquet'"
    duckdb.execute(made)
    project.refresh()
    for kind in kinds:
        project.define("events", of_kind(kind))
        assert project.refresh().totals["rows_read"] == 0
        later = as_stored(project)
        project.refresh(full=True)
        assert later == as_stored(project), kind
    if kinds[-1] == "string":
        assert (later["money"], later["parts"][0]) == (["0.250", "0.500"], '{"a":1,"b":"t"}')
        return
    project.define("events", PLAIN)
    project.refresh()
    undeclared = as_stored(project)
    project.refresh(full=True)
    assert undeclared == as_stored(project)
    assert "NaN" not in str(undeclared["extra"])


def test_many_properties_may_go_at_once(tmp_path: Path) -> None:
    names = [f"p{number}" for number in range(60)]
    declared = ", ".join(f"{name}: {{type: integer}}" for name in names)
    project = make_project(
        tmp_path, sources=SOURCE, events=f"events: {{opened: {{description: O., properties: {{{declared}}}}}}}"
    )
    project.export("app.jsonl", json.dumps({"id": "1", "action": "opened", "at": "2026-05-01"} | dict.fromkeys(names, 7)))
    project.refresh()
    project.define("events", PLAIN)
    project.refresh()
    (kept,) = project.column("SELECT extra FROM events")
    assert {name: value for name, value in json.loads(kept).items() if name in names} == dict.fromkeys(names, 7)
