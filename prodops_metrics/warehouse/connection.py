"""The one door for questions: a snapshot, opened read-only, that runs compiled queries.

A connection can neither write, nor read another file, nor reach the network, nor change its own settings. Each call has
a cursor of its own, so that threads can share the object.
"""

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from prodops_metrics.calendar import Calendar
from prodops_metrics.definitions import Catalog, EventPosition, PropertyEntity
from prodops_metrics.errors import QueryError, WarehouseError
from prodops_metrics.metrics.base import Metric
from prodops_metrics.metrics.query import Query, Source
from prodops_metrics.metrics.windows import Horizon
from prodops_metrics.warehouse.planning import describe
from prodops_metrics.warehouse.schema import event_days_table, quote
from prodops_metrics.warehouse.snapshots import current_number, path_of
from prodops_metrics.warehouse.sources import compile_query
from prodops_metrics.warehouse.statement import Statement
from prodops_metrics.warehouse.through import complete_through

BUILT_WITH = ("timezone", "activity_off", "entities", "aliases", "attributes", "readings")
"""What a snapshot's tables depend on, as ``meta`` keeps it."""
KEPT_ANSWERS, KEPT_ROWS = 2000, 1000
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "lock_configuration": "true",
    # The planner takes rows that were matched to windows for very few and would loop over them: 400 times slower.
    "asof_loop_join_threshold": "0",
}


@dataclass(frozen=True)
class Warehouse:
    """One snapshot and the definitions it is read with."""

    catalog: Catalog
    snapshot: int
    path: Path
    _connection: duckdb.DuckDBPyConnection = field(repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _seen_of: dict[str | None, frozenset[str]] = field(default_factory=dict, repr=False)
    _kept: dict[str, pl.DataFrame] = field(default_factory=dict, repr=False)

    def answer(self, query: Query) -> pl.DataFrame:
        """The moments a query asks for, one row per combination of its axes.

        A snapshot never changes, so small answers are kept: what two cards, or two pages, ask alike is asked once.

        Raises:
            QueryError: the engine refused the SQL, which the error carries.
        """
        statement = self.statement(query)
        asked = f"{statement.sql}\0{statement.parameters}"
        found = self._kept.get(asked)
        if found is None:
            found = self.run(statement)
            self._keep(asked, found)
        return found

    def _keep(self, asked: str, found: pl.DataFrame) -> None:
        if found.height > KEPT_ROWS:
            return
        with self._lock:
            while len(self._kept) >= KEPT_ANSWERS:
                del self._kept[next(iter(self._kept))]
            self._kept[asked] = found

    def statement(self, query: Query) -> Statement:
        """The SQL of a query over this snapshot's tables."""
        return compile_query(query, self.catalog, self._event_columns)

    def run(self, statement: Statement) -> pl.DataFrame:
        """Runs one statement on a cursor of its own."""
        with self._lock:
            cursor = self._connection.cursor()
        try:
            return pl.DataFrame(cursor.sql(statement.sql, params=statement.parameters or None).pl())
        except duckdb.Error as error:
            raise QueryError(f"The engine refused the query: {error}", sql=statement.sql) from error
        finally:
            cursor.close()

    def table(self, sql: str, **values: Any) -> pl.DataFrame:  # noqa: ANN401
        """Rows of the snapshot's own records (loads, quarantine, sources), by SQL with named parameters."""
        return self.run(Statement(sql, values))

    def horizon(self, metric: Metric | None = None) -> Horizon:
        """What the data covers for a metric: the least of its sources; of all events where no metric is given."""
        sources = self._sources_of(metric)
        calendar = Calendar(self.catalog.project.timezone, self.catalog.project.week_start)
        through = min(complete_through(self.catalog.sources[name], row["newest_day"]) for name, row in sources.items())
        firsts = [calendar.local_day(row["first_ts"]) for row in sources.values()]
        newest = max(row["newest_day"] for row in sources.values())
        return Horizon(min(firsts), max(firsts), through, max(newest, through), calendar)

    def never_seen(self, metric: Metric, positions: Iterable[EventPosition]) -> tuple[str, ...]:
        """The events of a position of which the data holds none at all, or none of a unit that the metric could count."""
        seen = self._seen(None if metric.counts_events or isinstance(metric.entity, PropertyEntity) else metric.entity)
        missing = (position.events for position in positions if position.events and not position.events & seen)
        return tuple(sorted({name for names in missing for name in names}))

    def _seen(self, entity: str | None) -> frozenset[str]:
        """The events that the data holds, with a unit of an entity if one is given."""
        if entity not in self._seen_of:
            known = "" if entity is None else f"FROM {quote(event_days_table(entity))} WHERE key IS NOT NULL"
            rows = self.table(f"SELECT DISTINCT event::VARCHAR AS event {known or 'FROM event_sources'}")
            self._seen_of[entity] = frozenset(rows["event"])
        return self._seen_of[entity]

    def quarantine(self) -> pl.DataFrame:
        """``source, path, line, reason, column_name, raw`` of every row set aside, in the order of the files."""
        return self.table(
            "SELECT source, path, line, reason, column_name, raw FROM quarantine ORDER BY source, path, line, reason"
        )

    def close(self) -> None:
        """Gives the file back."""
        self._connection.close()

    @cached_property
    def meta(self) -> Mapping[str, str]:
        """What the refresh that made the snapshot wrote down about it."""
        return dict(self.table("SELECT key, value FROM meta").iter_rows())

    @cached_property
    def stale(self) -> bool:
        """Whether the definitions now ask for what the snapshot was not built with: a refresh has to come first.

        A property declared since is no such thing; it is read from the JSON column until then.
        """
        now, types = describe(self.catalog), json.loads(self.meta["property_types"])
        moved = any(types.get(name, kind) != kind for name, kind in self.catalog.property_types.items())
        return moved or any(now[key] != self.meta.get(key) for key in BUILT_WITH)

    @cached_property
    def _event_columns(self) -> frozenset[str]:
        columns = self.table("SELECT column_name FROM duckdb_columns() WHERE table_name = 'events'")
        return frozenset(columns["column_name"])

    @cached_property
    def _event_sources(self) -> pl.DataFrame:
        return self.table(
            "SELECT e.event::VARCHAR AS event, e.source, e.first_ts, s.newest_day "
            "FROM event_sources AS e JOIN sources AS s ON s.source = e.source"
        )

    def _sources_of(self, metric: Metric | None) -> dict[str, dict[str, Any]]:
        """First instant and newest day of every source that a metric's events come from; of all if none does."""
        known = self._event_sources
        if known.is_empty():
            raise WarehouseError(
                "The snapshot holds no events yet. Put exports where sources.yml says, then run `prodops refresh`."
            )
        events = _events_of(metric)
        wanted = known if events is None else known.filter(pl.col("event").is_in(sorted(events)))
        names = (known if wanted.is_empty() else wanted)["source"].unique().to_list()
        spans = known.filter(pl.col("source").is_in(names)).group_by("source")
        rows = spans.agg(pl.col("first_ts").min(), pl.col("newest_day").max()).to_dicts()
        return {row["source"]: row for row in rows}


def open_current(catalog: Catalog) -> Warehouse:
    """The snapshot in force.

    Raises:
        WarehouseError: there is none yet, or its file cannot be opened.
    """
    number = current_number(catalog.root)
    if number is None:
        raise WarehouseError("There is no warehouse yet. Run `prodops refresh` to build it from the exports.")
    path = path_of(catalog.root, number)
    try:
        connection = duckdb.connect(str(path), read_only=True, config=SETTINGS)
    except duckdb.Error as error:
        raise WarehouseError(f"Snapshot {number} cannot be opened ({path}): {error}") from error
    return Warehouse(catalog, number, path, connection)


def _events_of(metric: Metric | None) -> frozenset[str] | None:
    """The events a metric reads; None where it reads whatever there is."""
    if metric is None:
        return None
    relations = metric.relations()
    positions = [relation.position.events for relation in relations if isinstance(relation, Source)]
    if len(positions) < len(relations) or None in positions:
        return None
    return frozenset().union(*(names for names in positions if names))
