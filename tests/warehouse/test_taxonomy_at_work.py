"""What the taxonomy does to values: of another type they are set aside, and declared later they are found again."""

import json
import shutil
from datetime import datetime
from pathlib import Path

from tests.warehouse.projects import contents, make_project

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
