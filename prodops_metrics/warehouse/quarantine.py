"""Rows that could not be loaded: kept with file, line, raw text and reason."""

import duckdb

from prodops_metrics.definitions import Source
from prodops_metrics.warehouse.files import ExportFile
from prodops_metrics.warehouse.refreshing import Refreshing
from prodops_metrics.warehouse.report import Reason


def store(refreshing: Refreshing) -> None:
    """Moves what was set aside into the snapshot, with the export's column where one is to blame."""
    broken = {row[0] for row in refreshing.connection.execute("SELECT DISTINCT load_id FROM temp.malformed").fetchall()}
    for read in refreshing.reads:
        file = read.file
        if file.state != "new":
            _give_up_earlier(refreshing.connection, file, read.load_id)
        if read.load_id not in broken:
            continue
        cases = _columns(file.source)
        values = {"load": read.load_id, "source": file.source.id, "path": file.path}
        refreshing.connection.execute(
            f"INSERT INTO quarantine SELECT load_id, $source, concat_ws('/', $path, member), line, raw, reason, {cases} "
            "FROM temp.malformed WHERE load_id = $load ORDER BY member, line",
            values | {f"c_{reason}": column for reason, column in _blamed(file.source).items()},
        )


def _give_up_earlier(connection: duckdb.DuckDBPyConnection, file: ExportFile, load_id: int) -> None:
    """Rows that an earlier reading of the file set aside were read again by this one: there they are repeats."""
    place = {"source": file.source.id, "path": file.path, "hash": file.hash, "load": load_id}
    of_file = "source = $source AND (path = $path OR hash = $hash) AND load_id < $load"
    connection.execute(
        f"DELETE FROM quarantine WHERE load_id IN (SELECT load_id FROM loads WHERE {of_file})",
        place,
    )
    connection.execute(
        f"UPDATE loads SET duplicates = duplicates + quarantined, quarantined = 0, due = NULL WHERE {of_file}", place
    )


def _columns(source: Source) -> str:
    cases = "".join(f" WHEN '{reason}' THEN $c_{reason}::VARCHAR" for reason in _blamed(source))
    return f"CASE reason{cases} END" if cases else "NULL"


def _blamed(source: Source) -> dict[str, str]:
    """The column of the export behind each reason that is about a value."""
    roles = {"time": "time", "past": "time", "future": "time", "event": "event", "id": "id"}
    named = {reason: source.columns.get(role) for reason, role in roles.items()}
    named |= {"key": source.key} if source.key else {}
    return {reason: column for reason, column in named.items() if isinstance(column, str)}


def reasons(connection: duckdb.DuckDBPyConnection, first: int) -> tuple[Reason, ...]:
    """Why rows of the loads from ``first`` on were set aside, most frequent first."""
    found = connection.execute(
        "SELECT reason, source, count(*), arg_min(path || ':' || line, (path, line)) FROM quarantine "
        "WHERE load_id >= $first GROUP BY reason, source ORDER BY count(*) DESC, reason, source",
        {"first": first},
    ).fetchall()
    return tuple(Reason(*row) for row in found)
