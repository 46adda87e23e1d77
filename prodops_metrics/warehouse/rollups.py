"""Tables that are already distinct: what most questions need, without times.

All are built at first; afterwards only the days that a refresh touched are taken out and written again.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import duckdb

from prodops_metrics.warehouse import day_masks
from prodops_metrics.warehouse.packed import MOST, NOBODY, Numbers, by_itself, by_unit_and_day, counted, numbers
from prodops_metrics.warehouse.pending import ROWS_AT_ONCE, event_of
from prodops_metrics.warehouse.refreshing import Refreshing
from prodops_metrics.warehouse.schema import EVENT_TYPE, event_days_table, key_column, quote


def rebuild_days(refreshing: Refreshing) -> None:
    """Writes ``event_days`` and ``day_masks`` of every entity, for the touched days or for all."""
    area, quiet = refreshing.area, sorted(refreshing.catalog.activity_off)
    refreshing.progress.stage("Writing roll-ups")
    days = None if refreshing.everything else sorted(refreshing.changes.days)
    for entity in area.entities:
        _rebuild_event_days(area.connection, entity, days)
        day_masks.rebuild(area.connection, entity, days, quiet)


def _rebuild_event_days(connection: duckdb.DuckDBPyConnection, entity: str, days: list[date] | None) -> None:
    table, key = quote(event_days_table(entity)), quote(key_column(entity))
    _clear(connection, table, days)
    within, values = _within(days)
    for piece in _pieces(connection, key, within, values):
        packed = by_unit_and_day("enum_code(event)", key, "day - $first_day::DATE")
        nobody = f"OR {key} IS NULL" if piece["first_key"] == 0 else ""
        found = numbers(
            connection,
            f"SELECT {packed} FROM events WHERE ({key} BETWEEN $first_key AND $last_key {nobody}) AND {_OF_PIECE} {within}",
            values | piece,
        )
        _store_counted(connection, table, found, piece["first_day"])


def _store_counted(connection: duckdb.DuckDBPyConnection, table: str, found: Numbers, first_day: object) -> None:
    packed, events = by_itself(*counted(found))
    # The statement reads it by its name: what is registered instead stays in memory until the transaction ends.
    counts = {"packed": packed, "events": events}  # noqa: F841
    connection.execute(
        f"INSERT INTO {table} SELECT {event_of('c.packed >> 48')}, nullif((c.packed >> 16) & {NOBODY}, {NOBODY})::UINTEGER, "
        "$first_day::DATE + (c.packed & 65535)::INTEGER, c.events "
        "FROM counts AS c",  # they come in order
        {"first_day": first_day},
    )


_OF_PIECE = (
    f"event BETWEEN $first_event::{EVENT_TYPE} AND $last_event::{EVENT_TYPE} AND day BETWEEN $first_day AND $last_day"
)


def _pieces(
    connection: duckdb.DuckDBPyConnection, key: str, within: str, values: dict[str, object]
) -> Iterator[dict[str, object]]:
    """Neighbouring events, or the neighbouring units of a frequent one, so few that they are counted in memory."""
    found = connection.execute(
        f"SELECT event, count(*), coalesce(max({key}), 0), min(day), max(day) FROM events WHERE TRUE {within} "
        "GROUP BY event ORDER BY event",
        values,
    ).fetchall()
    for days in _spans(found):
        for events in _together([row[:3] for row in found]):
            rows, last_key = sum(rows for _, rows, _ in events), max(last for _, _, last in events)
            for keys in _key_ranges(rows, last_key):
                yield {"first_event": events[0][0], "last_event": events[-1][0], **keys, **days}


def _spans(found: Iterable[tuple[str, int, int, date, date]]) -> Iterator[dict[str, date]]:
    """All days, cut so that each has a place in a packed number: one span, unless they lie centuries apart."""
    bounds = [day for row in found for day in row[3:]]
    first, last = min(bounds, default=date.max), max(bounds, default=date.min)
    while first <= last:
        end = min(last, date.fromordinal(first.toordinal() + MOST - 1)) if (last - first).days >= MOST else last
        yield {"first_day": first, "last_day": end}
        if end == last:
            return
        first = end + timedelta(days=1)


def _together(events: Iterable[tuple[str, int, int]]) -> Iterator[list[tuple[str, int, int]]]:
    """Neighbours with no more rows than are counted at once; what has more stands alone."""
    group: list[tuple[str, int, int]] = []
    for event in events:
        if group and sum(rows for _, rows, _ in group) + event[1] > ROWS_AT_ONCE:
            yield group
            group = []
        group.append(event)
    if group:
        yield group


def _key_ranges(rows: int, last_key: int) -> Iterator[dict[str, object]]:
    """All keys up to the last, cut so that no part has many more rows than are counted at once."""
    parts = 1 + rows // ROWS_AT_ONCE
    for part in range(parts):
        first = last_key * part // parts + 1 if part else 0
        yield {"first_key": first, "last_key": last_key * (part + 1) // parts}


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


def rebuild_sources(refreshing: Refreshing) -> None:
    """Writes which source brings which event, how many, and the newest of each source."""
    area = refreshing.area
    kinds = {name: source.kind for name, source in refreshing.catalog.exports.items()}
    _store_event_sources(area.connection, everything=bool(refreshing.changes.replaced) or refreshing.plan.recounted)
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
    new = (
        "SELECT event::VARCHAR AS event, load_id, count(*) AS n, min(ts) AS first_ts, max(ts) AS last_ts FROM events "
        "GROUP BY ALL"
        if everything
        else "SELECT n.event, load_id, rows AS n, first_ts, last_ts FROM temp.arrivals JOIN temp.names AS n USING (code)"
    )
    kept = "" if everything else "UNION ALL SELECT event::VARCHAR, source, events, first_ts, last_ts FROM event_sources"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE counted AS
        SELECT event, source, sum(n)::UBIGINT AS events, min(first_ts) AS first_ts, max(last_ts) AS last_ts FROM (
            SELECT e.event, l.source, e.n, e.first_ts, e.last_ts FROM ({new}) AS e JOIN loads AS l USING (load_id) {kept})
        GROUP BY event, source"""
    )
    connection.execute("DELETE FROM event_sources")
    connection.execute(
        "INSERT INTO event_sources SELECT event::event_name, source, events, first_ts, last_ts FROM temp.counted "
        "ORDER BY source, event"
    )
