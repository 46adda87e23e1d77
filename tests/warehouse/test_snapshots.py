"""Snapshots take force at once or not at all, whatever happens to the process that writes them."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from prodops_metrics.errors import WarehouseError
from prodops_metrics.warehouse import snapshots
from tests.warehouse.projects import NOW, TestProject, contents, digests, make_project

HEAD = "id,action,uid,at,plan,size\n"
KILLS = 10
ROWS_BEFORE, ROWS_NEW = 20_000, 200_000
CHILD = """
import sys
from pathlib import Path
from tests.warehouse.projects import TestProject
project = TestProject(Path(sys.argv[1]))
print("ready", flush=True)
project.refresh()
"""


def rows(first: int, count: int) -> str:
    lines = (
        f"{n},event {n % 20},user {n * 7919 % 9973},2026-0{n % 4 + 1}-{n % 28 + 1:02d} 10:00:00,plan {n % 5},{n % 50}\n"
        for n in range(first, first + count)
    )
    return HEAD + "".join(lines)


def kill_after(project: TestProject, seconds: float) -> None:
    repository = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(project.root)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=repository,
        env=os.environ | {"PYTHONPATH": repository},
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> TestProject:
    project = make_project(tmp_path_factory.mktemp("before"))
    project.export("a.csv", rows(0, ROWS_BEFORE))
    project.refresh()
    project.export("b.csv", rows(ROWS_BEFORE - 100, ROWS_NEW))
    return project


@pytest.fixture(scope="module")
def undisturbed(before: TestProject, tmp_path_factory: pytest.TempPathFactory) -> tuple[TestProject, float]:
    project = TestProject(tmp_path_factory.mktemp("undisturbed") / "project")
    shutil.copytree(before.root, project.root)
    began = time.monotonic()
    project.refresh()
    return project, time.monotonic() - began


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_refresh_leaves_the_old_snapshot_in_force(
    before: TestProject, undisturbed: tuple[TestProject, float], tmp_path: Path, number: int
) -> None:
    whole, seconds = undisturbed
    project = TestProject(tmp_path / "project")
    shutil.copytree(before.root, project.root)
    moment = (number + random.Random(number).random()) / KILLS * seconds
    kill_after(project, moment)
    in_force = snapshots.current_number(project.root)
    assert project.column("SELECT count(*) FROM events") == [ROWS_BEFORE if in_force == 1 else ROWS_BEFORE + ROWS_NEW - 100]
    assert number > 2 or in_force == 1  # later ones may come too late on a machine that just got faster
    project.refresh()
    assert digests(project) == digests(whole)
    assert sorted(path.name for path in (project.root / "warehouse").iterdir()) == sorted(
        ["current.json", "refresh.lock", *(f"{one.number}.duckdb" for one in snapshots.kept(project.root))]
    )


def test_a_second_refresh_says_who_holds_the_lock(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.export("a.csv", rows(0, 10))
    with (
        snapshots.locked(tmp_path),
        pytest.raises(WarehouseError, match=rf"Another refresh is running: process {os.getpid()}, since 20\d\d-"),
    ):
        project.refresh()
    assert project.refresh().snapshot == 1


def test_only_the_newest_snapshots_are_kept(tmp_path: Path) -> None:
    project = make_project(tmp_path, project="project: {name: T, timezone: UTC, snapshots_kept: 2}")
    for number in range(4):
        project.export(f"{number}.csv", rows(number * 10, 10))
        project.refresh()
    assert [(one.number, one.current) for one in snapshots.kept(tmp_path)] == [(3, False), (4, True)]
    snapshots.point_at(tmp_path, 3)
    assert project.column("SELECT count(*) FROM events") == [30]
    assert project.refresh().snapshot == 5


def test_a_dry_run_counts_and_changes_nothing(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.export("a.csv", rows(0, 10))
    report = project.refresh(dry_run=True)
    assert (report.snapshot, report.totals["loaded"]) == (None, 10)
    assert snapshots.current_number(tmp_path) is None
    assert json.loads(json.dumps(report.to_dict()))["dry_run"] is True


def test_a_full_rebuild_gives_the_same(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    for number in range(2):
        project.export(f"{number}.csv", rows(number * 10, 15))
        project.refresh()
    before = contents(project)
    assert project.refresh(full=True, now=NOW).rebuilt == ("a full rebuild was asked for",)
    assert contents(project) == before


def test_a_refresh_works_beside_an_open_warehouse(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.export("a.csv", rows(0, 10))
    project.refresh()
    with duckdb.connect(str(project.snapshot), read_only=True, config={"lock_configuration": "true"}) as reader:
        project.export("b.csv", rows(10, 10))
        assert project.refresh().snapshot == 2
        assert reader.execute("SELECT count(*) FROM events").fetchall() == [(10,)]


def test_a_snapshot_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.export("a.csv", rows(0, 10))
    project.refresh()
    project.snapshot.write_bytes(b"torn")
    with pytest.raises(WarehouseError, match=r"Snapshot 1 .* cannot be read"):
        project.refresh()


def test_an_error_in_the_middle_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project(tmp_path)
    project.export("a.csv", rows(0, 10))
    project.refresh()
    project.export("b.csv", rows(10, 10))

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshots, "sync", full_disk)
    with pytest.raises(WarehouseError, match="No space left"):
        project.refresh()
    monkeypatch.undo()
    assert project.column("SELECT count(*) FROM events") == [10]
    assert project.refresh().totals["loaded"] == 10
