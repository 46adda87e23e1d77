"""What a kept snapshot says of how it was made, read from its file without opening it for questions."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from prodops_metrics.warehouse.engine import reading
from prodops_metrics.warehouse.schema import ANOTHER, is_of_another_version


@dataclass(frozen=True, slots=True)
class MadeOf:
    """How a snapshot was made: after which one (None: the first), why anew, and what its refresh brought.

    ``created`` is naive UTC; ``data_through`` the latest complete day of its sources; ``late`` events changed days that had
    been complete. ``problem`` says why the file cannot be read.
    """

    created: datetime | None = None
    made_from: int | None = None
    data_through: date | None = None
    rows: int | None = None
    because: tuple[str, ...] = ()
    files: int = 0
    loaded: int = 0
    quarantined: int = 0
    late: int = 0
    problem: str | None = None


def made_of(path: Path) -> MadeOf:
    """How the snapshot in a file was made."""
    try:
        with reading(path) as connection:
            another = is_of_another_version(connection)
            return MadeOf(problem=f"{path.name} was {ANOTHER}") if another else _made(connection)
    except duckdb.Error as fault:
        return MadeOf(problem=f"{path.name} cannot be read: {str(fault).splitlines()[0]}")


def _made(connection: duckdb.DuckDBPyConnection) -> MadeOf:
    meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    rows, through, files, loaded, quarantined, late = connection.execute(
        """
        SELECT (SELECT coalesce(sum(events), 0)::BIGINT FROM event_sources), (SELECT min(day) FROM health_through),
            count(*), coalesce(sum(loaded), 0)::BIGINT, coalesce(sum(quarantined), 0)::BIGINT,
            (SELECT coalesce(sum(events), 0)::BIGINT FROM health_changes WHERE late AND snapshot = $snapshot)
        FROM loads WHERE snapshot = $snapshot""",
        {"snapshot": int(meta["snapshot"])},
    ).fetchall()[0]
    created = datetime.fromisoformat(meta["created_at"]).astimezone(UTC).replace(tzinfo=None)
    because = tuple(json.loads(meta.get("because", "[]")))
    return MadeOf(created, int(meta.get("made_from", 0)) or None, through, rows, because, files, loaded, quarantined, late)
