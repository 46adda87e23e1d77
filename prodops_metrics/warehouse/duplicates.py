"""One event, one row: which of several rows with the same event id stays, whatever the order of files.

The latest received stays; without a time of receipt, or where it ties, the one whose content hashes highest. A row
that is in force and loses to a new one is taken out and counted as a duplicate of the load it came with.
"""

from collections.abc import Iterable, Mapping

from prodops_metrics.definitions import Source
from prodops_metrics.warehouse.packed import Numbers, numbers, repeated
from prodops_metrics.warehouse.pending import known_keys
from prodops_metrics.warehouse.received import received
from prodops_metrics.warehouse.refreshing import Refreshing
from prodops_metrics.warehouse.schema import column_name, key_column, own_column, quote
from prodops_metrics.warehouse.staging.area import StagingArea, Values

IDS_AT_ONCE = 24_000_000
"""So many ids are compared by their hashes in memory."""


def settle(refreshing: Refreshing) -> None:
    """Takes out the new rows that lose, and the stored rows that do.

    Leaves ``temp.losers(load_id)``, a row for each new one that lost, and ``temp.replaced`` with the stored ones.
    """
    refreshing.progress.stage("Looking for duplicates")
    run = refreshing.connection.execute
    run("CREATE TEMP TABLE losers(load_id UINTEGER)")
    run(f"CREATE TEMP TABLE replaced AS SELECT {replaced_columns(refreshing.area)} FROM events AS e LIMIT 0")
    _settle_among_new(refreshing)
    if not refreshing.plan.fresh and _meet_stored(refreshing):
        _compare_with_stored(refreshing.area, refreshing.catalog.sources)
        _take_out(refreshing)
    _settle_books(refreshing)


def replaced_columns(area: StagingArea) -> str:
    """What ``temp.replaced`` keeps of a row of ``events AS e`` that is taken out."""
    keys = (f", e.{quote(name(entity))}" for entity in area.entities for name in (key_column, own_column))
    return f"e.rowid AS row, e.load_id, e.day, e.ts{''.join(keys)}"


def _settle_among_new(refreshing: Refreshing) -> None:
    """Looks for equal ids in parts of all ids, so that of no more than a part the hashes are held in memory."""
    connection = refreshing.connection
    found = connection.execute("SELECT count(*) FROM temp.pending").fetchone()
    parts = 1 + (found[0] if found else 0) // IDS_AT_ONCE
    connection.execute("CREATE TEMP TABLE repeated(event_id UUID)")
    for part in range(parts):
        own = f"WHERE hash(event_id) % {parts:d} = {part:d}" if parts > 1 else ""
        hashes = repeated(numbers(connection, f"SELECT hash(event_id) FROM temp.pending {own}", {}))
        if hashes.size:
            _compare_ids(refreshing, hashes)
    if _any(refreshing, "repeated"):
        _drop_weaker(refreshing.area)


def _compare_ids(refreshing: Refreshing, hashes: Numbers) -> None:
    """Enters the ids that are equal, of those whose hashes are."""
    alike = {"hash": hashes}  # noqa: F841 - the statement reads it by its name
    refreshing.connection.execute(
        "INSERT INTO temp.repeated SELECT event_id FROM temp.pending WHERE hash(event_id) IN (SELECT hash FROM alike) "
        "AND NOT list_contains($kept, load_id) GROUP BY event_id HAVING count(*) > 1",
        {"kept": _never_equal(refreshing)},
    )


def _never_equal(refreshing: Refreshing) -> list[int]:
    """Loads whose rows have an id of their own each, made of file and row."""
    return [read.load_id for read in refreshing.reads if read.file.source.duplicates == "keep"]


def _any(refreshing: Refreshing, table: str) -> bool:
    return bool(refreshing.connection.execute(f"SELECT 1 FROM temp.{table} LIMIT 1").fetchone())


def _drop_weaker(area: StagingArea) -> None:
    area.connection.execute(
        f"""
        CREATE TEMP TABLE weaker AS
        SELECT p.rowid AS row, p.load_id FROM temp.pending AS p SEMI JOIN temp.repeated USING (event_id)
        JOIN temp.names AS n ON n.code = p.code {known_keys(area.entities, "p")}
        QUALIFY row_number() OVER (PARTITION BY p.event_id ORDER BY
            p.received DESC NULLS LAST, {_content(area, "p", "n.event")} DESC, p.load_id, p.rowid) > 1"""
    )
    _drop(area)


def _drop(area: StagingArea) -> None:
    area.connection.execute("INSERT INTO temp.losers SELECT load_id FROM temp.weaker")
    area.connection.execute("DELETE FROM temp.pending WHERE rowid IN (SELECT row FROM temp.weaker)")


def _meet_stored(refreshing: Refreshing) -> bool:
    """Whether any new row has an id that is stored; these ids stand in ``temp.met``."""
    refreshing.connection.execute(
        "CREATE TEMP TABLE met AS SELECT e.event_id, e.day, e.rowid AS row FROM events AS e "
        "SEMI JOIN temp.pending USING (event_id)"
    )
    return _any(refreshing, "met")


def _compare_with_stored(area: StagingArea, sources: Mapping[str, Source]) -> None:
    """A new row beats the stored one with the same id only if it is later, or equal in time and higher in content."""
    connection, values = area.connection, Values()
    moment = received(sources, values) or "NULL::TIMESTAMP"
    connection.execute(
        f"""
        CREATE TEMP TABLE stronger AS
        WITH stored AS (
            SELECT {replaced_columns(area)}, e.event_id, {moment} AS received,
                {_content(area, "e", "e.event::VARCHAR")} AS content
            FROM events AS e JOIN temp.met ON met.row = e.rowid {known_keys(area.entities, "e", stored=True)}
            WHERE e.day BETWEEN (SELECT min(day) FROM temp.met) AND (SELECT max(day) FROM temp.met)),
        new AS (
            SELECT p.event_id, p.received, {_content(area, "p", "n.event")} AS content FROM temp.pending AS p
            JOIN temp.names AS n ON n.code = p.code {known_keys(area.entities, "p")}
            WHERE p.event_id IN (SELECT event_id FROM temp.met))
        SELECT s.* EXCLUDE (received, content) FROM stored AS s JOIN new USING (event_id)
        WHERE coalesce(new.received > s.received, new.received IS NOT NULL AND s.received IS NULL)
            OR (new.received IS NOT DISTINCT FROM s.received AND new.content > s.content)""",
        values.bound,
    )
    connection.execute("INSERT INTO temp.replaced BY NAME SELECT * EXCLUDE (event_id) FROM temp.stronger")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE weaker AS SELECT rowid AS row, load_id FROM temp.pending "
        "WHERE event_id IN (SELECT event_id FROM temp.met ANTI JOIN temp.stronger USING (event_id))"
    )
    _drop(area)


def _take_out(refreshing: Refreshing) -> None:
    connection, changes = refreshing.connection, refreshing.changes
    for day, rows in connection.execute("SELECT day, count(*) FROM temp.replaced GROUP BY day").fetchall():
        changes.days[day] = changes.days.get(day, 0) - rows
        changes.replaced += rows
    if changes.replaced:
        connection.execute("DELETE FROM events WHERE rowid IN (SELECT row FROM temp.replaced)")


def _settle_books(refreshing: Refreshing) -> None:
    """Rows of earlier loads that gave way are duplicates of these loads."""
    refreshing.connection.execute(
        "UPDATE loads SET loaded = loaded - r.n, duplicates = duplicates + r.n FROM (SELECT load_id, count(*) AS n FROM "
        "(SELECT load_id FROM temp.replaced UNION ALL SELECT load_id FROM temp.losers WHERE load_id < $first) "
        "GROUP BY load_id) AS r WHERE loads.load_id = r.load_id",
        {"first": refreshing.plan.first_load_id},
    )


def _content(area: StagingArea, alias: str, event: str) -> str:
    """A hash of all that a row says, ids instead of keys."""
    texts: Iterable[str] = (
        *(f"{quote(f'u_{entity}')}.id" for entity in area.entities),
        f"coalesce({alias}.written, {event})",
        *(f"{alias}.{quote(column_name(name))}::VARCHAR" for name in area.properties),
        f"{alias}.ts::VARCHAR",
        f"{alias}.extra::VARCHAR",
    )
    joined = ", ".join(f"coalesce({text}, '')" for text in texts)
    return f"md5(concat_ws(chr(31), {joined}))"
