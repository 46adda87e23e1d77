"""Units: a dense key for every id, when each was first seen, whose it is, and what its files state about it."""

from collections.abc import Iterable

from prodops_metrics.warehouse.schema import key_column, quote, units_table
from prodops_metrics.warehouse.staging.area import StagingArea, id_column


def store_statements(area: StagingArea, replaced_loads: Iterable[int]) -> bool:
    """Puts the newest content of units files in place of what they stated before; says whether anything changed."""
    connection, gone = area.connection, list(replaced_loads)
    connection.execute("DELETE FROM stated WHERE list_contains($gone, load_id)", {"gone": gone})
    _mark_repeated(area)
    stored = connection.execute(
        "INSERT INTO stated SELECT source, entity, id, since, parent_id, attributes::JSON, ordinal, load_id "
        "FROM temp.arrived_units WHERE fault IS NULL ORDER BY source, id, since"
    ).fetchone()
    return bool(gone) or bool(stored and stored[0])


def _mark_repeated(area: StagingArea) -> None:
    area.connection.execute(
        "UPDATE temp.arrived_units SET fault = 'duplicate' FROM (SELECT rowid AS row FROM temp.arrived_units "
        "WHERE fault IS NULL QUALIFY row_number() OVER (PARTITION BY load_id, id, since ORDER BY ordinal DESC) > 1) "
        "AS repeated WHERE arrived_units.rowid = repeated.row"
    )


def assign_keys(area: StagingArea) -> None:
    """Gives every id that is new a key, and remembers the earliest moment at which each unit was seen."""
    for entity in area.entities:
        _collect_seen(area, entity)
        table = quote(units_table(entity))
        area.connection.execute(
            f"UPDATE {table} AS u SET first_seen = s.first_seen FROM temp.seen AS s WHERE u.id = s.id "
            "AND s.first_seen < coalesce(u.first_seen, TIMESTAMP '9999-12-31')"
        )
        area.connection.execute(
            f"INSERT INTO {table} SELECT (coalesce((SELECT max(key) + 1 FROM {table}), 0) + "
            "row_number() OVER (ORDER BY s.id) - 1)::UINTEGER, s.id, s.first_seen, NULL "
            f"FROM temp.seen AS s ANTI JOIN {table} AS u ON u.id = s.id ORDER BY s.id"
        )


def _collect_seen(area: StagingArea, entity: str) -> None:
    """Every id of the entity that this refresh met, in events or in files of units, as ``temp.seen``."""
    column = quote(id_column(entity))
    children = [child for child, parent in area.parents.items() if parent == entity]
    area.connection.execute(
        "CREATE OR REPLACE TEMP TABLE seen AS SELECT id, min(ts) AS first_seen FROM ("
        f"SELECT {column} AS id, min(ts) AS ts FROM temp.arrived WHERE fault IS NULL AND {column} IS NOT NULL GROUP BY 1 "
        "UNION ALL SELECT id, NULL FROM temp.arrived_units WHERE fault IS NULL AND entity = $entity "
        "UNION ALL SELECT parent_id, NULL FROM temp.arrived_units WHERE fault IS NULL AND parent_id IS NOT NULL "
        "AND list_contains($children, entity)) GROUP BY id",
        {"entity": entity, "children": children},
    )


def forget_unseen(area: StagingArea) -> None:
    """After rows gave way: sets first moments again and drops units that nothing mentions any more."""
    for entity, table in ((entity, quote(units_table(entity))) for entity in area.entities):
        key = quote(key_column(entity))
        area.connection.execute(
            f"UPDATE {table} AS u SET first_seen = s.first_seen FROM "
            f"(SELECT {key} AS key, min(ts) AS first_seen FROM events GROUP BY {key}) AS s WHERE s.key = u.key"
        )
        mentioned = "SELECT id FROM stated WHERE entity = $entity UNION ALL SELECT parent_id FROM stated"
        area.connection.execute(
            f"DELETE FROM {table} WHERE key NOT IN (SELECT {key} FROM events WHERE {key} IS NOT NULL) "
            f"AND id NOT IN (SELECT id FROM ({mentioned}) WHERE id IS NOT NULL)",
            {"entity": entity},
        )


def assign_parents(area: StagingArea, *, everywhere: bool) -> None:
    """Sets the parent of units: what their files state, else the parent of most of their events (ties: smallest id).

    Without ``everywhere`` only units that this refresh met are looked at.
    """
    for entity, parent in area.parents.items():
        _collect_parents(area, entity, parent, everywhere=everywhere)
        table = quote(units_table(entity))
        area.connection.execute(
            f"UPDATE {table} AS u SET parent_key = p.parent_key FROM temp.parents AS p "
            "WHERE p.key = u.key AND u.parent_key IS DISTINCT FROM p.parent_key"
        )


def _collect_parents(area: StagingArea, entity: str, parent: str, *, everywhere: bool) -> None:
    units, parents = quote(units_table(entity)), quote(units_table(parent))
    own, of = f"e.{quote(key_column(entity))}", f"e.{quote(key_column(parent))}"
    met = f"SELECT key FROM {units}"
    if not everywhere:
        met += f" SEMI JOIN (SELECT {quote(id_column(entity))} AS id FROM temp.arrived WHERE fault IS NULL) USING (id)"
    area.connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE parents AS
        WITH met AS ({met}),
        counted AS (SELECT {own} AS key, {of} AS parent_key, count(*) AS n FROM events AS e
            WHERE {own} IN (SELECT key FROM met) AND {of} IS NOT NULL GROUP BY ALL),
        most AS (SELECT c.key, arg_max(c.parent_key, (c.n, -rank.place)) AS parent_key FROM counted AS c
            JOIN (SELECT key, row_number() OVER (ORDER BY id) AS place FROM {parents}) AS rank ON rank.key = c.parent_key
            GROUP BY c.key),
        said AS (SELECT u.key, arg_max(p.key, (s.since, l.path, s.ordinal)) AS parent_key FROM stated AS s
            JOIN loads AS l USING (load_id) JOIN {units} AS u ON u.id = s.id JOIN {parents} AS p ON p.id = s.parent_id
            WHERE s.entity = $entity GROUP BY u.key)
        SELECT met.key, coalesce(said.parent_key, most.parent_key) AS parent_key
        FROM met LEFT JOIN said USING (key) LEFT JOIN most USING (key)""",
        {"entity": entity},
    )
