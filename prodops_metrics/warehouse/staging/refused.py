"""Rows whose values were refused: found again in their file, and kept with line and text beside the broken ones."""

from collections.abc import Iterator, Mapping

from prodops_metrics.errors import ExportError
from prodops_metrics.warehouse.containers import Body
from prodops_metrics.warehouse.files import ExportFile
from prodops_metrics.warehouse.schema import RECORD_TABLES
from prodops_metrics.warehouse.staging.area import ROWS, StagingArea
from prodops_metrics.warehouse.staging.layout import PLAIN, Layout
from prodops_metrics.warehouse.staging.lines import lines
from prodops_metrics.warehouse.staging.records import Record, header, readable, records

TIMED = ("arrived", *(f"arrived_{table}" for table in RECORD_TABLES))
Refused = Mapping[int, list[str]]
"""What is wrong, by the ordinal of the row."""

_REFUSED = "load_id = $load AND fault IS NOT NULL AND fault NOT IN ('header', 'control', 'forgotten')"


def set_refused_aside(area: StagingArea, file: ExportFile, body: Body, load_id: int, layout: Layout = PLAIN) -> None:
    """Moves the refused rows of a body from the staged ones to those that are broken.

    Raises:
        ExportError: a row is not found again, because the file changed in between.
    """
    refused = _faults(area, load_id)
    if not refused:
        return
    expected = sum(len(faults) for faults in refused.values())
    found = area.set_aside(load_id, _found(area, file, body, layout, refused), body.member)
    if found != expected:
        raise ExportError(f"{file.path}: {expected} rows were refused, and only {found} of them found again.")
    for table in TIMED:
        area.connection.execute(
            f"INSERT INTO temp.ahead SELECT load_id, ts FROM temp.{table} WHERE load_id = $load AND fault = 'future'",
            {"load": load_id},
        )
    for table in ROWS:
        area.connection.execute(f"DELETE FROM temp.{table} WHERE {_REFUSED}", {"load": load_id})


def _faults(area: StagingArea, load_id: int) -> Refused:
    refused: dict[int, list[str]] = {}
    parts = (f"SELECT ordinal, fault::VARCHAR FROM temp.{table} WHERE {_REFUSED}" for table in ROWS)
    for ordinal, fault in area.connection.execute(" UNION ALL ".join(parts), {"load": load_id}).fetchall():
        refused.setdefault(ordinal, []).append(fault)
    return refused


def _found(
    area: StagingArea, file: ExportFile, body: Body, layout: Layout, refused: Refused
) -> Iterator[tuple[int, str, str]]:
    """Line, text and fault of each refused row; a line may hold several rows, and then stands once for each."""
    match body.kind:
        case "parquet":
            rows = _of_parquet(area, body, refused)
        case "json":
            rows = _of_records(lines(body.path), refused)
        case _:
            head = header(body.path, file.source.delimiter, layout.names)
            rows = _of_records(records(body.path, head), refused) if head else iter(())
    return ((line, text, fault) for ordinal, line, text in rows for fault in refused[ordinal])


def _of_records(found: Iterator[Record], refused: Refused) -> Iterator[tuple[int, int, str]]:
    last = max(refused)
    for record in found:
        if record.ordinal in refused:
            yield record.ordinal, record.line, readable(record.text)
        if record.ordinal >= last:
            return


def _of_parquet(area: StagingArea, body: Body, refused: Refused) -> Iterator[tuple[int, int, str]]:
    found = area.connection.execute(
        "SELECT ordinal, to_json(row)::VARCHAR FROM (SELECT row, row_number() OVER () AS ordinal FROM "
        "read_parquet($path) AS row) WHERE list_contains($wanted, ordinal)",
        {"path": str(body.path), "wanted": list(refused)},
    ).fetchall()
    return ((number, number, text) for number, text in found)
