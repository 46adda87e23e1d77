"""An export file as a relation of raw columns: text from CSV, the file's own types from Parquet."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import duckdb

from prodops_metrics.errors import ExportError
from prodops_metrics.warehouse.files import ExportFile
from prodops_metrics.warehouse.schema import quote
from prodops_metrics.warehouse.staging.area import StagingArea
from prodops_metrics.warehouse.staging.records import Header, header, mend, readable

_NOT_UTF8 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Column:
    """A raw column: its expression in SQL and its DuckDB type."""

    sql: str
    type: str

    @property
    def text(self) -> str:
        """The column as text; whole numbers kept as floats (ids with gaps) read like whole numbers."""
        if self.type == "VARCHAR":
            return self.sql
        if self.type in {"FLOAT", "DOUBLE"}:
            whole = f"TRY_CAST({self.sql} AS BIGINT)"
            return (
                f"CASE WHEN isnan({self.sql}) THEN NULL WHEN {whole} = {self.sql} THEN {whole}::VARCHAR "
                f"ELSE {self.sql}::VARCHAR END"
            )
        return f"{self.sql}::VARCHAR"


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a file: a relation with ``c0``, ``c1``, … and ``ordinal``, and which of them is which column."""

    file: ExportFile
    relation: str
    columns: Mapping[str, Column]
    parameters: Mapping[str, object]

    def column(self, name: str) -> Column:
        """A column that the source maps.

        Raises:
            ExportError: the file has no such column.
        """
        if name in self.columns:
            return self.columns[name]
        near = get_close_matches(name, self.columns, n=1, cutoff=0.5)
        hint = f" Did you mean `{near[0]}`?" if near else ""
        raise ExportError(
            f"{self.file.path}: there is no column `{name}`, which source `{self.file.source.id}` maps. "
            f"The file has {', '.join(f'`{column}`' for column in self.columns)}.{hint}"
        )


@contextmanager
def landed(area: StagingArea, file: ExportFile, load_id: int) -> Iterator[Rows]:
    """The rows of a file, for as long as they are needed.

    Raises:
        ExportError: the file cannot be read as a whole.
    """
    if file.parquet:
        yield _parquet(area, file)
        return
    area.connection.execute("SET preserve_insertion_order = true")
    try:
        yield _text(area, file, load_id)
    finally:
        area.connection.execute("DROP TABLE IF EXISTS temp.landed")


def _parquet(area: StagingArea, file: ExportFile) -> Rows:
    values = {"path": str(file.location)}
    try:
        described = area.connection.execute("DESCRIBE SELECT * FROM read_parquet($path)", values).fetchall()
    except duckdb.Error as fault:
        raise ExportError(f"{file.path} cannot be read as Parquet: {_first_line(fault)} Export it again.") from fault
    columns = {row[0]: Column(f"c{index}", row[1]) for index, row in enumerate(described)}
    named = ", ".join(f"{quote(name)} AS {column.sql}" for name, column in columns.items())
    source = "read_parquet($path, file_row_number = true)"
    return Rows(file, f"(SELECT {named}, file_row_number + 1 AS ordinal FROM {source})", columns, values)


def _text(area: StagingArea, file: ExportFile, load_id: int) -> Rows:
    head = _header(file)
    if head is None:
        return Rows(file, "", {}, {})
    columns = {name: Column(f"c{index}", "VARCHAR") for index, name in enumerate(_distinct(head.names))}
    raw = [column.sql for column in columns.values()]
    try:
        _land(area, file.location, head, raw)
        relation = "(SELECT *, rowid + 1 AS ordinal FROM temp.landed)"
    except duckdb.InvalidInputException:
        _land_mended(area, file, head, load_id)
        relation = "(SELECT * REPLACE (ordinal::BIGINT AS ordinal) FROM temp.landed)"
    except duckdb.Error as fault:
        raise ExportError(f"{file.path} cannot be read: {_first_line(fault)} Export it again.") from fault
    return Rows(file, relation, columns, {})


def _header(file: ExportFile) -> Header | None:
    try:
        with file.location.open("rb") as stream:
            if stream.read(2) in _NOT_UTF8:
                raise ExportError(f"{file.path} is UTF-16. Export it as UTF-8.")
        return header(file.location, file.source.delimiter)
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
    sql = f"""
        CREATE TEMP TABLE landed AS SELECT * FROM read_csv($path, delim = $delimiter, quote = '"', escape = '"',
        header = {with_header}, skip = {head.skipped if with_header else 0}, auto_detect = false,
        columns = {{{types}}})"""
    area.connection.execute(sql, {"path": str(path), "delimiter": head.delimiter})


def _land_mended(area: StagingArea, file: ExportFile, head: Header, load_id: int) -> None:
    """Lands the good records of a broken file and sets the broken ones aside."""
    clean = area.scratch / "mended.csv"
    broken = mend(file.location, head, clean)
    area.set_aside(load_id, ((record.line, readable(record.text), record.fault or "") for record in broken))
    try:
        columns = ["ordinal", *(f"c{index}" for index in range(len(head.names)))]
        _land(area, clean, head, columns, with_header=False)
    except duckdb.Error as fault:
        raise ExportError(f"{file.path} cannot be read: {_first_line(fault)} Export it again.") from fault
    finally:
        clean.unlink()


def _first_line(fault: duckdb.Error) -> str:
    return str(fault).strip().splitlines()[0]
