"""From exports to a new snapshot: what is new is read, judged, stored, and put in force at once or not at all."""

import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from prodops_metrics.definitions import Catalog
from prodops_metrics.errors import ExportError, WarehouseError
from prodops_metrics.warehouse import accounting, health, quarantine, schema, snapshots
from prodops_metrics.warehouse.accounting import ReadFile
from prodops_metrics.warehouse.engine import reading, writing
from prodops_metrics.warehouse.intake import read_files
from prodops_metrics.warehouse.left_out import left_out_of
from prodops_metrics.warehouse.pending import Pending
from prodops_metrics.warehouse.personal import fingerprint
from prodops_metrics.warehouse.planning import Plan, describe, make_plan
from prodops_metrics.warehouse.refreshing import Refreshing
from prodops_metrics.warehouse.report import REASONS, FileReport, Progress, Reason, RefreshReport
from prodops_metrics.warehouse.steps import STEPS, TOLERANCE, staging_area
from prodops_metrics.warehouse.through import complete_through


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
    retry: bool = False,
    now: datetime | None = None,
) -> RefreshReport:
    """Reads what is new under the project's sources and publishes a snapshot.

    Args:
        catalog: The definitions to read by.
        progress: Is told what happens.
        accept: Paths of events files whose changed (or, in a rebuild, missing) content is accepted.
        full: Reads everything again from the exports.
        dry_run: Does all the work and throws it away; the report says what would have come of it.
        retry: Reads files again that have rows in quarantine; those that can be loaded by now leave it.
        now: The moment of the refresh (naive means UTC); events more than an hour later are quarantined.

    Raises:
        ExportError: an export breaks its contract as a whole; nothing was changed.
        WarehouseError: another refresh runs, or the warehouse cannot be read or written; nothing was changed.
    """
    began, moment = time.monotonic(), _naive_utc(now or datetime.now(UTC))
    with snapshots.locked(catalog.root):
        snapshots.sweep(catalog.root)
        progress.stage("Looking for new exports")
        plan = make_plan(catalog, accept=accept, full=full, latest=moment + TOLERANCE, retry=retry)
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
    pending = Pending(staging_area(job.catalog, connection, job.moment), job.progress)
    if job.plan.fresh:
        schema.create(connection, pending.area.entities, pending.area.properties)
    pending.area.create()
    pending.create()
    reads, failed = _read_files(job, pending)
    _refuse_losing(job, failed)
    worth_it = bool(reads) or not (job.plan.to_read or (job.plan.fresh and job.plan.unreadable))
    connection.begin()
    refreshing = Refreshing(job.catalog, job.plan, job.progress, job.moment, number, pending.area, pending, tuple(reads))
    for step in (*STEPS, _write_meta):
        step(refreshing)
    files = accounting.close_loads(connection, reads, job.plan.first_load_id)
    _refuse_emptying(job, files, quarantine.reasons(connection, job.plan.first_load_id))
    connection.commit()
    published = number if worth_it and not job.dry_run else None
    report = _report(job, published, connection, (*files, *failed))
    left_out = left_out_of(connection, job.plan.first_load_id)
    return replace(report, merges=refreshing.changes.moved.merges, left_out=left_out)


def _refuse_losing(job: _Job, failed: list[FileReport]) -> None:
    """A rebuild without a file that could be read before would lose what it brought."""
    before = {(load.source, load.path) for load in job.plan.stored.loads}
    lost = [file for file in failed if job.plan.rebuilt and (file.source, file.path) in before]
    if lost:
        raise ExportError(f"{lost[0].problem} Everything is read again, and its events would be lost; nothing was changed.")


def _refuse_emptying(job: _Job, files: tuple[FileReport, ...], reasons: tuple[Reason, ...]) -> None:
    """A rebuild that would load nothing is a mistake in the sources, and no reason to lose what is in force."""
    events = [file for file in files if job.catalog.exports[file.source].kind == "events"]
    read = sum(file.rows_read for file in events)
    if job.plan.stored.meta and job.plan.rebuilt and read and not any(file.loaded for file in events):
        why = f", such as {reasons[0].example} ({REASONS.get(reasons[0].reason, reasons[0].reason)})" if reasons else ""
        raise ExportError(
            f"None of {read:,} rows could be loaded{why}. The former snapshot stays in force; "
            "look at `columns` and `time` of the sources."
        )


def _read_files(job: _Job, pending: Pending) -> tuple[list[ReadFile], list[FileReport]]:
    job.progress.start(sum(file.bytes for file in job.plan.to_read))
    return read_files(pending, job.plan.to_read, job.plan.first_load_id)


def _write_meta(refreshing: Refreshing) -> None:
    made = {"snapshot": str(refreshing.number), "created_at": refreshing.moment.isoformat() + "+00:00"}
    made["made_from"] = str(snapshots.current_number(refreshing.root) or 0)
    made["because"] = json.dumps([*refreshing.plan.rebuilt, *refreshing.plan.redone])
    made["secret"] = fingerprint(refreshing.area.privacy.secret)
    refreshing.connection.execute("DELETE FROM meta")
    refreshing.connection.executemany("INSERT INTO meta VALUES (?, ?)", list((describe(refreshing.catalog) | made).items()))


def _report(
    job: _Job, number: int | None, connection: duckdb.DuckDBPyConnection, files: tuple[FileReport, ...]
) -> RefreshReport:
    known = tuple(FileReport(f.source.id, f.path, "known") for f in job.plan.files if f.state == "known")
    return RefreshReport(
        snapshot=number,
        files=tuple(sorted((*files, *job.plan.unreadable, *known), key=lambda file: (file.source, file.path))),
        reasons=quarantine.reasons(connection, job.plan.first_load_id),
        data_through=_data_through(connection, job.catalog),
        rebuilt=job.plan.rebuilt,
        redone=job.plan.redone,
        dry_run=job.dry_run,
        seconds=time.monotonic() - job.began,
        over_quarantine=_over_quarantine(files, job.catalog),
        days=health.changes(connection, number) if number else (),
        vanished=job.plan.vanished,
        absent=job.plan.absent,
        untried=job.plan.untried,
    )


def _data_through(connection: duckdb.DuckDBPyConnection, catalog: Catalog) -> dict[str, date | None]:
    newest = dict(
        connection.execute(
            "SELECT source, newest_day FROM sources WHERE newest_day IS NOT NULL OR kind = 'events'"
        ).fetchall()
    )
    return {name: day and complete_through(catalog.exports[name], day) for name, day in newest.items()}


def _over_quarantine(files: tuple[FileReport, ...], catalog: Catalog) -> tuple[str, ...]:
    """The sources of which too large a share of the rows read now was quarantined."""
    over = []
    for name, source in catalog.exports.items():
        own = [file for file in files if file.source == name]
        read, refused = sum(file.rows_read for file in own), sum(file.quarantined for file in own)
        if read and refused / read > source.max_quarantine:
            over.append(name)
    return tuple(over)
