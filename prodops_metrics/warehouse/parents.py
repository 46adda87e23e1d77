"""Whose unit is whose: what files of units state, else the parent of most of a unit's events.

How many events of each unit name which parent is kept beside the units, so that one more day costs no look at all events.
"""

from prodops_metrics.warehouse.refreshing import Refreshing
from prodops_metrics.warehouse.schema import key_column, parents_table, quote, units_table


def assign_parents(refreshing: Refreshing) -> None:
    """Sets the parent of units; ties go to the smallest id.

    Leaves ``temp.<entity>_moved(key)``: units whose parent is another than before.
    """
    for entity in refreshing.area.entities:
        parent = refreshing.area.parents.get(entity)
        moved = quote(moved_units(entity))
        if parent is None:
            refreshing.connection.execute(f"UPDATE {quote(units_table(entity))} SET parent_key = NULL WHERE parent_key >= 0")
            refreshing.connection.execute(f"CREATE OR REPLACE TEMP TABLE {moved}(key UINTEGER)")
        else:
            count_parents(refreshing, entity, parent)
            _find_moved(refreshing, entity, parent)
            refreshing.connection.execute(
                f"UPDATE {quote(units_table(entity))} AS u SET parent_key = m.parent_key FROM temp.{moved} AS m "
                "WHERE m.key = u.key"
            )


def moved_units(entity: str) -> str:
    """The temporary table of units whose parent is another than before."""
    return f"{entity}_moved"


def count_parents(refreshing: Refreshing, entity: str, parent: str) -> None:
    """Brings up to date how many events of each unit name which parent."""
    table, key, of = quote(parents_table(entity)), quote(key_column(entity)), quote(key_column(parent))
    counted = f"SELECT {key} AS key, {of} AS parent_key, %s AS events FROM %s WHERE {key} >= 0 AND {of} >= 0 GROUP BY ALL"
    pieces = [counted % ("count(*)", "events")]
    merged = any(name in refreshing.changes.moved.keys for name in (entity, parent))
    if not (refreshing.plan.fresh or refreshing.plan.regrouped or merged):
        units, parents = quote(units_table(entity)), quote(units_table(parent))
        # New events have the keys of their own ids; those count for the units that they were merged into.
        new = (
            f"(SELECT coalesce(u.merged_into, u.key) AS {key}, coalesce(w.merged_into, w.key) AS {of} "
            f"FROM temp.pending AS p JOIN {units} AS u ON u.key = p.{key} JOIN {parents} AS w ON w.key = p.{of})"
        )
        pieces = [
            f"SELECT key, parent_key, events::BIGINT AS events FROM {table}",
            counted % ("count(*)", new),
            counted % ("-count(*)", "temp.replaced"),
        ]
    refreshing.connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT key, parent_key, sum(events)::UINTEGER AS events "
        f"FROM ({' UNION ALL '.join(pieces)}) GROUP BY key, parent_key HAVING sum(events) > 0 ORDER BY key, parent_key"
    )


def _find_moved(refreshing: Refreshing, entity: str, parent: str) -> None:
    units, parents = quote(units_table(entity)), quote(units_table(parent))
    refreshing.connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {quote(moved_units(entity))} AS
        WITH most AS (SELECT c.key, arg_max(c.parent_key, (c.events, -rank.place)) AS parent_key
            FROM {quote(parents_table(entity))} AS c
            JOIN (SELECT key, row_number() OVER (ORDER BY id) AS place FROM {parents}) AS rank ON rank.key = c.parent_key
            GROUP BY c.key),
        said AS (SELECT u.key, arg_max(coalesce(p.merged_into, p.key), (s.since, l.path, s.ordinal)) AS parent_key
            FROM stated AS s JOIN loads AS l USING (load_id) JOIN {units} AS u ON u.id = s.id
            JOIN {parents} AS p ON p.id = s.parent_id
            WHERE s.entity = $entity GROUP BY u.key)
        SELECT u.key, coalesce(said.parent_key, most.parent_key) AS parent_key
        FROM {units} AS u LEFT JOIN said USING (key) LEFT JOIN most USING (key)
        WHERE u.parent_key IS DISTINCT FROM coalesce(said.parent_key, most.parent_key)""",
        {"entity": entity},
    )
