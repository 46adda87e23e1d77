"""What a refresh has to do: which files are new, and whether what is stored still means what is declared."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from prodops_metrics.definitions import Catalog, Source
from prodops_metrics.errors import ExportError, WarehouseError
from prodops_metrics.warehouse import snapshots
from prodops_metrics.warehouse.engine import reading
from prodops_metrics.warehouse.files import ExportFile, Load, discover, examine, refuse_absent, shown
from prodops_metrics.warehouse.report import FileReport


@dataclass(frozen=True, slots=True)
class Stored:
    """What the snapshot in force says of itself; empty before the first refresh."""

    loads: tuple[Load, ...] = ()
    meta: Mapping[str, str] = field(default_factory=dict)

    def json(self, key: str, default: object) -> object:
        """A value of ``meta`` that is kept as JSON."""
        return json.loads(self.meta[key]) if key in self.meta else default


@dataclass(frozen=True, slots=True)
class Plan:
    """``files``: every file found; ``unreadable``: reports of those that could not even be hashed.

    ``rebuilt``: why everything is read again from the exports; ``redone``: why stored tables are redone in place.
    """

    stored: Stored
    files: tuple[ExportFile, ...]
    unreadable: tuple[FileReport, ...]
    rebuilt: tuple[str, ...]
    redone: tuple[str, ...]

    @property
    def fresh(self) -> bool:
        """Whether the next snapshot starts empty."""
        return bool(self.rebuilt) or not self.stored.meta

    @property
    def to_read(self) -> tuple[ExportFile, ...]:
        """The files that will be read."""
        return tuple(file for file in self.files if file.state != "known")

    @property
    def first_load_id(self) -> int:
        """The id of the first file that will be read; ids are never used twice."""
        return max((load.load_id for load in self.stored.loads), default=0) + 1

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.to_read or self.rebuilt or self.redone) and bool(self.stored.meta)


def describe(catalog: Catalog) -> dict[str, str]:
    """What ``meta`` says of the definitions that a snapshot was made with."""
    entities = catalog.project.entities
    values = {
        "timezone": catalog.project.timezone,
        "definitions": catalog.hash,
        "activity_off": sorted(catalog.activity_off),
        "property_types": dict(catalog.property_types),
        "entities": {name: {"column": entity.column, "parent": entity.parent} for name, entity in entities.items()},
        "aliases": aliases(catalog),
        "attributes": {name: dict(catalog.attributes(name)) for name in entities},
        "readings": {name: _reading(source) for name, source in catalog.sources.items()},
    }
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def aliases(catalog: Catalog) -> dict[str, str]:
    """The export's names of events that have another id in the taxonomy."""
    return {alias: event.id for event in catalog.events.values() for alias in event.aliases if alias != event.id}


def _reading(source: Source) -> str:
    """How a source is read, as text: where it changes, what is stored was read another way."""
    columns = {role: c if isinstance(c, str) else {"constant": c.constant} for role, c in source.columns.items()}
    time = source.time and [source.time.timezone, source.time.unit, source.time.format]
    how = [source.kind, source.format, columns, time, source.duplicates, source.null_values, source.delimiter]
    return json.dumps([*how, source.entity, source.key], sort_keys=True)


def read_stored(root: Path) -> Stored:
    """What the snapshot in force says of itself.

    Raises:
        WarehouseError: it cannot be read.
    """
    number = snapshots.current_number(root)
    if number is None:
        return Stored()
    path = snapshots.path_of(root, number)
    try:
        with reading(path) as connection:
            loads = connection.execute("SELECT load_id, source, path, bytes, hash FROM loads").fetchall()
            meta = connection.execute("SELECT key, value FROM meta").fetchall()
    except duckdb.Error as fault:
        cure = f"Point {path.parent / 'current.json'} at another kept snapshot, or remove the folder and refresh again."
        raise WarehouseError(f"Snapshot {number} ({path}) cannot be read: {fault}. {cure}") from fault
    return Stored(tuple(Load(*row) for row in loads), dict(meta))


def make_plan(catalog: Catalog, *, accept: frozenset[str], full: bool) -> Plan:
    """Looks at definitions and files and decides.

    Raises:
        ExportError: a source has no files, or an events file changed and is not accepted.
    """
    root, stored = catalog.root.resolve(), read_stored(catalog.root)
    files, unreadable = _examine_all(root, catalog, stored.loads)
    changed = [file for file in files if file.state == "changed"]
    _refuse_changed([file for file in changed if not _accepted(file.path, root, accept)])
    rebuilt = (*(("a full rebuild was asked for",) if full else ()), *_no_longer_valid(catalog, stored))
    rebuilt = (*rebuilt, *(f"{file.path} changed, as accepted" for file in changed))
    if rebuilt:
        present = {file.path for file in files}
        _refuse_missing(catalog, [load for load in stored.loads if load.path not in present], root, accept)
        files, unreadable = _examine_all(root, catalog, ())
    redone = () if rebuilt else _to_redo(catalog, stored)
    return Plan(stored, _once_each(files), unreadable, rebuilt if stored.meta else (), redone)


def _examine_all(
    root: Path, catalog: Catalog, loads: tuple[Load, ...]
) -> tuple[tuple[ExportFile, ...], tuple[FileReport, ...]]:
    files, unreadable = [], []
    for source in catalog.sources.values():
        found, own = discover(root, source), [load for load in loads if load.source == source.id]
        if not found and not own:
            refuse_absent(root, source)
        for location in found:
            try:
                files.append(examine(root, source, location, own))
            except OSError as fault:
                problem = f"{location} cannot be opened: {fault.strerror}. Check that it is there and may be read."
                unreadable.append(FileReport(source.id, shown(root, location), "unreadable", problem=problem))
    return tuple(files), tuple(unreadable)


def _once_each(files: Iterable[ExportFile]) -> tuple[ExportFile, ...]:
    """Of files of a source with the same content, only the first is read."""
    seen: set[tuple[str, str]] = set()
    result = []
    for file in files:
        twin = file.state == "new" and (file.source.id, file.hash) in seen
        seen.add((file.source.id, file.hash))
        result.append(file.as_known() if twin else file)
    return tuple(result)


def _accepted(path: str, root: Path, accept: frozenset[str]) -> bool:
    return path in accept or str(root / path) in accept


def _refuse_changed(changed: list[ExportFile]) -> None:
    if changed:
        names = ", ".join(file.path for file in changed)
        raise ExportError(
            f"{names}: events that were loaded from here are no longer in the file, or were altered. "
            "The old content stays in force. Restore the file, or accept the new content with "
            f"{' '.join(f'--accept {file.path}' for file in changed)}; everything is then read again from the exports."
        )


def _refuse_missing(catalog: Catalog, loads: list[Load], root: Path, accept: frozenset[str]) -> None:
    events = {source.id for source in catalog.sources.values() if source.kind == "events"}
    lost = sorted({load.path for load in loads if load.source in events and not _accepted(load.path, root, accept)})
    if lost:
        raise ExportError(
            f"Everything has to be read again from the exports, and these are gone: {', '.join(lost)}. "
            f"Put them back, or give up their events with {' '.join(f'--accept {path}' for path in lost)}."
        )


def _no_longer_valid(catalog: Catalog, stored: Stored) -> tuple[str, ...]:
    """Why what is stored was read by rules that no longer hold."""
    if not stored.meta:
        return ()
    now = describe(catalog)
    words = {
        "timezone": "the project's time zone changed",
        "entities": "the project's entities changed",
        "aliases": "aliases of events changed",
    }
    plain = [reason for key, reason in words.items() if stored.meta.get(key) != now[key]]
    before, after = stored.json("readings", {}), json.loads(now["readings"])
    assert isinstance(before, dict)
    plain += [f"source `{name}` is gone" for name in before if name not in after]
    plain += [f"source `{name}` is read another way" for name in before if name in after and before[name] != after[name]]
    return (*plain, *_times_declared(catalog, stored))


def _times_declared(catalog: Catalog, stored: Stored) -> tuple[str, ...]:
    # Which zone a kept time is in depends on its source, which the JSON column does not tell.
    before = stored.json("property_types", {})
    assert isinstance(before, dict)
    come = [name for name, kind in catalog.property_types.items() if kind == "time" and before.get(name) != kind]
    return tuple(f"property `{name}` is declared as a time" for name in come)


def _to_redo(catalog: Catalog, stored: Stored) -> tuple[str, ...]:
    now = describe(catalog)
    words = {
        "activity_off": "which events count as activity changed",
        "property_types": "declared properties changed",
        "attributes": "declared attributes changed",
    }
    return tuple(reason for key, reason in words.items() if stored.meta and stored.meta.get(key) != now[key])
