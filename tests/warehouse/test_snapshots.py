"""Snapshots take force at once or not at all, whatever happens to the process that writes them."""

import json
import os
from hashlib import blake2b
from pathlib import Path

import duckdb
import pytest

from prodops_metrics.errors import ExportError, WarehouseError
from prodops_metrics.metrics import load_catalog
from prodops_metrics.warehouse import schema, snapshots
from prodops_metrics.warehouse.connection import open_current
from prodops_metrics.warehouse.records import made_of
from tests.warehouse.projects import NOW, contents, make_project

HEAD = "id,action,uid,at,plan,size\n"


def rows(first: int, count: int) -> str:
    lines = (
        f"{n},event {n % 20},user {n * 7919 % 9973},2026-0{n % 4 + 1}-{n % 28 + 1:02d} 10:00:00,plan {n % 5},{n % 50}\n"
        for n in range(first, first + count)
    )
    return HEAD + "".join(lines)


def test_a_second_refresh_says_who_holds_the_lock(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.export("a.csv", rows(0, 10))
    with (
        snapshots.locked(tmp_path),
        pytest.raises(
            WarehouseError, match=rf"Another refresh is running: process {os.getpid()} on \S+ \(`[^`]*`\), since 20\d\d-"
        ),
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


@pytest.mark.parametrize(
    "said", ["UPDATE meta SET value = '0' WHERE key = 'schema'", "DELETE FROM meta WHERE key = 'schema'"]
)
def test_a_snapshot_of_another_version_is_made_anew_and_until_then_readers_say_so(tmp_path: Path, said: str) -> None:
    project = make_project(tmp_path)
    export = project.export("a.csv", "id,action,uid,at\n1,opened,u1,2026-05-30 10:00:00\n")
    project.refresh()
    with duckdb.connect(str(project.snapshot)) as connection:
        connection.execute(said)
        connection.execute("ALTER TABLE loads DROP COLUMN version")
    with pytest.raises(WarehouseError, match=r"^Snapshot 1 was made by another version of prodops\. Run `prodops refresh`"):
        open_current(load_catalog(project.root))
    export.rename(tmp_path / "a.csv")
    project.export("b.csv", "id,action,uid,at\n2,opened,u2,2026-05-31 10:00:00\n")
    with pytest.raises(
        ExportError, match=r"\(the snapshot was made by another version of prodops\), and these are gone: exp"
    ):
        project.refresh()
    (tmp_path / "a.csv").rename(export)
    report = project.refresh()
    assert (report.snapshot, report.rebuilt) == (2, ("the snapshot was made by another version of prodops",))
    assert project.query("SELECT count(*) FROM events") == [(2,)]
    assert project.refresh().snapshot is None
    assert made_of(tmp_path / "warehouse" / "1.duckdb").problem == "1.duckdb was made by another version of prodops"


def test_tables_change_with_their_number_only(tmp_path: Path) -> None:
    """Whoever changes what a refresh stores gives it the next number here and in ``schema.NUMBER``."""
    project = make_project(tmp_path)
    project.export("a.csv", "id,action,uid,at\n1,opened,u1,2026-05-30 10:00:00\n")
    project.refresh()
    columns = project.query(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE data_type NOT LIKE 'ENUM%' ORDER BY ALL"
    )
    assert (schema.NUMBER, blake2b(repr(columns).encode(), digest_size=4).hexdigest()) == (2, "2d3f9331")


@pytest.mark.parametrize(
    "fault", [None, OSError(95, "not supported"), AttributeError("no such call")], ids=["it does", "not here", "never"]
)
def test_a_snapshot_is_copied_whole_however_the_system_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception | None
) -> None:
    source, calls = tmp_path / "source", 0
    source.write_bytes(bytes(range(256)) * 40)

    def breaks_off(reading: int, writing: int, count: int) -> int:
        nonlocal calls
        calls += 1
        if calls > 1 and fault:
            raise fault
        return os.sendfile(writing, reading, None, min(count, 1000))

    monkeypatch.setattr(os, "copy_file_range", breaks_off)
    snapshots._copy(source, tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == source.read_bytes()
    assert calls == (2 if fault else 12)
