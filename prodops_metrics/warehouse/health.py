"""What a refresh writes down about the data itself, day by day, so that nobody has to read all events to judge its health.

Only the days that a refresh touched are counted again: events and units from the roll-ups, and what properties hold from
the events of the last weeks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from prodops_metrics.definitions import Catalog, Property
from prodops_metrics.warehouse.received import json_pointer
from prodops_metrics.warehouse.refreshing import Refreshing
from prodops_metrics.warehouse.report import DayChange
from prodops_metrics.warehouse.schema import column_name, event_days_table, quote
from prodops_metrics.warehouse.staging.area import Values
from prodops_metrics.warehouse.through import complete_through

RECENT = timedelta(days=28)
"""How far back from the newest day properties are looked at: what was mended since shall not be told for ever."""
MOST_VALUES = 50
"""So many values of a property with an enum are kept of each event and day, the most frequent first."""
KEPT_CHANGES = 100
"""Of so many snapshots it is kept which days they changed."""

_TABLES = """
CREATE TABLE IF NOT EXISTS health_days(entity VARCHAR, event VARCHAR, day DATE, events UBIGINT, without_id UBIGINT,
    units UBIGINT, most UBIGINT);
CREATE TABLE IF NOT EXISTS health_properties(event VARCHAR, property VARCHAR, day DATE, events UBIGINT, filled UBIGINT,
    misfits UBIGINT, example VARCHAR);
CREATE TABLE IF NOT EXISTS health_values(event VARCHAR, property VARCHAR, day DATE, value VARCHAR, events UBIGINT);
CREATE TABLE IF NOT EXISTS health_changes(snapshot UINTEGER, source VARCHAR, day DATE, events UBIGINT, late BOOLEAN);
CREATE TABLE IF NOT EXISTS health_through(source VARCHAR, day DATE);
"""


def observe(refreshing: Refreshing) -> None:
    """Brings the tables of health up to date with the events; roll-ups and ``sources`` have to be written before."""
    connection, catalog = refreshing.connection, refreshing.catalog
    refreshing.progress.stage("Looking at the data's health")
    new = not connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'health_days'").fetchone()
    connection.execute(_TABLES)
    days = None if new or refreshing.everything else sorted(refreshing.changes.days)
    for entity in catalog.project.entities:
        _count_days(connection, entity, days)
    _look_at_properties(connection, catalog, days)
    _keep_changes(connection, catalog, refreshing.number)


def _count_days(connection: duckdb.DuckDBPyConnection, entity: str, days: Sequence[date] | None) -> None:
    within, values = _within(days)
    connection.execute(f"DELETE FROM health_days WHERE entity = $entity {within}", values | {"entity": entity})
    connection.execute(
        "INSERT INTO health_days SELECT $entity, event::VARCHAR, day, sum(events)::UBIGINT, "
        "coalesce(sum(events) FILTER (WHERE key IS NULL), 0)::UBIGINT, count(key), "
        "coalesce(max(events) FILTER (WHERE key IS NOT NULL), 0)::UBIGINT "
        f"FROM {quote(event_days_table(entity))} WHERE TRUE {within} GROUP BY event, day ORDER BY event::VARCHAR, day",
        values | {"entity": entity},
    )


def _within(days: Sequence[date] | None) -> tuple[str, dict[str, object]]:
    if days is None:
        return "", {}
    if not days:
        return "AND FALSE", {}
    bounds: dict[str, object] = {"first": min(days), "last": max(days), "days": list(days)}
    return "AND day BETWEEN $first AND $last AND day IN (SELECT unnest($days::DATE[]))", bounds


def _look_at_properties(connection: duckdb.DuckDBPyConnection, catalog: Catalog, days: Sequence[date] | None) -> None:
    newest = connection.execute("SELECT max(day) FROM health_days").fetchone()
    if newest is None or newest[0] is None:
        return
    first = newest[0] - RECENT + timedelta(days=1)
    recent = None if days is None else [day for day in days if day >= first]
    for table in ("health_properties", "health_values"):
        within, values = _within(recent)
        connection.execute(f"DELETE FROM {table} WHERE day < $oldest OR (TRUE {within})", values | {"oldest": first})
    if recent is None:
        recent = [first + timedelta(days=at) for at in range(RECENT.days)]
    if recent:
        _Properties(connection, catalog, recent).look()


@dataclass(frozen=True, slots=True)
class _Properties:
    """A look at what the events of some days hold in the properties that are declared of them."""

    connection: duckdb.DuckDBPyConnection
    catalog: Catalog
    days: Sequence[date]

    def look(self) -> None:
        names = list(self.catalog.property_types)
        self._fill(names)
        for name in self._kept_as_written(names):
            self._misfits(name)
        for name in names:
            if self._enum(name):
                self._values(name)

    def _fill(self, names: Sequence[str]) -> None:
        """Rows that hold each property, of each event that declares it."""
        counts = "".join(f", count({quote(column_name(name))}) AS c{at}" for at, name in enumerate(names))
        within, values = _within(self.days)
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE observed AS SELECT event::VARCHAR AS event, day, count(*) AS events{counts} "
            f"FROM events WHERE TRUE {within} GROUP BY event, day",
            values,
        )
        for at, name in enumerate(names):
            declared, bound = self._declaring(name)
            self.connection.execute(
                f"INSERT INTO health_properties SELECT event, $name, day, events, c{at}, 0, NULL FROM temp.observed "
                f"WHERE {declared} ORDER BY event, day",
                bound | {"name": name},
            )
        self.connection.execute("DROP TABLE temp.observed")

    def _declaring(self, name: str) -> tuple[str, dict[str, object]]:
        """The events that declare a property; all if it is common to them."""
        if name in self.catalog.properties:
            return "TRUE", {}
        own = [event.id for event in self.catalog.events.values() if name in event.properties]
        return "list_contains($own::VARCHAR[], event)", {"own": own}

    def _kept_as_written(self, names: Sequence[str]) -> list[str]:
        """The properties that some row keeps as they were written, since they are not of their type."""
        within, values = _within(self.days)
        found = self.connection.execute(
            f"SELECT DISTINCT unnest(json_keys(extra)) FROM events WHERE extra IS NOT NULL {within}", values
        ).fetchall()
        kinds = self.catalog.property_types
        return [name for name in names if kinds[name] != "string" and (name,) in set(found)]

    def _misfits(self, name: str) -> None:
        values = Values()
        written = f"json_extract_string(extra, {values.bind(json_pointer(name))})"
        within, days = _within(self.days)
        self.connection.execute(
            "UPDATE health_properties AS p SET misfits = m.misfits, example = m.example FROM ("
            f"SELECT event::VARCHAR AS event, day, count(*) AS misfits, min({written}) AS example FROM events "
            f"WHERE {quote(column_name(name))} IS NULL AND extra IS NOT NULL AND {written} IS NOT NULL {within} "
            "GROUP BY event, day) AS m WHERE p.event = m.event AND p.day = m.day AND p.property = $name",
            values.bound | days | {"name": name},
        )

    def _enum(self, name: str) -> Property | None:
        tables = (self.catalog.properties, *(event.properties for event in self.catalog.events.values()))
        return next((table[name] for table in tables if name in table and table[name].enum), None)

    def _values(self, name: str) -> None:
        column = quote(column_name(name))
        value = f"unnest({column})" if self.catalog.property_types[name] == "list" else column
        within, days = _within(self.days)
        declared, bound = self._declaring(name)
        self.connection.execute(
            "INSERT INTO health_values SELECT event, $name, day, value, count(*) FROM (SELECT event::VARCHAR AS event, "
            f"day, ({value})::VARCHAR AS value FROM events WHERE {column} IS NOT NULL {within}) WHERE {declared} "
            "GROUP BY event, day, value "
            "QUALIFY row_number() OVER (PARTITION BY event, day ORDER BY count(*) DESC, value) <= $most "
            "ORDER BY event, day, value",
            days | bound | {"name": name, "most": MOST_VALUES},
        )


def _keep_changes(connection: duckdb.DuckDBPyConnection, catalog: Catalog, snapshot: int) -> None:
    """Which days the new events belong to, and which of these had been complete before."""
    connection.execute("DELETE FROM health_changes WHERE snapshot <= $old", {"old": max(snapshot - KEPT_CHANGES, 0)})
    connection.execute(
        "INSERT INTO health_changes SELECT $snapshot, l.source, p.day, sum(p.rows), "
        "coalesce(bool_and(p.day <= t.day), FALSE) FROM temp.arrivals AS p "
        "JOIN loads AS l USING (load_id) LEFT JOIN health_through AS t ON t.source = l.source "
        "WHERE l.snapshot = $snapshot "
        "GROUP BY l.source, p.day ORDER BY l.source, p.day",
        {"snapshot": snapshot},
    )
    newest = connection.execute("SELECT source, newest_day FROM sources WHERE newest_day IS NOT NULL").fetchall()
    connection.execute("DELETE FROM health_through")
    known = [[name, complete_through(catalog.sources[name], day)] for name, day in newest if name in catalog.sources]
    if known:
        connection.executemany("INSERT INTO health_through VALUES (?, ?)", known)


def changes(connection: duckdb.DuckDBPyConnection, snapshot: int) -> tuple[DayChange, ...]:
    """The local days to which a refresh brought events."""
    found = connection.execute(
        "SELECT source, day, events, late FROM health_changes WHERE snapshot = $snapshot ORDER BY source, day",
        {"snapshot": snapshot},
    ).fetchall()
    return tuple(DayChange(*row) for row in found)
