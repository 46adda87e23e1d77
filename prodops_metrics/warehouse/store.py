"""Staged events as stored ones: the type of their names, columns as declared, and rows in order."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import duckdb

from prodops_metrics.warehouse.received import json_pointer
from prodops_metrics.warehouse.report import Progress
from prodops_metrics.warehouse.schema import (
    EVENT_TYPE,
    SQL_TYPES,
    column_name,
    enum_type,
    event_days_table,
    key_column,
    quote,
    units_table,
)
from prodops_metrics.warehouse.staging.area import StagingArea, Values, id_column
from prodops_metrics.warehouse.staging.expressions import typed
from prodops_metrics.warehouse.staging.landing import Column

_ROWS_AT_ONCE = 6_000_000


def extend_event_type(connection: duckdb.DuckDBPyConnection, entities: Iterable[str]) -> None:
    """Adds names that are new to the type of event names; the codes of the others stay as they are."""
    known = _labels(connection)
    new = connection.execute("SELECT DISTINCT event FROM temp.arrived WHERE fault IS NULL ORDER BY event").fetchall()
    names = [*known, *(row[0] for row in new if row[0] not in set(known))]
    if len(names) == len(known):
        return
    tables = ["events", "event_sources", *(event_days_table(entity) for entity in entities)]
    _retype(connection, tables, f"{EVENT_TYPE}_next", names)
    _retype(connection, tables, EVENT_TYPE, names)
    connection.execute(f"DROP TYPE {EVENT_TYPE}_next")


def _labels(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "SELECT labels FROM duckdb_types() WHERE type_name = $name AND NOT internal", {"name": EVENT_TYPE}
    ).fetchone()
    return list(found[0]) if found and found[0] else []


def _retype(connection: duckdb.DuckDBPyConnection, tables: list[str], name: str, labels: list[str]) -> None:
    connection.execute(f"DROP TYPE IF EXISTS {name}")
    connection.execute(f"CREATE TYPE {name} AS {enum_type(labels)}")
    for table in tables:
        connection.execute(f"ALTER TABLE {quote(table)} ALTER COLUMN event TYPE {name}")


def migrate_columns(area: StagingArea, before: Mapping[str, str], kept_in_extra: Iterable[str] = ()) -> tuple[str, ...]:
    """Makes the columns of ``events`` those that are declared now; returns what changed, in words.

    Values of a property that is declared no more go back to the JSON column, those of a new one leave it.
    """
    now, connection = area.properties, area.connection
    gone = [name for name in before if now.get(name) != before[name]]
    come = [name for name in now if before.get(name) != now[name]]
    for name in gone:
        _to_extra(connection, name)
    for name in come:
        _from_extra(connection, name, now[name], keep=name in set(kept_in_extra))
    return (
        *(f"property `{name}` moved to the JSON column" for name in gone if name not in now),
        *(f"property `{name}` is a column now" for name in come),
    )


def _to_extra(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    column, values = quote(column_name(name)), Values()
    merged = f"json_merge_patch(coalesce(extra, '{{}}'), json_object({values.bind(name)}::VARCHAR, {column}::VARCHAR))"
    connection.execute(f"UPDATE events SET extra = {_sorted(merged)} WHERE {column} IS NOT NULL", values.bound)
    connection.execute(f"ALTER TABLE events DROP COLUMN {column}")


def _from_extra(connection: duckdb.DuckDBPyConnection, name: str, kind: str, *, keep: bool) -> None:
    column, values = quote(column_name(name)), Values()
    path = values.bind(json_pointer(name))
    value = typed(Column(f"json_extract_string(extra, {path})", "VARCHAR"), kind, None, values)
    connection.execute(f"ALTER TABLE events ADD COLUMN {column} {SQL_TYPES[kind]}")
    connection.execute(
        f"UPDATE events SET {column} = {value} WHERE json_extract_string(extra, {path}) IS NOT NULL", values.bound
    )
    if not keep:
        connection.execute(
            f"UPDATE events SET extra = {_without('$name::VARCHAR')} WHERE {column} IS NOT NULL", {"name": name}
        )


def _sorted(json: str) -> str:
    """JSON text with its keys in order, as staging writes it."""
    return _entries(json, f"list_sort(json_keys({json}))")


def _without(name: str) -> str:
    return _entries("extra", f"list_filter(json_keys(extra), lambda k: k <> {name})")


def _entries(json: str, keys: str) -> str:
    pointer = "'/' || replace(replace(k, '~', '~0'), '/', '~1')"
    pairs = f"list_transform({keys}, lambda k: to_json(k)::VARCHAR || ':' || json_extract({json}, {pointer})::VARCHAR)"
    return f"'{{' || nullif(array_to_string({pairs}, ','), '') || '}}'"


def append_events(area: StagingArea, progress: Progress) -> None:
    """Stores the staged events that are good, months in order and each sorted by event, unit and time."""
    columns = ", ".join(f"a.{quote(column_name(name))}" for name in area.properties)
    keys = ", ".join(f"{quote(f'u_{entity}')}.key AS {quote(key_column(entity))}" for entity in area.entities)
    joins = " ".join(
        f"LEFT JOIN {quote(units_table(entity))} AS {quote(f'u_{entity}')} "
        f"ON {quote(f'u_{entity}')}.id = a.{quote(id_column(entity))}"
        for entity in area.entities
    )
    order = ", ".join(
        ["date_trunc('month', a.day)", "a.event::event_name", *_key_order(area.entities), "a.ts", "a.event_id"]
    )
    area.connection.execute("SET preserve_insertion_order = true")
    for start, end in _months_at_once(area.connection):
        progress.stage(f"Storing events from {start:%Y-%m}")
        area.connection.execute(
            f"INSERT INTO events BY NAME SELECT a.event::{EVENT_TYPE} AS event, {keys}, a.ts, a.day, "
            f"{columns + ', ' if columns else ''} a.extra::JSON AS extra, a.event_id, a.load_id "
            f"FROM temp.arrived AS a {joins} WHERE a.fault IS NULL AND a.day BETWEEN $start AND $end ORDER BY {order}",
            {"start": start, "end": end},
        )


def _key_order(entities: Iterable[str]) -> Iterator[str]:
    return (f"{quote(f'u_{entity}')}.key" for entity in list(entities)[:1])


def _months_at_once(connection: duckdb.DuckDBPyConnection) -> list[tuple[date, date]]:
    """Ranges of whole months, each of no more rows than are sorted in memory, or one month."""
    months = connection.execute(
        "SELECT date_trunc('month', day)::DATE, last_day(max(day)), count(*) FROM temp.arrived WHERE fault IS NULL "
        "GROUP BY date_trunc('month', day) ORDER BY 1"
    ).fetchall()
    ranges: list[tuple[date, date]] = []
    held = 0
    for start, end, rows in months:
        if ranges and held + rows <= _ROWS_AT_ONCE:
            ranges[-1], held = (ranges[-1][0], end), held + rows
        else:
            ranges.append((start, end))
            held = rows
    return ranges
