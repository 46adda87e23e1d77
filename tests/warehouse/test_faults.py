"""Whatever befalls a refresh, the old snapshot or the new one is in force, complete, and the next refresh succeeds.

Refreshes run in processes of their own, forked from one that has everything imported, and are really killed.
"""

import multiprocessing
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from prodops_metrics.errors import ProdopsError
from prodops_metrics.warehouse import snapshots
from tests.warehouse.projects import NOW, TestProject, digests, make_project

HEAD = "id,action,uid,at,plan,size\n"
PROJECT = "project: {name: T, timezone: Europe/Berlin, entities: {user: {column: uid}}}"
ROWS_BEFORE, ROWS_NEW, AGAIN = 20_000, 60_000, 500
PATIENCE = 120
FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["tests.warehouse.projects", "tests.warehouse.test_faults"])


def rows(first: int, count: int) -> str:
    lines = (
        f"{n},event {n % 20},user {n * 7919 % 9973},2026-0{n % 4 + 1}-{n % 28 + 1:02d} 10:00:00,plan {n % 5},{n % 50}\n"
        for n in range(first, first + count)
    )
    return HEAD + "".join(lines)


@dataclass(frozen=True)
class Case:
    """A project with one snapshot and exports that are new; what it holds before and after; how long a refresh takes."""

    project: TestProject
    before: Mapping[str, list[Any]]
    after: Mapping[str, list[Any]]
    seconds: float

    def copy(self, folder: Path) -> TestProject:
        """The project as it is before the refresh, in another place."""
        shutil.copytree(self.project.root, folder)
        return TestProject(folder)

    def holds(self, project: TestProject) -> None:
        """Asserts that the old or the new snapshot is in force, whole, and that the next refresh gives the new one."""
        expected = {1: self.before, 2: self.after}[snapshots.current_number(project.root) or 0]
        assert digests(project) == expected
        project.refresh()
        assert digests(project) == self.after
        left = {path.name for path in (project.root / "warehouse").iterdir()}
        assert not [name for name in left if "partial" in name or name == "tmp"]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    project = make_project(tmp_path_factory.mktemp("case") / "project", project=PROJECT)
    project.export("a.csv", rows(0, ROWS_BEFORE))
    project.refresh()
    before = digests(project)
    project.export("b.csv", rows(ROWS_BEFORE - AGAIN, ROWS_NEW // 2))
    project.export("c.csv", rows(ROWS_BEFORE + ROWS_NEW // 2 - 2 * AGAIN, ROWS_NEW // 2) + "broken line\n")
    undisturbed = TestProject(tmp_path_factory.mktemp("undisturbed") / "project")
    shutil.copytree(project.root, undisturbed.root)
    with refreshing(undisturbed) as child:
        began = time.monotonic()
        assert outcome(child) == 2
    return Case(project, before, digests(undisturbed), time.monotonic() - began)


def work(root: str, said: Connection, prepare: Callable[[], None] | None, options: Mapping[str, Any]) -> None:
    """What a process does that refreshes: says that it begins, and at the end what came of it."""
    if prepare:
        prepare()
    said.send("begins")
    try:
        said.send(TestProject(Path(root)).refresh(**options).snapshot)
    except ProdopsError as error:
        said.send(f"{type(error).__name__}: {error}")


@contextmanager
def refreshing(
    project: TestProject, prepare: Callable[[], None] | None = None, **options: object
) -> Iterator["BaseProcess"]:
    """A process that refreshes a project, from the moment at which it begins."""
    receiving, sending = FORKING.Pipe(duplex=False)
    child = FORKING.Process(target=work, args=(str(project.root), sending, prepare, options))
    child.start()
    sending.close()
    try:
        assert receiving.poll(PATIENCE), "the process never began"
        assert receiving.recv() == "begins"
        child.said = receiving  # type: ignore[attr-defined]
        yield child
    finally:
        child.kill()
        child.join(PATIENCE)
        receiving.close()


def outcome(child: BaseProcess) -> object:
    """What a refresh said at its end."""
    said: Connection = child.said  # type: ignore[attr-defined]
    assert said.poll(PATIENCE), "the refresh never ended"
    return said.recv()


def kill_at(case: Case, folder: Path, moment: float) -> int:
    """Kills a refresh at a moment, checks what is left, and returns the number of the snapshot that was in force."""
    project = case.copy(folder)
    with refreshing(project) as child:
        time.sleep(moment)
        child.kill()
        child.join(PATIENCE)
    in_force = snapshots.current_number(project.root) or 0
    case.holds(project)
    shutil.rmtree(folder)
    return in_force


def kill_often(case: Case, folder: Path, times: int) -> list[int]:
    """Kills at random moments, spread evenly over a refresh."""
    chance = random.Random(times)
    moments = [(number + chance.random()) / times * case.seconds for number in range(times)]
    return [kill_at(case, folder / str(number), moment) for number, moment in enumerate(moments)]


def test_a_killed_refresh_leaves_the_old_snapshot_in_force_or_the_new(case: Case, tmp_path: Path) -> None:
    assert kill_often(case, tmp_path, 10)[0] == 1


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_two_hundred_kills_leave_no_third_thing(case: Case, tmp_path: Path) -> None:
    in_force = kill_often(case, tmp_path, 200)
    assert in_force.count(1) > 100


def limited(size: int) -> None:
    """No file of this process may grow beyond a size; the kernel says EFBIG, as a full disk says ENOSPC."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


class Limit:
    """``limited`` with its size, for a process of its own."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __call__(self) -> None:
        limited(self.size)


@pytest.mark.parametrize("share", [0.001, 0.5, 1.02])
def test_a_file_that_may_not_grow_changes_nothing(case: Case, tmp_path: Path, share: float) -> None:
    project = case.copy(tmp_path / "project")
    with refreshing(project, Limit(int(project.snapshot.stat().st_size * share))) as child:
        said = outcome(child)
    assert isinstance(said, str), said
    assert "The former snapshot stays in force" in said or "Error:" in said
    assert snapshots.current_number(project.root) == 1
    case.holds(project)


@pytest.fixture
def small_disk(case: Case, tmp_path: Path) -> Iterator[Path]:
    """A disk with room for the project and little more."""
    folder = tmp_path / "disk"
    folder.mkdir()
    used = sum(path.stat().st_size for path in case.project.root.rglob("*") if path.is_file())
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={used + (1 << 20)}", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("a disk of its own can be mounted by root only")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_changes_nothing(case: Case, small_disk: Path, tmp_path: Path) -> None:
    project = case.copy(small_disk / "project")
    with refreshing(project) as child:
        said = outcome(child)
    assert isinstance(said, str), said
    assert "The former snapshot stays in force" in said, said
    assert snapshots.current_number(project.root) == 1
    assert digests(project) == case.before
    roomy = tmp_path / "roomy"
    shutil.copytree(project.root, roomy)
    case.holds(TestProject(roomy))


def test_what_a_dead_refresh_left_behind_is_in_nobodys_way(case: Case, tmp_path: Path) -> None:
    project = case.copy(tmp_path / "project")
    warehouse, torn = project.root / "warehouse", project.snapshot.read_bytes()
    (warehouse / "2.duckdb.partial").write_bytes(torn[: len(torn) // 2])
    (warehouse / "2.duckdb.partial.wal").write_bytes(b"half a log")
    (warehouse / "current.json.partial").write_text('{"snap')
    (warehouse / "tmp").mkdir()
    (warehouse / "tmp" / "duckdb_temp_block-1.block").write_bytes(b"spilled")
    case.holds(project)


def test_of_refreshes_that_run_at_once_one_works_and_the_others_say_who_does(case: Case, tmp_path: Path) -> None:
    project = case.copy(tmp_path / "project")
    with refreshing(project) as first, refreshing(project) as second, refreshing(project) as third:
        said = [outcome(child) for child in (first, second, third)]
    assert said.count(2) == 1
    for other in said:
        # One that came after the first had ended found nothing new.
        assert other in {2, None} or "Another refresh is running: process" in str(other)
    case.holds(project)


@pytest.mark.parametrize("jump", [timedelta(days=4000), timedelta(days=-400)])
def test_a_clock_that_jumps_does_not_break_what_is_stored(case: Case, tmp_path: Path, jump: timedelta) -> None:
    project = case.copy(tmp_path / "project")
    assert project.refresh(now=NOW + jump).snapshot == 2
    project.export("d.csv", rows(500_000, 10))
    assert project.refresh().snapshot is not None
    held = digests(project)
    whole = TestProject(tmp_path / "whole")
    shutil.copytree(project.root, whole.root, ignore=shutil.ignore_patterns("warehouse"))
    whole.refresh()
    assert held == digests(whole)


def test_an_error_while_syncing_changes_nothing(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = case.copy(tmp_path / "project")

    def failing(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(snapshots, "sync", failing)
        with pytest.raises(ProdopsError, match="Input/output error"):
            project.refresh()
    case.holds(project)
