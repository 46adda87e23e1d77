"""``prodops check``."""

from typing import Annotated

import typer

from prodops_metrics.cli import terminal
from prodops_metrics.cli.app import Json, app, told
from prodops_metrics.cli.findings import Format, as_text, as_workflow_commands
from prodops_metrics.reports.check import check_project, check_values


@app.command()
def check(
    context: typer.Context,
    form: Annotated[Format, typer.Option("--format", help="github: annotations for a workflow on a pull request.")] = "text",
    against: Annotated[
        str | None, typer.Option(metavar="REF", help="Leave out what was there already when the branch left REF.")
    ] = None,
    data: Annotated[
        bool, typer.Option("--data", help="Hold the definitions against the data in the warehouse, too.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Let advice fail the check, too.")] = False,
    as_json: Json = False,
) -> None:
    """Read all definitions and report every fault, with file, line, column and cure.

    Codes that start with E are faults and have to be mended; W and D are advice and stop nobody. REF is a branch, tag
    or commit, read through git; nothing is checked out.

    Exit codes: 0 no faults; 1 faults (with --strict: or advice), or the check could not be made; 2 wrong use.
    """
    form = "json" if as_json else form
    with told(as_json=form == "json"):
        found = check_project(context.obj, against=against, data=data)
    if form == "json":
        terminal.json_values(check_values(found))
    else:
        terminal.text(as_text(found) if form == "text" else as_workflow_commands(found, context.obj))
    raise typer.Exit(1 if found.errors or (strict and found.advice) else 0)
