"""Rows that could not be loaded: kept with file, line, raw text and reason."""

from collections.abc import Iterator, Mapping

import duckdb

from prodops_metrics.definitions import Source
from prodops_metrics.errors import ExportError
from prodops_metrics.warehouse.files import ExportFile
from prodops_metrics.warehouse.report import Reason
from prodops_metrics.warehouse.staging.area import StagingArea
from prodops_metrics.warehouse.staging.records import header, readable, records


def quarantine_refused(area: StagingArea, file: ExportFile, load_id: int) -> None:
    """Finds line and text of the rows of a file whose values were refused, and keeps them with the broken ones."""
    staged = "arrived" if file.source.kind == "events" else "arrived_units"
    refused = area.connection.execute(
        f"SELECT ordinal, fault FROM temp.{staged} WHERE load_id = $load AND fault IS NOT NULL AND fault <> 'header'",
        {"load": load_id},
    ).fetchall()
    if not refused:
        return
    rows = _of_parquet(area, file, refused) if file.parquet else _of_text(file, dict(refused))
    found = area.set_aside(load_id, rows)
    if found != len(refused):
        raise ExportError(f"{file.path}: {len(refused)} rows were refused, and only {found} of them found again.")


def _of_text(file: ExportFile, refused: Mapping[int, str]) -> Iterator[tuple[int, str, str]]:
    head = header(file.location, file.source.delimiter)
    if head is None:
        return
    last = max(refused)
    for record in records(file.location, head):
        if record.ordinal in refused:
            yield record.line, readable(record.text), refused[record.ordinal]
        if record.ordinal >= last:
            return


def _of_parquet(area: StagingArea, file: ExportFile, refused: list[tuple[int, str]]) -> Iterator[tuple[int, str, str]]:
    faults = dict(refused)
    found = area.connection.execute(
        "SELECT file_row_number + 1, to_json(row)::VARCHAR FROM (SELECT file_row_number, row FROM "
        "read_parquet($path, file_row_number = true) AS row) WHERE list_contains($wanted, file_row_number + 1)",
        {"path": str(file.location), "wanted": list(faults)},
    ).fetchall()
    return ((number, text, faults[number]) for number, text in found)


def store(connection: duckdb.DuckDBPyConnection, files: Mapping[int, ExportFile]) -> None:
    """Moves what was set aside into the snapshot, with the export's column where one is to blame."""
    for load_id, file in files.items():
        cases = _columns(file.source)
        values = {"load": load_id, "source": file.source.id, "path": file.path}
        connection.execute(
            f"INSERT INTO quarantine SELECT load_id, $source, $path, line, raw, reason, {cases} FROM temp.malformed "
            "WHERE load_id = $load ORDER BY line",
            values | {f"c_{reason}": column for reason, column in _blamed(file.source).items()},
        )


def _columns(source: Source) -> str:
    cases = "".join(f" WHEN '{reason}' THEN $c_{reason}::VARCHAR" for reason in _blamed(source))
    return f"CASE reason{cases} END" if cases else "NULL"


def _blamed(source: Source) -> dict[str, str]:
    """The column of the export behind each reason that is about a value."""
    roles = {"time": "time", "future": "time", "event": "event", "id": "id"}
    named = {reason: source.columns.get(role) for reason, role in roles.items()}
    named |= {"key": source.key} if source.key else {}
    return {reason: column for reason, column in named.items() if isinstance(column, str)}


def reasons(connection: duckdb.DuckDBPyConnection, first: int) -> tuple[Reason, ...]:
    """Why rows of the loads from ``first`` on were set aside, most frequent first."""
    found = connection.execute(
        "SELECT reason, source, count(*), arg_min(path || ':' || line, (path, line)) FROM quarantine "
        "WHERE load_id >= $first GROUP BY reason, source ORDER BY count(*) DESC, reason, source",
        {"first": first},
    ).fetchall()
    return tuple(Reason(*row) for row in found)
