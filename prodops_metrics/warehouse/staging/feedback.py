"""Raw rows as staged feedback: who said what of which feature, how it was scored, and every other column as JSON."""

from prodops_metrics.warehouse.personal import without_addresses_sql
from prodops_metrics.warehouse.schema import SQL_TYPES
from prodops_metrics.warehouse.staging.area import StagingArea, Values
from prodops_metrics.warehouse.staging.events import header_repeated
from prodops_metrics.warehouse.staging.expressions import identifier, instant, rest, typed
from prodops_metrics.warehouse.staging.record_columns import declared_misfits, given, optional
from prodops_metrics.warehouse.staging.rows import Column, Rows

_STAGE = """
INSERT INTO temp.arrived_feedback BY NAME
WITH read AS (
    SELECT {id} AS answer_id, {time} AS happened, {units} AS units, {roles}, {attributes} AS attributes,
        ({set_aside})::USMALLINT AS lost, {header} AS is_header, load_id, ordinal
    FROM {relation})
SELECT load_id, $source AS source, answer_id AS id, happened AS ts, units, {names}, attributes,
    lost AS set_aside, ordinal,
    CASE WHEN is_header THEN 'header' WHEN answer_id IS NULL THEN 'id' WHEN happened IS NULL THEN 'time'
        WHEN happened > {latest}::TIMESTAMP THEN 'future' END AS fault
FROM read
"""
TEXTS, NUMBERS = ("feature", "kind", "theme", "text"), ("score", "scale")


def stage(area: StagingArea, rows: Rows) -> None:
    """Stages every row of a file of feedback.

    Raises:
        ExportError: the file lacks a column that the source maps, or times have no declared unit.
    """
    source = rows.source
    values = Values({**rows.parameters, "source": source.id})
    roles = {role: optional(rows, role) for role in (*TEXTS, *NUMBERS)}
    units = {entity: column for entity in area.entities if (column := _unit(area, rows, entity))}
    unread = {role: _unread(rows, role, column, values) for role, column in roles.items() if column and role in NUMBERS}
    sql = _STAGE.format(
        id=identifier(rows.column(str(source.columns["id"])), source.null_values, values),
        time=instant(rows.column(str(source.columns["time"])), source.time, values),
        units=_units(rows, units, values),
        roles=", ".join(f"{_value(rows, role, column, values)} AS {role}" for role, column in roles.items()),
        names=", ".join(roles),
        attributes=_attributes(rows, roles, units, unread, values),
        set_aside=" + ".join((declared_misfits(rows, source, values), *(f"({one})::INTEGER" for one in unread.values()))),
        header=header_repeated(rows, values) if rows.kind == "text" else "FALSE",
        relation=rows.relation,
        latest=values.bind(area.latest),
    )
    area.connection.execute(sql, values.bound)


def _unit(area: StagingArea, rows: Rows, entity: str) -> Column | None:
    named = rows.source.columns.get(entity)
    return rows.column(named) if isinstance(named, str) else rows.columns.get(area.entities[entity])


def _units(rows: Rows, units: dict[str, Column], values: Values) -> str:
    """The ids of who said it, as JSON by entity."""
    nulls = rows.source.null_values
    ids = {entity: Column(f"({identifier(column, nulls, values)})", "VARCHAR") for entity, column in units.items()}
    return rest({entity: (column, "TRUE") for entity, column in ids.items()}, values)


def _value(rows: Rows, role: str, column: Column | None, values: Values) -> str:
    kind = "number" if role in NUMBERS else "string"
    if column is None:
        return f"NULL::{SQL_TYPES[kind]}"
    held = typed(column, kind, rows.source.time, values)
    if role == "text" and rows.source.columns["text"] not in rows.source.properties:
        held = without_addresses_sql(held)  # what people write, unasked, about themselves and others
    return f"CASE WHEN {given(column, rows.source, values)} THEN {held} END"


def _unread(rows: Rows, role: str, column: Column, values: Values) -> str:
    """Whether a score is there and is no number; never NULL."""
    return f"coalesce({given(column, rows.source, values)} AND {_value(rows, role, column, values)} IS NULL, FALSE)"


def _attributes(
    rows: Rows, roles: dict[str, Column | None], units: dict[str, Column], unread: dict[str, str], values: Values
) -> str:
    source = rows.source
    taken = {rows.column(str(source.columns[role])).sql for role in ("id", "time")}
    taken |= {column.sql for column in (*roles.values(), *units.values()) if column}
    kept = {name: (column, "TRUE") for name, column in rows.columns.items() if column.sql not in taken}
    of_role = {column.sql: (column, unread[role]) for role, column in roles.items() if column and role in unread}
    kept |= {name: of_role[column.sql] for name, column in rows.columns.items() if column.sql in of_role}
    return rest(kept, values)
