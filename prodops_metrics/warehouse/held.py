"""What a property of an event holds, told so that no single person can be read out of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from prodops_metrics.definitions import Property
from prodops_metrics.errors import WarehouseError
from prodops_metrics.warehouse.connection import Warehouse
from prodops_metrics.warehouse.schema import column_name, key_column, quote

FEWEST_UNITS = 5
"""A text is told only where so many different units have it."""
MOST_VALUES = 6
NUMERIC = frozenset({"integer", "number"})


@dataclass(frozen=True, slots=True)
class Held:
    """Of so many ``rows`` how many carry the property, and what they hold.

    ``values`` are the most frequent ones with their rows; ``low``, ``middle`` and ``high`` are the least, the median and the
    greatest number; ``kept_back`` says that there are values which are too rare, or personal, to be told.
    """

    rows: int
    filled: int
    values: tuple[tuple[str, int], ...] = ()
    low: float | None = None
    middle: float | None = None
    high: float | None = None
    kept_back: bool = False


def held(warehouse: Warehouse, event: str, name: str, declared: Property, since: date) -> Held:
    """What the rows of an event from a local day on hold in a declared property.

    Raises:
        WarehouseError: the property was declared since the last refresh, so that no column holds it yet.
    """
    column = column_name(name)
    known = warehouse.table("SELECT column_name FROM duckdb_columns() WHERE table_name = 'events'")["column_name"]
    if column not in set(known):
        if declared.personal == "drop":
            return Held(0, 0, kept_back=True)
        raise WarehouseError(f"`{name}` was declared since the last refresh. Run `prodops refresh` to read it.")
    looked = _Looked(warehouse, event, quote(column), since)
    rows, filled = looked.row(f"SELECT count(*), count({looked.column})")
    if declared.personal:
        return Held(rows, filled, kept_back=True)
    if not filled:
        return Held(rows, filled)
    if declared.type in NUMERIC and not declared.enum:
        low, middle, high = looked.row(f"SELECT min({looked.column}), median({looked.column}), max({looked.column})")
        return Held(rows, filled, low=float(low), middle=float(middle), high=float(high))
    values, kept_back = looked.values(declared)
    return Held(rows, filled, values, kept_back=kept_back)


@dataclass(frozen=True, slots=True)
class _Looked:
    """The rows of an event from a day on, and a column of theirs as SQL spells it."""

    warehouse: Warehouse
    event: str
    column: str
    since: date

    def row(self, select: str) -> tuple[Any, ...]:
        found = self.warehouse.table(f"{select} FROM events WHERE event = $event AND day >= $since", **self._bound)
        return tuple(found.row(0))

    def values(self, declared: Property) -> tuple[tuple[tuple[str, int], ...], bool]:
        """The most frequent values that enough units have, or that the taxonomy names; and whether there are others."""
        value = f"unnest({self.column})" if declared.type == "list" else self.column
        unit = quote(key_column(next(iter(self.warehouse.catalog.project.entities))))
        open_to_all = declared.type == "boolean"
        found = self.warehouse.table(
            f"SELECT value::VARCHAR AS value, count(*) AS n, count(DISTINCT unit) AS units FROM (SELECT {value} AS value, "
            f"{unit} AS unit FROM events WHERE event = $event AND day >= $since) WHERE value IS NOT NULL "
            "GROUP BY value ORDER BY n DESC, value",
            **self._bound,
        )
        named = {str(each) for each in declared.enum}
        told = [(text, n) for text, n, units in found.iter_rows() if open_to_all or text in named or units >= FEWEST_UNITS]
        return tuple(told[:MOST_VALUES]), len(told) < found.height

    @property
    def _bound(self) -> dict[str, Any]:
        return {"event": self.event, "since": self.since}
