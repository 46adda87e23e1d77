"""One event, one row: which of several rows with the same event id stays, whatever the order of files.

The latest received stays; without a time of receipt, or where it ties, the one whose content hashes highest. A row
that is in force and loses to a new one is taken out and counted as a duplicate of the load it came with.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from prodops_metrics.definitions import Source
from prodops_metrics.warehouse.received import received
from prodops_metrics.warehouse.schema import column_name, key_column, quote, units_table
from prodops_metrics.warehouse.staging.area import StagingArea, Values, id_column


@dataclass(frozen=True, slots=True)
class Replaced:
    """Rows that were in force and gave way: how many, and whether any were."""

    rows: int

    def __bool__(self) -> bool:
        return self.rows > 0


def settle(area: StagingArea, sources: Mapping[str, Source]) -> Replaced:
    """Marks the staged rows that lose, and takes out the stored rows that do. Leaves ``temp.replaced`` behind."""
    _mark_losers_among_new(area)
    stored = _stored_ids(area.connection)
    _create_replaced(area.connection)
    if not stored:
        return Replaced(0)
    _compare_with_stored(area, sources)
    return Replaced(_take_out(area.connection))


def _mark_losers_among_new(area: StagingArea) -> None:
    connection = area.connection
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE repeated AS SELECT event_id FROM temp.arrived WHERE fault IS NULL "
        "GROUP BY event_id HAVING count(*) > 1"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE losers AS SELECT rowid AS row FROM temp.arrived SEMI JOIN temp.repeated "
        "USING (event_id) WHERE fault IS NULL QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY "
        f"received DESC NULLS LAST, {_new_content(area)} DESC, load_id, rowid) > 1"
    )
    _drop_losers(connection)


def _drop_losers(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("UPDATE temp.arrived SET fault = 'duplicate' FROM temp.losers WHERE arrived.rowid = losers.row")


def _stored_ids(connection: duckdb.DuckDBPyConnection) -> int:
    """How many staged rows have an id that is stored; they stand in ``temp.met``."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE met AS SELECT e.event_id, e.rowid AS row FROM events AS e "
        "SEMI JOIN (SELECT event_id FROM temp.arrived WHERE fault IS NULL) AS a USING (event_id)"
    )
    found = connection.execute("SELECT count(*) FROM temp.met").fetchone()
    return int(found[0]) if found else 0


def _create_replaced(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE OR REPLACE TEMP TABLE replaced(row BIGINT, load_id UINTEGER, day DATE)")


def _compare_with_stored(area: StagingArea, sources: Mapping[str, Source]) -> None:
    """A new row beats the stored one with the same id only if it is later, or equal in time and higher in content."""
    connection, values = area.connection, Values()
    moment = received(sources, values) or "NULL::TIMESTAMP"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE stronger AS
        WITH stored AS (
            SELECT e.event_id, e.rowid AS row, e.load_id, e.day, {moment} AS received, {_stored_content(area)} AS content
            FROM events AS e JOIN temp.met ON met.row = e.rowid
            {_unit_joins(area.entities)})
        SELECT s.row, s.load_id, s.day, s.event_id FROM stored AS s
        JOIN temp.arrived AS a ON a.event_id = s.event_id AND a.fault IS NULL
        WHERE coalesce(a.received > s.received, a.received IS NOT NULL AND s.received IS NULL)
            OR (a.received IS NOT DISTINCT FROM s.received AND {_new_content(area, "a")} > s.content)""",
        values.bound,
    )
    connection.execute("INSERT INTO temp.replaced SELECT row, load_id, day FROM temp.stronger")
    connection.execute(
        "UPDATE temp.arrived SET fault = 'duplicate' WHERE fault IS NULL "
        "AND event_id IN (SELECT event_id FROM temp.met ANTI JOIN temp.stronger USING (event_id))"
    )


def _take_out(connection: duckdb.DuckDBPyConnection) -> int:
    counted = connection.execute(
        "UPDATE loads SET loaded = loaded - r.n, duplicates = duplicates + r.n FROM "
        "(SELECT load_id, count(*) AS n FROM temp.replaced GROUP BY load_id) AS r WHERE loads.load_id = r.load_id"
    ).fetchone()
    if not counted or not counted[0]:
        return 0
    found = connection.execute("DELETE FROM events WHERE rowid IN (SELECT row FROM temp.replaced)").fetchone()
    return int(found[0]) if found else 0


def _unit_joins(entities: Iterable[str]) -> str:
    return " ".join(
        f"LEFT JOIN {quote(units_table(entity))} AS {quote(f'u_{entity}')} "
        f"ON {quote(f'u_{entity}')}.key = e.{quote(key_column(entity))}"
        for entity in entities
    )


def _new_content(area: StagingArea, alias: str = "arrived") -> str:
    ids = (f"{alias}.{quote(id_column(entity))}" for entity in area.entities)
    return _content(alias, ids, area.properties)


def _stored_content(area: StagingArea) -> str:
    return _content("e", (f"{quote(f'u_{entity}')}.id" for entity in area.entities), area.properties)


def _content(alias: str, ids: Iterable[str], properties: Iterable[str]) -> str:
    columns = ["event", "ts", *(quote(column_name(name)) for name in properties), "extra"]
    texts = [*ids, *(f"{alias}.{column}::VARCHAR" for column in columns)]
    joined = ", ".join(f"coalesce({text}, '')" for text in texts)
    return f"md5(concat_ws(chr(31), {joined}))"
