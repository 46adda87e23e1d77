"""A snapshot written anew without somebody: rows that stay are copied, and a refresh's steps make what follows from them.

A full rebuild from the exports, with the unit forgotten, would give the same.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from prodops_metrics.definitions import Catalog
from prodops_metrics.definitions.records import RELEASE
from prodops_metrics.warehouse import snapshots
from prodops_metrics.warehouse.engine import writing
from prodops_metrics.warehouse.pending import Pending
from prodops_metrics.warehouse.personal import REMOVED
from prodops_metrics.warehouse.planning import REDONE, Plan, Stored, describe, plan_forgetting, stored_in
from prodops_metrics.warehouse.received import json_pointer
from prodops_metrics.warehouse.refreshing import Refreshing
from prodops_metrics.warehouse.report import Silent
from prodops_metrics.warehouse.schema import (
    RECORD_TABLES,
    attributes_table,
    day_masks_table,
    event_days_table,
    key_column,
    own_column,
    parents_table,
    quote,
    units_table,
)
from prodops_metrics.warehouse.steps import STEPS, staging_area

_MADE_ANEW = frozenset({"event_sources", "sources", "health_days", "health_properties", "health_values", "health_through"})
_OF_ENTITY = (parents_table, attributes_table, event_days_table, day_masks_table)


@dataclass(frozen=True, slots=True)
class Removed:
    """What was taken out of one snapshot; ``quarantined`` rows stay, without their text.

    ``ids`` of the unit that it knew; ``statements`` about it, or about others that name it as the one they belong to.
    """

    snapshot: int
    events: int = 0
    statements: int = 0
    feedback: int = 0
    ties: int = 0
    quarantined: int = 0
    ids: int = 0

    @property
    def total(self) -> int:
        """All rows that were taken out, or lost a text."""
        return self.events + self.statements + self.feedback + self.ties + self.quarantined + self.ids


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom to forget, by the definitions of now."""

    catalog: Catalog
    entity: str
    ids: tuple[str, ...]

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.catalog.root

    @property
    def children(self) -> list[str]:
        """The entities whose units belong to units of this one."""
        return [name for name, each in self.catalog.project.entities.items() if each.parent == self.entity]

    @property
    def mentioned(self) -> str:
        """A pattern for text in which one of the ids stands as a word."""
        any_of = "|".join(re.escape(each) for each in self.ids)
        return rf"(^|[^A-Za-z0-9_])({any_of})($|[^A-Za-z0-9_])"


@dataclass(frozen=True, slots=True)
class Planned:
    """A snapshot that can be rewritten: its file, what it says of itself, and what has to be redone in it."""

    path: Path
    stored: Stored
    plan: Plan


def planned_without(whom: Whom, path: Path) -> Planned | None:
    """What has to be done with a snapshot; None where it cannot be rewritten: of another version, or damaged."""
    try:
        stored = stored_in(path)
    except duckdb.Error:
        return None
    plan = plan_forgetting(whom.catalog, stored)
    return Planned(path, stored, plan) if plan else None


def write_without(whom: Whom, planned: Planned, target: Path, number: int) -> Removed:
    """Writes a snapshot anew, row by row, without what belongs to these ids; ``number`` is the new one's."""
    with writing(target, snapshots.scratch(whom.root)) as connection:
        place = str(planned.path).replace("'", "''")
        connection.execute(f"ATTACH '{place}' AS old (READ_ONLY)")
        database = connection.execute("SELECT current_database()").fetchone()
        assert database is not None
        connection.execute(f"COPY FROM DATABASE old TO {quote(database[0])} (SCHEMA)")
        removed = _Rows(connection, whom, planned.stored).run(number)
        connection.execute("DETACH old")
        if removed.total:
            _redo(whom, planned, connection, number)
        connection.execute("CHECKPOINT")
    return removed


def _redo(whom: Whom, planned: Planned, connection: duckdb.DuckDBPyConnection, number: int) -> None:
    """Makes all anew that follows from the rows that are left; what the snapshot says of its making stays."""
    catalog, made = whom.catalog, datetime.fromisoformat(planned.stored.meta["created_at"])
    moment = made.astimezone(UTC).replace(tzinfo=None)
    pending = Pending(staging_area(catalog, connection, moment), Silent())
    pending.area.create()
    pending.create()
    connection.begin()
    refreshing = Refreshing(catalog, planned.plan, Silent(), moment, number, pending.area, pending, ())
    for step in STEPS:
        step(refreshing)
    now = {key: value for key, value in describe(catalog).items() if key in {*REDONE, "definitions"}}
    for key, value in {**now, "snapshot": str(number)}.items():
        connection.execute("UPDATE meta SET value = $value WHERE key = $key", {"key": key, "value": value})
    connection.commit()


@dataclass(frozen=True, slots=True)
class _Rows:
    """One snapshot on its way into a new file, from the database ``old``."""

    connection: duckdb.DuckDBPyConnection
    whom: Whom
    stored: Stored

    def run(self, number: int) -> Removed:
        self.connection.begin()
        self.connection.execute(
            "CREATE TEMP TABLE ids AS SELECT unnest($ids::VARCHAR[]) AS id", {"ids": list(self.whom.ids)}
        )
        units = f"old.{quote(units_table(self.whom.entity))}"
        self.connection.execute(f"CREATE TEMP TABLE keys AS SELECT key FROM {units} SEMI JOIN temp.ids USING (id)")
        for table in self._tables():
            self.connection.execute(
                f"INSERT INTO {quote(table)} SELECT * {self._changed(table)} FROM old.{quote(table)} "
                f"WHERE {self._kept(table)}",
                self._values(table),
            )
        removed = self._removed(number)
        self._balance()
        self.connection.commit()
        return removed

    def _tables(self) -> list[str]:
        """The tables that are copied: all but those that follow from the rows of others."""
        anew = {*_MADE_ANEW, *(name(entity) for entity in self.whom.catalog.project.entities for name in _OF_ENTITY)}
        found = self.connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'old' ORDER BY table_oid"
        ).fetchall()
        return [table for (table,) in found if table not in anew]

    def _kept(self, table: str) -> str:
        """Which rows of a table stay."""
        mine = "id IN (SELECT id FROM temp.ids)"
        if table == "events":
            columns = (key_column(self.whom.entity), own_column(self.whom.entity))
            return " AND ".join(f"({quote(c)} IS NULL OR {quote(c)} NOT IN (SELECT key FROM temp.keys))" for c in columns)
        if table == units_table(self.whom.entity):
            return f"NOT ({mine})"
        if table in {"stated", "refused_ids"}:
            return f"NOT (entity = $entity AND {mine})"
        if table in {"identities", "merges"}:
            return f"NOT (entity = $entity AND ({mine} OR canonical IN (SELECT id FROM temp.ids)))"
        if table == "feedback":
            return "coalesce(json_extract_string(units, $pointer) NOT IN (SELECT id FROM temp.ids), TRUE)"
        if table == "releases" and self.whom.entity == RELEASE:
            return f"NOT ({mine})"
        return "TRUE"

    def _changed(self, table: str) -> str:
        """What becomes of single values in the rows that stay."""
        if table == "quarantine":
            return "REPLACE (CASE WHEN regexp_matches(raw, $mentioned) THEN $removed ELSE raw END AS raw)"
        if table == "stated":
            return (
                "REPLACE (CASE WHEN parent_id IN (SELECT id FROM temp.ids) AND list_contains($children, entity) "
                "THEN NULL ELSE parent_id END AS parent_id)"
            )
        return ""

    def _values(self, table: str) -> dict[str, object]:
        values: dict[str, dict[str, object]] = {
            "quarantine": {"mentioned": self.whom.mentioned, "removed": REMOVED},
            "stated": {"entity": self.whom.entity, "children": self.whom.children},
            "feedback": {"pointer": json_pointer(self.whom.entity)},
            **{table: {"entity": self.whom.entity} for table in ("refused_ids", "identities", "merges")},
        }
        return values.get(table, {})

    def _removed(self, number: int) -> Removed:
        tables = {"events": "events", "statements": "stated", "feedback": "feedback", "ties": "identities"}
        tables["ids"] = quote(units_table(self.whom.entity))
        counts = {name: self._fewer(table) for name, table in tables.items()}
        whose = "parent_id IN (SELECT id FROM temp.ids) AND list_contains($children, entity)"
        counts["statements"] += self._count("old.stated", whose, children=self.whom.children)
        return Removed(number, **counts, quarantined=self._count("quarantine", "raw = $removed", removed=REMOVED))

    def _fewer(self, table: str) -> int:
        return self._count(f"old.{table}") - self._count(table)

    def _count(self, table: str, condition: str = "TRUE", **values: object) -> int:
        found = self.connection.execute(f"SELECT count(*) FROM {table} WHERE {condition}", values).fetchone()
        return int(found[0]) if found else 0

    def _balance(self) -> None:
        """The rows that went are control rows of their loads, so that the books balance."""
        for table in ("events", "stated", *RECORD_TABLES):
            self._book(table, "loaded", "in_force" if table in RECORD_TABLES else "TRUE")
        for table in RECORD_TABLES:
            self._book(table, "duplicates", "NOT in_force")
        # What events say of identities is no row of its own.
        own = "SELECT load_id FROM loads JOIN old.sources USING (source) WHERE kind = 'identities'"
        self._book("identities", "loaded", f"load_id IN ({own})")

    def _book(self, table: str, column: str, condition: str) -> None:
        apart = " ".join(f"AND load_id NOT IN (SELECT load_id FROM old.{each})" for each in RECORD_TABLES)
        only = apart if table == "events" else ""
        self.connection.execute(
            f"""
            UPDATE loads AS l SET {column} = l.{column} - g.n, control = l.control + g.n FROM (
                WITH kept AS (SELECT load_id, count(*) AS n FROM {table} WHERE {condition} GROUP BY load_id),
                had AS (SELECT load_id, count(*) AS n FROM old.{table} WHERE {condition} {only} GROUP BY load_id)
                SELECT load_id, had.n - coalesce(kept.n, 0) AS n FROM had LEFT JOIN kept USING (load_id)) AS g
            WHERE g.load_id = l.load_id AND g.n > 0"""
        )
