"""The books of a refresh: for every file, rows read = loaded + duplicates + quarantined + control."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from prodops_metrics.definitions.sources import RECORD_KINDS
from prodops_metrics.errors import WarehouseError
from prodops_metrics.warehouse.files import ExportFile
from prodops_metrics.warehouse.report import FileReport
from prodops_metrics.warehouse.schema import RECORD_TABLES
from prodops_metrics.warehouse.staging.area import ROWS, STAGED


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was staged: how many rows were read, and how long it took."""

    file: ExportFile
    load_id: int
    rows_read: int
    seconds: float


def count_read(connection: duckdb.DuckDBPyConnection, file: ExportFile, load_id: int, taken: int) -> int:
    """Rows that a file brought: ``taken`` out of staging, still staged, or broken.

    What events say of identities is no row of its own; a file of identities has nothing else.
    """
    tables = [each for each in STAGED if each != "arrived_identities" or file.source.kind == "identities"]
    counts = " + ".join(f"(SELECT count(*) FROM temp.{table} WHERE load_id = $load)" for table in tables)
    found = connection.execute(f"SELECT $taken + {counts}", {"load": load_id, "taken": taken}).fetchone()
    return int(found[0]) if found else 0


def open_loads(connection: duckdb.DuckDBPyConnection, reads: Iterable[ReadFile], moment: datetime, snapshot: int) -> None:
    """Enters the files into ``loads``, with counts still to come."""
    for read in reads:
        file = read.file
        values = [read.load_id, file.source.id, file.path, file.bytes, file.hash, read.rows_read, moment, snapshot]
        values.append(file.version if file.lasting else None)
        connection.execute("INSERT INTO loads SELECT ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, NULL, NULL, ?, ?, ?, NULL", values)


def close_loads(connection: duckdb.DuckDBPyConnection, reads: Sequence[ReadFile], first: int) -> tuple[FileReport, ...]:
    """Counts what became of every row of the loads from ``first`` on, and checks that the books balance.

    ``due`` is the earliest moment of the rows that were set aside as ``future``: from then on the file is read again.

    Raises:
        WarehouseError: they do not; nothing is published then.
    """
    counts = _counts(connection, first, [read.load_id for read in reads if read.file.source.kind in RECORD_KINDS])
    for read in reads:
        connection.execute(
            "UPDATE loads SET loaded = $loaded, duplicates = $duplicates, quarantined = $quarantined, control = $control, "
            "values_set_aside = $aside, first_ts = $first, last_ts = $last WHERE load_id = $load",
            counts.get(read.load_id, _NOTHING) | {"load": read.load_id},
        )
    connection.execute(
        "UPDATE loads SET due = a.due FROM (SELECT load_id, min(ts) AS due FROM temp.ahead GROUP BY load_id) AS a "
        "WHERE a.load_id = loads.load_id"
    )
    _check(connection)
    return tuple(_report(read, counts.get(read.load_id, _NOTHING)) for read in reads)


_NOTHING: dict[str, object] = {
    **dict.fromkeys(("loaded", "duplicates", "quarantined", "control", "aside"), 0),
    **dict.fromkeys(("first", "last")),
}


def _counts(connection: duckdb.DuckDBPyConnection, first: int, apart: list[int]) -> dict[int, dict[str, object]]:
    """What became of the rows of each load. Loaded rows are counted where they are stored, not where they came from.

    Rows of records are counted apart from the events that they stand for.
    """
    records = " UNION ALL ".join(
        f"SELECT load_id, in_force, ts FROM {table} WHERE load_id >= $first" for table in RECORD_TABLES
    )
    others = " UNION ALL ".join(
        f"SELECT load_id, fault, set_aside FROM temp.{table}" for table in ROWS if table != "arrived"
    )
    result = connection.execute(
        f"""
        WITH stored AS (
            SELECT load_id, count(*) AS loaded, min(ts) AS first_ts, max(ts) AS last_ts FROM events
            WHERE load_id >= $first AND NOT list_contains($apart, load_id) GROUP BY load_id
            UNION ALL SELECT load_id, count(*), NULL, NULL FROM stated
            WHERE load_id >= $first GROUP BY load_id
            UNION ALL SELECT load_id, count(*), min(moment), max(moment) FROM identities
            WHERE list_contains($apart, load_id) GROUP BY load_id
            UNION ALL SELECT load_id, count(*) FILTER (in_force), min(ts), max(ts) FROM ({records}) GROUP BY load_id),
        staged AS (
            SELECT load_id, count(*) FILTER (fault = 'duplicate') AS duplicates,
                count(*) FILTER (fault IN ('header', 'control', 'forgotten')) AS control,
                sum(set_aside) FILTER (fault IS NULL) AS aside
            FROM ({others}) GROUP BY load_id
            UNION ALL SELECT load_id, count(*) FILTER (NOT in_force), 0, 0 FROM ({records}) GROUP BY load_id
            UNION ALL SELECT load_id, count(*), 0, 0 FROM temp.losers GROUP BY load_id
            UNION ALL SELECT load_id, 0, control, 0 FROM temp.tally
            UNION ALL SELECT load_id, 0, 0, sum(set_aside) FROM temp.pending GROUP BY load_id),
        judged AS (
            SELECT load_id, sum(duplicates)::BIGINT AS duplicates, sum(control)::BIGINT AS control,
                coalesce(sum(aside), 0)::BIGINT AS aside
            FROM staged GROUP BY load_id),
        refused AS (SELECT load_id, count(*) AS quarantined FROM quarantine GROUP BY load_id)
        SELECT l.load_id, coalesce(s.loaded, 0), coalesce(j.duplicates, 0), coalesce(r.quarantined, 0),
            coalesce(j.control, 0), coalesce(j.aside, 0), s.first_ts, s.last_ts
        FROM loads AS l LEFT JOIN stored AS s USING (load_id) LEFT JOIN judged AS j USING (load_id)
        LEFT JOIN refused AS r USING (load_id)
        WHERE l.load_id >= $first""",
        {"first": first, "apart": apart},
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
    status = {"new": "loaded", "grown": "grown", "replaced": "replaced", "retried": "retried"}[read.file.state]
    report = FileReport(read.file.source.id, read.file.path, status, read.rows_read, seconds=round(read.seconds, 3))  # type: ignore[arg-type]
    numbers = {name: counts[name] for name in ("loaded", "duplicates", "quarantined", "control")}
    return replace(report, **numbers, values_set_aside=counts["aside"])  # type: ignore[arg-type]
