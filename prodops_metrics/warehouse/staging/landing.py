"""An export file as a relation of raw columns: text from CSV, the file's own types from Parquet."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from prodops_metrics.errors import ExportError
from prodops_metrics.warehouse.containers import Body, unpacked
from prodops_metrics.warehouse.files import ExportFile
from prodops_metrics.warehouse.schema import quote
from prodops_metrics.warehouse.staging.area import StagingArea
from prodops_metrics.warehouse.staging.documents import from_lines, from_table
from prodops_metrics.warehouse.staging.layout import PLAIN, Layout
from prodops_metrics.warehouse.staging.records import Header, header, mend, readable
from prodops_metrics.warehouse.staging.rows import Column, Rows

_NOT_UTF8 = (b"\xff\xfe", b"\xfe\xff")


@contextmanager
def landed(area: StagingArea, file: ExportFile, body: Body, load_id: int, layout: Layout = PLAIN) -> Iterator[Rows]:
    """The rows of a body of a file, for as long as they are needed; objects if it or the layout nests.

    Raises:
        ExportError: the file cannot be read as a whole.
    """
    if body.kind == "json":
        with from_lines(area, file, body, load_id, layout) as rows:
            yield rows
        return
    with _table(area, file, body, load_id, layout) as table:
        if layout is PLAIN or not table.columns:
            yield table
        else:
            with from_table(area, table, layout) as rows:
                yield rows


@contextmanager
def _table(area: StagingArea, file: ExportFile, body: Body, load_id: int, layout: Layout) -> Iterator[Rows]:
    if body.kind == "parquet":
        yield _parquet(area, file, body)
        return
    area.connection.execute("SET preserve_insertion_order = true")
    try:
        yield _text(area, file, body, load_id, layout)
    finally:
        area.connection.execute("DROP TABLE IF EXISTS temp.landed")


def _parquet(area: StagingArea, file: ExportFile, body: Body) -> Rows:
    values = {"path": str(body.path)}
    try:
        described = area.connection.execute("DESCRIBE SELECT * FROM read_parquet($path)", values).fetchall()
        total = _number(area, "SELECT num_rows FROM parquet_file_metadata($path)", values)
    except duckdb.Error as fault:
        raise ExportError(f"{file.path} cannot be read as Parquet: {_first_line(fault)} Export it again.") from fault
    columns = {row[0]: Column(f"c{index}", row[1]) for index, row in enumerate(described)}
    named = ", ".join(f"{quote(name)} AS {column.sql}" for name, column in columns.items())
    source = "read_parquet($path, file_row_number = true)"
    relation = f"(SELECT {named}, file_row_number AS position, file_row_number + 1 AS ordinal FROM {source})"
    return Rows(file, body, relation, columns, values, total)


def _text(area: StagingArea, file: ExportFile, body: Body, load_id: int, layout: Layout) -> Rows:
    head = _header(file, body, layout)
    if head is None:
        return Rows(file, body, "", {}, {})
    columns = {name: Column(f"c{index}", "VARCHAR") for index, name in enumerate(_distinct(head.names))}
    raw = [column.sql for column in columns.values()]
    try:
        _land(area, body.path, head, raw)
        relation = "(SELECT *, rowid AS position, rowid + 1 AS ordinal FROM temp.landed)"
    except duckdb.InvalidInputException:
        _land_mended(area, file, body, head, load_id)
        relation = "(SELECT * REPLACE (ordinal::BIGINT AS ordinal), rowid AS position FROM temp.landed)"
    except duckdb.Error as fault:
        raise ExportError(f"{file.path} cannot be read: {_first_line(fault)} Export it again.") from fault
    return Rows(file, body, relation, columns, {}, _number(area, "SELECT count(*) FROM temp.landed", {}))


def _number(area: StagingArea, sql: str, values: Mapping[str, object]) -> int:
    found = area.connection.execute(sql, values).fetchone()
    return int(found[0]) if found else 0


def _header(file: ExportFile, body: Body, layout: Layout) -> Header | None:
    try:
        with unpacked(body.path) as stream:
            if stream.read(2) in _NOT_UTF8:
                raise ExportError(f"{file.path} is UTF-16. Export it as UTF-8.")
        return header(body.path, file.source.delimiter, layout.names)
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


def _land(area: StagingArea, path: Path, head: Header, columns: list[str], *, with_header: bool = True) -> None:
    # Every setting is stated: the sniffer looks at the first 20,480 rows only, and a later row may differ.
    types = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
    mark, headed = '"' if head.quoted else "", with_header and head.lines > 0
    # A mended file has these ends only; told so, the engine takes a CR within quotes for what it is.
    ends = "" if with_header else " new_line = '\\n',"
    sql = f"""
        CREATE TEMP TABLE landed AS SELECT * FROM read_csv($path, delim = $delimiter, quote = '{mark}', escape = '{mark}',
        header = {headed}, skip = {head.skipped if headed else 0}, auto_detect = false,{ends}
        columns = {{{types}}})"""
    area.connection.execute(sql, {"path": str(path), "delimiter": head.delimiter})


def _land_mended(area: StagingArea, file: ExportFile, body: Body, head: Header, load_id: int) -> None:
    """Lands the good records of a broken file and sets the broken ones aside."""
    clean = area.scratch / "mended.csv"
    broken = mend(body.path, head, clean)
    area.set_aside(load_id, ((record.line, readable(record.text), record.fault or "") for record in broken), body.member)
    try:
        columns = ["ordinal", *(f"c{index}" for index in range(len(head.names)))]
        _land(area, clean, head, columns, with_header=False)
    except duckdb.Error as fault:
        raise ExportError(f"{file.path} cannot be read: {_first_line(fault)} Export it again.") from fault
    finally:
        clean.unlink()


def _first_line(fault: duckdb.Error) -> str:
    return str(fault).strip().splitlines()[0]
