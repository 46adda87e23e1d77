"""``prodops forget``."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prodops_metrics.cli import terminal
from prodops_metrics.cli.app import Json, app, told
from prodops_metrics.errors import WarehouseError
from prodops_metrics.metrics import load_catalog

if TYPE_CHECKING:
    from prodops_metrics.warehouse.forgetting import Forgotten
    from prodops_metrics.warehouse.rewriting import Removed


@app.command("forget")
def forget_unit(
    context: typer.Context,
    unit: Annotated[str, typer.Argument(help="The id of the unit, as exports have it.")],
    entity: Annotated[str, typer.Option(help="What it is: an entity of project.yml.")] = "user",
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Remove a unit from every kept snapshot, for good.

    Its events, what files state about it, its feedback, its ties to other ids and those ids go with it; texts of rows in
    quarantine and lines of refresh.log that mention one of them are blanked, and answers kept beside snapshots are
    removed. A hash of each id stays in warehouse/forgotten.json, so that later refreshes leave out what exports still
    hold. Exports themselves are never changed, nor are files that were written for somebody (`prodops export`, reports).
    Events of others that mention the id in a property stay as they are. A kept snapshot of another version of prodops
    is removed.
    """
    from prodops_metrics.warehouse.forgetting import forget, known
    from prodops_metrics.warehouse.logbook import note
    from prodops_metrics.warehouse.snapshots import kept

    with told(as_json=as_json):
        catalog = load_catalog(context.obj)
        if not yes:
            if as_json:
                raise WarehouseError("Nothing was removed: add --yes, as nobody can be asked with --json.")
            ids = known(catalog, unit, entity)
            also = f" (also known as {', '.join(ids[1:])})" if ids[1:] else ""
            count = len(kept(catalog.root))
            question = (
                f"Remove the {entity} {unit}{also} from {count} kept {'snapshot' if count == 1 else 'snapshots'}, for good?"
            )
            if not typer.confirm(question):
                terminal.text("Nothing was removed.")
                raise typer.Exit(1)
        done = forget(catalog, unit, entity)
        note(catalog.root, _noted(done))
    if as_json:
        terminal.json_values(_values(done))
    else:
        terminal.text("\n".join(_lines(done)))


def _values(done: "Forgotten") -> dict[str, Any]:
    return {
        "entity": done.entity,
        "ids": list(done.ids),
        "snapshots": [asdict(one) for one in done.snapshots],
        "current": done.current,
        "given_up": list(done.given_up),
        "log_lines": done.log_lines,
    }


def _lines(done: "Forgotten") -> list[str]:
    lines = [f"Snapshot {one.snapshot}: {_removed(one)}." for one in done.snapshots if one.total]
    lines += [f"Snapshot {number} could not be rewritten and was removed." for number in done.given_up]
    if done.log_lines:
        lines.append(f"{_counted(done.log_lines, 'line')} of refresh.log blanked.")
    if not lines:
        lines = [f"No kept snapshot knows the {done.entity} {done.ids[0]}."]
    return [*lines, "It stays forgotten: later refreshes leave out what exports still hold of it."]


def _removed(one: "Removed") -> str:
    told = [
        _counted(one.events, "event"),
        _counted(one.statements, "row about it", "rows about it"),
        _counted(one.feedback, "answer"),
    ]
    blanked = f"{_counted(one.quarantined, 'text')} in quarantine blanked"
    return f"{', '.join(told)} and {_counted(one.ties, 'tie')} removed; {blanked}"


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def _noted(done: "Forgotten") -> str:
    """The line of the log: what was removed, and not whose it was."""
    rows = sum(one.total for one in done.snapshots)
    return f"Forgot one {done.entity}: {rows:,} rows of {len(done.snapshots):,} snapshots; {done.current} is in force."
