"""``prodops quarantine``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodops_metrics.cli import terminal
from prodops_metrics.cli.app import Json, app, told

if TYPE_CHECKING:
    import polars as pl

LIMIT = 200


@app.command()
def quarantine(
    context: typer.Context,
    source: Annotated[str | None, typer.Option(help="Only rows of this source.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only rows with this reason, such as time or columns.")] = None,
    file: Annotated[str | None, typer.Option(help="Only rows of files whose path holds this text.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="How many rows are listed at most.")] = LIMIT,
    export: Annotated[
        Path | None, typer.Option(help="Write all of them into this new file (.csv, .jsonl or .parquet) instead.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the rows that the refresh set aside, with file, line and reason; how many for which reason comes first.

    They are tried again by `prodops refresh --retry-quarantine`, and where a change of their source has it read anew.
    Exit codes: 0 listed or written; 1 not, nothing was written.
    """
    from prodops_metrics.reports.quarantine import Wanted, by_reason, quarantined, write
    from prodops_metrics.reports.session import open_session

    with told(as_json=as_json):
        frame = quarantined(open_session(context.obj), Wanted(source, reason, file))
        if export:
            write(frame, export)
    if as_json:
        values = {"rows": frame.height, "reasons": by_reason(frame).to_dicts(), "listed": frame.head(limit).to_dicts()}
        terminal.json_values(values | {"file": str(export) if export else None})
    elif export:
        terminal.text(f"{frame.height:,} {'row' if frame.height == 1 else 'rows'} written to {export}.")
    else:
        _print(frame, by_reason(frame), limit)


def _print(frame: "pl.DataFrame", reasons: "pl.DataFrame", limit: int) -> None:
    from prodops_metrics.cli.printing import table
    from prodops_metrics.warehouse.report import REASONS

    if frame.is_empty():
        terminal.text("No rows are in quarantine.")
        return
    table(
        ("Rows", "Source", "Reason", "Such as"),
        [
            (f"{one['rows']:,}", one["source"], f"{one['reason']}: {REASONS.get(one['reason'], '')}", one["example"])
            for one in reasons.to_dicts()
        ],
    )
    listed = frame.head(limit).to_dicts()
    terminal.text("")
    table(("Where", "Reason", "Row"), [(f"{row['path']}:{row['line']}", row["reason"], row["raw"]) for row in listed])
    if frame.height > limit:
        terminal.text(f"{limit:,} of {frame.height:,}; --limit lists more, --export FILE writes all.")
