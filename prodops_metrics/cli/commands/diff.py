"""``prodops diff``."""

from typing import Annotated

import typer

from prodops_metrics.cli import terminal
from prodops_metrics.cli.app import Json, app, told


@app.command()
def diff(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(help="A branch, tag or commit to compare with, such as main or HEAD~1.")],
    as_json: Json = False,
) -> None:
    """Show what a change of the definitions moves: both versions of every metric, on the same snapshot.

    Prints one Markdown comment for a pull request. REF is read through git; nothing is checked out. Without a
    snapshot meanings are compared and no numbers. Exit codes: 0 compared; 1 either version has faults.
    """
    from prodops_metrics.definitions.git import contents_at
    from prodops_metrics.reports.diff import diff as compare
    from prodops_metrics.reports.diff_text import diff_values, markdown

    with told(as_json=as_json):
        found = compare(context.obj, ref, contents_at(context.obj, ref))
        terminal.json_values(diff_values(found)) if as_json else terminal.text(markdown(found))
