"""Rows that are JSON objects: lines of JSON, or the rows of a table made into objects for a format that nests."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from prodops_metrics.definitions import Source
from prodops_metrics.errors import ExportError
from prodops_metrics.warehouse.containers import Body, unpacked
from prodops_metrics.warehouse.files import ExportFile
from prodops_metrics.warehouse.staging.area import StagingArea, Values
from prodops_metrics.warehouse.staging.layout import PLAIN, Layout, pointer
from prodops_metrics.warehouse.staging.lines import MARK, glued, mend_lines
from prodops_metrics.warehouse.staging.placed import NAMED, PLACED, placed
from prodops_metrics.warehouse.staging.records import readable
from prodops_metrics.warehouse.staging.rows import Column, Piece, Pieces, Rows

# Blank lines are no rows; the slow look at what blank is comes last.
_FAULT = """CASE WHEN line IS NULL THEN 'blank'
    WHEN NOT json_valid(line) THEN CASE WHEN trim(line, ' ' || chr(9)) = '' THEN 'blank' ELSE 'json' END
    WHEN json_type(line) <> 'OBJECT' THEN 'json' END"""
# Most objects of a file have the same keys, so that these are looked at once for each ``shape``.
_SHAPES = "SELECT min(rowid) FROM temp.landed WHERE fault IS NULL GROUP BY shape"
_ONE_OF_EACH = f"(SELECT line AS doc, shape FROM temp.landed WHERE rowid IN ({_SHAPES}))"
_KEYED = f"(SELECT doc FROM {_ONE_OF_EACH} UNION ALL SELECT line FROM temp.unglued)"


@contextmanager
def from_lines(area: StagingArea, pieces: Pieces, layout: Layout = PLAIN) -> Iterator[Rows]:
    """The rows of a body of JSON lines, or of several, for as long as they are needed; broken lines are set aside.

    Raises:
        ExportError: it cannot be read as a whole, or one of several has a broken line.
    """
    for piece in pieces:
        _refuse_other_json(piece.file, piece.body)
    area.connection.execute("SET preserve_insertion_order = true")
    try:
        if len(pieces) == 1:
            relation, values = _of_one(area, pieces[0])
        else:
            relation, values = _of_several(area, pieces)
        yield _rows(area, pieces, layout, relation, values)
    finally:
        for table in ("landed", "unglued", "documents"):
            area.connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


@contextmanager
def from_table(area: StagingArea, table: Rows, layout: Layout) -> Iterator[Rows]:
    """The rows of a table as objects without its empty fields, for as long as they are needed."""
    values = Values(dict(table.parameters))
    pairs = ", ".join(f"{values.bind(name)}::VARCHAR, {_filled(column)}" for name, column in table.columns.items())
    relation = f"(SELECT json_merge_patch('{{}}', json_object({pairs})) AS raw, load_id, ordinal FROM {table.relation})"
    try:
        yield _rows(area, table.pieces, layout, relation, values)
    finally:
        area.connection.execute("DROP TABLE IF EXISTS temp.documents")


def _of_one(area: StagingArea, piece: Piece) -> tuple[str, Values]:
    number = _land(area, piece)
    _set_broken_aside(area, piece, number)
    total = _count(area, "temp.landed")
    lines = f"SELECT line AS raw, {number} AS ordinal, rowid AS position FROM temp.landed WHERE fault IS NULL"
    relation = f"(SELECT *, $load_id::UINTEGER AS load_id FROM ({lines} UNION ALL SELECT line, ordinal, {total} + rowid "
    return f"{relation} FROM temp.unglued))", Values({"load_id": piece.load_id})


def _of_several(area: StagingArea, pieces: Pieces) -> tuple[str, Values]:
    """Lands lines of several bodies at once; where one is broken the careful way has to be gone with each body alone."""
    area.connection.execute("CREATE OR REPLACE TEMP TABLE unglued(line VARCHAR, ordinal BIGINT)")
    _read(area, [str(piece.body.path) for piece in pieces], ("line",), NAMED)
    found = area.connection.execute("SELECT path_read FROM temp.landed WHERE fault <> 'blank' LIMIT 1").fetchone()
    if found:
        raise ExportError(f"{found[0]} has a broken line")
    values = Values(placed(area, pieces))
    return f"(SELECT line AS raw, ordinal, position, load_id FROM {PLACED} WHERE fault IS NULL)", values


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


def _land(area: StagingArea, piece: Piece) -> str:
    """Lands the lines as ``temp.landed(line, fault)``; returns the SQL of a line's number."""
    area.connection.execute("CREATE OR REPLACE TEMP TABLE unglued(line VARCHAR, ordinal BIGINT)")
    try:
        _read(area, str(piece.body.path), ("line",))
    except (duckdb.InvalidInputException, duckdb.NotImplementedException):
        _land_mended(area, piece)
        return "number::BIGINT"
    except duckdb.Error as fault:
        raise ExportError(f"{piece.file.path} cannot be read: {str(fault).splitlines()[0]} Export it again.") from fault
    return "(rowid + 1)"


def _read(area: StagingArea, path: str | list[str], columns: tuple[str, ...], named: str = "") -> None:
    types = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
    settings = f"quote = '', escape = '', header = false, auto_detect = false, columns = {{{types}}}{named}"
    read = f"read_csv($path, delim = $mark, {settings})"
    area.connection.execute(
        "CREATE OR REPLACE TEMP TABLE landed AS SELECT *, CASE WHEN fault IS NULL THEN hash(json_keys(line)) END AS shape "
        f"FROM (SELECT *, {_FAULT} AS fault FROM {read})",
        {"path": path, "mark": MARK},
    )
    _refuse_repeated_keys(area)


def _refuse_repeated_keys(area: StagingArea) -> None:
    """Of two equal keys in one object nobody can know which value was meant."""
    found = area.connection.execute(
        f"SELECT shape FROM {_ONE_OF_EACH} WHERE len(json_keys(doc)) <> len(list_distinct(json_keys(doc)))"
    ).fetchall()
    if found:
        area.connection.execute(
            "UPDATE temp.landed SET fault = 'json_keys' WHERE list_contains($shapes::UBIGINT[], shape)",
            {"shapes": [row[0] for row in found]},
        )


def _land_mended(area: StagingArea, piece: Piece) -> None:
    clean = area.scratch / "mended.jsonl"
    try:
        broken = mend_lines(piece.body.path, clean)
        rows = ((one.line, readable(one.text), one.fault or "") for one in broken)
        area.set_aside(piece.load_id, rows, piece.body.member)
        _read(area, str(clean), ("number", "line"))
    except duckdb.Error as fault:
        raise ExportError(f"{piece.file.path} cannot be read: {str(fault).splitlines()[0]} Export it again.") from fault
    finally:
        clean.unlink(missing_ok=True)


def _set_broken_aside(area: StagingArea, piece: Piece, number: str) -> None:
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
        {"load": piece.load_id, "member": piece.body.member},
    )


def _rows(area: StagingArea, pieces: Pieces, layout: Layout, relation: str, values: Values) -> Rows:
    if layout is PLAIN:
        total = _count(area, "temp.landed") + _count(area, "temp.unglued")
        relation = f"(SELECT raw, raw AS doc, load_id, ordinal, position FROM {relation})"
    else:
        made = layout.documents(relation, values)
        area.connection.execute(f"CREATE OR REPLACE TEMP TABLE documents AS {made}", values.bound)
        total, values = _count(area, "temp.documents"), Values({})
        relation = "(SELECT raw, doc, load_id, ordinal, rowid AS position FROM temp.documents)"
    if len(pieces) > 1:
        _refuse_unlike(area, pieces, relation, values)
    names = _keys(area, _KEYED, Values()) if layout is PLAIN else _keys(area, relation, values)
    inner = [name for name in _wanted(area, pieces[0].file.source) if name not in names and name.partition(".")[0] in names]
    columns = {name: Column(f"c{index}", "VARCHAR") for index, name in enumerate((*names, *inner))}
    paths = [pointer(name, inner=name in inner) for name in columns]
    read = "".join(f", texts[{index}] AS {column.sql}" for index, column in enumerate(columns.values(), 1))
    # All texts of an object at once: it is parsed once.
    texts = f"json_extract_string(doc, {values.bind(paths)}::VARCHAR[]) AS texts"
    opened = f"(SELECT raw, doc, load_id, ordinal, position, {texts} FROM {relation})"
    shaped = f"(SELECT raw, doc, load_id, ordinal, position{read} FROM {opened})"
    return Rows(pieces, shaped, columns, values.bound, total, documents=True, inner=frozenset(inner))


def _count(area: StagingArea, table: str) -> int:
    found = area.connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(found[0]) if found else 0


def _keys(area: StagingArea, relation: str, values: Values) -> list[str]:
    found = area.connection.execute(
        f"SELECT DISTINCT unnest(json_keys(doc)) AS name FROM {relation} ORDER BY name", values.bound
    ).fetchall()
    return [row[0] for row in found]


def _refuse_unlike(area: StagingArea, pieces: Pieces, relation: str, values: Values) -> None:
    """Says that bodies cannot be read at once: a key that decides how a body is read stands in some of them only.

    Raises:
        ExportError: it names one of the bodies.
    """
    source = pieces[0].file.source
    nested = {part for name in _wanted(area, source) if "." in name for part in (name, name.partition(".")[0])}
    deciding = {column for role in ("event", "time", "id") if isinstance(column := source.columns.get(role), str)} | nested
    found = area.connection.execute(
        "SELECT DISTINCT load_id, unnest(list_intersect(json_keys(doc), $deciding::VARCHAR[])) FROM " + relation,
        values.bound | {"deciding": sorted(deciding)},
    ).fetchall()
    keys = {piece.load_id: frozenset(key for load_id, key in found if load_id == piece.load_id) for piece in pieces}
    for piece in pieces:
        if keys[piece.load_id] != keys[pieces[0].load_id]:
            raise ExportError(f"{piece.file.path} has other keys")


def _wanted(area: StagingArea, source: Source) -> list[str]:
    """Names that may stand inside of an object: declared properties and mapped columns."""
    mapped = (one if isinstance(one, str) else getattr(one, "column", "") for one in source.columns.values())
    return sorted({*area.properties, *source.properties, *mapped, *area.entities.values()})
