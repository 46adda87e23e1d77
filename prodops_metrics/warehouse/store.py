"""New events as stored ones: sorted runs, month by month, and the months that are worth it as one run again.

A refresh appends what it brings to each month as one run, sorted by event, unit and time. When a month is over, or when
its runs are too many, it is written once more as a single run, in the same pass that appends to it.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from operator import itemgetter

import duckdb

from prodops_metrics.warehouse.packed import MOST, in_order_of_storage
from prodops_metrics.warehouse.pending import ROWS_AT_ONCE, event_of
from prodops_metrics.warehouse.refreshing import Refreshing
from prodops_metrics.warehouse.schema import (
    EVENT_TYPE,
    column_name,
    enum_type,
    event_days_table,
    key_column,
    own_column,
    quote,
)

MOST_RUNS = 32
"""So many runs a month may have while it grows."""
WORTH = 0.1
"""A month that is over is written anew when this share of its rows lies outside its longest run."""


def extend_event_type(connection: duckdb.DuckDBPyConnection, entities: Iterable[str]) -> None:
    """Adds names that are new to the type of event names; the codes of the others stay as they are."""
    known = _labels(connection)
    names = [row[0] for row in connection.execute("SELECT event FROM temp.names ORDER BY code").fetchall()]
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


def append_events(refreshing: Refreshing) -> None:
    """Stores the new events, and with them those of months that become one run."""
    connection = refreshing.connection
    extend_event_type(connection, refreshing.area.entities)
    merged = months_to_merge(refreshing)
    rows = _rows(refreshing, merged)
    insert = _insert(refreshing, rows)
    connection.execute("SET preserve_insertion_order = true")
    for piece in _slices(connection, rows):
        refreshing.progress.stage(f"Storing events of {piece.first_day:%Y-%m}")
        connection.execute(insert, rows.values | piece.bounds)
    if merged:
        connection.execute(f"DELETE FROM events WHERE {_STORED}", rows.values)
    _write_runs(refreshing, merged)
    _count_days(refreshing)


def months_to_merge(refreshing: Refreshing) -> list[date]:
    """The months, by their first day, that are written as one run in this refresh."""
    counted = refreshing.connection.execute(
        """
        WITH pieces AS (
            SELECT month, rows FROM runs UNION ALL
            SELECT date_trunc('month', day)::DATE AS month, sum(rows) AS rows FROM temp.arrivals GROUP BY month)
        SELECT month, count(*) AS runs, 1 - max(rows) / sum(rows) AS outside, month < max(month) OVER () AS over
        FROM pieces GROUP BY month ORDER BY month"""
    ).fetchall()
    return [month for month, runs, outside, over in counted if runs > MOST_RUNS or (over and outside > WORTH)]


@dataclass(frozen=True, slots=True)
class _Rows:
    """What is written now, as a relation with ``code``, the place of the event's name in its type.

    ``counted`` is one of ``day``, ``code`` and ``rows``, which says how many there are.
    """

    sql: str
    counted: str
    values: dict[str, object]


# The bounds let whole row groups be skipped; the list decides. Rows of this refresh have higher numbers.
_STORED = (
    "rowid < $stored AND day >= list_min($months::DATE[]) AND day <= last_day(list_max($months::DATE[])) "
    "AND list_contains($months::DATE[], date_trunc('month', day)::DATE)"
)


def _rows(refreshing: Refreshing, merged: list[date]) -> _Rows:
    columns, own = ", ".join(_columns(refreshing)), [quote(own_column(entity)) for entity in refreshing.area.entities]
    none = "".join(f", NULL::UINTEGER AS {name}" for name in own)
    pending = f"SELECT code, {columns}{none} FROM temp.pending"
    counted = "SELECT day, code, rows FROM temp.arrivals"
    if not merged:
        return _Rows(f"({pending})", f"({counted})", {})
    found = refreshing.connection.execute("SELECT coalesce(max(rowid) + 1, 0) FROM events").fetchone()
    code, values = "enum_code(event)::USMALLINT AS code", {"stored": found[0] if found else 0, "months": merged}
    stored = f"SELECT {code}, {', '.join([columns, *own])} FROM events WHERE {_STORED}"
    counted += f" UNION ALL SELECT day, {code}, count(*) AS rows FROM events WHERE {_STORED} GROUP BY ALL"
    return _Rows(f"({pending} UNION ALL {stored})", f"({counted})", values)


def _columns(refreshing: Refreshing) -> list[str]:
    keys = (key_column(entity) for entity in refreshing.area.entities)
    own = map(column_name, refreshing.area.properties)
    return [*map(quote, [*keys, "ts", "day", *own]), "extra::JSON AS extra", "event_id", "written", "load_id"]


def _insert(refreshing: Refreshing, rows: _Rows) -> str:
    key = quote(key_column(next(iter(refreshing.area.entities))))
    place = in_order_of_storage("datediff('month', $first_day::DATE, s.day)", "s.code", f"s.{key}")
    return (
        f"INSERT INTO events BY NAME SELECT {event_of('s.code')} AS event, s.* EXCLUDE (code) FROM {rows.sql} AS s "
        "WHERE s.day BETWEEN $first_day AND $last_day AND s.code BETWEEN $first_code AND $last_code "
        f"ORDER BY {place}, s.ts"
    )


def _write_runs(refreshing: Refreshing, merged: list[date]) -> None:
    connection = refreshing.connection
    kept = connection.execute(
        "SELECT month, sum(rows) FROM runs WHERE list_contains($months::DATE[], month) GROUP BY month", {"months": merged}
    ).fetchall()
    connection.execute("DELETE FROM runs WHERE list_contains($months::DATE[], month)", {"months": merged})
    connection.execute(
        """
        INSERT INTO runs SELECT month, $snapshot, sum(rows) FROM (
            SELECT unnest($months::DATE[]) AS month, unnest($kept::BIGINT[]) AS rows UNION ALL
            SELECT date_trunc('month', day)::DATE, rows FROM temp.arrivals)
        GROUP BY month ORDER BY month""",
        {"snapshot": refreshing.number, "months": [m for m, _ in kept], "kept": [int(n) for _, n in kept]},
    )


def _count_days(refreshing: Refreshing) -> None:
    days, plan = refreshing.changes.days, refreshing.plan
    # After a change of definitions what was stored is here as well, and did not come.
    came = refreshing.connection.execute(
        "SELECT day, sum(rows)::BIGINT FROM temp.arrivals WHERE load_id >= $first GROUP BY day",
        {"first": plan.first_load_id if plan.recast else 0},
    )
    for day, rows in came.fetchall():
        days[day] = days.get(day, 0) + rows


@dataclass(frozen=True, slots=True)
class _Slice:
    """Rows that are sorted together: whole months, or some events of one; both ends are included."""

    first_day: date
    last_day: date
    rows: int
    codes: tuple[int, int] = (0, 65_535)

    @property
    def bounds(self) -> dict[str, object]:
        """The bounds as parameters."""
        days = {"first_day": self.first_day, "last_day": self.last_day}
        return days | {"first_code": self.codes[0], "last_code": self.codes[1]}


def _slices(connection: duckdb.DuckDBPyConnection, rows: _Rows) -> list[_Slice]:
    """What is stored now, in the order of storage, cut so that each part can be sorted in memory.

    An event of one month is never cut; where it is too large the engine sorts it on disk.
    """
    counted = connection.execute(
        "SELECT date_trunc('month', day)::DATE AS month, code, sum(rows)::BIGINT "
        f"FROM {rows.counted} GROUP BY month, code ORDER BY month, code",
        rows.values,
    ).fetchall()
    found: list[_Slice] = []
    for start, group in groupby(counted, key=itemgetter(0)):
        events = [(code, count) for _, code, count in group]
        month = _Slice(start, _last_day(start), sum(count for _, count in events))
        if month.rows > ROWS_AT_ONCE:
            found += _cut(month, events)
        elif found and _fit_together(found[-1], month):
            found[-1] = _Slice(found[-1].first_day, month.last_day, found[-1].rows + month.rows)
        else:
            found.append(month)
    return found


def _fit_together(before: _Slice, month: _Slice) -> bool:
    """Whether a month is sorted along with those before it."""
    near = (month.first_day - before.first_day).days < MOST  # counted in months, there is always a place for it
    return before.codes == month.codes and before.rows + month.rows <= ROWS_AT_ONCE and near


def _last_day(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


def _cut(month: _Slice, events: list[tuple[int, int]]) -> list[_Slice]:
    """A month as parts of neighbouring events."""
    parts: list[list[tuple[int, int]]] = [[]]
    for code, count in events:
        if parts[-1] and sum(n for _, n in parts[-1]) + count > ROWS_AT_ONCE:
            parts.append([])
        parts[-1].append((code, count))
    return [replace(month, rows=sum(n for _, n in part), codes=(part[0][0], part[-1][0])) for part in parts]
