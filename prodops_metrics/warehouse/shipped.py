"""What was released, and what was taken back: the days that a chart over time may mark."""

import json
from dataclasses import dataclass
from datetime import date

from prodops_metrics.calendar import Window
from prodops_metrics.definitions.records import RELEASE, ROLLED_BACK, SHIPPED
from prodops_metrics.warehouse.connection import Warehouse
from prodops_metrics.warehouse.schema import quote, units_table


@dataclass(frozen=True, slots=True)
class Shipped:
    """A release on a local day; ``back`` where it was taken back that day."""

    day: date
    release: str
    back: bool


def shipped(warehouse: Warehouse, within: Window, *, feature: str, team: str | None) -> tuple[Shipped, ...]:
    """The releases of a feature in order of days: those that name it, or else those of its team.

    None where the taxonomy has no releases, or where releases say neither feature nor team.
    """
    event = warehouse.catalog.events.get(SHIPPED)
    if event is None or RELEASE not in warehouse.catalog.project.entities or warehouse.stale:
        return ()
    named = "feature" in event.properties
    column, value = ("feature", feature) if named else ("team", team)
    if column not in event.properties or value is None:
        return ()
    if column not in json.loads(warehouse.meta["property_types"]):
        return ()
    frame = warehouse.table(
        f"SELECT e.day, u.id AS release, e.event::VARCHAR = $back AS back FROM events AS e "
        f"JOIN {quote(units_table(RELEASE))} AS u ON u.key = e.{quote(f'{RELEASE}_key')} "
        f"WHERE e.event::VARCHAR IN ($shipped, $back) AND e.day >= $first AND e.day < $after "
        f"AND e.{quote(column)}::VARCHAR = $named ORDER BY e.day, u.id, back",
        shipped=SHIPPED,
        back=ROLLED_BACK,
        first=within.start,
        after=within.end,
        named=value,
    )
    return tuple(Shipped(day, release, back) for day, release, back in frame.iter_rows())
