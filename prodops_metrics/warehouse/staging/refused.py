"""Rows whose values were refused: found again in their file, and kept with line and text beside the broken ones."""

from collections.abc import Iterable, Iterator, Mapping

from prodops_metrics.errors import ExportError
from prodops_metrics.warehouse.containers import Body
from prodops_metrics.warehouse.schema import RECORD_TABLES
from prodops_metrics.warehouse.staging.area import ROWS, StagingArea
from prodops_metrics.warehouse.staging.layout import PLAIN, Layout
from prodops_metrics.warehouse.staging.lines import lines
from prodops_metrics.warehouse.staging.records import Record, header, readable, records
from prodops_metrics.warehouse.staging.rows import Piece

TIMED = ("arrived", *(f"arrived_{table}" for table in RECORD_TABLES))
Refused = Mapping[int, list[str]]
"""What is wrong, by the ordinal of the row."""

_REFUSED = "fault IS NOT NULL AND fault NOT IN ('header', 'control', 'forgotten')"


def set_refused_aside(area: StagingArea, pieces: Iterable[Piece], layout: Layout = PLAIN) -> None:
    """Moves the refused rows of bodies from the staged ones to those that are broken.

    Raises:
        ExportError: a row is not found again, because the file changed in between.
    """
    by_load = _faults(area)
    for piece in pieces:
        refused = by_load.get(piece.load_id, {})
        expected = sum(len(faults) for faults in refused.values())
        found = area.set_aside(piece.load_id, _found(area, piece, layout, refused), piece.body.member) if refused else 0
        if found != expected:
            raise ExportError(f"{piece.file.path}: {expected} rows were refused, and only {found} of them found again.")
    if not by_load:
        return
    for table in TIMED:
        area.connection.execute(f"INSERT INTO temp.ahead SELECT load_id, ts FROM temp.{table} WHERE fault = 'future'")
    for table in ROWS:
        area.connection.execute(f"DELETE FROM temp.{table} WHERE {_REFUSED}")


def _faults(area: StagingArea) -> Mapping[int, Refused]:
    """The refused rows that are still staged, by load: those of the bodies that were staged last."""
    by_load: dict[int, dict[int, list[str]]] = {}
    parts = (f"SELECT load_id, ordinal, fault::VARCHAR FROM temp.{table} WHERE {_REFUSED}" for table in ROWS)
    for load, ordinal, fault in area.connection.execute(" UNION ALL ".join(parts)).fetchall():
        by_load.setdefault(load, {}).setdefault(ordinal, []).append(fault)
    return by_load


def _found(area: StagingArea, piece: Piece, layout: Layout, refused: Refused) -> Iterator[tuple[int, str, str]]:
    """Line, text and fault of each refused row; a line may hold several rows, and then stands once for each."""
    body = piece.body
    match body.kind:
        case "parquet":
            rows = _of_parquet(area, body, refused)
        case "json":
            rows = _of_records(lines(body.path), refused)
        case _:
            head = header(body.path, piece.file.source.delimiter, layout.names)
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
