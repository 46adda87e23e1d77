"""Rows that are JSON objects: lines of JSON, or the rows of a table made into objects for a format that nests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from prodops_metrics.errors import ExportError
from prodops_metrics.warehouse.containers import Body, unpacked
from prodops_metrics.warehouse.files import ExportFile
from prodops_metrics.warehouse.staging.area import StagingArea, Values
from prodops_metrics.warehouse.staging.layout import PLAIN, Layout, pointer
from prodops_metrics.warehouse.staging.lines import MARK, glued, mend_lines
from prodops_metrics.warehouse.staging.records import readable
from prodops_metrics.warehouse.staging.rows import Column, Rows

# Blank lines are no rows. Two equal keys in one object: nobody can know which value was meant.
_FAULT = """CASE WHEN line IS NULL OR trim(line, ' ' || chr(9)) = '' THEN 'blank'
    WHEN NOT json_valid(line) OR json_type(line) <> 'OBJECT' THEN 'json'
    WHEN len(json_keys(line)) <> len(list_distinct(json_keys(line))) THEN 'json_keys' END"""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows come from, and how they are laid out."""

    file: ExportFile
    body: Body
    layout: Layout


@contextmanager
def from_lines(area: StagingArea, file: ExportFile, body: Body, load_id: int, layout: Layout = PLAIN) -> Iterator[Rows]:
    """The rows of a body of JSON lines, for as long as they are needed; broken lines are set aside.

    Raises:
        ExportError: it cannot be read as a whole.
    """
    _refuse_other_json(file, body)
    area.connection.execute("SET preserve_insertion_order = true")
    try:
        number = _land(area, file, body, load_id)
        _set_broken_aside(area, load_id, number, body.member)
        total = _count(area, "temp.landed")
        lines = f"SELECT line AS raw, {number} AS ordinal, rowid AS position FROM temp.landed WHERE fault IS NULL"
        relation = f"({lines} UNION ALL SELECT line, ordinal, {total} + rowid FROM temp.unglued)"
        yield _rows(area, Origin(file, body, layout), relation, Values())
    finally:
        for table in ("landed", "unglued", "documents"):
            area.connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


@contextmanager
def from_table(area: StagingArea, table: Rows, layout: Layout) -> Iterator[Rows]:
    """The rows of a table as objects without its empty fields, for as long as they are needed."""
    values = Values(dict(table.parameters))
    pairs = ", ".join(f"{values.bind(name)}::VARCHAR, {_filled(column)}" for name, column in table.columns.items())
    relation = f"(SELECT json_merge_patch('{{}}', json_object({pairs})) AS raw, ordinal FROM {table.relation})"
    try:
        yield _rows(area, Origin(table.file, table.body, layout), relation, values)
    finally:
        area.connection.execute("DROP TABLE IF EXISTS temp.documents")


def _filled(column: Column) -> str:
    return f"nullif({column.sql}, '')" if column.type == "VARCHAR" else column.sql


def _refuse_other_json(file: ExportFile, body: Body) -> None:
    with unpacked(body.path) as stream:
        start = stream.read(4096)
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise ExportError(f"{file.path} is UTF-16. Export it as UTF-8.")
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"[":
        raise ExportError(
            f"{file.path} is one JSON array. Export one object per line (JSON lines); `jq -c '.[]'` makes them of an array."
        )


def _land(area: StagingArea, file: ExportFile, body: Body, load_id: int) -> str:
    """Lands the lines as ``temp.landed(line, fault)``; returns the SQL of a line's number."""
    area.connection.execute("CREATE OR REPLACE TEMP TABLE unglued(line VARCHAR, ordinal BIGINT)")
    try:
        _read(area, str(body.path), ("line",))
    except duckdb.InvalidInputException:
        _land_mended(area, file, body, load_id)
        return "number::BIGINT"
    except duckdb.Error as fault:
        raise ExportError(f"{file.path} cannot be read: {str(fault).splitlines()[0]} Export it again.") from fault
    return "(rowid + 1)"


def _read(area: StagingArea, path: str, columns: tuple[str, ...]) -> None:
    types = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
    area.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE landed AS SELECT *, {_FAULT} AS fault FROM read_csv($path, delim = $mark, "
        f"quote = '', escape = '', header = false, auto_detect = false, columns = {{{types}}})",
        {"path": path, "mark": MARK},
    )


def _land_mended(area: StagingArea, file: ExportFile, body: Body, load_id: int) -> None:
    clean = area.scratch / "mended.jsonl"
    try:
        broken = mend_lines(body.path, clean)
        area.set_aside(load_id, ((one.line, readable(one.text), one.fault or "") for one in broken), body.member)
        _read(area, str(clean), ("number", "line"))
    except duckdb.Error as fault:
        raise ExportError(f"{file.path} cannot be read: {str(fault).splitlines()[0]} Export it again.") from fault
    finally:
        clean.unlink(missing_ok=True)


def _set_broken_aside(area: StagingArea, load_id: int, number: str, member: str | None) -> None:
    """Keeps the lines that are no objects, but for those that are several: they are taken apart."""
    suspects = area.connection.execute(
        f"SELECT {number}, line FROM temp.landed WHERE fault = 'json' AND line LIKE '%}}%{{%'"
    ).fetchall()
    parts = [(at, part) for at, line in suspects for part in glued(line) or ()]
    if parts:
        area.connection.execute(
            "INSERT INTO temp.unglued SELECT unnest($lines::VARCHAR[]), unnest($numbers::BIGINT[])",
            {"lines": [part for _, part in parts], "numbers": [at for at, _ in parts]},
        )
    area.connection.execute(
        f"INSERT INTO temp.malformed BY NAME SELECT $load AS load_id, {number} AS line, left(line, 20000) AS raw, "
        f"fault AS reason, $member::VARCHAR AS member FROM temp.landed WHERE fault IN ('json', 'json_keys') "
        f"AND {number} NOT IN (SELECT ordinal FROM temp.unglued)",
        {"load": load_id, "member": member},
    )


def _rows(area: StagingArea, origin: Origin, relation: str, values: Values) -> Rows:
    if origin.layout is PLAIN:
        total = _count(area, "temp.landed") + _count(area, "temp.unglued")
        relation = f"(SELECT raw, raw AS doc, ordinal, position FROM {relation})"
    else:
        made = origin.layout.documents(relation, values)
        area.connection.execute(f"CREATE OR REPLACE TEMP TABLE documents AS {made}", values.bound)
        total, values = _count(area, "temp.documents"), Values({})
        relation = "(SELECT raw, doc, ordinal, rowid AS position FROM temp.documents)"
    names = _keys(area, relation, values)
    inner = [name for name in _wanted(area, origin.file) if name not in names and name.partition(".")[0] in names]
    columns = {name: Column(f"c{index}", "VARCHAR") for index, name in enumerate((*names, *inner))}
    read = "".join(
        f", json_extract_string(doc, {values.bind(pointer(name, inner=name in inner))}) AS {column.sql}"
        for name, column in columns.items()
    )
    shaped = f"(SELECT raw, doc, ordinal, position{read} FROM {relation})"
    return Rows(origin.file, origin.body, shaped, columns, values.bound, total, documents=True, inner=frozenset(inner))


def _count(area: StagingArea, table: str) -> int:
    found = area.connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(found[0]) if found else 0


def _keys(area: StagingArea, relation: str, values: Values) -> list[str]:
    found = area.connection.execute(
        f"SELECT DISTINCT unnest(json_keys(doc)) AS name FROM {relation} ORDER BY name", values.bound
    ).fetchall()
    return [row[0] for row in found]


def _wanted(area: StagingArea, file: ExportFile) -> list[str]:
    """Names that may stand inside of an object: declared properties and mapped columns."""
    mapped = (one if isinstance(one, str) else getattr(one, "column", "") for one in file.source.columns.values())
    return sorted({*area.properties, *file.source.properties, *mapped, *area.entities.values()})
