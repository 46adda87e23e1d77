"""The staging area of one refresh: temporary tables for the rows of new files, good or not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

import duckdb

from prodops_metrics.warehouse.schema import attribute_columns, quote

# One byte a row: these tables hold every new row at once.
_FAULT = "ENUM ('header', 'time', 'future', 'event', 'id', 'key', 'duplicate')"
_LONGEST_RAW = 20_000
_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class StagingArea:
    """What every reader of a format is given.

    ``latest`` is the last moment (naive UTC) that an event may have; ``entities`` maps ids to default columns;
    ``properties`` maps declared event properties to types; ``aliases`` maps the export's event names to ids;
    ``parents`` maps entities to the entity they belong to.
    """

    connection: duckdb.DuckDBPyConnection
    scratch: Path
    latest: datetime
    timezone: str
    entities: Mapping[str, str]
    properties: Mapping[str, str]
    aliases: Mapping[str, str]
    parents: Mapping[str, str]

    def create(self) -> None:
        """Makes the staging tables: ``fault`` says why a row is not good, and ``ordinal`` which row it was."""
        ids = "".join(f", {quote(id_column(entity))} VARCHAR" for entity in self.entities)
        self.connection.execute(
            f"CREATE TEMP TABLE arrived(load_id UINTEGER, event VARCHAR{ids}, ts TIMESTAMP, day DATE"
            f"{attribute_columns(self.properties)}, extra VARCHAR, event_id UUID, received TIMESTAMP, "
            f"set_aside USMALLINT, fault {_FAULT}, ordinal UINTEGER)"
        )
        self.connection.execute(
            "CREATE TEMP TABLE arrived_units(load_id UINTEGER, source VARCHAR, entity VARCHAR, id VARCHAR, since DATE, "
            f"parent_id VARCHAR, attributes VARCHAR, set_aside USMALLINT, fault {_FAULT}, ordinal UINTEGER)"
        )
        self.connection.execute("CREATE TEMP TABLE malformed(load_id UINTEGER, line UBIGINT, raw VARCHAR, reason VARCHAR)")

    def set_aside(self, load_id: int, rows: Iterable[tuple[int, str, str]]) -> int:
        """Keeps line, text and reason of rows that cannot be loaded; returns how many there were."""
        pending, kept = iter(rows), 0
        while batch := list(islice(pending, _BATCH)):
            lines, texts, reasons = zip(*batch, strict=True)
            shortened = [text[:_LONGEST_RAW] for text in texts]
            self.connection.execute(
                "INSERT INTO temp.malformed SELECT $load, unnest($lines::UBIGINT[]), unnest($texts::VARCHAR[]), "
                "unnest($reasons::VARCHAR[])",
                {"load": load_id, "lines": list(lines), "texts": shortened, "reasons": list(reasons)},
            )
            kept += len(batch)
        return kept

    def forget(self, load_id: int) -> None:
        """Takes back what a file brought that turned out unreadable."""
        for table in ("arrived", "arrived_units", "malformed"):
            self.connection.execute(f"DELETE FROM temp.{table} WHERE load_id = $load", {"load": load_id})


def id_column(entity: str) -> str:
    """The staging column with the export's own id of an entity; no property's column ends like this."""
    return f"{entity}_id_key"


@dataclass(slots=True)
class Values:
    """Values on their way into SQL: each becomes a named parameter, never text."""

    bound: dict[str, object] = field(default_factory=dict)

    def bind(self, value: object) -> str:
        """The placeholder of a value."""
        name = f"v{len(self.bound) + 1}"
        self.bound[name] = value
        return f"${name}"
