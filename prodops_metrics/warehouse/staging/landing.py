"""An export file as a relation of raw columns: text from CSV, the file's own types from Parquet."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import accumulate

import duckdb

from prodops_metrics.errors import ExportError
from prodops_metrics.warehouse.containers import unpacked
from prodops_metrics.warehouse.schema import quote
from prodops_metrics.warehouse.staging.area import StagingArea
from prodops_metrics.warehouse.staging.documents import from_lines, from_table
from prodops_metrics.warehouse.staging.layout import PLAIN, Layout
from prodops_metrics.warehouse.staging.placed import NAMED, PLACED, placed
from prodops_metrics.warehouse.staging.records import Header, closes_quotes, header, mend, readable
from prodops_metrics.warehouse.staging.rows import Column, Piece, Pieces, Rows

# A mended file has no header, and these ends only; told so, the engine takes a CR within quotes for what it is.
_MENDED = ", new_line = '\\n'"
_NOT_UTF8 = (b"\xff\xfe", b"\xfe\xff")


@contextmanager
def landed(area: StagingArea, pieces: Pieces, layout: Layout = PLAIN) -> Iterator[Rows]:
    """The rows of a body, or of several that are alike, for as long as they are needed; objects if they or the layout nest.

    Raises:
        ExportError: the file cannot be read as a whole, or one of several cannot be read as it stands.
    """
    if pieces[0].body.kind == "json":
        with from_lines(area, pieces, layout) as rows:
            yield rows
        return
    with _table(area, pieces, layout) as table:
        if layout is PLAIN or not table.columns:
            yield table
        else:
            with from_table(area, table, layout) as rows:
                yield rows


@contextmanager
def _table(area: StagingArea, pieces: Pieces, layout: Layout) -> Iterator[Rows]:
    if pieces[0].body.kind == "parquet":
        yield _parquet(area, pieces)
        return
    area.connection.execute("SET preserve_insertion_order = true")
    try:
        yield _text(area, pieces, layout)
    finally:
        area.connection.execute("DROP TABLE IF EXISTS temp.landed")


def likeness(area: StagingArea, piece: Piece, layout: Layout) -> object:
    """What is equal for bodies that can be read at once: the header of text, the columns of Parquet.

    Raises:
        ExportError: the body cannot be read as a whole.
        OSError: neither can its file.
    """
    match piece.body.kind:
        case "text":
            return _header(piece, layout)
        case "parquet":
            return _columns_of_parquet(area, piece)
    return "json"


def _columns_of_parquet(area: StagingArea, piece: Piece) -> tuple[tuple[str, str], ...]:
    try:
        described = area.connection.execute("DESCRIBE SELECT * FROM read_parquet($path)", {"path": str(piece.body.path)})
        return tuple((row[0], row[1]) for row in described.fetchall())
    except duckdb.Error as fault:
        raise ExportError(f"{piece.file.path} cannot be read as Parquet: {_first_line(fault)} Export it again.") from fault


def _parquet(area: StagingArea, pieces: Pieces) -> Rows:
    described = _columns_of_parquet(area, pieces[0])
    columns = {name: Column(f"c{index}", kind) for index, (name, kind) in enumerate(described)}
    named = ", ".join(f"{quote(name)} AS {column.sql}" for name, column in columns.items())
    totals = [_rows_of_parquet(area, piece) for piece in pieces]
    own = f"SELECT {named}, file_row_number + 1 AS ordinal"
    if len(pieces) == 1:
        source = "read_parquet($path, file_row_number = true)"
        relation = f"({own}, file_row_number AS position, $load_id::UINTEGER AS load_id FROM {source})"
        return Rows(pieces, relation, columns, {"path": str(pieces[0].body.path), "load_id": pieces[0].load_id}, totals[0])
    values = {
        "paths": [str(piece.body.path) for piece in pieces],
        "loads": [piece.load_id for piece in pieces],
        "before": list(accumulate(totals[:-1], initial=0)),
    }
    source = f"read_parquet($paths, file_row_number = true{NAMED})"
    relation = (
        f"({own}, file_row_number + p.before AS position, p.load_id FROM {source} "
        "JOIN (SELECT unnest($paths::VARCHAR[]) AS path_read, unnest($loads::UINTEGER[]) AS load_id, "
        "unnest($before::BIGINT[]) AS before) AS p USING (path_read))"
    )
    return Rows(pieces, relation, columns, values, sum(totals))


def _rows_of_parquet(area: StagingArea, piece: Piece) -> int:
    return _number(area, "SELECT num_rows FROM parquet_file_metadata($path)", {"path": str(piece.body.path)})


def _text(area: StagingArea, pieces: Pieces, layout: Layout) -> Rows:
    piece = pieces[0]
    head = _header(piece, layout)
    if head is None:
        return Rows(pieces, "", {}, {})
    columns = {name: Column(f"c{index}", "VARCHAR") for index, name in enumerate(_distinct(head.names))}
    raw = [column.sql for column in columns.values()]
    if len(pieces) > 1:
        if unclosed := next((each.file.path for each in pieces if not closes_quotes(each.body.path, head)), None):
            raise ExportError(f"{unclosed} has a quote that is never closed")
        _land(area, [str(each.body.path) for each in pieces], head, raw, ends=NAMED)
        return Rows(pieces, PLACED, columns, placed(area, pieces), _landed_rows(area))
    try:
        _land(area, [str(piece.body.path)], head, raw)
        relation = "(SELECT *, rowid AS position, rowid + 1 AS ordinal, $load_id::UINTEGER AS load_id FROM temp.landed)"
    except (duckdb.InvalidInputException, duckdb.NotImplementedException):
        _land_mended(area, piece, head)
        own = "* REPLACE (ordinal::BIGINT AS ordinal), rowid AS position, $load_id::UINTEGER AS load_id"
        relation = f"(SELECT {own} FROM temp.landed)"
    except duckdb.Error as fault:
        raise ExportError(f"{piece.file.path} cannot be read: {_first_line(fault)} Export it again.") from fault
    return Rows(pieces, relation, columns, {"load_id": piece.load_id}, _landed_rows(area))


def _landed_rows(area: StagingArea) -> int:
    return _number(area, "SELECT count(*) FROM temp.landed", {})


def _number(area: StagingArea, sql: str, values: Mapping[str, object]) -> int:
    found = area.connection.execute(sql, values).fetchone()
    return int(found[0]) if found else 0


def _header(piece: Piece, layout: Layout) -> Header | None:
    path, file = piece.body.path, piece.file
    try:
        with unpacked(path) as stream:
            if stream.read(2) in _NOT_UTF8:
                raise ExportError(f"{file.path} is UTF-16. Export it as UTF-8.")
        return header(path, file.source.delimiter, layout.names)
    except EOFError as fault:
        raise ExportError(f"{file.path} ends in the middle (truncated gzip). Export or copy it again.") from fault


def _distinct(names: tuple[str, ...]) -> list[str]:
    """Names as the header has them; the second of two equal ones gets a number."""
    taken: dict[str, int] = {}
    result = []
    for name in names:
        taken[name] = taken.get(name, 0) + 1
        result.append(name if taken[name] == 1 else f"{name}_{taken[name]}")
    return result


def _land(area: StagingArea, paths: list[str], head: Header, columns: list[str], *, ends: str = "") -> None:
    # Every setting is stated: the sniffer looks at the first 20,480 rows only, and a later row may differ.
    types = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
    mark, headed = '"' if head.quoted else "", head.lines > 0 and ends != _MENDED
    sql = f"""
        CREATE TEMP TABLE landed AS SELECT * FROM read_csv($paths, delim = $delimiter, quote = '{mark}', escape = '{mark}',
        header = {headed}, skip = {head.skipped if headed else 0}, auto_detect = false,
        columns = {{{types}}}{ends})"""
    area.connection.execute(sql, {"paths": paths, "delimiter": head.delimiter})


def _land_mended(area: StagingArea, piece: Piece, head: Header) -> None:
    """Lands the good records of a broken file and sets the broken ones aside."""
    clean = area.scratch / "mended.csv"
    broken = mend(piece.body.path, head, clean)
    rows = ((record.line, readable(record.text), record.fault or "") for record in broken)
    area.set_aside(piece.load_id, rows, piece.body.member)
    try:
        columns = ["ordinal", *(f"c{index}" for index in range(len(head.names)))]
        _land(area, [str(clean)], head, columns, ends=_MENDED)
    except duckdb.Error as fault:
        raise ExportError(f"{piece.file.path} cannot be read: {_first_line(fault)} Export it again.") from fault
    finally:
        clean.unlink()


def _first_line(fault: duckdb.Error) -> str:
    return f"{str(fault).strip().splitlines()[0].rstrip('.')}."
