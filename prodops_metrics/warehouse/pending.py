"""Good new events on their way into the snapshot: keys in place of ids, codes in place of names.

Staging holds the rows of one file, or of a part of one; what is good moves on to ``temp.pending`` at once, so that never
more than a part is held as text. Names and ids that no snapshot knows yet wait in ``temp.names`` and in
``temp.<entity>_new``.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from prodops_metrics.warehouse.report import Progress
from prodops_metrics.warehouse.schema import (
    EVENT_TYPE,
    attribute_columns,
    column_name,
    key_column,
    own_column,
    quote,
    units_table,
)
from prodops_metrics.warehouse.staging.area import StagingArea, id_column
from prodops_metrics.warehouse.staging.forgotten import set_forgotten_apart

ROWS_AT_ONCE = 6_000_000
"""So many rows are sorted in memory."""
NAMED = (
    "SELECT n.code, n.event, n.event AS raw FROM temp.names AS n WHERE n.event NOT IN (SELECT raw FROM temp.spellings) "
    "UNION ALL SELECT n.code, n.event, s.raw FROM temp.names AS n JOIN temp.spellings AS s USING (event)"
)
"""Code and event of every name that an export writes."""
RARE: Mapping[str, tuple[str, str]] = {
    "extra": ("VARCHAR", "a.extra IS NOT NULL"),
    "written": ("VARCHAR", "a.event IN (SELECT raw FROM temp.spellings)"),
    "received": ("TIMESTAMP", "a.received IS NOT NULL"),
    "set_aside": ("USMALLINT", "a.set_aside > 0"),
}
"""What most exports have nothing of: its type, and which staged rows ``a`` have something to hold."""


@dataclass(slots=True)
class Pending:
    """The rows taken over from staging; ``rows`` says how many of each load, and ``progress`` is told of each part.

    ``held`` names the columns of ``RARE`` that take room; the others are NULL by definition until a row needs them.
    """

    area: StagingArea
    progress: Progress
    rows: dict[int, int] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)

    def create(self) -> None:
        """Makes the temporary tables, with the names of events that the snapshot knows."""
        keys = "".join(f", {quote(key_column(entity))} UINTEGER" for entity in self.area.entities)
        run = self.area.connection.execute
        self.area.takers.append(self.take)
        run(
            f"CREATE TEMP TABLE pending(code USMALLINT{keys}, ts TIMESTAMP, day DATE"
            f"{attribute_columns(self.area.properties)}, event_id UUID, load_id UINTEGER"
            f"{''.join(f', {name} {kind} AS (NULL::{kind})' for name, (kind, _) in RARE.items())})"
        )
        run("CREATE TEMP TABLE tally(load_id UINTEGER, control UBIGINT)")
        run(
            "CREATE TEMP TABLE names AS SELECT (row_number() OVER () - 1)::USMALLINT AS code, name AS event "
            f"FROM (SELECT unnest(enum_range(NULL::{EVENT_TYPE}))::VARCHAR AS name)"
        )
        run(
            "CREATE TEMP TABLE spellings AS SELECT unnest($raw::VARCHAR[]) AS raw, unnest($events::VARCHAR[]) AS event",
            {"raw": list(self.area.aliases), "events": list(self.area.aliases.values())},
        )
        for entity in self.area.entities:
            run(f"CREATE TEMP TABLE {quote(new_units(entity))}(key UINTEGER, id VARCHAR)")

    def take(self) -> None:
        """Takes the good rows out of staging, and counts how many each load has.

        Once there are more than can be sorted in memory, each part is put into the order of storage as it comes, so that
        what is stored together later lies together.
        """
        set_forgotten_apart(self.area)
        staged = self._staged()
        if not staged:
            return
        self.name("SELECT DISTINCT event FROM temp.arrived WHERE fault IS NULL")
        for entity in self.area.entities:
            self._number(entity)
        self.hold(self._needed())
        self.area.connection.execute(self._insert())
        for load_id, count in staged.items():
            self.rows[load_id] = self.rows.get(load_id, 0) + count
        self.progress.rows(sum(staged.values()))
        self._leave("fault IS NOT NULL")

    def hold(self, columns: Iterable[str]) -> None:
        """Makes room for columns of ``RARE``, with NULL in the rows that are here."""
        for name in sorted(set(columns) - self.held):
            self.area.connection.execute(f"ALTER TABLE temp.pending DROP COLUMN {name}")
            self.area.connection.execute(f"ALTER TABLE temp.pending ADD COLUMN {name} {RARE[name][0]}")
            self.held.add(name)

    def _needed(self) -> list[str]:
        """The columns of ``RARE`` of which the good staged rows have anything, and that are not held yet."""
        asked = {name: holds for name, (_, holds) in RARE.items() if name not in self.held}
        if not asked:
            return []
        found = self.area.connection.execute(
            f"SELECT {', '.join(f'coalesce(bool_or({holds}), FALSE)' for holds in asked.values())} "
            "FROM temp.arrived AS a WHERE a.fault IS NULL"
        ).fetchone()
        return [name for name, holds in zip(asked, found or (), strict=True) if holds]

    def finish(self) -> None:
        """Closes the files that were read: what is left in staging tells nothing but that it was there, and is counted."""
        self.take()
        run = self.area.connection.execute
        run("INSERT INTO temp.tally SELECT load_id, count(*) FROM temp.arrived GROUP BY load_id")
        self._leave("FALSE")

    def forget(self, loads: Collection[int]) -> None:
        """Takes back what files brought that turned out unreadable."""
        self.area.forget(loads)
        if taken := [load_id for load_id in loads if self.rows.pop(load_id, 0)]:
            self.area.connection.execute("DELETE FROM temp.pending WHERE list_contains($loads, load_id)", {"loads": taken})

    def _leave(self, which: str) -> None:
        """Leaves only some rows in staging, in a table that is made anew: rows that are deleted keep their memory."""
        self.area.connection.execute(f"CREATE OR REPLACE TEMP TABLE arrived AS SELECT * FROM temp.arrived WHERE {which}")

    def _staged(self) -> dict[int, int]:
        """How many good rows of each load are staged."""
        found = self.area.connection.execute(
            "SELECT load_id, count(*) FROM temp.arrived WHERE fault IS NULL GROUP BY load_id"
        )
        return dict(found.fetchall())

    def name(self, met: str) -> None:
        """Gives every name of an event that is new a code; a name that is an alias has the code of its event.

        ``met`` is a query of the names as exports write them, in a column ``event``.
        """
        self.area.connection.execute(
            f"""
            INSERT INTO temp.names
            SELECT (SELECT count(*) FROM temp.names) + row_number() OVER (ORDER BY event) - 1, event FROM (
                SELECT DISTINCT coalesce(s.event, a.event) AS event FROM ({met}) AS a
                LEFT JOIN temp.spellings AS s ON s.raw = a.event) AS met
            ANTI JOIN temp.names USING (event)"""
        )

    def _number(self, entity: str) -> None:
        """Gives every id that is new a key, after all that are given."""
        stored, new, column = quote(units_table(entity)), quote(new_units(entity)), quote(id_column(entity))
        self.area.connection.execute(
            f"""
            INSERT INTO temp.{new}
            SELECT (SELECT greatest(coalesce(max(key) + 1, 0), (SELECT coalesce(max(key) + 1, 0) FROM temp.{new}))
                FROM {stored}) + row_number() OVER (ORDER BY id) - 1, id
            FROM (SELECT DISTINCT {column} AS id FROM temp.arrived WHERE fault IS NULL AND {column} IS NOT NULL) AS met
            ANTI JOIN {stored} USING (id) ANTI JOIN temp.{new} USING (id)"""
        )

    def _insert(self) -> str:
        entities, properties = self.area.entities, self.area.properties
        own = "".join(f"a.{quote(column_name(name))}, " for name in properties)
        keys = "".join(f"{quote(f'u_{entity}')}.key AS {quote(key_column(entity))}, " for entity in entities)
        many = sum(self.rows.values()) > ROWS_AT_ONCE
        order = " ORDER BY year(a.day) * 12 + month(a.day), n.code" if many else ""
        written = "CASE WHEN n.event <> a.event THEN a.event END AS written"
        rare = "".join(f", {written if name == 'written' else f'a.{name}'}" for name in RARE if name in self.held)
        return (
            f"INSERT INTO temp.pending BY NAME SELECT n.code, {keys}a.ts, a.day, {own}a.event_id, a.load_id{rare} "
            f"FROM temp.arrived AS a JOIN ({NAMED}) AS n "
            f"ON n.raw = a.event {known_ids(entities, 'a')} WHERE a.fault IS NULL{order}"
        )


def event_of(code: str) -> str:
    """The stored event of a code; looked up in a list, as a join would lose the order of the rows."""
    return f"(SELECT list(event::{EVENT_TYPE} ORDER BY code) FROM temp.names)[({code})::BIGINT + 1]"


def new_units(entity: str) -> str:
    """The temporary dictionary of units that this refresh met first."""
    return f"{entity}_new"


def known_ids(entities: Mapping[str, str], alias: str) -> str:
    """Joins that give each row of ``alias``, which holds ids, the keys of its units as ``u_<entity>.key``."""
    return " ".join(
        f"LEFT JOIN ({known_units(entity)}) AS {quote(f'u_{entity}')} "
        f"ON {quote(f'u_{entity}')}.id = {alias}.{quote(id_column(entity))}"
        for entity in entities
    )


def known_keys(entities: Iterable[str], alias: str, *, stored: bool = False) -> str:
    """Joins that give each row of ``alias``, which holds keys, its own ids as ``u_<entity>.id``.

    Rows that are ``stored`` may count for another unit than that of their own id.
    """
    parts = []
    for entity in entities:
        unit, key = quote(f"u_{entity}"), f"{alias}.{quote(key_column(entity))}"
        own = f"coalesce({alias}.{quote(own_column(entity))}, {key})" if stored else key
        parts.append(f"LEFT JOIN ({known_units(entity)}) AS {unit} ON {unit}.key = {own}")
    return " ".join(parts)


def known_units(entity: str) -> str:
    """Keys and ids of an entity, stored or new."""
    stored, new = quote(units_table(entity)), quote(new_units(entity))
    return f"SELECT key, id FROM {stored} UNION ALL SELECT key, id FROM temp.{new}"
