"""``prodops test``."""

from typing import Annotated

import typer

from prodops_metrics.cli import terminal
from prodops_metrics.cli.app import Json, app, told
from prodops_metrics.cli.findings import Format
from prodops_metrics.metrics import load_catalog


@app.command("test")
def run(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Tests to run, or metrics whose tests to run; all if none."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="github: annotations for a workflow on a pull request.")] = "text",
    as_json: Json = False,
) -> None:
    """Run the tests of the definitions: a few events in, the numbers that a metric must give then.

    Each test runs on a warehouse of its own, made from its `given:` and `units:`; the project's own is not touched.

    Exit codes: 0 all passed, or there are none; 1 a test failed, or the definitions have faults; 2 wrong use.
    """
    from prodops_metrics.cli.outcomes import as_line, as_workflow_command, closing, outcome_values
    from prodops_metrics.reports.metric_tests import run_tests

    form = "json" if as_json else form
    with told(as_json=form == "json"):
        outcomes = []
        for outcome in run_tests(load_catalog(context.obj), names or ()):
            outcomes.append(outcome)
            if form == "text":
                terminal.text(as_line(outcome))
            elif form == "github" and not outcome.passed:
                terminal.text(as_workflow_command(outcome, context.obj))
    terminal.json_values(outcome_values(outcomes)) if form == "json" else terminal.text(closing(outcomes, names or ()))
    raise typer.Exit(1 if any(not outcome.passed for outcome in outcomes) else 0)
