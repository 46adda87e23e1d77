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


def count_read(
    connection: duckdb.DuckDBPyConnection, files: Mapping[int, ExportFile], taken: Mapping[int, int]
) -> dict[int, int]:
    """Rows that each of some files of one source brought, by load id: ``taken`` out of staging, still staged, or broken.

    What events say of identities is no row of its own; a file of identities has nothing else.
    """
    kinds = {file.source.kind for file in files.values()}
    tables = [each for each in STAGED if each != "arrived_identities" or kinds == {"identities"}]
    rows = " UNION ALL ".join(f"SELECT load_id FROM temp.{table}" for table in tables)
    found = connection.execute(f"SELECT load_id, count(*) FROM ({rows}) GROUP BY load_id").fetchall()
    left = dict(found)
    return {load_id: taken.get(load_id, 0) + left.get(load_id, 0) for load_id in files}


def open_loads(connection: duckdb.DuckDBPyConnection, reads: Iterable[ReadFile], moment: datetime, snapshot: int) -> None:
    """Enters the files into ``loads``, with counts still to come."""
    rows = [
        (one.load_id, f.source.id, f.path, f.bytes, f.hash, one.rows_read, f.version if f.lasting else None)
        for one, f in ((read, read.file) for read in reads)
    ]
    names = ("load_id", "source", "path", "bytes", "hash", "rows_read", "version")
    own = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    types = {"load_id": "UINTEGER", "bytes": "UBIGINT", "rows_read": "UBIGINT"}
    listed = ", ".join(f"unnest(${name}::{types.get(name, 'VARCHAR')}[]) AS {name}" for name in names)
    connection.execute(
        f"INSERT INTO loads BY NAME SELECT {listed}, 0 AS loaded, 0 AS duplicates, 0 AS quarantined, 0 AS control, "
        "0 AS values_set_aside, $moment AS loaded_at, $snapshot AS snapshot",
        own | {"moment": moment, "snapshot": snapshot},
    )


def close_loads(connection: duckdb.DuckDBPyConnection, reads: Sequence[ReadFile], first: int) -> tuple[FileReport, ...]:
    """Counts what became of every row of the loads from ``first`` on, and checks that the books balance.

    ``due`` is the earliest moment of the rows that were set aside as ``future``: from then on the file is read again.

    Raises:
        WarehouseError: they do not; nothing is published then.
    """
    counts = _counts(connection, first, [read.load_id for read in reads if read.file.source.kind in RECORD_KINDS])
    columns = ", ".join(f"unnest(${name}::{kind}[]) AS {name}" for name, kind in _COUNTED.items())
    connection.execute(
        "UPDATE loads SET loaded = c.loaded, duplicates = c.duplicates, quarantined = c.quarantined, control = c.control, "
        f"values_set_aside = c.aside, first_ts = c.first, last_ts = c.last FROM (SELECT unnest($load::UINTEGER[]) AS load, "
        f"{columns}) AS c WHERE c.load = loads.load_id",
        {name: [count[name] for count in counts.values()] for name in _COUNTED} | {"load": list(counts)},
    )
    connection.execute(
        "UPDATE loads SET due = a.due FROM (SELECT load_id, min(ts) AS due FROM temp.ahead GROUP BY load_id) AS a "
        "WHERE a.load_id = loads.load_id"
    )
    _check(connection)
    return tuple(_report(read, counts[read.load_id]) for read in reads)


_COUNTED = {
    **dict.fromkeys(("loaded", "duplicates", "quarantined", "control", "aside"), "UBIGINT"),
    **dict.fromkeys(("first", "last"), "TIMESTAMP"),
}
"""What is told of each load, and its types."""


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
            UNION ALL SELECT load_id, 0, 0, sum(set_aside) FROM temp.arrivals GROUP BY load_id),
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
    return {row[0]: dict(zip(_COUNTED, row[1:], strict=True)) for row in result}


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
