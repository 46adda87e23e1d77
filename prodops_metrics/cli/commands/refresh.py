"""``prodops refresh``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prodops_metrics.cli import terminal
from prodops_metrics.cli.app import Json, app
from prodops_metrics.definitions import Catalog
from prodops_metrics.errors import ProdopsError
from prodops_metrics.metrics import load_catalog
from prodops_metrics.warehouse.report import REASONS

if TYPE_CHECKING:
    from prodops_metrics.reports.refreshed import Kept
    from prodops_metrics.warehouse.report import Progress, RefreshReport


@app.command()
def refresh(
    context: typer.Context,
    accept: Annotated[
        list[str] | None,
        typer.Option(help="An events file that changed since it was read, whose new content is to replace the old."),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Read every export again and build the warehouse anew.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be read; change nothing.")] = False,
    retry: Annotated[
        bool, typer.Option("--retry-quarantine", help="Read the files again that have rows in quarantine.")
    ] = False,
    reports: Annotated[
        bool,
        typer.Option(
            " /--no-reports",
            help="Do not count the standard reports ahead; pages count them when somebody asks.",
            show_default=False,
        ),
    ] = True,
    as_json: Json = False,
) -> None:
    """Read new exports into a new snapshot.

    On a terminal a bar shows what is read; warehouse/refresh.log gets one line that says what changed. The snapshot is in
    force before verdicts, health and the standard reports are counted for later. Exit codes: 0
    published or nothing new; 1 failed, nothing changed; 3 published, with more rows in quarantine than a source's
    max_quarantine allows, or with a file that could not be read.
    """
    from prodops_metrics.cli.progress import shown
    from prodops_metrics.reports.refresh_line import line
    from prodops_metrics.warehouse.refresh import refresh as run

    root: Path = context.obj
    with _noted(root, as_json=as_json):
        catalog = load_catalog(root)
        with shown(quietly=as_json) as progress:
            accepted = frozenset(accept or ())
            report = run(catalog, progress=progress, accept=accepted, full=full, dry_run=dry_run, retry=retry)
            kept = _keep(catalog, progress, reports=reports) if not dry_run and report.exit_code != 1 else None
        if not dry_run:
            _note(root, line(report, kept.health if kept else None))
    _print(report, kept, as_json=as_json)
    raise typer.Exit(report.exit_code)


def _keep(catalog: Catalog, progress: "Progress", *, reports: bool) -> "Kept | None":
    """Keeps what the snapshot in force says; None where all of it is kept."""
    from prodops_metrics.reports.settled import settled

    if settled(catalog, reports=reports):
        return None
    from prodops_metrics.reports.refreshed import keep  # which needs all that counts

    return keep(catalog.root, progress, reports=reports)


def _print(report: "RefreshReport", kept: "Kept | None", *, as_json: bool) -> None:
    for problem in kept.problems if kept else ():
        terminal.err.print(problem, markup=False)
    if as_json:
        terminal.json_values(report.to_dict() | _values(kept))
        return
    _refreshed(report)
    if kept and report.snapshot is not None:
        from prodops_metrics.reports.refresh_line import health_sentences

        for sentence in (*health_sentences(kept.health), *([kept.told] if kept.told else [])):
            terminal.text(sentence)


def _values(kept: "Kept | None") -> dict[str, Any]:
    """What is new with the health of the data, and what took how long; nothing where all was kept."""
    if kept is None or kept.health is None:
        return {"health": None, "kept_seconds": dict(kept.seconds) if kept else {}}
    from prodops_metrics.reports.plain_health import changes_values

    return {"health": changes_values(kept.health), "kept_seconds": dict(kept.seconds)}


def _refreshed(report: "RefreshReport") -> None:
    """What a refresh did."""
    terminal.text(report.summary)
    for reason in report.reasons:
        rows = "1 row" if reason.rows == 1 else f"{reason.rows:,} rows"
        terminal.text(f"Quarantined: {rows} with {REASONS.get(reason.reason, reason.reason)}, such as {reason.example}.")
    for file in report.files:
        if file.problem:
            told = file.problem.startswith(file.path)
            terminal.err.print(file.problem if told else f"{file.path}: {file.problem}", markup=False)


@contextmanager
def _noted(root: Path, *, as_json: bool) -> Iterator[None]:
    """Faults are told in a sentence and noted in the log, those that nobody foresaw with their trace; exit code 1."""
    try:
        yield
    except ProdopsError as error:
        _note(root, f"failed: {error}")
        terminal.error(error, as_json=as_json)
        raise typer.Exit(1) from error
    except Exception as fault:  # the one place that has to answer for whatever happens
        terminal.error(_unforeseen(root, fault), as_json=as_json)
        raise typer.Exit(1) from fault


def _unforeseen(root: Path, fault: Exception) -> ProdopsError:
    from prodops_metrics.warehouse.logbook import FILE, note_fault

    sorry = "The refresh stopped for a reason that nobody foresaw; the snapshot before it stays in force."
    try:
        reference = note_fault(root, fault)
    except OSError as full:
        return ProdopsError(
            f"{sorry} {type(fault).__name__}: {fault}. It could not be written down either ({full.strerror})."
        )
    return ProdopsError(f"{sorry} Reference {reference} in warehouse/{FILE} has the trace; please report it.")


def _note(root: Path, text: str) -> None:
    from prodops_metrics.warehouse.logbook import note

    try:
        note(root, text)
    except OSError as fault:
        terminal.err.print(f"The log could not be written: {fault}.", markup=False)
