"""Units: a dense key for every id, when each was first seen, whose it is, and what its files state about it."""

from prodops_metrics.warehouse.pending import known_units, new_units
from prodops_metrics.warehouse.refreshing import Refreshing
from prodops_metrics.warehouse.schema import key_column, own_column, quote, units_table
from prodops_metrics.warehouse.staging.area import StagingArea


def store_statements(refreshing: Refreshing) -> None:
    """Puts the newest content of units files in place of what they stated before."""
    connection, gone = refreshing.connection, refreshing.gone
    connection.execute("DELETE FROM stated WHERE list_contains($gone, load_id)", {"gone": gone})
    _mark_repeated(refreshing.area)
    connection.execute(
        "INSERT INTO stated SELECT source, entity, id, since, parent_id, attributes::JSON, ordinal, load_id "
        "FROM temp.arrived_units WHERE fault IS NULL ORDER BY source, id, since"
    )
    refreshing.changes.stated = bool(gone) or any(read.file.source.kind == "units" for read in refreshing.reads)


def _mark_repeated(area: StagingArea) -> None:
    area.connection.execute(
        "UPDATE temp.arrived_units SET fault = 'duplicate' FROM (SELECT rowid AS row FROM temp.arrived_units "
        "WHERE fault IS NULL QUALIFY row_number() OVER (PARTITION BY load_id, id, since ORDER BY ordinal DESC) > 1) "
        "AS repeated WHERE arrived_units.rowid = repeated.row"
    )


def enter(refreshing: Refreshing) -> None:
    """Enters the units that are new, and the earliest moment at which each unit was seen."""
    for entity in refreshing.area.entities:
        _enter_stated(refreshing.area, entity)
        table, key = quote(units_table(entity)), quote(key_column(entity))
        run = refreshing.connection.execute
        run(
            f"CREATE OR REPLACE TEMP TABLE seen AS SELECT {key} AS key, min(ts) AS first_seen FROM temp.pending "
            f"WHERE {key} IS NOT NULL GROUP BY {key}"
        )
        run(
            f"INSERT INTO {table} BY NAME SELECT n.key, n.id, s.first_seen FROM temp.{quote(new_units(entity))} AS n "
            "LEFT JOIN temp.seen AS s USING (key) "
            "WHERE s.key IS NOT NULL OR n.id IN (SELECT id FROM temp.mentioned) ORDER BY n.key"
        )
        run(
            f"UPDATE {table} AS u SET first_seen = s.first_seen FROM temp.seen AS s WHERE u.key = s.key "
            "AND s.first_seen < coalesce(u.first_seen, TIMESTAMP '9999-12-31')"
        )


def _enter_stated(area: StagingArea, entity: str) -> None:
    """Gives keys to units that files of units mention, as ``temp.mentioned``, and events do not."""
    children = [child for child, parent in area.parents.items() if parent == entity]
    new = quote(new_units(entity))
    area.connection.execute(
        "CREATE OR REPLACE TEMP TABLE mentioned AS SELECT DISTINCT id FROM ("
        "SELECT id FROM temp.arrived_units WHERE fault IS NULL AND entity = $entity UNION ALL "
        "SELECT parent_id FROM temp.arrived_units WHERE fault IS NULL AND parent_id IS NOT NULL "
        "AND list_contains($children, entity))",
        {"entity": entity, "children": children},
    )
    area.connection.execute(
        f"INSERT INTO temp.{new} SELECT (SELECT coalesce(max(key) + 1, 0) FROM ({known_units(entity)})) "
        f"+ row_number() OVER (ORDER BY id) - 1, id FROM temp.mentioned ANTI JOIN ({known_units(entity)}) USING (id)"
    )


def set_first_seen(refreshing: Refreshing) -> None:
    """After rows gave way: sets first moments again, those of the export's own ids.

    Only units whose first event was among those rows, and units that these count for, can be concerned.
    """
    if not (refreshing.changes.replaced or refreshing.plan.recounted):
        return
    for entity in refreshing.area.entities:
        table, key, own = (quote(name(entity)) for name in (units_table, key_column, own_column))
        run, unit = refreshing.connection.execute, f"coalesce({own}, {key})"
        gone = f"SELECT {unit} AS key, min(ts) AS ts FROM temp.replaced WHERE {unit} IS NOT NULL GROUP BY ALL"
        lost = f"SELECT u.key, u.merged_into FROM {table} AS u JOIN ({gone}) AS g ON g.key = u.key AND g.ts <= u.first_seen"
        doubtful = f"SELECT key FROM (SELECT DISTINCT unnest([key, merged_into]) AS key FROM ({lost})) WHERE key >= 0"
        every = f"SELECT key FROM {table}"
        run(f"CREATE OR REPLACE TEMP TABLE doubtful AS {every if refreshing.plan.recounted else doubtful}")
        run(
            f"CREATE OR REPLACE TEMP TABLE seen AS SELECT {unit} AS key, min(ts) AS first_seen FROM events "
            f"WHERE {unit} IN (SELECT key FROM temp.doubtful) GROUP BY ALL"
        )
        run(
            f"UPDATE {table} AS u SET first_seen = s.first_seen FROM (SELECT d.key, s.first_seen FROM temp.doubtful AS d "
            "LEFT JOIN temp.seen AS s USING (key)) AS s WHERE s.key = u.key"
        )


def forget_unseen(refreshing: Refreshing) -> None:
    """After rows gave way or merges moved units: drops those that neither an event nor a file mentions any more."""
    if not (refreshing.changes.replaced or refreshing.plan.recounted or refreshing.changes.moved):
        return
    for entity in refreshing.area.entities:
        table = quote(units_table(entity))
        stated = "SELECT id FROM stated WHERE entity = $entity UNION ALL SELECT parent_id FROM stated"
        refreshing.connection.execute(
            f"""
            WITH mentioned AS (SELECT key FROM {table} WHERE first_seen IS NOT NULL
                UNION SELECT u.key FROM {table} AS u SEMI JOIN ({stated}) AS s ON s.id = u.id),
            needed AS (SELECT key FROM mentioned UNION SELECT merged_into FROM {table} SEMI JOIN mentioned USING (key))
            DELETE FROM {table} WHERE key NOT IN (SELECT key FROM needed WHERE key IS NOT NULL)""",
            {"entity": entity},
        )
