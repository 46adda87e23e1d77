"""The one door for questions: a snapshot, opened read-only, that runs compiled queries.

A connection can neither write, nor read another file, nor reach the network, nor change its own settings. Each call has
a cursor of its own, so that threads can share the object.
"""

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from prodops_metrics.calendar import DAY, Calendar, Window
from prodops_metrics.definitions import Catalog, EventPosition, PropertyEntity
from prodops_metrics.errors import QueryError, UnwantedError, WarehouseError
from prodops_metrics.metrics.base import Metric
from prodops_metrics.metrics.blocks import Blocks
from prodops_metrics.metrics.from_days import Bits, Days
from prodops_metrics.metrics.query import FromDays, KnownUnits, OfDays, Query, Source, names_of
from prodops_metrics.metrics.windows import Horizon
from prodops_metrics.warehouse.answers import KeptAnswers, stamp_of
from prodops_metrics.warehouse.engine import asking
from prodops_metrics.warehouse.frames import few_rows, many_rows
from prodops_metrics.warehouse.held_days import HeldDays
from prodops_metrics.warehouse.patience import patience
from prodops_metrics.warehouse.planning import describe
from prodops_metrics.warehouse.schema import ANOTHER, event_days_table, is_of_another_version, quote, units_table
from prodops_metrics.warehouse.snapshots import current_number, path_of
from prodops_metrics.warehouse.sources import compile_days, compile_query
from prodops_metrics.warehouse.statement import Statement, together
from prodops_metrics.warehouse.through import complete_through

Fetch = Callable[[duckdb.DuckDBPyConnection, Statement], pl.DataFrame]
ANY_BLOCK = Blocks.of((Window(date(2000, 1, 1), date(2000, 1, 2)),))
"""Stands for all in what something is held under that is the same in every block."""
BUILT_WITH = ("timezone", "activity_off", "entities", "aliases", "attributes", "readings")
"""What a snapshot's tables depend on, as ``meta`` keeps it."""


@dataclass(frozen=True)
class Warehouse:
    """One snapshot and the definitions it is read with."""

    catalog: Catalog
    snapshot: int
    path: Path
    stamp: str
    """Which file of this number it is, where one was put in the place of another."""
    kept_answers: KeptAnswers = field(repr=False)
    """What was asked of this snapshot before, under whatever definitions."""
    _connection: duckdb.DuckDBPyConnection = field(repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _horizons: dict[frozenset[str] | None, Horizon] = field(default_factory=dict, repr=False)
    _held: HeldDays = field(default_factory=HeldDays, repr=False)
    _seen_of: dict[str | None, frozenset[str]] = field(default_factory=dict, repr=False)

    def answer(self, query: Query) -> pl.DataFrame:
        """The moments a query asks for, one row per combination of its axes.

        A snapshot never changes, so small answers are kept: what two cards, pages or processes ask alike is asked once.

        Raises:
            QueryError: the engine refused the SQL, which the error carries.
        """
        if query.from_days:
            units, blocks = self._units(query.entity), query.from_days.blocks
            blocks = blocks.widened(self._blocks) if query.from_days.ever else blocks
            names = [name for one in query.from_days.relations for name in names_of(one)]
            if self._held.has_room(len(names), blocks, units):
                return self._from_days(query, replace(query.from_days, blocks=blocks), units)
        return self._once(self.statement(query))

    def _from_days(self, query: Query, way: FromDays, units: int) -> pl.DataFrame:
        """The answer from days held in memory."""
        days = [self._days_of(one, way.blocks, query) for one in way.relations]
        everyone = self._everyone(query, way)
        asked = together([*([everyone] if everyone else []), *days], way.finish)
        found = self.kept_answers.get(asked)
        if found is None:
            rows = self._rows_of(everyone) if everyone else pl.DataFrame()
            read = {name: days for one in way.relations for name, days in self._held_days(one, way.blocks, query, units)}
            found = way.finish(rows, Days(way.blocks, read))
            self.kept_answers.keep(asked, found)
        return found

    def _rows_of(self, everyone: Statement) -> pl.DataFrame:
        return self._held.rows(everyone.key, lambda: _by_cluster(self.run(everyone, fetch=many_rows)))

    def _everyone(self, query: Query, way: FromDays) -> Statement | None:
        """The units; where nothing of them changes from day to day, by the same words whatever the windows."""
        if way.body is None:
            return None
        asked = query.asked if query.people.dated else replace(query.asked, windows=(ANY_BLOCK.span,))
        told = replace(query, asked=asked, relations=(KnownUnits("everyone"),), body=way.body, finish=None, from_days=None)
        return self.statement(told)

    def _days_of(self, relation: OfDays, blocks: Blocks, query: Query) -> Statement:
        return compile_days(relation, blocks, query, self.catalog, self._event_columns)

    def _held_days(self, relation: OfDays, blocks: Blocks, query: Query, units: int) -> Iterable[tuple[str, Sequence[Bits]]]:
        """The days of a relation, by each of its names."""
        names, key = names_of(relation), self._days_of(relation, ANY_BLOCK, query).key
        held = self._held.days(key, blocks, units, lambda cut: self._read(self._days_of(relation, cut, query)), len(names))
        return zip(names, zip(*held, strict=True), strict=True)

    def _read(self, statement: Statement) -> pl.DataFrame:
        rows = self.run(statement, fetch=many_rows)
        return statement.finish(rows) if statement.finish else rows

    @cached_property
    def _blocks(self) -> Blocks:
        """The blocks in which there are events."""
        first, last = self.table("SELECT min(month) AS first, max(last_day(month)) AS last FROM runs").row(0)
        return Blocks.of((Window(first, last + DAY),))

    def _units(self, entity: str | PropertyEntity) -> int:
        """How many keys units of an entity may have."""
        if isinstance(entity, PropertyEntity):
            return 0
        count = self.table(f"SELECT coalesce(max(key)::BIGINT + 1, 0) AS units FROM {quote(units_table(entity))}")
        return int(count.item())

    def _once(self, statement: Statement) -> pl.DataFrame:
        found = self.kept_answers.get(statement)
        if found is None:
            found = self.run(statement, fetch=many_rows if statement.finish else few_rows)
            found = statement.finish(found) if statement.finish else found
            self.kept_answers.keep(statement, found)
        return found

    def statement(self, query: Query) -> Statement:
        """The SQL of a query over this snapshot's tables."""
        return compile_query(query, self.catalog, self._event_columns)

    def units(self, query: Query) -> pl.DataFrame:
        """The rows of a query that gives one per unit; they may be many, and none is kept.

        Raises:
            QueryError: the engine refused the SQL, which the error carries.
        """
        return self.run(self.statement(query), fetch=many_rows)

    def run(self, statement: Statement, timeout: float | None = None, *, fetch: Fetch = few_rows) -> pl.DataFrame:
        """Runs one statement on a cursor of its own, for at most so many seconds; by default, as the project says.

        Raises:
            QueryError: the engine refused the SQL, or time was over.
            UnwantedError: nobody waits for the answer any more.
        """
        seconds = timeout or self.catalog.project.engine.seconds
        with self._lock:
            cursor = self._connection.cursor()
        try:
            with patience(cursor, seconds) as kept:
                return fetch(cursor, statement)
        except duckdb.InterruptException as error:
            if kept.unwanted:
                raise UnwantedError(statement.sql) from error
            raise QueryError(kept.given_up or str(error), sql=statement.sql) from error
        except duckdb.Error as error:
            raise QueryError(f"The engine refused the query: {error}", sql=statement.sql) from error
        finally:
            cursor.close()

    def table(self, sql: str, **values: Any) -> pl.DataFrame:  # noqa: ANN401
        """Rows of the snapshot's own records (loads, quarantine, sources), by SQL with named parameters."""
        return self._once(Statement(sql, values))

    def horizon(self, metric: Metric | None = None) -> Horizon:
        """What the data covers for a metric: the least of its sources; of all events where no metric is given."""
        events = _events_of(metric)
        if events not in self._horizons:
            self._horizons[events] = self._horizon(events)
        return self._horizons[events]

    def _horizon(self, events: frozenset[str] | None) -> Horizon:
        sources = self._sources_of(events)
        calendar = Calendar(self.catalog.project.timezone, self.catalog.project.week_start)
        through = min(complete_through(self.catalog.exports[name], row["newest_day"]) for name, row in sources.items())
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
        self.kept_answers.close()
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
    def _event_sources(self) -> list[dict[str, Any]]:
        """``event, source, kind, first_ts, newest_day`` of every event that a source sent."""
        return self.table(
            "SELECT e.event::VARCHAR AS event, e.source, s.kind, e.first_ts, s.newest_day "
            "FROM event_sources AS e JOIN sources AS s ON s.source = e.source"
        ).to_dicts()

    def _sources_of(self, events: frozenset[str] | None) -> dict[str, dict[str, Any]]:
        """First instant and newest day of every source that events come from; of all if none does.

        Where any event counts, releases, answers and what is no activity do not say how far the data reaches.
        """
        known = self._event_sources
        if not known:
            raise WarehouseError(
                "The snapshot holds no events yet. Put exports where sources.yml says, then run `prodops refresh`."
            )
        if events is None:
            wanted = {one["source"] for one in known if one["kind"] == "events" and one["event"] not in self._quiet}
        else:
            wanted = {one["source"] for one in known if one["event"] in events}
        spans: dict[str, list[dict[str, Any]]] = {}
        for one in known:
            if not wanted or one["source"] in wanted:
                spans.setdefault(one["source"], []).append(one)
        return {name: _span(rows) for name, rows in spans.items()}

    @property
    def _quiet(self) -> frozenset[str]:
        return frozenset(self.catalog.activity_off)


def _by_cluster(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows in the order of their clusters, so that who folds them finds them sorted."""
    return rows[np.argsort(rows["cluster"].to_numpy())]


def _span(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """First instant and newest day of the events of one source; what is not known does not count."""
    firsts = [row["first_ts"] for row in rows if row["first_ts"] is not None]
    newest = [row["newest_day"] for row in rows if row["newest_day"] is not None]
    return {"first_ts": min(firsts, default=None), "newest_day": max(newest, default=None)}


def open_current(catalog: Catalog) -> Warehouse:
    """The snapshot in force.

    Raises:
        WarehouseError: there is none yet, or its file cannot be opened.
    """
    number = current_number(catalog.root)
    if number is None:
        raise WarehouseError("There is no warehouse yet. Run `prodops refresh` to build it from the exports.")
    return open_snapshot(catalog, number)


def open_snapshot(catalog: Catalog, number: int) -> Warehouse:
    """A snapshot that is kept.

    Raises:
        WarehouseError: its file is not there, or cannot be opened.
    """
    path = path_of(catalog.root, number)
    try:
        stamp = stamp_of(path)
        connection = asking(path, catalog.project.engine, stamp)
    except (duckdb.Error, OSError) as error:
        cause = str(error).splitlines()[0].rstrip(".")
        raise WarehouseError(
            f"Snapshot {number} ({path}) is damaged or cannot be read: {cause}. Put it back from a copy, point "
            f"{path.with_name('current.json')} at another kept snapshot, or remove that folder and run `prodops refresh`."
        ) from error
    _refuse_another_version(connection, number, current=number == current_number(catalog.root))
    return Warehouse(catalog, number, path, stamp, KeptAnswers(path, stamp), connection)


def _refuse_another_version(connection: duckdb.DuckDBPyConnection, number: int, *, current: bool) -> None:
    try:
        another = is_of_another_version(connection)
    except duckdb.Error:  # whatever this file is, it has not even the table that says
        another = True
    if another:
        connection.close()
        cure = (
            "Run `prodops refresh` to make it anew." if current else "Only the snapshot in force is made anew by a refresh."
        )
        raise WarehouseError(f"Snapshot {number} was {ANOTHER}. {cure}")


def _events_of(metric: Metric | None) -> frozenset[str] | None:
    """The events a metric reads; None where it reads whatever there is."""
    if metric is None:
        return None
    relations = metric.relations()
    positions = [relation.position.events for relation in relations if isinstance(relation, Source)]
    if len(positions) < len(relations) or None in positions:
        return None
    return frozenset().union(*(names for names in positions if names))
