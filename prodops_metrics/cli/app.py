"""The ``prodops`` command and what its subcommands share: each reads its words, calls one report and prints it.

Subcommands stand below and, one file each, in ``commands``. Reports are imported where they are called: numbers take a
second to load, and definitions are checked without them.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from prodops_metrics.calendar import Grain
from prodops_metrics.cli import terminal
from prodops_metrics.errors import ProdopsError
from prodops_metrics.metrics import load_catalog

app = typer.Typer(
    name="prodops",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="""How is this feature performing? One answer for every team.

    Definitions are YAML under metric_defs/; `prodops refresh` reads the exports they name into a warehouse;
    `report`, `query` and `serve` answer from it.
    """,
)
CLOCK = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?")
DEFAULT_WEEKS = 12
FIRST_YEAR, LAST_YEAR = 1970, 2199
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of text.")]
Weeks = Annotated[int, typer.Option(min=1, max=520, help="How many weeks back charts and tables go.")]


@app.callback()
def _project(
    context: typer.Context,
    project: Annotated[
        Path, typer.Option(help="The folder that holds metric_defs/; the current one if not given.")
    ] = Path(),
) -> None:
    context.obj = project.resolve()


@contextmanager
def told(*, as_json: bool = False) -> Iterator[None]:
    """Errors that are meant for people: printed without a trace, exit code 1."""
    try:
        yield
    except ProdopsError as error:
        terminal.error(error, as_json=as_json)
        raise typer.Exit(1) from error


def _day(text: str | None) -> date | None:
    """A local day, or with a time of day that moment of the local clock."""
    if text is None:
        return None
    try:
        day = datetime.fromisoformat(text) if CLOCK.fullmatch(text) else date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"`{text}` is not a day; write it as 2026-05-04 or 2026-05-04T13:30.") from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise typer.BadParameter(f"`{text}` is outside the years {FIRST_YEAR} to {LAST_YEAR}.")
    return day


@app.command("query")
def query_command(
    context: typer.Context,
    metric: Annotated[str, typer.Argument(help="A metric's id, such as search.adoption.")],
    start: Annotated[
        str | None, typer.Option("--from", help="First local day or time, such as 2026-09-01 or 2026-09-01T13:00.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last local day or time, included.")] = None,
    grain: Annotated[Grain | None, typer.Option(help="Count by another grain that the metric allows.")] = None,
    by: Annotated[str | None, typer.Option(help="A segment, an attribute of the unit, or a property of its events.")] = None,
    touch: Annotated[
        str | None, typer.Option(help="By which value of an event property: any that a unit has, its first or its last.")
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help="One figure for the whole range.")] = False,
    units: Annotated[bool, typer.Option("--units", help="One row per unit instead: what the numbers are made of.")] = False,
    sql: Annotated[bool, typer.Option("--sql", help="Print the SQL of the headline and nothing else.")] = False,
    as_json: Json = False,
) -> None:
    """Answer one metric: its headline, its change, and its points over a range."""
    from prodops_metrics.cli import printing
    from prodops_metrics.reports.answers import Shape
    from prodops_metrics.reports.plain import answer_values, frame_values
    from prodops_metrics.reports.query import Asked, query, query_units
    from prodops_metrics.reports.session import open_session

    asked = Asked(_day(start), _day(end), Shape(grain, by, whole, touch))
    with told(as_json=as_json):
        session = open_session(context.obj)
        if units:
            frame = query_units(session, metric, asked)
            terminal.json_values(frame_values(frame)) if as_json else printing.listed(frame)
            return
        answer = query(session, metric, asked)
        if sql:
            terminal.text(answer.receipt.sql)
        elif as_json:
            terminal.json_values(answer_values(answer))
        else:
            printing.answered(answer)


@app.command()
def report(
    context: typer.Context,
    feature: Annotated[str | None, typer.Argument(help="A feature's id; without one, the overview of all.")] = None,
    weeks: Weeks = DEFAULT_WEEKS,
    segment: Annotated[
        str | None, typer.Option(help="Count only the units of this segment; verdicts stay about all.")
    ] = None,
    entity: Annotated[str | None, typer.Option(help="Count these instead of users, such as account.")] = None,
    as_json: Json = False,
) -> None:
    """Show how one feature is doing, or all of them on one screen."""
    from prodops_metrics.cli import printing
    from prodops_metrics.reports.feature import feature_report
    from prodops_metrics.reports.overview import overview
    from prodops_metrics.reports.plain import overview_values, report_values
    from prodops_metrics.reports.session import open_session
    from prodops_metrics.reports.view import View

    view = View(weeks, segment=segment, entity=entity)

    with told(as_json=as_json):
        session = open_session(context.obj)
        if feature is None:
            everything = overview(session, view)
            terminal.json_values(overview_values(everything)) if as_json else printing.overviewed(everything)
        else:
            found = feature_report(session, feature, view)
            terminal.json_values(report_values(found)) if as_json else printing.reported(found)


@app.command()
def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8501,
    host: Annotated[str, typer.Option(help="The address to listen on; another than this machine's asks for --no-login.")] = (
        "127.0.0.1"
    ),
    no_login: Annotated[
        bool, typer.Option("--no-login", help="Whoever reaches the address may see every number, without a login.")
    ] = False,
) -> None:
    """Serve the dashboard, on this machine (127.0.0.1) unless said otherwise.

    GET /healthz answers "ok"; GET /api/reports/FEATURE.json what `prodops report FEATURE --json` prints.
    """
    from prodops_metrics.pages.serve import serve as run

    with told():
        load_catalog(context.obj)
        run(context.obj, port=port, host=host, no_login=no_login)
