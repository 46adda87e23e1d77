"""The staging area of one refresh: temporary tables for the rows of new files, good or not."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

import duckdb

from prodops_metrics.warehouse.personal import Privacy
from prodops_metrics.warehouse.schema import RECORD_TABLES, attribute_columns, quote
from prodops_metrics.warehouse.tombstones import Tombstones

# One byte a row.
_FAULT = "ENUM ('header', 'control', 'time', 'past', 'future', 'event', 'id', 'key', 'duplicate', 'forgotten')"
ROWS = ("arrived", "arrived_units", *(f"arrived_{table}" for table in RECORD_TABLES), "arrived_identities")
STAGED = (*ROWS, "malformed")
"""The staging tables; each has the ``load_id`` of the file that a row came from, and ``ROWS`` have faults."""
_LONGEST_RAW = 20_000
_BATCH = 20_000
_PARAMETER = re.compile(r"\$(\w+)")


@dataclass(frozen=True, slots=True)
class StagingArea:
    """What every reader of a format is given.

    ``latest`` is the last moment (naive UTC) that an event may have; ``entities`` maps ids to default columns;
    ``properties`` maps declared event properties to types; ``aliases`` maps the export's event names to ids;
    ``parents`` maps entities to the entity they belong to; ``takers`` are called whenever rows were staged.
    ``privacy`` says what is personal, ``forgotten`` who is to stay away.
    """

    connection: duckdb.DuckDBPyConnection
    scratch: Path
    latest: datetime
    timezone: str
    entities: Mapping[str, str]
    properties: Mapping[str, str]
    aliases: Mapping[str, str]
    parents: Mapping[str, str]
    privacy: Privacy = field(default_factory=Privacy)
    forgotten: Tombstones = field(default_factory=Tombstones)
    takers: list[Callable[[], object]] = field(default_factory=list)

    def drain(self) -> None:
        """Lets the good events that are staged be taken over, so that staging never holds more than a part of a file."""
        for take in self.takers:
            take()

    def create(self) -> None:
        """Makes the staging tables: ``fault`` says why a row is not good, and ``ordinal`` which row it was.

        ``ahead`` keeps the times of rows of the future.
        """
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
        for table, columns in RECORD_TABLES.items():
            described = ", ".join(f"{name} {kind.replace('JSON', 'VARCHAR')}" for name, kind in columns.items())
            self.connection.execute(
                f"CREATE TEMP TABLE arrived_{table}(load_id UINTEGER, {described}, set_aside USMALLINT, fault {_FAULT}, "
                "ordinal UINTEGER)"
            )
        # ``id`` is the same unit as ``canonical`` from ``moment`` on; of one id's facts the latest stands.
        self.connection.execute(
            "CREATE TEMP TABLE arrived_identities(load_id UINTEGER, source VARCHAR, entity VARCHAR, id VARCHAR, "
            f"canonical VARCHAR, moment TIMESTAMP, ordinal UINTEGER, set_aside USMALLINT, fault {_FAULT})"
        )
        self.connection.execute(
            "CREATE TEMP TABLE malformed(load_id UINTEGER, line UBIGINT, raw VARCHAR, reason VARCHAR, member VARCHAR)"
        )
        self.connection.execute("CREATE TEMP TABLE ahead(load_id UINTEGER, ts TIMESTAMP)")
        self.connection.execute("CREATE TEMP TABLE dropped(load_id UINTEGER, property VARCHAR, values UBIGINT)")

    def set_aside(self, load_id: int, rows: Iterable[tuple[int, str, str]], member: str | None = None) -> int:
        """Keeps line, text and reason of rows that cannot be loaded; returns how many there were.

        ``member`` is the file inside of a zip that they stand in.
        """
        pending, kept = iter(rows), 0
        while batch := list(islice(pending, _BATCH)):
            lines, texts, reasons = zip(*batch, strict=True)
            shortened = [text[:_LONGEST_RAW] for text in texts]
            self.connection.execute(
                "INSERT INTO temp.malformed SELECT $load, unnest($lines::UBIGINT[]), unnest($texts::VARCHAR[]), "
                "unnest($reasons::VARCHAR[]), $member",
                {"load": load_id, "member": member, "lines": list(lines), "texts": shortened, "reasons": list(reasons)},
            )
            kept += len(batch)
        return kept

    def forget(self, loads: Collection[int]) -> None:
        """Takes back what files brought that turned out unreadable."""
        for table in (*STAGED, "ahead", "dropped"):
            self.connection.execute(f"DELETE FROM temp.{table} WHERE list_contains($loads, load_id)", {"loads": list(loads)})


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

    def used(self, sql: str) -> dict[str, object]:
        """The values that a statement takes; the engine refuses others."""
        names = set(_PARAMETER.findall(sql))
        return {name: value for name, value in self.bound.items() if name in names}
