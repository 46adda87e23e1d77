"""Releases and feedback: rows that are kept as they were stated, and the events that follow from them.

The newest content of a file replaces what it stated before. Of several rows with one id the last counts (by path, then by
place in the file), so that the order in which files were read does not matter; the others are duplicates. What a source
states makes its events anew whenever it changes; these files are small beside those of events.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from prodops_metrics.definitions import Source
from prodops_metrics.definitions.records import FEEDBACK, FEEDBACK_TYPES, RELEASE, ROLLED_BACK, SHIPPED
from prodops_metrics.warehouse.duplicates import replaced_columns
from prodops_metrics.warehouse.received import json_pointer
from prodops_metrics.warehouse.refreshing import Refreshing
from prodops_metrics.warehouse.schema import RECORD_TABLES, column_name, quote
from prodops_metrics.warehouse.staging.area import StagingArea, Values, id_column
from prodops_metrics.warehouse.staging.expressions import rest, typed
from prodops_metrics.warehouse.staging.rows import Column


@dataclass(frozen=True, slots=True)
class _Telling:
    """One event that a row stands for: its name, its moment, where its units stand, and the columns it is told by."""

    event: str
    moment: str
    units: Mapping[str, str]
    columns: Mapping[str, str]


def enter(refreshing: Refreshing) -> None:
    """Takes in the newest content of such files, and makes the events of each source anew of which a row came or went."""
    changed = _store(refreshing.area, refreshing.gone)
    if changed:
        _take_out(refreshing, changed)
        for source in changed:
            _tell_all(refreshing, refreshing.catalog.exports[source])


def _store(area: StagingArea, gone: Iterable[int]) -> tuple[str, ...]:
    """Puts what files state now in place of what they stated before; returns the sources of which a row came or went."""
    changed: set[str] = set()
    bound = {"gone": list(gone)}
    for table, columns in RECORD_TABLES.items():
        own, names = quote(table), ", ".join(columns)
        touched = area.connection.execute(
            f"SELECT source FROM {own} WHERE list_contains($gone, load_id) "
            f"UNION SELECT source FROM temp.arrived_{table} WHERE fault IS NULL",
            bound,
        ).fetchall()
        area.connection.execute(f"DELETE FROM {own} WHERE list_contains($gone, load_id)", bound)
        area.connection.execute(
            f"INSERT INTO {own} BY NAME SELECT {names}, ordinal, load_id, FALSE AS in_force FROM temp.arrived_{table} "
            "WHERE fault IS NULL ORDER BY load_id, ordinal"
        )
        if touched:
            _settle(area.connection, table)
        changed |= {row[0] for row in touched}
    return tuple(sorted(changed))


def _take_out(refreshing: Refreshing, sources: Iterable[str]) -> None:
    """Takes out the events that these sources stood for until now."""
    connection, days = refreshing.connection, refreshing.changes.days
    loads = connection.execute("SELECT load_id FROM loads WHERE list_contains($sources, source)", {"sources": list(sources)})
    bound = {"loads": [row[0] for row in loads.fetchall()]}
    of_them = "FROM events AS e WHERE list_contains($loads, e.load_id)"
    connection.execute(f"INSERT INTO temp.replaced BY NAME SELECT {replaced_columns(refreshing.area)} {of_them}", bound)
    connection.execute("DELETE FROM temp.pending WHERE list_contains($loads, load_id)", bound)
    for day, rows in connection.execute(f"SELECT day, count(*) {of_them} GROUP BY day", bound).fetchall():
        days[day] = days.get(day, 0) - rows
        refreshing.changes.replaced += rows
    connection.execute("DELETE FROM events WHERE list_contains($loads, load_id)", bound)


def _tell_all(refreshing: Refreshing, source: Source) -> None:
    """Puts the events that a source stands for now on their way into the snapshot."""
    found = refreshing.connection.execute(
        f"SELECT DISTINCT load_id FROM {quote(source.kind)} WHERE source = $source AND in_force ORDER BY load_id",
        {"source": source.id},
    )
    for (load_id,) in found.fetchall():
        for telling in _tellings(refreshing.area, source):
            _tell(refreshing.area, source, telling, load_id)
    refreshing.pending.take()


def _settle(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Says which row of each id counts, and writes it into the books of all loads."""
    connection.execute(
        f"""
        UPDATE {quote(table)} AS r SET in_force = (w.place = 1) FROM (
            SELECT r.rowid AS row, row_number() OVER (PARTITION BY r.source, r.id ORDER BY l.path DESC, r.ordinal DESC)
                AS place
            FROM {quote(table)} AS r JOIN loads AS l USING (load_id)) AS w
        WHERE w.row = r.rowid AND r.in_force IS DISTINCT FROM (w.place = 1)"""
    )
    connection.execute(
        "UPDATE loads SET loaded = c.loaded, duplicates = c.repeated FROM (SELECT load_id, count(*) FILTER (in_force) "
        f"AS loaded, count(*) FILTER (NOT in_force) AS repeated FROM {quote(table)} GROUP BY load_id) AS c "
        "WHERE loads.load_id = c.load_id"
    )


def _tellings(area: StagingArea, source: Source) -> tuple[_Telling, ...]:
    if source.kind == "releases":
        units = {RELEASE: "id"}
        return (_Telling(SHIPPED, "ts", units, {}), _Telling(ROLLED_BACK, "rolled_back_at", units, {}))
    units = {entity: f"json_extract_string(units, '{json_pointer(entity)}')" for entity in area.entities}
    return (_Telling(FEEDBACK, "ts", units, FEEDBACK_TYPES),)


def _tell(area: StagingArea, source: Source, telling: _Telling, load_id: int) -> None:
    values = Values({"load": load_id, "event": telling.event})
    kept = {name: Column(name, _SQL[kind]) for name, kind in telling.columns.items()}
    kept |= {name: _attribute(name, values) for name in _keys(area.connection, source, load_id) if name not in kept}
    held = {
        name: typed(column, area.properties[name], source.time, values)
        for name, column in kept.items()
        if name in area.properties
    }
    extra = {name: (column, f"({held[name]}) IS NULL" if name in held else "TRUE") for name, column in kept.items()}
    properties = "".join(f", {value} AS {quote(column_name(name))}" for name, value in held.items())
    ids = "".join(f", {sql} AS {quote(id_column(entity))}" for entity, sql in telling.units.items())
    area.connection.execute(
        f"""
        INSERT INTO temp.arrived BY NAME
        SELECT load_id, $event::VARCHAR AS event{ids}, {telling.moment} AS ts, {_day(area, telling.moment, values)} AS day
            {properties}, {rest(extra, values)} AS extra, 0::USMALLINT AS set_aside,
            md5(concat_ws(chr(31), source, id, $event::VARCHAR))::UUID AS event_id
        FROM {quote(source.kind)} WHERE load_id = $load AND in_force AND {telling.moment} IS NOT NULL""",
        values.bound,
    )


_SQL = {"string": "VARCHAR", "number": "DOUBLE"}


def _attribute(name: str, values: Values) -> Column:
    return Column(f"json_extract_string(attributes, {values.bind(json_pointer(name))})", "VARCHAR")


def _keys(connection: duckdb.DuckDBPyConnection, source: Source, load_id: int) -> list[str]:
    """The names of all that the rows of a load carry besides their roles."""
    found = connection.execute(
        f"SELECT DISTINCT unnest(json_keys(attributes)) AS name FROM {quote(source.kind)} WHERE load_id = $load "
        "AND attributes IS NOT NULL ORDER BY name",
        {"load": load_id},
    )
    return [row[0] for row in found.fetchall()]


def _day(area: StagingArea, moment: str, values: Values) -> str:
    return f"timezone({values.bind(area.timezone)}, timezone('UTC', {moment}))::DATE"
