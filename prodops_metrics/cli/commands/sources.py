"""``prodops sources``."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from prodops_metrics.cli import asking, terminal
from prodops_metrics.cli.app import Json, app, told
from prodops_metrics.cli.calling import called
from prodops_metrics.metrics import load_catalog

if TYPE_CHECKING:
    from prodops_metrics.reports.source_proposal import Proposal

WIDEST = 40
"""So many letters of an event's name are shown."""
sources = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Say where exports lie and how they are read.")
app.add_typer(sources, name="sources")


@sources.callback()
def _group() -> None:
    """Say where exports lie and how they are read."""


@sources.command()
def add(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="An export: a file, a folder, or a pattern in quotes.")],
    name: Annotated[str | None, typer.Option(help="The id of the source; made from the file's name if not given.")] = None,
    layout: Annotated[
        str | None,
        typer.Option("--format", help="The format, such as amplitude or generic; told by its fields if not given."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write it without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Look at an export and propose its source: columns, times, duplicates, with the reason for each guess.

    Shows the first rows as they would be read, asks, and adds the source to metric_defs/sources.yml, where nothing else
    changes. With --json nothing is asked; it is written with --yes. Exit codes: 0 written or shown; 1 it cannot be read.
    """
    from prodops_metrics.reports.source_proposal import FILE, propose, write

    with told(as_json=as_json):
        catalog = load_catalog(context.obj)
        proposal = propose(catalog, file, name, layout)
        if not as_json:
            _show(proposal)
        writes = yes or (not as_json and sys.stdin.isatty() and asking.confirmed("Write it?", otherwise=True))
        if writes:
            write(catalog.root, proposal)
    if as_json:
        terminal.json_values(_values(proposal, FILE, written=writes))
    elif writes:
        terminal.text(f"Written to {FILE}. Next: {called(catalog.root)} refresh")
    else:
        terminal.text("Nothing was written; --yes writes it.")


def _show(proposal: "Proposal") -> None:
    from prodops_metrics.definitions.emitting import definition

    terminal.text("sources:\n" + "\n".join(definition(proposal.name, proposal.values, 2)) + "\n")
    for reason in proposal.reasons:
        terminal.text(f"- {reason}")
    first = proposal.first
    width = min(max((len(event) for _, event, _ in first.rows), default=0), WIDEST)
    terminal.text("\nThe first rows, times in UTC:")
    for moment, event, unit in first.rows:
        terminal.text(f"  {moment:%Y-%m-%d %H:%M:%S}  {event[:width]:<{width}}  {unit or '(nobody)'}")
    terminal.text(_counted(proposal))


def _counted(proposal: "Proposal") -> str:
    from prodops_metrics.warehouse.report import REASONS

    first = proposal.first
    refused = (
        f", {first.refused:,} would be set aside ({REASONS.get(first.reason or '', first.reason)})" if first.refused else ""
    )
    control = f", {first.control:,} are control rows" if first.control else ""
    return f"Of the rows looked at {first.loaded:,} can be loaded{control}{refused}.\n"


def _values(proposal: "Proposal", file: str, *, written: bool) -> dict[str, object]:
    first = proposal.first
    rows = [{"time": moment.isoformat(), "event": event, "unit": unit} for moment, event, unit in first.rows]
    counts = {"loaded": first.loaded, "control": first.control, "quarantined": first.refused, "reason": first.reason}
    return {
        "source": proposal.name,
        "values": proposal.values,
        "reasons": list(proposal.reasons),
        "rows": rows,
        **counts,
        "file": file,
        "written": written,
    }
