"""``prodops digest``."""

from pathlib import Path
from typing import Annotated

import typer

from prodops_metrics.cli import terminal
from prodops_metrics.cli.app import Json, app, told
from prodops_metrics.cli.writing import write


@app.command()
def digest(
    context: typer.Context,
    since: Annotated[
        str,
        typer.Option(help="Tell against 7d or 4w before data through, a day such as 2026-11-09, or a snapshot's number."),
    ] = "7d",
    team: Annotated[str | None, typer.Option(help="Only what belongs to this team, by id.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write it as an HTML file instead of printing Markdown.")] = None,
    as_json: Json = False,
) -> None:
    """Tell only what changed: verdicts, goals, numbers, definitions and data, with the reasons.

    Numbers are named where they surely moved (at 99 %), and apart from these, where rows that came later moved a number
    that had been told. That rests on what each refresh keeps beside its snapshot. Exit codes: 0 told, also that nothing
    changed; 1 it cannot be told.
    """
    from prodops_metrics.reports.digest import digest as told_since
    from prodops_metrics.reports.digest import text
    from prodops_metrics.reports.session import open_session

    with told(as_json=as_json):
        found = told_since(open_session(context.obj), since, team=team)
        if html is not None:
            write(html, text.html(found).encode())
        if as_json:
            terminal.json_values(text.digest_values(found))
        elif html is not None:
            count = len(found.changes)
            terminal.text(f"Wrote {html}: {count} change{'' if count == 1 else 's'}.")
        else:
            terminal.text(text.markdown(found).rstrip())
