"""What one command or page run works on: one snapshot and one state of the definitions, from start to end."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from prodops_metrics.definitions import Catalog
from prodops_metrics.definitions.nearest import nearest
from prodops_metrics.errors import UnknownIdError
from prodops_metrics.metrics import Metric, load_catalog
from prodops_metrics.warehouse.answers import stamp_of
from prodops_metrics.warehouse.connection import Warehouse, open_current, open_snapshot
from prodops_metrics.warehouse.snapshots import current_number, path_of

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Session:
    """A pinned pair of definitions and snapshot (rulings 5)."""

    catalog: Catalog
    warehouse: Warehouse
    _found: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, key: Hashable, work: Callable[[], Found]) -> Found:
        """What ``work`` finds, worked out once under a key that says all it depends on beside the session.

        Two threads may both work it out; they find the same.
        """
        if key not in self._found:
            self._found[key] = work()
        return cast("Found", self._found[key])

    def metric(self, name: str) -> Metric:
        """The metric with this id, or after a colon one of its readings: ``signup:step_times``.

        Raises:
            UnknownIdError: there is none; the error names the nearest.
        """
        own, _, reading = name.partition(":")
        found = cast("Metric", self.catalog.metric(own))
        if reading and reading not in found.readings:
            raise UnknownIdError(f"reading of `{own}`", reading, nearest(reading, found.readings))
        return found.readings[reading] if reading else found

    @property
    def origin(self) -> tuple[int, str]:
        """Snapshot number and definitions hash: what is written down of where numbers come from."""
        return self.warehouse.snapshot, self.catalog.hash

    @property
    def version(self) -> tuple[int, str]:
        """What every cached answer is keyed by: the same, with which file of that number it is."""
        return self.warehouse.snapshot, f"{self.catalog.hash} {self.warehouse.stamp}"


@dataclass(frozen=True, slots=True)
class Pinned:
    """What a report was computed from. ``weeks`` is how far back its series go.

    Days are local, as is ``refreshed``, the moment at which the snapshot was made.
    """

    snapshot: int
    definitions: str
    data_through: date
    newest_day: date
    timezone: str
    weeks: int
    refreshed: datetime | None = None


def pinned(session: Session, weeks: int) -> Pinned:
    """The facts that a page or command says of where its numbers come from."""
    horizon = session.warehouse.horizon()
    catalog = session.catalog
    return Pinned(
        snapshot=session.warehouse.snapshot,
        definitions=catalog.hash,
        data_through=horizon.through,
        newest_day=horizon.newest_day,
        timezone=catalog.project.timezone,
        weeks=weeks,
        refreshed=_local(session.warehouse.meta.get("created_at"), catalog.project.timezone),
    )


def _local(text: str | None, timezone: str) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(ZoneInfo(timezone)) if text else None


def open_session(project: Path, snapshot: int | None = None) -> Session:
    """Reads the definitions of a project and opens the snapshot in force, or another one that is kept.

    Raises:
        DefinitionError: the definitions have faults.
        WarehouseError: there is no snapshot, or it cannot be opened.
    """
    catalog = load_catalog(project)
    return Session(catalog, open_current(catalog) if snapshot is None else open_snapshot(catalog, snapshot))


def state_of(project: Path) -> tuple[int | None, str]:
    """The snapshot in force and a hash of every byte of the definitions: they move exactly when a new session is due.

    Contents, not file times: an edit that keeps time and size would go unseen. A snapshot that is replaced by another of
    its number moves the hash too.
    """
    number = current_number(project)
    digest = blake2b(_stamp(project, number).encode(), digest_size=8)
    for path in sorted((project / "metric_defs").rglob("*.y*ml")):
        digest.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return number, digest.hexdigest()


def _stamp(project: Path, number: int | None) -> str:
    """Which file the snapshot in force is; empty where there is none, which opening it will say."""
    try:
        return "" if number is None else stamp_of(path_of(project, number))
    except OSError:
        return ""
