"""``prodops docs``."""

from pathlib import Path
from typing import Annotated

import typer

from prodops_metrics.cli import terminal
from prodops_metrics.cli.app import app, told
from prodops_metrics.definitions import contents_of
from prodops_metrics.metrics import load_catalog


@app.command()
def docs(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option(help="The folder to write into; dictionary/ of the project if not given.")
    ] = None,
) -> None:
    """Write the dictionary: a page for every metric, event, feature, segment, goal and check, linked both ways.

    It is static HTML: open index.html in a browser, without a server and without a network. Pages of definitions that are
    no more are taken away. Exit codes: 0 written; 1 the definitions have faults, or the folder holds something else.
    """
    from prodops_metrics.reports.dictionary import dictionary, write

    with told():
        contents = contents_of(context.obj)
        folder = out or context.obj / "dictionary"
        pages = write(dictionary(load_catalog(context.obj, contents), contents), folder)
        terminal.text(f"Wrote {pages:,} pages: open {folder / 'index.html'}")
