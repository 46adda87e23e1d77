"""``prodops check``."""

import typer

from prodops_metrics.cli import printing
from prodops_metrics.cli.app import app, told
from prodops_metrics.metrics import load_catalog


@app.command()
def check(context: typer.Context) -> None:
    """Read all definitions and report every fault, with file, line, column and cure."""
    with told():
        printing.checked(load_catalog(context.obj))
