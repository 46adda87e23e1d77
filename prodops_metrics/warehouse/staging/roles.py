"""What each row of a source of events says: which event, when, of whom, and which of its columns that takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prodops_metrics.definitions import Constant, TimeFormat
from prodops_metrics.warehouse.staging.area import StagingArea, Values
from prodops_metrics.warehouse.staging.expressions import identifier
from prodops_metrics.warehouse.staging.layout import Layout, Same, filled
from prodops_metrics.warehouse.staging.rows import Column, Rows


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of a row as raw columns; ``id`` and ``entities`` as SQL text.

    ``spent`` are columns that are no properties, ``kept`` those of them that stay in the JSON column where their condition
    holds. ``same`` are the identities that a row tells of ``entity``; ``control`` is SQL, true for
    rows that are no events.
    """

    event: Column
    time: Column
    time_as: TimeFormat | None
    entities: Mapping[str, str]
    received: Column | None = None
    received_as: TimeFormat | None = None
    id: str | None = None
    spent: frozenset[str] = frozenset()
    kept: Mapping[str, str] = field(default_factory=dict)
    control: str | None = None
    entity: str = ""
    same: tuple[Same, ...] = ()


def mapped_roles(area: StagingArea, rows: Rows, values: Values) -> Roles:
    """The roles of a generic source: every one is a column that the source names.

    Raises:
        ExportError: the file lacks a column that the source maps.
    """
    source = rows.source
    reading = _Mapping(area, rows, values)
    received = source.columns.get("received")
    by_id = source.duplicates == "id"
    spent, kept = reading.spent(), {}
    if by_id and isinstance(own := source.columns["id"], str):
        kept[own] = "told_id IS NULL"
    if isinstance(received, str):
        kept[received] = "TRUE"
    if isinstance(nobody := source.columns.get("anonymous"), str):
        kept[nobody] = f"nullif({reading.known(next(iter(area.entities)))}, '') IS NOT NULL"
    return Roles(
        event=reading.role("event"),
        time=reading.role("time"),
        time_as=source.time,
        entities={entity: reading.entity(entity) for entity in area.entities},
        received=reading.role("received") if received else None,
        received_as=source.time,
        id=reading.identifier("id", source.null_values) if by_id else None,
        spent=spent,
        kept=kept,
    )


def laid_out_roles(area: StagingArea, rows: Rows, layout: Layout, values: Values) -> Roles:
    """The roles of a vendor's format; what the source maps itself goes before what the format says.

    Raises:
        ExportError: the file lacks a column that the source maps.
    """
    source = rows.source
    reading, own = _Mapping(area, rows, values), source.columns
    unit = next((entity for entity in area.entities if entity not in own), "")
    time = layout.time if isinstance(layout.time, str) else layout.time(source.time)
    received = [rows.columns[name].sql for name in layout.received if name in rows.columns]
    entities = {entity: reading.entity(entity) for entity in area.entities if entity != unit}
    own_id = reading.identifier("id", source.null_values) if "id" in own else layout.id and filled(layout.id, values)
    return Roles(
        event=reading.role("event") if "event" in own else Column(filled(layout.event, values), "VARCHAR"),
        time=reading.role("time") if "time" in own else Column(filled(time, values), layout.time_type),
        time_as=_completed(source.time, layout) if source.time else layout.time_as,
        entities=entities | ({unit: identifier(text_of(layout.unit, values), source.null_values, values)} if unit else {}),
        received=Column(f"coalesce({', '.join(received)}, NULL)", "VARCHAR") if received else None,
        received_as=layout.received_as,
        id=own_id,
        spent=reading.spent(apart_from=unit) - set(layout.received),
        control=None if layout.control == "FALSE" else filled(layout.control, values),
        entity=unit,
        same=layout.same if unit else (),
    )


def _completed(time: TimeFormat, layout: Layout) -> TimeFormat:
    """What the source says of times, in the form that the format gives them."""
    return time.model_copy(update={"format": time.format or layout.time_as.format, "unit": layout.time_as.unit})


def text_of(expression: str, values: Values) -> Column:
    """What a format says in an expression, as a column; an empty text is none."""
    return Column(f"nullif({filled(expression, values)}, '')", "VARCHAR")


class _Mapping:
    """The columns that a source names for roles."""

    def __init__(self, area: StagingArea, rows: Rows, values: Values) -> None:
        self.area, self.rows, self.values = area, rows, values
        self.source = rows.source

    def role(self, role: str) -> Column:
        mapped = self.source.columns[role]
        if isinstance(mapped, Constant):
            return Column(f"{self.values.bind(mapped.constant)}::VARCHAR", "VARCHAR")
        if isinstance(mapped, str):
            return self._column(mapped, role)
        text = self._column(mapped.column, role).text
        return Column(f"nullif(regexp_extract({text}, {self.values.bind(mapped.pattern)}, 1), '')", "VARCHAR")

    def _column(self, name: str, role: str) -> Column:
        # An object without a key has no value for it; only of what every event needs some object must have one.
        if self.rows.documents and name not in self.rows.columns and role not in {"event", "time", "id"}:
            return Column("NULL::VARCHAR", "VARCHAR")
        return self.rows.column(name)

    def identifier(self, role: str, nulls: tuple[str, ...]) -> str:
        return identifier(self.role(role), nulls, self.values)

    def entity(self, entity: str) -> str:
        """The id of a unit; of the first entity, who it was where nobody was logged in."""
        known = self.known(entity)
        if entity != next(iter(self.area.entities)) or "anonymous" not in self.source.columns:
            return known
        return f"coalesce(nullif({known}, ''), {self.identifier('anonymous', ('', *self.source.null_values))})"

    def known(self, entity: str) -> str:
        if entity in self.source.columns:
            return self.identifier(entity, self.source.null_values)
        column = self.rows.columns.get(self.area.entities[entity])
        return identifier(column, self.source.null_values, self.values) if column else "NULL::VARCHAR"

    def spent(self, apart_from: str = "") -> frozenset[str]:
        mapped = {column for column in self.source.columns.values() if isinstance(column, str)}
        others = {*self.source.columns, apart_from}
        default = {name for entity, name in self.area.entities.items() if entity not in others}
        return frozenset(mapped | default)
