"""``prodops snapshots``."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from prodops_metrics.cli import terminal
from prodops_metrics.cli.app import Json, app, told

if TYPE_CHECKING:
    from prodops_metrics.reports.snapshots import KeptSnapshot

MEGA = 1_000_000


@app.command()
def snapshots(
    context: typer.Context,
    rollback: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", help="Put this snapshot in force again; the next refresh goes on from it."),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the snapshots that are kept: when each was made, what it changed, and which one is in force.

    Going back moves a pointer, at once: nothing is deleted, readers follow at their next question, and files that were
    loaded since are loaded again by the next refresh. Exit codes: 0 listed or gone back; 1 not, nothing was changed.
    """
    from prodops_metrics.reports.plain_health import plain
    from prodops_metrics.reports.snapshots import kept_snapshots
    from prodops_metrics.warehouse.snapshots import roll_back

    with told(as_json=as_json):
        before = None if rollback is None else roll_back(context.obj, rollback)
        found = kept_snapshots(context.obj)
    if as_json:
        terminal.json_values({"snapshots": plain([asdict(one) for one in found]), "rolled_back_from": before})
        return
    if rollback is not None:
        instead = f" instead of {before}" if before not in {None, rollback} else ""
        terminal.text(f"Snapshot {rollback} is in force{instead}. The next refresh goes on from it.\n")
    _print(found)


def _print(found: tuple["KeptSnapshot", ...]) -> None:
    from prodops_metrics.cli.printing import table

    if not found:
        terminal.text("There are no snapshots yet. Run `prodops refresh` to make the first one.")
        return
    header = ("", "Number", "Made (UTC)", "Data through", "Events", "Size", "Changed", "Verdicts given")
    table(header, [_row(one) for one in found])
    terminal.text(f"{len(found)} kept, {sum(one.bytes for one in found) / MEGA:,.1f} MB. > marks the one in force.")


def _row(one: "KeptSnapshot") -> tuple[str, ...]:
    made = f"{one.created:%Y-%m-%d %H:%M}" if one.created else "-"
    counted = f"{one.rows:,}" if one.rows is not None else "-"
    place = (">" if one.current else "", str(one.number), made, str(one.data_through or "-"), counted)
    return (*place, f"{one.bytes / MEGA:,.1f} MB", one.problem or one.changed, one.verdicts)
