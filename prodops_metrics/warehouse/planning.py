"""What a refresh has to do: which files are new, and whether what is stored still means what is declared."""

import json
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

import duckdb

from prodops_metrics.definitions import Catalog, Source
from prodops_metrics.errors import ExportError, WarehouseError
from prodops_metrics.warehouse import snapshots
from prodops_metrics.warehouse.engine import reading
from prodops_metrics.warehouse.files import ExportFile, Load, discover, examine, may_come, refuse_absent, shown
from prodops_metrics.warehouse.personal import fingerprint, read_secret, stated_rules
from prodops_metrics.warehouse.report import FileReport
from prodops_metrics.warehouse.schema import ANOTHER, NUMBER, is_of_another_version

HASHED_AT_ONCE = 4
"""So many export files are hashed side by side."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What the snapshot in force says of itself; empty before the first refresh.

    ``waiting``: source and hash of the files that have rows in quarantine, each with the earliest moment (naive UTC) of
    those that were in the future. ``left_out``: columns of which something was left out as personal though nobody said so.
    """

    loads: tuple[Load, ...] = ()
    meta: Mapping[str, str] = field(default_factory=dict)
    waiting: Mapping[tuple[str, str], datetime | None] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()

    def json(self, key: str, default: object) -> object:
        """A value of ``meta`` that is kept as JSON."""
        return json.loads(self.meta[key]) if key in self.meta else default


@dataclass(frozen=True, slots=True)
class Plan:
    """``files``: every file found; ``unreadable``: reports of those that could not even be hashed.

    ``rebuilt``: why everything is read again from the exports; ``redone``: why stored tables are redone in place.
    ``vanished``: paths of files that were read once and are gone; what they brought stays. ``absent``: sources that have
    no file yet. ``untried``: paths of files with rows in quarantine that were to be read again, and are gone.
    """

    stored: Stored
    files: tuple[ExportFile, ...]
    unreadable: tuple[FileReport, ...]
    rebuilt: tuple[str, ...]
    redone: tuple[str, ...]
    vanished: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()

    @property
    def recast(self) -> bool:
        """Whether every stored event has to be given its day, name and columns anew."""
        return any(word in self.redone for word in RECASTING.values())

    @property
    def regrouped(self) -> bool:
        """Whether the parents of all units have to be found anew."""
        return self.recast or PARENTS in self.redone

    @property
    def recounted(self) -> bool:
        """Whether stored events were moved or taken out, so that nothing that follows from single ones is known."""
        return self.recast or FORGOTTEN in self.redone

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


RECASTING = {
    "timezone": "the project's time zone changed",
    "aliases": "aliases of events changed",
    "property_types": "declared properties changed",
}
"""What of ``meta`` says how stored events stand in their table, and what a change of it is called."""
_READ_BY = ("kind", "format", "columns", "time", "duplicates", "null_values", "delimiter", "entity", "key")
PARENTS = "the parents of entities changed"
FORGOTTEN = "somebody was forgotten"
_DERIVED = {
    "activity_off": "which events count as activity changed",
    "attributes": "declared attributes changed",
}
REDONE = {**RECASTING, **_DERIVED, "entities": PARENTS}
"""What of ``meta`` is redone from what is stored where it changed, and what that is called."""


def describe(catalog: Catalog) -> dict[str, str]:
    """What ``meta`` says of the definitions that a snapshot was made with."""
    entities = catalog.project.entities
    values = {
        "schema": str(NUMBER),
        "timezone": catalog.project.timezone,
        "definitions": catalog.hash,
        "activity_off": sorted(catalog.activity_off),
        "property_types": dict(catalog.property_types),
        "entities": {name: {"column": entity.column, "parent": entity.parent} for name, entity in entities.items()},
        "aliases": aliases(catalog),
        "attributes": {name: dict(catalog.attributes(name)) for name in entities},
        "personal": stated_rules(catalog),
        "readings": {name: _reading(source) for name, source in catalog.exports.items()},
    }
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def aliases(catalog: Catalog) -> dict[str, str]:
    """The export's names of events that have another id in the taxonomy."""
    return {alias: event.id for event in catalog.events.values() for alias in event.aliases if alias != event.id}


def _reading(source: Source) -> str:
    """How a source is read, as text: where it changes, what is stored was read another way."""
    columns = {role: c if isinstance(c, str) else c.model_dump() for role, c in source.columns.items()}
    time = source.time and [source.time.timezone, source.time.unit, source.time.format]
    how = [source.kind, source.format, columns, time, source.duplicates, source.null_values, source.delimiter]
    return json.dumps([*how, source.entity, source.key], sort_keys=True)  # in the order of ``_READ_BY``


def _read_otherwise(name: str, before: str, now: str) -> str:
    """Which keys of a source are not what they were when it was read."""
    changed = [key for key, old, new in zip(_READ_BY, json.loads(before), json.loads(now), strict=True) if old != new]
    keys = " and ".join(f"`{key}`" for key in changed)
    return f"{keys} of source `{name}` changed"


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
        return stored_in(path)
    except duckdb.Error as fault:
        cure = f"Point {path.parent / 'current.json'} at another kept snapshot, or remove the folder and refresh again."
        raise WarehouseError(f"Snapshot {number} ({path}) cannot be read: {fault}. {cure}") from fault


def stored_in(path: Path) -> Stored:
    """What a snapshot says of itself.

    Raises:
        duckdb.Error: it cannot be read.
    """
    with reading(path) as connection:
        meta = connection.execute("SELECT key, value FROM meta").fetchall()
        if is_of_another_version(connection):
            return _stored_otherwise(connection, meta)
        loads = connection.execute("SELECT load_id, source, path, bytes, hash, version FROM loads").fetchall()
        left_out = connection.execute("SELECT DISTINCT property FROM dropped_values").fetchall()
        waiting = connection.execute(
            "SELECT source, hash, min(due) FROM loads WHERE quarantined > 0 GROUP BY source, hash"
        ).fetchall()
    return Stored(
        tuple(Load(*row) for row in loads),
        dict(meta),
        {(source, digest): due for source, digest, due in waiting},
        frozenset(row[0] for row in left_out),
    )


def _stored_otherwise(connection: duckdb.DuckDBPyConnection, meta: Iterable[tuple[str, str]]) -> Stored:
    """What can be told of a snapshot of another version: which files it was made of, so that none goes missing."""
    loads = connection.execute("SELECT load_id, source, path, bytes, hash FROM loads").fetchall()
    return Stored(tuple(Load(*row) for row in loads), {"schema": "", **dict(meta)})


def make_plan(catalog: Catalog, *, accept: frozenset[str], full: bool, latest: datetime, retry: bool = False) -> Plan:
    """Looks at definitions and files and decides.

    Files are read again that have rows in quarantine which were in the future and, by ``latest`` (naive UTC), are no
    more; with ``retry``, all that have rows in quarantine.

    Raises:
        ExportError: a source has no files, or an events file changed and is not accepted.
    """
    root, stored = catalog.root.resolve(), read_stored(catalog.root)
    files, unreadable = _examine_all(root, catalog, stored.loads)
    there = {file.path for file in files} | {report.path for report in unreadable}
    _refuse_unknown(accept, root, there | {load.path for load in stored.loads})
    vanished = _vanished(catalog, stored, there)
    changed = [file for file in files if file.state == "changed"]
    _refuse_changed([file for file in changed if not _accepted(file.path, root, accept)])
    rebuilt = (*(("a full rebuild was asked for",) if full else ()), *_no_longer_valid(catalog, stored))
    rebuilt = (*rebuilt, *(f"{file.path} changed, as accepted" for file in changed))
    if rebuilt:
        present = {file.path for file in files}
        _refuse_missing(catalog, [load for load in stored.loads if load.path not in present], root, accept, rebuilt)
        vanished = ()
        files, unreadable = _examine_all(root, catalog, ())
    redone = () if rebuilt else _to_redo(catalog, stored)
    files = _once_each(files)
    files = _tried_again(files, stored, None if retry else latest)
    absent = _without_files(catalog, stored, files, unreadable)
    untried = _untried(stored, files) if retry else ()
    return Plan(stored, files, unreadable, rebuilt if stored.meta else (), redone, vanished, absent, untried)


def _examine_all(
    root: Path, catalog: Catalog, loads: tuple[Load, ...]
) -> tuple[tuple[ExportFile, ...], tuple[FileReport, ...]]:
    places = []
    for source in catalog.exports.values():
        found, own = discover(root, source), [load for load in loads if load.source == source.id]
        if not (found or own or may_come(root, source)):
            refuse_absent(root, source)
        places += [(source, location, own) for location in found]
    with ThreadPoolExecutor(HASHED_AT_ONCE) as pool:  # hashing leaves the interpreter to others
        looked = tuple(pool.map(lambda place: _examine(root, *place), places))
    files = tuple(one for one in looked if isinstance(one, ExportFile))
    return files, tuple(one for one in looked if isinstance(one, FileReport))


def _examine(root: Path, source: Source, location: str, own: Iterable[Load]) -> ExportFile | FileReport:
    try:
        return examine(root, source, location, own)
    except OSError as fault:
        problem = f"{location} cannot be opened: {fault.strerror or fault}. Check that it is there and may be read."
        return FileReport(source.id, shown(root, location), "unreadable", problem=problem)


def _without_files(
    catalog: Catalog, stored: Stored, files: Iterable[ExportFile], unreadable: Iterable[FileReport]
) -> tuple[str, ...]:
    """The sources that have brought nothing and have no file."""
    known = {file.source.id for file in files} | {one.source for one in unreadable} | {one.source for one in stored.loads}
    return tuple(name for name in catalog.exports if name not in known)


def _once_each(files: Iterable[ExportFile]) -> tuple[ExportFile, ...]:
    """Of files of a source with the same content, only the first is read."""
    seen: set[tuple[str, str]] = set()
    result = []
    for file in files:
        twin = file.state == "new" and (file.source.id, file.hash) in seen
        seen.add((file.source.id, file.hash))
        result.append(file.as_known() if twin else file)
    return tuple(result)


def _tried_again(files: Iterable[ExportFile], stored: Stored, latest: datetime | None) -> tuple[ExportFile, ...]:
    """Known files whose quarantined rows can be loaded by now, to be read once more; None tries all."""
    waiting = {file for file, due in stored.waiting.items() if latest is None or (due is not None and due <= latest)}
    result = []
    for file in files:
        tried = file.state == "known" and (file.source.id, file.hash) in waiting
        waiting -= {(file.source.id, file.hash)} if tried else set()
        result.append(file.as_retried() if tried else file)
    return tuple(result)


def _untried(stored: Stored, files: Iterable[ExportFile]) -> tuple[str, ...]:
    """The files with rows in quarantine whose content is in none of those that are there."""
    there = {(file.source.id, file.hash) for file in files}
    gone = {one.path for one in stored.loads if (one.source, one.hash) in stored.waiting.keys() - there}
    return tuple(sorted(gone))


def _accepted(path: str, root: Path, accept: frozenset[str]) -> bool:
    return path in accept or str(root / path) in accept


def _refuse_unknown(accept: frozenset[str], root: Path, known: Collection[str]) -> None:
    paths = set(known) | {str(root / path) for path in known}
    for path in sorted(accept - paths):
        near = get_close_matches(path, sorted(paths), n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ExportError(
            f"--accept {path}: no source has such a file, and none was read from there.{hint} Paths are as the refresh "
            "shows them, relative to the project."
        )


def _vanished(catalog: Catalog, stored: Stored, present: set[str]) -> tuple[str, ...]:
    gone = {load.path for load in stored.loads if load.source in catalog.exports and load.path not in present}
    return tuple(sorted(gone))


def _refuse_changed(changed: list[ExportFile]) -> None:
    if changed:
        names = ", ".join(file.path for file in changed)
        raise ExportError(
            f"{names}: events that were loaded from here are no longer in the file, or were altered. "
            "The old content stays in force. Restore the file, or accept the new content with "
            f"{' '.join(f'--accept {file.path}' for file in changed)}; everything is then read again from the exports."
        )


def _refuse_missing(catalog: Catalog, loads: list[Load], root: Path, accept: frozenset[str], because: Iterable[str]) -> None:
    events = {source.id for source in catalog.sources.values() if source.kind == "events"}
    lost = sorted({load.path for load in loads if load.source in events and not _accepted(load.path, root, accept)})
    if lost:
        raise ExportError(
            f"Everything has to be read again from the exports ({'; '.join(because)}), and these are gone: "
            f"{', '.join(lost)}. Put them back, take the change back, or give up their events with "
            f"{' '.join(f'--accept {path}' for path in lost)}."
        )


def _no_longer_valid(catalog: Catalog, stored: Stored) -> tuple[str, ...]:
    """Why what is stored was read by rules that no longer hold."""
    if not stored.meta:
        return ()
    now = describe(catalog)
    if stored.meta.get("schema") != now["schema"]:
        return (f"the snapshot was {ANOTHER}",)
    columns, before_columns = _columns_of_ids(json.loads(now["entities"])), _columns_of_ids(stored.json("entities", {}))
    plain = ["the project's entities changed"] if columns != before_columns else []
    plain += ["what is personal changed"] if stored.meta.get("personal") != now["personal"] else []
    before, after = stored.json("readings", {}), json.loads(now["readings"])
    assert isinstance(before, dict)
    plain += [f"source `{name}` is gone" for name in before if name not in after]
    plain += [
        _read_otherwise(each, before[each], after[each]) for each in before if after.get(each, before[each]) != before[each]
    ]
    return (*plain, *_wanted_after_all(catalog, stored))


def _wanted_after_all(catalog: Catalog, stored: Stored) -> tuple[str, ...]:
    """What cannot be had from what is stored: values that were left out, and hashes by a secret that is no more."""
    before = stored.json("property_types", {})
    assert isinstance(before, dict)
    come = sorted(stored.left_out & (catalog.property_types.keys() - before.keys()))
    reasons = [f"property `{name}` is declared, and values of it had been left out as personal" for name in come]
    made_with, secret = stored.meta.get("secret", ""), read_secret(catalog.root, make=False)
    if made_with and made_with != fingerprint(secret):
        reasons.append("the secret by which personal data is hashed changed")
    return tuple(reasons)


def plan_forgetting(catalog: Catalog, stored: Stored) -> Plan | None:
    """What has to be done with a snapshot out of which rows are taken: nothing is read, and all that follows is redone.

    None where it was made by another version, or for other entities: the definitions of now cannot redo it.
    """
    now = describe(catalog)
    columns, before = _columns_of_ids(json.loads(now["entities"])), _columns_of_ids(stored.json("entities", {}))
    if stored.meta.get("schema") != now["schema"] or columns != before:
        return None
    return Plan(stored, (), (), (), (FORGOTTEN, PARENTS, *_to_redo(catalog, stored)))


def _columns_of_ids(entities: object) -> dict[str, str]:
    """The default column of each entity's ids; whose units belong to whose is another matter."""
    assert isinstance(entities, dict)
    return {name: entity["column"] for name, entity in entities.items()}


def _to_redo(catalog: Catalog, stored: Stored) -> tuple[str, ...]:
    """What has to be redone from what is stored, in words; the exports are not needed for it."""
    if not stored.meta:
        return ()
    now = describe(catalog)
    return tuple(reason for key, reason in REDONE.items() if stored.meta.get(key) != now[key])
