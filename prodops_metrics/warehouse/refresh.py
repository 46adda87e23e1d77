"""From exports to a new snapshot: what is new is read, judged, stored, and put in force at once or not at all."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from prodops_metrics.definitions import Catalog
from prodops_metrics.errors import ExportError, WarehouseError
from prodops_metrics.warehouse import accounting, duplicates, quarantine, rollups, schema, snapshots, store, units
from prodops_metrics.warehouse.accounting import ReadFile
from prodops_metrics.warehouse.attributes import rebuild_attributes
from prodops_metrics.warehouse.engine import reading, writing
from prodops_metrics.warehouse.files import ExportFile
from prodops_metrics.warehouse.formats import FORMATS
from prodops_metrics.warehouse.planning import Plan, aliases, describe, make_plan
from prodops_metrics.warehouse.report import REASONS, FileReport, Progress, Reason, RefreshReport
from prodops_metrics.warehouse.staging.area import StagingArea
from prodops_metrics.warehouse.through import complete_through

TOLERANCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Job:
    catalog: Catalog
    plan: Plan
    progress: Progress
    moment: datetime
    dry_run: bool
    began: float

    @property
    def root(self) -> Path:
        return self.catalog.root


def refresh(  # noqa: PLR0913 - each is one switch of the command
    catalog: Catalog,
    *,
    progress: Progress,
    accept: frozenset[str] = frozenset(),
    full: bool = False,
    dry_run: bool = False,
    now: datetime | None = None,
) -> RefreshReport:
    """Reads what is new under the project's sources and publishes a snapshot.

    Args:
        catalog: The definitions to read by.
        progress: Is told what happens.
        accept: Paths of events files whose changed (or, in a rebuild, missing) content is accepted.
        full: Reads everything again from the exports.
        dry_run: Does all the work and throws it away; the report says what would have come of it.
        now: The moment of the refresh (naive means UTC); events more than an hour later are quarantined.

    Raises:
        ExportError: an export breaks its contract as a whole; nothing was changed.
        WarehouseError: another refresh runs, or the warehouse cannot be read or written; nothing was changed.
    """
    began, moment = time.monotonic(), _naive_utc(now or datetime.now(UTC))
    with snapshots.locked(catalog.root):
        snapshots.sweep(catalog.root)
        progress.stage("Looking for new exports")
        plan = make_plan(catalog, accept=accept, full=full)
        job = _Job(catalog, plan, progress, moment, dry_run, began)
        try:
            return _report_idle(job) if plan.idle else _build(job)
        except (duckdb.Error, OSError) as fault:
            raise WarehouseError(f"The refresh stopped: {fault}. The former snapshot stays in force.") from fault
        finally:
            snapshots.sweep(catalog.root)


def _naive_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _report_idle(job: _Job) -> RefreshReport:
    number = snapshots.current_number(job.root)
    assert number is not None
    with reading(snapshots.path_of(job.root, number)) as connection:
        return _report(job, None, connection, ())


def _build(job: _Job) -> RefreshReport:
    number, partial = snapshots.begin(job.root, copy=not job.plan.fresh)
    with writing(partial, snapshots.scratch(job.root)) as connection:
        report = _fill(job, connection, number)
        job.progress.stage("Writing the snapshot")
        connection.execute("CHECKPOINT")
    if report.snapshot is not None:
        snapshots.publish(job.root, number, partial)
        snapshots.prune(job.root, job.catalog.project.snapshots_kept)
    return report


def _fill(job: _Job, connection: duckdb.DuckDBPyConnection, number: int) -> RefreshReport:
    """Everything between the copy of the former snapshot and its publication."""
    area = _staging_area(job, connection)
    area.create()
    reads, failed = _read_files(job, area)
    worth_it = bool(reads) or not job.plan.to_read
    connection.begin()
    if job.plan.fresh:
        schema.create(connection, area.entities, area.properties)
    files = _store(job, area, reads, number)
    _refuse_emptying(job, files, quarantine.reasons(connection, job.plan.first_load_id))
    connection.commit()
    published = number if worth_it and not job.dry_run else None
    return _report(job, published, connection, (*files, *failed))


def _refuse_emptying(job: _Job, files: tuple[FileReport, ...], reasons: tuple[Reason, ...]) -> None:
    """A rebuild that would load nothing is a mistake in the sources, and no reason to lose what is in force."""
    events = [file for file in files if job.catalog.sources[file.source].kind == "events"]
    read = sum(file.rows_read for file in events)
    if job.plan.stored.meta and job.plan.rebuilt and read and not any(file.loaded for file in events):
        why = f", such as {reasons[0].example} ({REASONS.get(reasons[0].reason, reasons[0].reason)})" if reasons else ""
        raise ExportError(
            f"None of {read:,} rows could be loaded{why}. The former snapshot stays in force; "
            "look at `columns` and `time` of the sources."
        )


def _staging_area(job: _Job, connection: duckdb.DuckDBPyConnection) -> StagingArea:
    catalog = job.catalog
    entities = catalog.project.entities
    return StagingArea(
        connection=connection,
        scratch=snapshots.scratch(job.root),
        latest=job.moment + TOLERANCE,
        timezone=catalog.project.timezone,
        entities={name: entity.column for name, entity in entities.items()},
        properties=catalog.property_types,
        aliases=aliases(catalog),
        parents={name: entity.parent for name, entity in entities.items() if entity.parent},
    )


def _read_files(job: _Job, area: StagingArea) -> tuple[list[ReadFile], list[FileReport]]:
    job.progress.start(sum(file.bytes for file in job.plan.to_read))
    reads, failed = [], []
    for load_id, file in enumerate(job.plan.to_read, job.plan.first_load_id):
        job.progress.stage(f"Reading {file.path}")
        outcome = _read_file(area, file, load_id)
        if isinstance(outcome, ReadFile):
            reads.append(outcome)
            job.progress.rows(outcome.rows_read)
        else:
            failed.append(outcome)
        job.progress.advance(file.bytes, file.path)
    return reads, failed


def _read_file(area: StagingArea, file: ExportFile, load_id: int) -> ReadFile | FileReport:
    began = time.monotonic()
    try:
        FORMATS[file.source.format](area, file, load_id)
        rows_read = accounting.count_read(area.connection, load_id)
        quarantine.quarantine_refused(area, file, load_id)
        if file.unchanged():
            return ReadFile(file, load_id, rows_read, time.monotonic() - began)
        problem = f"{file.path} changed while it was being read. Run the refresh again."
    except ExportError as fault:
        problem = str(fault)
    except (OSError, EOFError, duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException) as fault:
        problem = f"{file.path} cannot be read: {str(fault).splitlines()[0]} Export or copy it again."
    area.forget(load_id)
    return FileReport(file.source.id, file.path, "unreadable", problem=problem)


def _store(job: _Job, area: StagingArea, reads: list[ReadFile], number: int) -> tuple[FileReport, ...]:
    """One transaction: what was staged becomes rows, keys, attributes and roll-ups, and the books are closed."""
    connection, catalog, plan = area.connection, job.catalog, job.plan
    fresh, progress = plan.fresh, job.progress
    progress.stage("Looking for duplicates")
    _migrate(job, area)
    accounting.open_loads(connection, reads, job.moment, number)
    replaced = duplicates.settle(area, catalog.sources)
    read_units = {read.load_id for read in reads if read.file.source.kind == "units"}
    gone = _replaced_loads(plan, reads)
    stated = units.store_statements(area, gone) or bool(read_units)
    store.extend_event_type(connection, area.entities)
    units.assign_keys(area)
    store.append_events(area, progress)
    quarantine.store(connection, {read.load_id: read.file for read in reads})
    if replaced:
        units.forget_unseen(area)
    units.assign_parents(area, everywhere=fresh or stated or bool(replaced))
    progress.stage("Writing roll-ups")
    rebuild_attributes(connection, catalog)
    rollups.rebuild_days(area, catalog.activity_off, everything=fresh or bool(plan.redone))
    rollups.rebuild_sources(area, {name: source.kind for name, source in catalog.sources.items()}, replaced)
    _write_meta(job, connection, number)
    return accounting.close_loads(connection, reads, plan.first_load_id)


def _migrate(job: _Job, area: StagingArea) -> None:
    before = job.plan.stored.json("property_types", {})
    if not job.plan.fresh and isinstance(before, dict):
        received = (source.columns.get("received") for source in job.catalog.sources.values())
        store.migrate_columns(area, before, [name for name in received if isinstance(name, str)])


def _replaced_loads(plan: Plan, reads: list[ReadFile]) -> list[int]:
    """Loads that give way to newer content that could indeed be read."""
    places = {(read.file.source.id, read.file.path) for read in reads if read.file.state == "replaced"}
    return [load.load_id for load in plan.stored.loads if (load.source, load.path) in places]


def _write_meta(job: _Job, connection: duckdb.DuckDBPyConnection, number: int) -> None:
    values = describe(job.catalog) | {"snapshot": str(number), "created_at": job.moment.isoformat() + "+00:00"}
    connection.execute("DELETE FROM meta")
    connection.executemany("INSERT INTO meta VALUES (?, ?)", list(values.items()))


def _report(
    job: _Job, number: int | None, connection: duckdb.DuckDBPyConnection, files: tuple[FileReport, ...]
) -> RefreshReport:
    known = tuple(FileReport(f.source.id, f.path, "known") for f in job.plan.files if f.state == "known")
    return RefreshReport(
        snapshot=number,
        files=tuple(sorted((*files, *job.plan.unreadable, *known), key=lambda file: (file.source, file.path))),
        reasons=quarantine.reasons(connection, job.plan.first_load_id),
        data_through=_data_through(connection, job.catalog),
        rebuilt=(*job.plan.rebuilt, *job.plan.redone),
        dry_run=job.dry_run,
        seconds=time.monotonic() - job.began,
        over_quarantine=_over_quarantine(files, job.catalog),
    )


def _data_through(connection: duckdb.DuckDBPyConnection, catalog: Catalog) -> dict[str, date | None]:
    newest = dict(connection.execute("SELECT source, newest_day FROM sources WHERE kind = 'events'").fetchall())
    return {name: day and complete_through(catalog.sources[name], day) for name, day in newest.items()}


def _over_quarantine(files: tuple[FileReport, ...], catalog: Catalog) -> tuple[str, ...]:
    """The sources of which too large a share of the rows read now was quarantined."""
    over = []
    for name, source in catalog.sources.items():
        own = [file for file in files if file.source == name]
        read, refused = sum(file.rows_read for file in own), sum(file.quarantined for file in own)
        if read and refused / read > source.max_quarantine:
            over.append(name)
    return tuple(over)
