"""``prodops init``."""

import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from prodops_metrics.cli import terminal
from prodops_metrics.cli.app import app, told
from prodops_metrics.cli.calling import called
from prodops_metrics.cli.starter import start, starter_files
from prodops_metrics.definitions.project import read_timezone
from prodops_metrics.errors import ProdopsError

UTC = "UTC"
LOCAL = Path("/etc/localtime")
ZONES = "zoneinfo/"


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to start it in; it may exist.")],
    name: Annotated[str | None, typer.Option(help="What the product is called.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Where days begin, such as Europe/Berlin.")] = None,
) -> None:
    """Start a project: commented definitions, and an example export that `prodops refresh` reads at once.

    Asks at a terminal for what is not given. Nothing that is there already is touched. Exit codes: 0 started; 1 one of
    its files is there already.
    """
    with told():
        asks = sys.stdin.isatty()
        product = name or _asked("What is the product called?", _title(folder), asks=asks)
        zone = _zone(timezone or _asked("In which time zone do its days begin?", _local(), asks=asks))
        start(folder, starter_files(product, zone, date.today() - timedelta(days=1)))  # noqa: DTZ011  a local day
    terminal.text(f"Started {product} in {folder}. Next:\n")
    steps = _steps(folder)
    width = max(len(command) for command, _ in steps)
    for command, says in steps:
        terminal.text(f"  {command:<{width}}  {says}")


def _steps(folder: Path) -> tuple[tuple[str, str], ...]:
    here = called(folder)
    return (
        (f"{here} refresh", "reads the example export"),
        (f"{here} report sharing", "one feature, in the terminal"),
        (f"{here} serve", "the dashboard"),
        (f"{here} new metric", "defines a metric of yours"),
    )


def _asked(words: str, proposal: str, *, asks: bool) -> str:
    return str(typer.prompt(words, default=proposal)).strip() if asks else proposal


def _title(folder: Path) -> str:
    return folder.resolve().name.replace("_", " ").replace("-", " ").strip().capitalize() or "My product"


def _zone(name: str) -> str:
    try:
        return read_timezone(name)
    except ValueError as error:
        raise ProdopsError(
            f"There is no time zone `{name}`. Write an IANA name such as `Europe/Berlin` or `UTC`."
        ) from error


def _local() -> str:
    """The zone that this machine is set to, where it tells; else UTC."""
    target = str(LOCAL.resolve()) if LOCAL.exists() else ""
    return target.partition(ZONES)[2] if ZONES in target and not target.endswith("Etc/UTC") else UTC
