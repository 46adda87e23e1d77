"""Raw columns as typed SQL expressions: times, ids, declared values, and the JSON of all the rest."""

import json
from collections.abc import Iterable, Mapping

from prodops_metrics.definitions import TimeFormat
from prodops_metrics.errors import ExportError
from prodops_metrics.warehouse.schema import SQL_TYPES
from prodops_metrics.warehouse.staging.area import Values
from prodops_metrics.warehouse.staging.rows import WHOLE, Column, Rows
from prodops_metrics.warehouse.statement import Binder

_MICROSECONDS = {"s": "1000000", "ms": "1000", "us": "1", "ns": "0.001"}
_DIRECT = {"integer": {*WHOLE, "DOUBLE"}, "number": {*WHOLE, "DOUBLE"}, "boolean": {"BOOLEAN"}}
"""From which types a value is taken as it is; from all others by its text, as it would be if it had been kept as JSON."""
# An offset or UTC after a time of day; a date such as 2024-01-01 must not look like one.
_OFFSET = r"':\d\d(\.\d+)?\s*(Z|z|UTC|[+-]\d\d(:?\d\d)?)$'"
# 29/02/18 is no ISO date, yet it is read as a day of the year 29: years of two or three digits are refused.
_BOUNDS = "BETWEEN TIMESTAMP '1000-01-01' AND TIMESTAMP '9999-12-31'"


def instant(column: Column, time: TimeFormat | None, values: Binder) -> str:
    """Naive UTC of a moment, NULL where the column does not hold one in the format that is declared."""
    raw = _raw_instant(column, time, values)
    return f"CASE WHEN ({raw}) {_BOUNDS} THEN ({raw}) END"


def local_day(timezone: str, instant: str, values: Binder) -> str:
    """The day of an instant (naive UTC) in the project's time zone."""
    if timezone == "UTC":
        return f"{instant}::DATE"
    return f"timezone({values.bind(timezone)}, timezone('UTC', {instant}))::DATE"


def _local(timestamp: str, time: TimeFormat | None, values: Binder) -> str:
    """A local naive timestamp as naive UTC."""
    zone = (time and time.timezone) or "UTC"
    return timestamp if zone == "UTC" else f"timezone('UTC', timezone({values.bind(zone)}, {timestamp}))"


def _raw_instant(column: Column, time: TimeFormat | None, values: Binder) -> str:
    if column.type == "TIMESTAMP WITH TIME ZONE":
        return f"timezone('UTC', {column.sql})"
    if column.type.startswith("TIMESTAMP") or column.type == "DATE":
        return _local(f"{column.sql}::TIMESTAMP", time, values)
    if time is not None and time.unit is not None:
        return _counted(column, _MICROSECONDS[time.unit])
    if column.type != "VARCHAR":
        raise ExportError(
            f"Times arrive as {column.type}: add `unit: s`, `ms`, `us` or `ns` to the source's `time`, "
            "or export them as timestamps."
        )
    return _formatted(column, time, values) if time is not None and time.format else _iso(column, time, values)


def _counted(column: Column, factor: str) -> str:
    count = f"TRY_CAST({column.sql} AS DECIMAL(38, 6))"
    return f"TRY(make_timestamp(TRY_CAST(round({count} * {factor}) AS BIGINT)))"


def _formatted(column: Column, time: TimeFormat, values: Binder) -> str:
    pattern = time.format or ""
    parsed = f"try_strptime({column.sql}, {values.bind(pattern)})"
    return f"timezone('UTC', {parsed})" if "%z" in pattern or "%Z" in pattern else _local(parsed, time, values)


def _iso(column: Column, time: TimeFormat | None, values: Binder) -> str:
    placed = f"timezone('UTC', TRY_CAST({column.sql} AS TIMESTAMPTZ))"
    spaced = f"timezone('UTC', TRY_CAST(regexp_replace({column.sql}, '\\s+([+-])', '\\1') AS TIMESTAMPTZ))"
    with_offset = f"coalesce({placed}, {spaced})"
    naive = f"TRY_CAST({column.sql} AS TIMESTAMP)"
    if (here := _local(naive, time, values)) == naive:
        return with_offset
    return f"CASE WHEN regexp_matches({column.sql}, {_OFFSET}) THEN {with_offset} ELSE {here} END"


def identifier(column: Column, nulls: tuple[str, ...], values: Values) -> str:
    """An id as text; NULL where it is empty, or where the source says that a value stands for none.

    A whole number that a table keeps as a decimal reads like a whole number.
    """
    text = column.text
    if column.type.startswith("DECIMAL"):
        text = (
            f"CASE WHEN {column.sql} = trunc({column.sql}) THEN trunc({column.sql})::DECIMAL(38, 0)::VARCHAR ELSE {text} END"
        )
    for null in dict.fromkeys(("", *nulls)):
        text = f"nullif({text}, {values.bind(null)})"
    return text


def typed(column: Column, kind: str, time: TimeFormat | None, values: Values) -> str:
    """A declared value in its type, NULL where the column holds something else."""
    column = column.plain
    if kind == "time":
        return _moment_or_null(column, time, values)
    if column.type not in _DIRECT.get(kind, ()):
        column = column.as_text
    if kind == "string":
        return column.sql
    if kind == "integer" and column.type not in WHOLE:
        number = f"TRY_CAST({column.sql} AS DOUBLE)"
        return f"CASE WHEN floor({number}) = {number} THEN TRY_CAST({column.sql} AS BIGINT) END"
    if kind == "number" and column.type not in WHOLE:
        number = f"TRY_CAST({column.sql} AS DOUBLE)"
        return f"CASE WHEN isfinite({number}) THEN {number} END"
    return f"TRY_CAST({column.sql} AS {SQL_TYPES[kind]})"


def given_back(column: Column, kind: str) -> bool:
    """Whether a value of a kind says all that a column of this type does, wherever there is one."""
    exact = column.type in _DIRECT.get(kind, ()) and not (kind == "number" and column.type in {"BIGINT", "UBIGINT"})
    return kind == "string" or exact


def always_fits(column: Column, kind: str) -> bool:
    """Whether every value that a column of this type can hold is one of a kind, and stays what it was."""
    kinds = {"string": {"VARCHAR"}, "integer": WHOLE - {"UBIGINT"}, "boolean": {"BOOLEAN"}}
    return column.type in kinds.get(kind, ())


def _moment_or_null(column: Column, time: TimeFormat | None, values: Values) -> str:
    """A moment; where the source counts moments or writes them its own way, ISO is understood as well."""
    if column.type == "DATE" or column.type.startswith("TIMESTAMP"):
        return instant(column, time, values)
    counted = bool(time and time.unit)
    if column.type != "VARCHAR":
        return instant(column, time, values) if counted and column.type != "BOOLEAN" else "NULL::TIMESTAMP"
    stated = instant(column, time, values)
    if time is None or not (counted or time.format):
        return stated
    return f"coalesce({stated}, {instant(column, TimeFormat(timezone=time.timezone), values)})"


def rest(columns: Mapping[str, tuple[Column, str]], values: Values) -> str:
    """JSON text of the columns that are kept as they stand, names in order, NULLs left out; NULL if none is left.

    ``columns`` maps names to the column and the condition under which it is kept ("TRUE" for always).
    """
    if not columns:
        return "NULL::VARCHAR"
    parts = [_part(name, *columns[name], values) for name in sorted(columns)]
    joined = f"concat_ws(',', {', '.join(parts)})"
    return f"'{{' || nullif({joined}, '') || '}}'"


def _part(name: str, column: Column, condition: str, values: Values) -> str:
    label = f"to_json({values.bind(name)}::VARCHAR) || ':' || "
    pair = f"{label}{column.kept}"
    return pair if condition == "TRUE" else f"CASE WHEN {condition} THEN {pair} END"


def whole(rows: Rows) -> str:
    """Text that is equal where two rows are, whatever the order of their columns."""
    if rows.documents:
        return ordered("raw")
    return ", ".join(f"coalesce({rows.columns[name].text}, '')" for name in sorted(rows.columns))


def document_rest(taken: Iterable[str], sometimes: Mapping[str, tuple[Column, str]], values: Values) -> str:
    """JSON of the object ``doc`` without what is taken, but for what stays where its condition holds; NULLs left out."""
    nothing = values.bind(json.dumps(dict.fromkeys(sorted(taken))))
    left = f"json_merge_patch('{{}}', json_merge_patch(doc, {nothing}::JSON))"
    if not sometimes:
        return left
    pairs = ", ".join(
        f"{values.bind(name)}::VARCHAR, CASE WHEN {condition} THEN json_extract(doc, {values.bind(_plain(name))}) END"
        for name, (_, condition) in sometimes.items()
    )
    any_of = " OR ".join(f"({condition} AND {column.sql} IS NOT NULL)" for column, condition in sometimes.values())
    return f"CASE WHEN {any_of} THEN json_merge_patch({left}, json_object({pairs})) ELSE {left} END"


def _plain(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")


def ordered(document: str) -> str:
    """An object as text with its keys in order; NULL of an empty one."""
    keys = f"json_keys({document})"
    entries = f"map_entries(from_json({document}, '\"MAP(VARCHAR, JSON)\"'))"
    pairs = f"list_transform(list_sort({entries}), lambda e: to_json(e.key)::VARCHAR || ':' || e.value::VARCHAR)"
    return (
        f"CASE WHEN {document}::VARCHAR = '{{}}' THEN NULL WHEN {keys} = list_sort({keys}) THEN {document}::VARCHAR "
        f"ELSE '{{' || array_to_string({pairs}, ',') || '}}' END"
    )
