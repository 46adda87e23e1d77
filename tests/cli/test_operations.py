"""What who runs refreshes sees: a bar that moves, lines in a log, exit codes, snapshots to go back to, data health."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from prodops_metrics.cli.progress import Bar, shown
from prodops_metrics.warehouse import logbook, snapshots
from prodops_metrics.warehouse.report import Silent
from tests.cli.test_commands import prodops
from tests.warehouse.projects import TestProject, make_project

HEAD = "id,action,uid,at,plan,size\n"
READER = """
import sys, duckdb
reader = duckdb.connect(sys.argv[1], read_only=True)
reader.execute("SELECT count(*) FROM events").fetchall()
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def project(tmp_path: Path) -> TestProject:
    found = make_project(tmp_path)
    found.export("a.csv", HEAD + "1,opened,u1,2026-05-30 10:00:00,free,1\n2,opened,u2,2026-05-31 10:00:00,free,1\n")
    return found


def log(project: TestProject) -> list[str]:
    return (project.root / "warehouse" / "refresh.log").read_text().splitlines()


def test_the_log_says_in_a_line_what_changed(project: TestProject) -> None:
    assert prodops(project.root, "refresh").exit_code == 0
    project.export("b.csv", HEAD + "3,opened,u1,2026-05-30 11:00:00,free,1\n4,Opened,u1,2026-05-31 11:00:00,free,1\n")
    assert prodops(project.root, "refresh").exit_code == 0
    first, second = log(project)
    assert "Snapshot 1 is in force: 2 rows loaded of 2 read, 0 duplicates, 0 quarantined." in first
    assert "Changed: 2 days, 2026-05-30 to 2026-05-31 (+2 events). Late: 1 event changed 2026-05-30." in second
    assert "Health, new and failing: late:app. Health, new and warning: case:opened, unplanned:Opened." in second


def test_where_nothing_is_new_nothing_that_counts_is_even_loaded(project: TestProject) -> None:
    words = ["--project", str(project.root), "refresh"]
    code = (
        "import sys; sys.argv = ['prodops', *sys.argv[1:]]; import atexit, prodops_metrics.cli as cli\n"
        "heavy = ('scipy', 'polars', 'sqlglot', 'prodops_metrics.reports.health', 'prodops_metrics.statistics')\n"
        "atexit.register(lambda: print([name for name in heavy if name in sys.modules]))\n"
        "cli.main()"
    )
    first, second = (
        subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True).stdout.splitlines()
        for _ in range(2)
    )
    assert "'scipy', 'polars'" in first[-1]
    assert second == ["Up to date: no file is new.", "[]"]
    project.define("more", "metrics: {openings: {description: Openings., type: count, event: opened}}\n")
    third = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True).stdout
    assert "scipy" in third  # what the snapshot says under other definitions is kept as well
    assert len(json.loads((project.root / "warehouse" / "verdicts" / "1.json").read_text())) == 2


def test_one_json_object_tells_all_also_of_a_failure(project: TestProject) -> None:
    told = json.loads(prodops(project.root, "refresh", "--json").stdout)
    assert (told["exit_code"], told["snapshot"], told["days"][0]["events"]) == (0, 1, 1)
    assert told["health"] == {"severity": "ok", "failing": 0, "warning": 0, "new": [], "gone": []}
    project.export("a.csv", HEAD)
    failed = prodops(project.root, "refresh", "--json")
    assert (failed.exit_code, json.loads(failed.stdout)["error"]["kind"]) == (1, "ExportError")
    assert "failed: exports/a.csv" in log(project)[-1]


def test_too_much_quarantine_ends_with_3(project: TestProject) -> None:
    project.export("b.csv", HEAD + "3,opened,u1,never,free,1\n")
    assert prodops(project.root, "refresh").exit_code == 3


def test_a_fault_that_nobody_foresaw_is_a_sentence_with_a_reference(
    project: TestProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("prodops_metrics.warehouse.refresh.make_plan", broken)
    failed = prodops(project.root, "refresh")
    assert failed.exit_code == 1
    assert "for a reason that nobody foresaw" in failed.stderr
    reference = failed.stderr.split("Reference ")[1].split()[0]
    assert any(f"reference {reference}: RuntimeError" in line for line in log(project))
    assert any("in broken" in line for line in log(project))
    assert "Traceback" not in failed.stderr


def test_the_log_rotates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logbook, "MOST_BYTES", 200)
    logbook.note(tmp_path, "where there is no warehouse nothing is written")
    assert not (tmp_path / "warehouse").exists()
    (tmp_path / "warehouse").mkdir()
    for number in range(20):
        logbook.note(tmp_path, f"refresh {number}\nin two lines")
    assert sorted(path.name for path in (tmp_path / "warehouse").iterdir()) == ["refresh.log", "refresh.log.1"]
    assert (tmp_path / "warehouse" / "refresh.log").read_text().splitlines()[-1].endswith("refresh 19 in two lines")
    assert all(path.stat().st_size < 300 for path in (tmp_path / "warehouse").iterdir())


def test_the_bar_moves_within_one_large_file() -> None:
    bar = Bar(Console(file=StringIO(), force_terminal=True, width=120))
    bar.start(1_000_000)
    bar.file("exports/large.csv", 1_000_000)
    steps = []
    for _ in range(4):
        bar.rows(5_000)
        steps.append(bar.completed)
    assert steps == [200_000, 400_000, 600_000, 800_000]
    bar.rows(1_000_000)
    assert bar.completed == 970_000  # not done before it is
    bar.advance(1_000_000, "exports/large.csv")
    bar.stage("Looking for duplicates")
    assert bar.completed == 1_000_000
    bar.stop()


def test_later_files_move_by_the_size_that_rows_had() -> None:
    bar = Bar(Console(file=StringIO(), force_terminal=True, width=120))
    bar.start(3_000)
    bar.file("a", 1_000)
    bar.rows(10)
    bar.advance(1_000, "a")
    bar.file("b", 2_000)
    bar.rows(10)
    assert bar.completed == 2_000
    bar.stop()


def test_where_nobody_watches_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(quietly=False) as progress:
        assert isinstance(progress, Silent)
    assert capsys.readouterr().err == ""


def test_going_back_and_on_from_there(project: TestProject) -> None:
    prodops(project.root, "refresh")
    project.export("b.csv", HEAD + "3,opened,u3,2026-05-31 10:00:00,free,1\n")
    prodops(project.root, "refresh")
    back = prodops(project.root, "snapshots", "--rollback", "1")
    assert "Snapshot 1 is in force instead of 2." in back.stdout
    assert project.column("SELECT count(*) FROM events") == [2]
    snapshots.path_of(project.root, 2).unlink()
    again = json.loads(prodops(project.root, "refresh", "--json").stdout)
    assert (again["snapshot"], again["totals"]["loaded"]) == (3, 1)  # 2 is never given again, and its file is loaded anew
    assert project.column("SELECT value FROM meta WHERE key = 'made_from'") == ["1"]
    wrong = prodops(project.root, "snapshots", "--rollback", "2")
    assert (wrong.exit_code, "Snapshot 2 is not kept" in wrong.stderr, "Kept: 1, 3." in wrong.stderr) == (1, True, True)


def test_snapshots_are_listed_with_what_they_changed(project: TestProject) -> None:
    assert "There are no snapshots yet" in prodops(project.root, "snapshots").stdout
    prodops(project.root, "refresh")
    listed = json.loads(prodops(project.root, "snapshots", "--json").stdout)
    (one,) = listed["snapshots"]
    assert (one["number"], one["current"], one["rows"], one["data_through"]) == (1, True, 2, "2026-05-30")
    assert one["changed"] == "1 file, 2 rows loaded"
    snapshots.path_of(project.root, 1).write_bytes(b"torn")
    (torn,) = json.loads(prodops(project.root, "snapshots", "--json").stdout)["snapshots"]
    assert "1.duckdb cannot be read" in torn["problem"]


def test_a_snapshot_that_is_being_read_is_not_removed(project: TestProject) -> None:
    project.define("project", "project: {name: T, timezone: UTC, snapshots_kept: 1}")
    project.refresh()
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(project.snapshot)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "open\n"
        for number in (2, 3):
            project.export(f"{number}.csv", HEAD + f"1{number},opened,u1,2026-05-30 10:0{number}:00,free,1\n")
            project.refresh()
        assert [one.number for one in snapshots.kept(project.root)] == [1, 3]
        reader.communicate("")
    assert snapshots.prune(project.root, 1) == (1,)
    assert [one.number for one in snapshots.kept(project.root)] == [3]


def test_health_ends_with_1_only_where_it_is_asked(project: TestProject) -> None:
    prodops(project.root, "refresh")
    assert prodops(project.root, "health").stdout.startswith("Nothing is wrong: ")
    project.export("b.csv", HEAD + "3,Opened,u1,2026-05-31 11:00:00,free,1\n")
    prodops(project.root, "refresh")
    told = prodops(project.root, "health")
    assert (told.exit_code, "WARNING new: Event that nobody declared" in told.stdout) == (0, True)
    assert prodops(project.root, "health", "--fail-on", "warning").exit_code == 1
    assert prodops(project.root, "health", "--fail-on", "failing").exit_code == 0
    values = json.loads(prodops(project.root, "health", "--json").stdout)
    assert [one["id"] for one in values["findings"]] == ["case:opened", "unplanned:Opened"]
    assert values["history"][-1]["new"] == ["case:opened", "unplanned:Opened"]


def test_forgetting_asks_before_it_does_and_notes_no_id(project: TestProject) -> None:
    project.export("b.csv", HEAD + "3,opened,u1,never,free,1\n")
    prodops(project.root, "refresh")
    project.export("c.csv", HEAD + "4,opened,u1,2026-05-31 10:00:00,free,1\n")
    prodops(project.root, "refresh")
    unasked = prodops(project.root, "forget", "u1", "--json")
    assert (unasked.exit_code, "add --yes" in json.loads(unasked.stdout)["error"]["message"]) == (1, True)
    kept = prodops(project.root, "forget", "u1", typed="n\n")
    assert (kept.exit_code, kept.stdout.splitlines()[-1]) == (1, "Nothing was removed.")
    assert "Remove the user u1 from 2 kept snapshots, for good? [y/N]" in kept.stdout
    assert project.column("SELECT count(*) FROM events") == [3]
    done = prodops(project.root, "forget", "u1", typed="y\n")
    assert done.exit_code == 0
    assert "Snapshot 1: 1 event, 0 rows about it, 0 answers and 0 ties removed; 1 text in quarantine" in done.stdout
    assert "Snapshot 3: 2 events," in done.stdout
    assert done.stdout.splitlines()[-1].startswith("It stays forgotten")
    assert log(project)[-1].endswith("Forgot one user: 7 rows of 2 snapshots; 3 is in force.")
    assert prodops(project.root, "refresh", "--full").exit_code == 3
    assert project.column("SELECT id FROM user_units") == ["u2"]
    assert project.column("SELECT raw FROM quarantine") == ["[removed]"]
