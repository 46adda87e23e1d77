"""``prodops health``."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from prodops_metrics.cli import terminal
from prodops_metrics.cli.app import Json, app, told

if TYPE_CHECKING:
    from prodops_metrics.reports.health import Finding, Freshness, HealthReport

FailOn = Literal["failing", "warning"]
SIGNS = {"new": "new", "still": "", "gone": "gone"}
MOST_TOUCHED = 6


@app.command()
def health(
    context: typer.Context,
    fail_on: Annotated[
        FailOn | None, typer.Option(help="End with 1 where something of this severity, or a worse one, is found.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what is wrong with the data, which features and metrics that makes doubtful, and how to mend it.

    What changed since the last snapshot comes first. `failing` is what makes numbers wrong, `warning` what may. Exit
    codes: 0 looked; 1 with --fail-on if something is found, or nothing could be looked at; 2 wrong use.
    """
    from prodops_metrics.reports.health import health as look
    from prodops_metrics.reports.plain_health import health_values
    from prodops_metrics.reports.session import open_session

    with told(as_json=as_json):
        report = look(open_session(context.obj))
    terminal.json_values(health_values(report)) if as_json else _print(report)
    bad = {"failing": ("failing",), "warning": ("failing", "warning")}
    raise typer.Exit(1 if fail_on and report.severity in bad[fail_on] else 0)


def _print(report: "HealthReport") -> None:
    terminal.text(report.sentence)
    for one in report.findings:
        _finding(one)
    if report.gone:
        terminal.text(f"\nGone since snapshot {report.compared_with}:")
        for one in report.gone:
            terminal.text(f"  {one.what}")
    _fresh(report)
    if not report.findings:
        terminal.text("\nLooked at:")
        for kind in report.looked:
            terminal.text(f"  {kind.title}: none among {kind.looked_at:,} {kind.things}")
    terminal.text(
        f"\nData through {report.pinned.data_through} ({report.pinned.timezone}), snapshot {report.pinned.snapshot}."
    )


def _finding(one: "Finding") -> None:
    marks = " ".join(mark for mark in (one.severity.upper(), SIGNS[one.change]) if mark)
    first = f" (since snapshot {one.first_seen})" if one.change == "still" else ""
    terminal.text(f"\n{marks}: {one.title}{first}")
    terminal.text(f"  {one.what}")
    if one.since:
        terminal.text(f"  Since {one.since}.")
    if one.example:
        terminal.text(f"  For example: {one.example}")
    for name, ids in (("features", one.features), ("metrics", one.metrics)):
        if ids:
            more = f" and {len(ids) - MOST_TOUCHED} more" if len(ids) > MOST_TOUCHED else ""
            terminal.text(f"  Makes doubtful, {name}: {', '.join(ids[:MOST_TOUCHED])}{more}")
    terminal.text(f"  {one.hint}")
    if one.stub:
        terminal.text("".join(f"    {line}\n" for line in one.stub.splitlines()).rstrip())


def _fresh(report: "HealthReport") -> None:
    from prodops_metrics.cli.printing import table

    terminal.text("\nSources")
    table(("Source", "Newest (UTC)", "Complete through", "Loaded (UTC)", "Expected"), map(_row, report.freshness))


def _row(one: "Freshness") -> tuple[str, ...]:
    from prodops_metrics.reports.dates import length

    expected = f"every {length(one.expected_every)}" if one.expected_every else ""
    moments = [f"{moment:%Y-%m-%d %H:%M}" if moment else "-" for moment in (one.newest, one.loaded_at)]
    through = str(one.data_through) if one.data_through else "-"
    return (one.source, moments[0], through, moments[1], f"{expected}, overdue" if one.overdue else expected)
