"""Tables that are already distinct: what most questions need, without times.

All are built at first; afterwards only the days that a refresh touched are taken out and written again.
"""

from collections.abc import Iterable
from datetime import date

import duckdb

from prodops_metrics.warehouse.duplicates import Replaced
from prodops_metrics.warehouse.schema import days_table, event_days_table, key_column, quote
from prodops_metrics.warehouse.staging.area import StagingArea


def rebuild_days(area: StagingArea, activity_off: Iterable[str], *, everything: bool) -> None:
    """Writes ``event_days`` and ``days`` of every entity, for the touched days or for all."""
    quiet = sorted(activity_off)
    days = None if everything else touched_days(area.connection)
    for entity in area.entities:
        _rebuild_event_days(area.connection, entity, days)
        _rebuild_active_days(area.connection, entity, days, quiet)


def touched_days(connection: duckdb.DuckDBPyConnection) -> list[date]:
    """The local days whose events this refresh changed."""
    found = connection.execute(
        "SELECT DISTINCT day FROM temp.arrived WHERE fault IS NULL UNION SELECT day FROM temp.replaced ORDER BY 1"
    )
    return [row[0] for row in found.fetchall()]


def _rebuild_event_days(connection: duckdb.DuckDBPyConnection, entity: str, days: list[date] | None) -> None:
    table, key = quote(event_days_table(entity)), quote(key_column(entity))
    _clear(connection, table, days)
    within, values = _within(days)
    # Events without a unit stay apart, one row each: nobody knows which of them are the same unit's.
    connection.execute(
        f"INSERT INTO {table} SELECT event, key, day, events FROM ("
        f"SELECT event, {key} AS key, day, count(*)::UINTEGER AS events FROM events WHERE {key} IS NOT NULL {within} "
        f"GROUP BY event, {key}, day UNION ALL "
        f"SELECT event, NULL, day, 1 FROM events WHERE {key} IS NULL {within}) ORDER BY event, key, day",
        values,
    )


def _rebuild_active_days(
    connection: duckdb.DuckDBPyConnection, entity: str, days: list[date] | None, quiet: list[str]
) -> None:
    table = quote(days_table(entity))
    _clear(connection, table, days)
    within, values = _within(days)
    active = " AND NOT list_contains($quiet, event::VARCHAR)" if quiet else ""
    connection.execute(
        f"INSERT INTO {table} SELECT DISTINCT key, day FROM {quote(event_days_table(entity))} "
        f"WHERE key IS NOT NULL {within}{active} ORDER BY key, day",
        values | ({"quiet": quiet} if quiet else {}),
    )


def _clear(connection: duckdb.DuckDBPyConnection, table: str, days: list[date] | None) -> None:
    if days is None:
        connection.execute(f"DELETE FROM {table}")
    else:
        connection.execute(f"DELETE FROM {table} WHERE day IN (SELECT unnest($days::DATE[]))", {"days": days})


def _within(days: list[date] | None) -> tuple[str, dict[str, object]]:
    if days is None:
        return "", {}
    if not days:
        return "AND FALSE", {}
    bounds: dict[str, object] = {"first": days[0], "last": days[-1], "days": days}
    return "AND day BETWEEN $first AND $last AND day IN (SELECT unnest($days::DATE[]))", bounds


def rebuild_sources(area: StagingArea, kinds: dict[str, str], replaced: Replaced) -> None:
    """Writes which source brings which event, how many, and the newest of each source."""
    _store_event_sources(area.connection, everything=bool(replaced))
    area.connection.execute("DELETE FROM sources")
    area.connection.execute(
        """
        INSERT INTO sources SELECT k.source, k.kind, max(e.last_ts),
            timezone($zone, timezone('UTC', max(e.last_ts)))::DATE
        FROM (SELECT unnest($sources::VARCHAR[]) AS source, unnest($kinds::VARCHAR[]) AS kind) AS k
        LEFT JOIN event_sources AS e ON e.source = k.source GROUP BY k.source, k.kind ORDER BY k.source""",
        {"zone": area.timezone, "sources": list(kinds), "kinds": list(kinds.values())},
    )


def _store_event_sources(connection: duckdb.DuckDBPyConnection, *, everything: bool) -> None:
    """Adds what is new to what is there; after rows gave way, counts everything again."""
    new = "events" if everything else "temp.arrived"
    good = "" if everything else "WHERE e.fault IS NULL"
    kept = "" if everything else "UNION ALL SELECT event::VARCHAR, source, events, first_ts, last_ts FROM event_sources"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE counted AS
        SELECT event, source, sum(n)::UBIGINT AS events, min(first_ts) AS first_ts, max(last_ts) AS last_ts FROM (
            SELECT e.event::VARCHAR AS event, l.source, count(*) AS n, min(e.ts) AS first_ts, max(e.ts) AS last_ts
            FROM {new} AS e JOIN loads AS l USING (load_id) {good} GROUP BY e.event, l.source {kept})
        GROUP BY event, source"""
    )
    connection.execute("DELETE FROM event_sources")
    connection.execute(
        "INSERT INTO event_sources SELECT event::event_name, source, events, first_ts, last_ts FROM temp.counted "
        "ORDER BY source, event"
    )
