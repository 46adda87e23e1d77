"""Files in any order and grouping, and a full rebuild, give one and the same warehouse, row for row."""

import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from prodops_metrics.warehouse import pending, store
from prodops_metrics.warehouse.staging import events as staging_events
from tests.warehouse.projects import TestProject, contents, make_project

PROJECT = (
    "project: {name: T, timezone: Europe/Berlin, entities: {user: {column: uid, parent: account}, account: {column: acc}}}"
)
SOURCES = """
sources:
  app:
    kind: events
    files: exports/app-*.csv
    columns: {event: action, time: at, id: id, received: seen}
    time: {timezone: UTC}
  till:
    kind: events
    files: exports/till-*.csv
    columns: {event: action, time: at}
    time: {timezone: Europe/Berlin}
    duplicates: row
  people:
    {kind: units, entity: user, key: uid, files: people-*.csv, columns: {since: from}, properties: {role: {type: string}}}
  accounts: {kind: units, entity: account, key: acc, files: accounts-*.csv, properties: {plan: {type: string}}}
"""
EVENTS = """
events:
  opened: {description: O., aliases: [open], properties: {size: {type: integer}}}
  seen: {description: S., activity: false}
"""
DEFINITIONS = {"project": PROJECT, "sources": SOURCES, "events": EVENTS}
Step = dict[str, str]


def rows(drawn: random.Random, count: int) -> list[str]:
    """Events of few ids and units over three months, so that many ids repeat with another content."""
    return [",".join(row(drawn)) + "\n" for _ in range(count)]


def row(drawn: random.Random) -> Iterator[str]:
    yield str(drawn.randrange(90))
    yield drawn.choice(["open", "opened", "seen", "closed"])
    yield drawn.choice(["ann", "bob", "cy", ""])
    yield drawn.choice("ABC")
    yield f"2026-0{drawn.randint(1, 3)}-{drawn.randint(1, 28):02d} 23:{drawn.randint(0, 59):02d}"
    yield drawn.choice(["1", "02", "x", ""])
    yield drawn.choice(["", "2026-04-01", "2026-04-02"])


def files(drawn: random.Random) -> dict[str, list[str]]:
    """Each file as the contents that it has one after the other; a later one begins with the one before."""
    head = "id,action,uid,acc,at,size,seen\n"
    found: dict[str, list[str]] = {}
    for number in range(4):
        first, more = rows(drawn, 25), rows(drawn, 5)
        found[f"exports/app-{number}.csv"] = ["".join([head, *first])]
        if number == 0:
            found["exports/app-0.csv"].append("".join([head, *first, *more]))
    for number in range(2):
        sold = [f"sold,{drawn.choice(['ann', 'eve'])},2026-02-0{drawn.randint(1, 2)}\n" for _ in range(12)]
        found[f"exports/till-{number}.csv"] = ["".join(["action,uid,at\n", *sold])]
    people = ("ann", "bob", "dan")
    history = [f"{drawn.choice(people)},{drawn.choice('AC')},{role},2026-0{role}-01\n" for role in range(1, 4)]
    found["people-1.csv"] = ["".join(["uid,acc,role,from\n", *history])]
    found["people-2.csv"] = ["uid,role,from\nann,guest,2026-02-14\n"]
    found["accounts-1.csv"] = ["acc,plan\nA,pro\nB,free\n"]
    return found


def orders(drawn: random.Random, pieces: dict[str, list[str]]) -> Iterator[Sequence[Step]]:
    """All at once; one by one; in pairs; and in groups as they fall. A file that grew keeps the order of its contents."""
    yield [{name: contents[-1] for name, contents in pieces.items()}]
    for size in (1, 2, 3):
        waiting = [(name, content) for name, contents in pieces.items() for content in contents]
        drawn.shuffle(waiting)
        waiting.sort(key=lambda piece: piece[1].startswith(pieces["exports/app-0.csv"][1]))
        yield [dict(waiting[at : at + size]) for at in range(0, len(waiting), size)]


def grown(root: Path, steps: Sequence[Step]) -> TestProject:
    project = make_project(root, **DEFINITIONS)
    (root / "exports").mkdir()
    for name in ("exports/app-x.csv", "exports/till-x.csv", "people-x.csv", "accounts-x.csv"):
        (root / name).write_text(
            {"e": "id,action,uid,acc,at,size,seen\n", "p": "uid,acc,role,from\n", "a": "acc,plan\n"}[name[0]]
            if "till" not in name
            else "action,uid,at\n"
        )
    project.refresh()
    for step in steps:
        for name, content in step.items():
            (root / name).write_text(content)
        project.refresh()
    return project


@pytest.fixture(params=["as it is", "in small parts"])
def parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with parts, slices and passes so small that every loop over them goes round."""
    if request.param == "in small parts":
        monkeypatch.setattr(staging_events, "ROWS_OF_A_PART", 10)
        monkeypatch.setattr(pending, "ROWS_AT_ONCE", 15)
        monkeypatch.setattr(store, "ROWS_AT_ONCE", 15)
        monkeypatch.setattr("prodops_metrics.warehouse.rollups.ROWS_AT_ONCE", 15)
        monkeypatch.setattr("prodops_metrics.warehouse.duplicates.IDS_AT_ONCE", 20)


@pytest.mark.usefixtures("parts")
def test_any_order_and_grouping_of_files_gives_the_same_warehouse(tmp_path: Path) -> None:
    drawn = random.Random(7)
    pieces = files(drawn)
    made = [grown(tmp_path / f"{number}", steps) for number, steps in enumerate(orders(drawn, pieces))]
    at_once, *others = (contents(project) for project in made)
    assert len(at_once["events"]) > 60
    for other in others:
        assert other == at_once
    last = made[-1]
    assert last.refresh(full=True).exit_code == 0
    assert contents(last) == at_once


def out_of_place(project: TestProject) -> dict[str, int]:
    """Rows of each month that do not stand in the one order of storage."""
    placed = (
        "SELECT strftime(day, '%Y-%m') AS month, row_number() OVER (PARTITION BY month ORDER BY rowid) - row_number() OVER "
        "(PARTITION BY month ORDER BY event, user_key, ts, event_id) AS off FROM events"
    )
    return dict(project.query(f"SELECT month, count(*) FILTER (off <> 0) FROM ({placed}) GROUP BY month"))


def test_a_month_that_is_over_becomes_one_sorted_run(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    for day in (5, 3, 8):
        lines = [f"{day}{n},{'ba'[n % 2]},u{n % 5},2026-01-{day:02d} 10:{n:02d}\n" for n in range(20)]
        project.export(f"{day}.csv", "".join(["id,action,uid,at\n", *lines]))
        project.refresh()
    assert out_of_place(project)["2026-01"] > 0
    project.export("feb.csv", "id,action,uid,at\n900,a,u1,2026-02-01\n")
    project.refresh()
    assert out_of_place(project) == {"2026-01": 0, "2026-02": 0}
    assert project.query("SELECT month::VARCHAR, rows FROM runs ORDER BY 1") == [("2026-01-01", 60), ("2026-02-01", 1)]
    project.export("late.csv", "id,action,uid,at\n901,a,u1,2026-01-01\n")
    project.refresh()
    assert project.query("SELECT month::VARCHAR, rows FROM runs ORDER BY 1, 2")[:2] == [
        ("2026-01-01", 1),
        ("2026-01-01", 60),
    ]
    assert project.column("SELECT count(*) FROM events") == [62]


def test_a_month_that_grows_has_no_more_runs_than_are_fast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_RUNS", 3)
    project = make_project(tmp_path)
    for day in range(1, 6):
        project.export(f"{day}.csv", f"id,action,uid,at\n{day},a,u{day % 2},2026-01-{day:02d}\n")
        project.refresh()
    assert project.column("SELECT rows FROM runs ORDER BY snapshot") == [4, 1]


def test_a_late_day_touches_its_own_roll_ups_and_is_told(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.export("a.csv", "id,action,uid,at\n1,a,u,2026-01-05\n2,a,u,2026-02-05\n")
    project.refresh()
    project.export("b.csv", "id,action,uid,at\n3,a,u,2026-01-05\n4,a,v,2026-01-04\n1,a,u,2026-01-05\n")
    changed = {one.day.isoformat(): one.events for one in project.refresh().days}
    assert changed == {"2026-01-04": 1, "2026-01-05": 1}


def test_deleted_exports_do_not_matter_to_what_is_there(tmp_path: Path) -> None:
    drawn = random.Random(3)
    project = grown(tmp_path, [{name: each[-1] for name, each in files(drawn).items()}])
    before = contents(project)
    shutil.rmtree(tmp_path / "exports")
    for path in tmp_path.glob("*.csv"):
        path.unlink()
    assert project.refresh().snapshot is None
    assert contents(project) == before
