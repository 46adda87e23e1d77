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
    quarantine that mention one of them are blanked. A hash of each id stays in warehouse/forgotten.json, so that later
    refreshes leave out what exports still hold. Exports themselves are never changed. Events of others that mention the
    id in a property stay as they are.
    """
    from prodops_metrics.warehouse.forgetting import forget, known
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
    }


def _lines(done: "Forgotten") -> list[str]:
    lines = [
        f"Snapshot {one.snapshot}: {one.events:,} events, {one.statements:,} rows about it, {one.feedback:,} answers and "
        f"{one.ties:,} ties removed; {one.quarantined:,} texts in quarantine blanked."
        for one in done.snapshots
        if one.total
    ]
    if not lines:
        lines = [f"No kept snapshot knows the {done.entity} {done.ids[0]}."]
    return [*lines, "It stays forgotten: later refreshes leave out what exports still hold of it."]
