"""Forgetting a unit: everything that is kept of it goes, and what exports still hold of it is not taken in again.

Each kept snapshot is rewritten without the unit into a file of its own, which then takes the place of the old one by a
rename: whoever reads the old one reads on, and a crash leaves every snapshot either as it was or as it shall be. The file is
written anew, as rows that are merely deleted stay in a database file. The snapshot in force gets the next number, so that
whoever serves it takes up the new one.

What is to be remembered of the forgotten is a hash of each id by the project's secret, in ``warehouse/forgotten.json``.
Their rows in later exports are control rows: read, and not loaded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from prodops_metrics.definitions import Catalog
from prodops_metrics.definitions.records import RELEASE
from prodops_metrics.errors import UnknownIdError, WarehouseError
from prodops_metrics.warehouse import snapshots
from prodops_metrics.warehouse.answers import forget_answers
from prodops_metrics.warehouse.engine import writing
from prodops_metrics.warehouse.personal import REMOVED, hashed, read_secret
from prodops_metrics.warehouse.received import json_pointer
from prodops_metrics.warehouse.schema import RECORD_TABLES, key_column, own_column, quote, units_table
from prodops_metrics.warehouse.tombstones import bury


@dataclass(frozen=True, slots=True)
class Removed:
    """What was taken out of one snapshot; ``quarantined`` rows stay, without their text."""

    snapshot: int
    events: int = 0
    statements: int = 0
    feedback: int = 0
    ties: int = 0
    quarantined: int = 0

    @property
    def total(self) -> int:
        """All rows that were taken out, or lost their text."""
        return self.events + self.statements + self.feedback + self.ties + self.quarantined


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The outcome: the ids that are one unit, what went from each snapshot, and the snapshot in force since."""

    entity: str
    ids: tuple[str, ...]
    snapshots: tuple[Removed, ...]
    current: int | None


@dataclass(frozen=True, slots=True)
class _Whom:
    """Whom to forget, in which project; ``parents`` has each of its entities with the one it belongs to."""

    root: Path
    entity: str
    ids: tuple[str, ...]
    parents: Mapping[str, str | None]


def forget(catalog: Catalog, unit: str, entity: str) -> Forgotten:
    """Removes a unit from every kept snapshot, and sees to it that it stays away.

    Args:
        catalog: The definitions of the project.
        unit: An id as exports have it; ids that are merged with it go too.
        entity: What it is, such as ``user``.

    Raises:
        UnknownIdError: there is no such entity.
        WarehouseError: a refresh runs, or a snapshot cannot be read or written; snapshots done so far stay done.
    """
    if entity not in catalog.project.entities:
        raise UnknownIdError("entity", entity, tuple(catalog.project.entities))
    root = catalog.root
    with snapshots.locked(root):
        snapshots.sweep(root)
        paths = [one.path for one in snapshots.kept(root)]
        try:
            ids = _merged_with(root, unit, entity)
            bury(root, entity, ids)
            parents = {name: each.parent for name, each in catalog.project.entities.items()}
            whom = _Whom(root, entity, ids, parents)
            removed = [_rewrite(whom, one) for one in snapshots.kept(root) if not one.current]
            current = snapshots.current_number(root)
            if current is not None:
                removed.append(_renew(whom, current))
        except (duckdb.Error, OSError) as fault:
            raise WarehouseError(
                f"Forgetting stopped: {fault}. What was done stays done; run the same command again."
            ) from fault
        finally:
            for path in paths:
                forget_answers(path)  # which may list units, or rows that were set aside
            snapshots.sweep(root)
        return Forgotten(entity, ids, tuple(removed), snapshots.current_number(root))


def known(catalog: Catalog, unit: str, entity: str) -> tuple[str, ...]:
    """All ids that are one unit with this one in any kept snapshot, itself included."""
    return _merged_with(catalog.root, unit, entity)


def _merged_with(root: Path, unit: str, entity: str) -> tuple[str, ...]:
    ids, secret = {unit}, read_secret(root, make=False)
    if secret:
        ids.add(hashed(unit, secret))  # where the column of ids is hashed, it is known by this
    for one in snapshots.kept(root):
        with duckdb.connect(str(one.path), read_only=True) as connection:
            found = connection.execute(
                "WITH met AS (SELECT unnest($ids::VARCHAR[]) AS id), whole AS ("
                "SELECT id FROM met UNION SELECT m.canonical FROM merges AS m JOIN met USING (id) WHERE m.entity = $entity) "
                "SELECT id FROM whole UNION SELECT m.id FROM merges AS m JOIN whole AS w ON w.id = m.canonical "
                "WHERE m.entity = $entity",
                {"ids": sorted(ids), "entity": entity},
            )
            ids |= {row[0] for row in found.fetchall()}
    return tuple(sorted(ids, key=lambda each: (each != unit, each)))


def _rewrite(whom: _Whom, one: snapshots.Snapshot) -> Removed:
    partial = one.path.with_name(f"{one.path.name}.partial")
    removed = _without(whom, one.path, partial, one.number)
    if removed.total:
        snapshots.sync(partial)
        partial.replace(one.path)
        snapshots.sync(one.path.parent)
    return removed


def _renew(whom: _Whom, current: int) -> Removed:
    """The snapshot in force under the next number, and the old one gone."""
    root = whom.root
    number, partial = snapshots.begin(root, copy=False)
    removed = _without(whom, snapshots.path_of(root, current), partial, number)
    if removed.total:
        snapshots.publish(root, number, partial)
        snapshots.path_of(root, current).unlink()
    return removed


def _without(whom: _Whom, source: Path, target: Path, number: int) -> Removed:
    """Writes a snapshot anew, row by row, without what belongs to these ids."""
    with writing(target, snapshots.scratch(whom.root)) as connection:
        place = str(source).replace("'", "''")
        connection.execute(f"ATTACH '{place}' AS old (READ_ONLY)")
        database = connection.execute("SELECT current_database()").fetchone()
        assert database is not None
        connection.execute(f"COPY FROM DATABASE old TO {quote(database[0])} (SCHEMA)")
        removed = _Rewriting(connection, whom).run(number)
        connection.execute("CHECKPOINT")
    return removed


@dataclass(frozen=True, slots=True)
class _Rewriting:
    """One snapshot on its way into a new file, from the database ``old``."""

    connection: duckdb.DuckDBPyConnection
    whom: _Whom

    def run(self, number: int) -> Removed:
        self.connection.begin()
        self.connection.execute(
            "CREATE TEMP TABLE ids AS SELECT unnest($ids::VARCHAR[]) AS id", {"ids": list(self.whom.ids)}
        )
        units = f"old.{quote(units_table(self.whom.entity))}"
        self.connection.execute(f"CREATE TEMP TABLE keys AS SELECT key FROM {units} SEMI JOIN temp.ids USING (id)")
        for (table,) in self._tables():
            self.connection.execute(
                f"INSERT INTO {quote(table)} SELECT * {self._changed(table)} FROM old.{quote(table)} "
                f"WHERE {self._kept(table)}",
                self._values(table),
            )
        removed = self._removed(number)
        self._orphan_children()
        self._count_sources()
        self._balance()
        self.connection.execute("UPDATE meta SET value = $number WHERE key = 'snapshot'", {"number": str(number)})
        self.connection.commit()
        return removed

    def _tables(self) -> list[tuple[str]]:
        return self.connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'old' ORDER BY table_oid"
        ).fetchall()

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
        return "(key IS NULL OR key NOT IN (SELECT key FROM temp.keys))" if self._of_units(table) else "TRUE"

    def _of_units(self, table: str) -> bool:
        """Whether a table holds what is known of units of the entity, by their keys."""
        owner = max((each for each in self.whom.parents if table.startswith(f"{each}_")), key=len, default=None)
        if owner != self.whom.entity:
            return False
        found = self.connection.execute(
            "SELECT 1 FROM duckdb_columns() WHERE database_name = 'old' AND table_name = $table AND column_name = 'key'",
            {"table": table},
        )
        return found.fetchone() is not None

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
            "quarantine": {"mentioned": self._mentioned, "removed": REMOVED},
            "stated": {"entity": self.whom.entity, "children": self._children},
            "feedback": {"pointer": json_pointer(self.whom.entity)},
            **{table: {"entity": self.whom.entity} for table in ("refused_ids", "identities", "merges")},
        }
        return values.get(table, {})

    @property
    def _children(self) -> list[str]:
        return [child for child, parent in self.whom.parents.items() if parent == self.whom.entity]

    @property
    def _mentioned(self) -> str:
        """A pattern for text in which one of the ids stands as a word."""
        any_of = "|".join(re.escape(each) for each in self.whom.ids)
        return rf"(^|[^A-Za-z0-9_])({any_of})($|[^A-Za-z0-9_])"

    def _removed(self, number: int) -> Removed:
        tables = {"events": ("events",), "statements": ("stated",), "feedback": ("feedback",), "ties": ("identities",)}
        counts = {name: sum(self._fewer(table) for table in each) for name, each in tables.items()}
        return Removed(number, **counts, quarantined=self._count("quarantine", "raw = $removed", removed=REMOVED))

    def _fewer(self, table: str) -> int:
        return self._count(f"old.{table}") - self._count(table)

    def _count(self, table: str, condition: str = "TRUE", **values: object) -> int:
        found = self.connection.execute(f"SELECT count(*) FROM {table} WHERE {condition}", values).fetchone()
        return int(found[0]) if found else 0

    def _orphan_children(self) -> None:
        for child in self._children:
            self.connection.execute(
                f"UPDATE {quote(units_table(child))} SET parent_key = NULL WHERE parent_key IN (SELECT key FROM temp.keys)"
            )

    def _count_sources(self) -> None:
        """Which source brings which event, counted again."""
        self.connection.execute("DELETE FROM event_sources")
        self.connection.execute(
            "INSERT INTO event_sources BY NAME SELECT e.event, l.source, count(*) AS events, min(e.ts) AS first_ts, "
            "max(e.ts) AS last_ts FROM events AS e JOIN loads AS l USING (load_id) GROUP BY e.event, l.source "
            "ORDER BY l.source, e.event"
        )

    def _balance(self) -> None:
        """The rows that went are control rows of their loads, so that the books balance."""
        for table in ("events", "stated", *RECORD_TABLES):
            self._book(table, "loaded", "in_force" if table in RECORD_TABLES else "TRUE")
        for table in RECORD_TABLES:
            self._book(table, "duplicates", "NOT in_force")
        # What events say of identities is no row of its own.
        own = "SELECT load_id FROM loads JOIN sources USING (source) WHERE kind = 'identities'"
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
