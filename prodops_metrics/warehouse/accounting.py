"""The books of a refresh: for every file, rows read = loaded + duplicates + quarantined + control."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from prodops_metrics.errors import WarehouseError
from prodops_metrics.warehouse.files import ExportFile
from prodops_metrics.warehouse.report import FileReport


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was staged: how many rows were read, and how long it took."""

    file: ExportFile
    load_id: int
    rows_read: int
    seconds: float


def count_read(connection: duckdb.DuckDBPyConnection, load_id: int) -> int:
    """Rows that a file brought, staged or broken; to be asked before refused rows are looked up."""
    found = connection.execute(
        "SELECT (SELECT count(*) FROM temp.arrived WHERE load_id = $load) "
        "+ (SELECT count(*) FROM temp.arrived_units WHERE load_id = $load) "
        "+ (SELECT count(*) FROM temp.malformed WHERE load_id = $load)",
        {"load": load_id},
    ).fetchone()
    return int(found[0]) if found else 0


def open_loads(connection: duckdb.DuckDBPyConnection, reads: list[ReadFile], moment: datetime, snapshot: int) -> None:
    """Enters the files into ``loads``, with counts still to come."""
    for read in reads:
        file = read.file
        values = [read.load_id, file.source.id, file.path, file.bytes, file.hash, read.rows_read, moment, snapshot]
        connection.execute("INSERT INTO loads SELECT ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, NULL, NULL, ?, ?", values)


def close_loads(connection: duckdb.DuckDBPyConnection, reads: list[ReadFile], first: int) -> tuple[FileReport, ...]:
    """Counts what became of every row of the loads from ``first`` on, and checks that the books balance.

    Raises:
        WarehouseError: they do not; nothing is published then.
    """
    counts = _counts(connection, first)
    for read in reads:
        connection.execute(
            "UPDATE loads SET loaded = $loaded, duplicates = $duplicates, quarantined = $quarantined, control = $control, "
            "values_set_aside = $aside, first_ts = $first, last_ts = $last WHERE load_id = $load",
            counts.get(read.load_id, _NOTHING) | {"load": read.load_id},
        )
    _check(connection)
    return tuple(_report(read, counts.get(read.load_id, _NOTHING)) for read in reads)


_NOTHING: dict[str, object] = {
    **dict.fromkeys(("loaded", "duplicates", "quarantined", "control", "aside"), 0),
    **dict.fromkeys(("first", "last")),
}


def _counts(connection: duckdb.DuckDBPyConnection, first: int) -> dict[int, dict[str, object]]:
    """What became of the rows of each load. Loaded rows are counted where they are stored, not where they came from."""
    result = connection.execute(
        """
        WITH stored AS (
            SELECT load_id, count(*) AS loaded, min(ts) AS first_ts, max(ts) AS last_ts FROM events
            WHERE load_id >= $first GROUP BY load_id
            UNION ALL SELECT load_id, count(*), NULL, NULL FROM stated
            WHERE load_id >= $first GROUP BY load_id),
        staged AS (
            SELECT load_id, fault, set_aside FROM temp.arrived UNION ALL
            SELECT load_id, fault, set_aside FROM temp.arrived_units),
        judged AS (
            SELECT load_id, count(*) FILTER (fault = 'duplicate') AS duplicates,
                count(*) FILTER (fault = 'header') AS control,
                coalesce(sum(set_aside) FILTER (fault IS NULL), 0)::BIGINT AS aside
            FROM staged GROUP BY load_id),
        refused AS (SELECT load_id, count(*) AS quarantined FROM quarantine GROUP BY load_id)
        SELECT l.load_id, coalesce(s.loaded, 0), coalesce(j.duplicates, 0), coalesce(r.quarantined, 0),
            coalesce(j.control, 0), coalesce(j.aside, 0), s.first_ts, s.last_ts
        FROM loads AS l LEFT JOIN stored AS s USING (load_id) LEFT JOIN judged AS j USING (load_id)
        LEFT JOIN refused AS r USING (load_id)
        WHERE l.load_id >= $first""",
        {"first": first},
    ).fetchall()
    names = ("loaded", "duplicates", "quarantined", "control", "aside", "first", "last")
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in result}


def _check(connection: duckdb.DuckDBPyConnection) -> None:
    wrong = connection.execute(
        "SELECT path, rows_read, loaded, duplicates, quarantined, control FROM loads "
        "WHERE rows_read <> loaded + duplicates + quarantined + control"
    ).fetchone()
    if wrong:
        raise WarehouseError(
            f"{wrong[0]}: {wrong[1]} rows read are not {wrong[2]} loaded + {wrong[3]} duplicates + {wrong[4]} quarantined "
            f"+ {wrong[5]} control. Nothing was published. This is a defect of prodops; please report it with the file."
        )


def _report(read: ReadFile, counts: Mapping[str, object]) -> FileReport:
    status = {"new": "loaded", "grown": "grown", "replaced": "replaced"}[read.file.state]
    report = FileReport(read.file.source.id, read.file.path, status, read.rows_read, seconds=round(read.seconds, 3))  # type: ignore[arg-type]
    numbers = {name: counts[name] for name in ("loaded", "duplicates", "quarantined", "control")}
    return replace(report, **numbers, values_set_aside=counts["aside"])  # type: ignore[arg-type]
