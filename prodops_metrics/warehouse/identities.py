"""Which ids are the same unit: ties as exports state them, the merges that follow, and what merges move.

An id is tied to the id whose it turned out to be. The tie that was stated last counts, and of ties of one moment the one
to the smallest id. Ties are followed to their end; where they go round in a circle, all in it are the smallest of them.
An id that is tied to more than ``MOST`` others is no person's, and none of its ties counts.

Each event keeps the key of its own id beside the key of the unit that it counts for, so that a merge can be taken back.
Which merges follow depends on the ties alone, and what they move on the merges alone: never on the order of refreshes.
"""

from collections.abc import Mapping
from datetime import date

import duckdb

from prodops_metrics.warehouse.merges import MOST, Merges, Moved
from prodops_metrics.warehouse.refreshing import Refreshing
from prodops_metrics.warehouse.schema import event_days_table, key_column, own_column, quote, units_table


def enter(refreshing: Refreshing) -> None:
    """Takes in what was stated of identities, and makes units and events count as the merges say.

    To be called when units have their keys and events are stored with those of their own ids, and before anything is
    derived from them.
    """
    connection = refreshing.connection
    stated = _store(refreshing)
    if stated:
        refreshing.progress.stage("Looking for who is who")
        _resolve(connection)
    if not _any(connection, "merges") and not _any(connection, "identities") and not _ever(refreshing):
        return
    moved = _apply(refreshing, stated=stated)
    refreshing.changes.moved = moved
    for day in moved.days:
        refreshing.changes.days.setdefault(day, 0)
    rows = [(refreshing.number, each.entity, each.merged, each.parted, each.redated) for each in moved.merges]
    if rows:
        connection.executemany("INSERT INTO merge_history VALUES (?, ?, ?, ?, ?)", rows)


def _any(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(connection.execute(f"SELECT 1 FROM {quote(table)} LIMIT 1").fetchone())


def _ever(refreshing: Refreshing) -> bool:
    """Whether some unit still counts for another, though no tie is left."""
    return any(
        refreshing.connection.execute(
            f"SELECT 1 FROM {quote(units_table(entity))} WHERE merged_into IS NOT NULL LIMIT 1"
        ).fetchone()
        for entity in refreshing.area.entities
    )


def _store(refreshing: Refreshing) -> bool:
    """Puts the newest content of such files in place of what they stated before; says whether any tie came or went.

    What events say is added to what they said: a file that is read again says it again.
    """
    connection, gone = refreshing.connection, refreshing.gone
    again = [read.load_id for read in refreshing.reads if read.file.source.kind == "events"]
    left = connection.execute("DELETE FROM identities WHERE list_contains($gone, load_id)", {"gone": gone}).fetchone()
    came = connection.execute(
        "INSERT INTO identities BY NAME SELECT source, entity, id, canonical, moment, ordinal, load_id "
        "FROM temp.arrived_identities AS a WHERE fault IS NULL AND NOT (list_contains($again, load_id) AND EXISTS ("
        "SELECT 1 FROM identities AS i WHERE i.source = a.source AND i.entity = a.entity AND i.id = a.id "
        "AND i.canonical = a.canonical AND i.moment IS NOT DISTINCT FROM a.moment)) ORDER BY load_id, ordinal",
        {"again": again},
    ).fetchone()
    return any(bool(counted and counted[0]) for counted in (left, came))


def _resolve(connection: duckdb.DuckDBPyConnection) -> None:
    """Writes anew which id counts for which (``merges``), and which ids are tied to too many (``refused_ids``)."""
    connection.execute("DELETE FROM refused_ids")
    connection.execute(
        """
        INSERT INTO refused_ids SELECT entity, id, count(DISTINCT other) AS others FROM (
            SELECT entity, id, canonical AS other FROM identities WHERE id <> canonical
            UNION ALL SELECT entity, canonical, id FROM identities WHERE id <> canonical)
        GROUP BY entity, id HAVING count(DISTINCT other) > $most ORDER BY entity, id""",
        {"most": MOST},
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE ties AS
        WITH stated AS (SELECT entity, id, canonical, max(moment) AS moment FROM identities WHERE id <> canonical
            GROUP BY entity, id, canonical),
        good AS (SELECT s.* FROM stated AS s ANTI JOIN refused_ids AS r ON r.entity = s.entity AND r.id = s.id
            ANTI JOIN refused_ids AS w ON w.entity = s.entity AND w.id = s.canonical)
        SELECT entity, id, canonical FROM good
        QUALIFY row_number() OVER (PARTITION BY entity, id ORDER BY moment DESC NULLS LAST, canonical) = 1"""
    )
    connection.execute("DELETE FROM merges")
    connection.execute(
        "INSERT INTO merges SELECT t.entity, t.id, t.canonical FROM temp.ties AS t "
        "ANTI JOIN temp.ties AS o ON o.entity = t.entity AND o.id = t.canonical ORDER BY t.entity, t.id"
    )
    _follow(connection)


def _follow(connection: duckdb.DuckDBPyConnection) -> None:
    """Merges of ids that are tied to an id that is tied further; chains are few, so they are walked one by one."""
    chained = "SELECT t.* FROM temp.ties AS t SEMI JOIN temp.ties AS o ON o.entity = t.entity AND o.id = t.canonical"
    further = f"SELECT t.* FROM temp.ties AS t SEMI JOIN ({chained}) AS c ON c.entity = t.entity AND c.canonical = t.id"
    rows = connection.execute(f"SELECT entity, id, canonical FROM ({chained} UNION {further})").fetchall()
    ties: dict[str, dict[str, str]] = {}
    for entity, own, canonical in rows:
        ties.setdefault(entity, {})[own] = canonical
    for entity, tied in sorted(ties.items()):
        ends = {own: end for own, end in sorted(_ends(tied).items()) if own != end and tied[own] in tied}
        connection.execute(
            "INSERT INTO merges SELECT $entity, unnest($owns::VARCHAR[]), unnest($ends::VARCHAR[])",
            {"entity": entity, "owns": list(ends), "ends": list(ends.values())},
        )


def _ends(ties: Mapping[str, str]) -> dict[str, str]:
    """Where each id's ties lead: the last id of the chain, or the smallest of the circle that it runs into."""
    ends: dict[str, str] = {}
    for start in ties:
        path: list[str] = []
        places: dict[str, int] = {}
        at = start
        while at in ties and at not in ends and at not in places:
            places[at] = len(path)
            path.append(at)
            at = ties[at]
        end = ends.get(at) or (min(path[places[at] :]) if at in places else at)
        ends |= dict.fromkeys(path, end)
    return ends


def _apply(refreshing: Refreshing, *, stated: bool) -> Moved:
    """Makes units and events count as the merges say, for whatever counts otherwise now."""
    connection = refreshing.connection
    days: set[date] = set()
    keys, merges = {}, []
    for entity in refreshing.area.entities:
        _add_known(connection, entity)
        if _collect_moved(connection, entity):
            merges.append(_counted(connection, entity))
            keys[entity] = _concerned(connection, entity)
            days |= _move(connection, entity)
        elif stated and (ids := refused(connection, entity)):
            merges.append(Merges(entity, 0, 0, 0, ids))
        _place_new(refreshing, entity)
        _set_first_seen(connection, entity, keys.get(entity, ()))
    return Moved(tuple(sorted(days)), keys, tuple(merges))


def _add_known(connection: duckdb.DuckDBPyConnection, entity: str) -> None:
    """A unit for every id that another counts for, though nothing else may have mentioned it yet."""
    units = quote(units_table(entity))
    connection.execute(
        f"""
        INSERT INTO {units} BY NAME
        SELECT ((SELECT max(key) FROM {units}) + row_number() OVER (ORDER BY id))::UINTEGER AS key, id FROM (
            SELECT DISTINCT m.canonical AS id FROM merges AS m SEMI JOIN {units} AS u ON u.id = m.id
            WHERE m.entity = $entity) AS wanted
        ANTI JOIN {units} USING (id)""",
        {"entity": entity},
    )


def _collect_moved(connection: duckdb.DuckDBPyConnection, entity: str) -> int:
    """The units that count for another than they did, as ``temp.moved(key, before, after)``."""
    units = quote(units_table(entity))
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE moved AS
        SELECT u.key, u.merged_into AS before, w.key AS after FROM {units} AS u
        LEFT JOIN (SELECT id, canonical FROM merges WHERE entity = $entity) AS m USING (id)
        LEFT JOIN {units} AS w ON w.id = m.canonical
        WHERE u.merged_into IS DISTINCT FROM w.key""",
        {"entity": entity},
    )
    connection.execute(f"UPDATE {units} AS u SET merged_into = m.after FROM temp.moved AS m WHERE m.key = u.key")
    found = connection.execute("SELECT count(*) FROM temp.moved").fetchone()
    return int(found[0]) if found else 0


def _counted(connection: duckdb.DuckDBPyConnection, entity: str) -> Merges:
    """The figures, from the roll-ups as they were: what a unit did before it was merged is earlier than what was known."""
    table = quote(event_days_table(entity))
    found = connection.execute(
        f"""
        WITH parts AS (SELECT m.after AS key, d.event, min(d.day) AS day FROM temp.moved AS m JOIN {table} AS d USING (key)
            WHERE m.after IS NOT NULL GROUP BY m.after, d.event),
        whole AS (SELECT d.key, d.event, min(d.day) AS day FROM {table} AS d SEMI JOIN parts USING (key)
            GROUP BY d.key, d.event)
        SELECT (SELECT count(*) FROM temp.moved WHERE after IS NOT NULL),
            (SELECT count(*) FROM temp.moved WHERE after IS NULL),
            (SELECT count(*) FROM parts JOIN whole ON whole.key = parts.key AND whole.event = parts.event
                WHERE parts.day < whole.day)"""
    ).fetchone()
    merged, parted, redated = found or (0, 0, 0)
    return Merges(entity, merged, parted, redated, refused(connection, entity))


def refused(connection: duckdb.DuckDBPyConnection, entity: str) -> tuple[str, ...]:
    """The ids of an entity that are tied to too many others, in order."""
    found = connection.execute("SELECT id FROM refused_ids WHERE entity = $entity ORDER BY id", {"entity": entity})
    return tuple(row[0] for row in found.fetchall())


def _concerned(connection: duckdb.DuckDBPyConnection, entity: str) -> tuple[int, ...]:
    """The keys of all units that lost or won something."""
    found = connection.execute(
        "SELECT key FROM temp.moved UNION SELECT before FROM temp.moved WHERE before IS NOT NULL "
        "UNION SELECT after FROM temp.moved WHERE after IS NOT NULL ORDER BY 1"
    )
    return tuple(row[0] for row in found.fetchall())


def _move(connection: duckdb.DuckDBPyConnection, entity: str) -> set[date]:
    """Lets the stored events of moved units count for others; returns the days that these lie on."""
    key, own = quote(key_column(entity)), quote(own_column(entity))
    days = connection.execute(
        f"SELECT DISTINCT day FROM events WHERE coalesce({own}, {key}) IN (SELECT key FROM temp.moved)"
    ).fetchall()
    connection.execute(
        f"UPDATE events AS e SET {key} = coalesce(m.after, m.key), {own} = CASE WHEN m.after IS NOT NULL THEN m.key END "
        f"FROM temp.moved AS m WHERE m.key = coalesce(e.{own}, e.{key})"
    )
    return {row[0] for row in days}


def _place_new(refreshing: Refreshing, entity: str) -> None:
    """No event counts for a unit that counts for another: those that came with ids merged before are moved too.

    Only events that were just stored can be such; the first of their loads spares a look at most others.
    """
    found = refreshing.connection.execute("SELECT min(load_id) FROM temp.arrivals").fetchone()
    if found is None or found[0] is None:
        return
    key, own, units = quote(key_column(entity)), quote(own_column(entity)), quote(units_table(entity))
    refreshing.connection.execute(
        f"UPDATE events AS e SET {key} = u.merged_into, {own} = u.key FROM {units} AS u "
        f"WHERE e.load_id >= $first AND u.key = e.{key} AND u.merged_into IS NOT NULL",
        {"first": found[0]},
    )


def _set_first_seen(connection: duckdb.DuckDBPyConnection, entity: str, concerned: tuple[int, ...]) -> None:
    """A unit was first seen when its earliest part was; of a part that counts for another, its own events tell."""
    key, own, units = quote(key_column(entity)), quote(own_column(entity)), quote(units_table(entity))
    if concerned:
        connection.execute(
            f"""
            UPDATE {units} AS u SET first_seen = s.seen FROM (
                SELECT k.key, min(e.ts) AS seen FROM (SELECT unnest($keys::UINTEGER[]) AS key) AS k
                LEFT JOIN events AS e ON coalesce(e.{own}, e.{key}) = k.key GROUP BY k.key) AS s
            WHERE s.key = u.key""",
            {"keys": list(concerned)},
        )
    connection.execute(
        f"UPDATE {units} AS u SET first_seen = p.seen FROM (SELECT merged_into AS key, min(first_seen) AS seen FROM {units} "
        "WHERE merged_into IS NOT NULL GROUP BY merged_into) AS p "
        "WHERE p.key = u.key AND p.seen < coalesce(u.first_seen, TIMESTAMP '9999-12-31')"
    )
