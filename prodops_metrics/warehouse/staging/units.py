"""Raw rows as staged statements about units: id, parent, since when, and every other column as JSON."""

from prodops_metrics.definitions import Source
from prodops_metrics.warehouse.schema import BEGINNING
from prodops_metrics.warehouse.staging.area import StagingArea, Values
from prodops_metrics.warehouse.staging.events import header_repeated
from prodops_metrics.warehouse.staging.expressions import identifier, rest, typed
from prodops_metrics.warehouse.staging.rows import Column, Rows

_STAGE = """
INSERT INTO temp.arrived_units
WITH read AS (
    SELECT {id} AS unit_id, {since} AS since_day, {parent} AS parent, {attributes} AS attributes,
        ({set_aside})::USMALLINT AS lost, {header} AS is_header, load_id, ordinal
    FROM {relation})
SELECT load_id, $source, $entity, unit_id, since_day, parent, attributes, lost,
    CASE WHEN is_header THEN 'header' WHEN unit_id IS NULL THEN 'key' WHEN since_day IS NULL THEN 'time' END, ordinal
FROM read
"""


def stage(area: StagingArea, rows: Rows) -> None:
    """Stages every row of a file of units.

    Raises:
        ExportError: the file lacks a column that the source maps.
    """
    source = rows.source
    own = {"source": source.id, "entity": source.entity}
    values = Values({**rows.parameters, **own})
    roles = _roles(area, rows)
    sql = _STAGE.format(
        id=identifier(rows.column(source.key or ""), source.null_values, values),
        since=f"TRY_CAST({roles['since'].sql} AS DATE)" if "since" in roles else BEGINNING,
        parent=identifier(roles["parent"], source.null_values, values) if "parent" in roles else "NULL::VARCHAR",
        attributes=_attributes(rows, roles, values),
        set_aside=_set_aside(rows, values),
        header=header_repeated(rows, values) if rows.kind == "text" else "FALSE",
        relation=rows.relation,
    )
    area.connection.execute(sql, values.bound)


def _roles(area: StagingArea, rows: Rows) -> dict[str, Column]:
    source, roles = rows.source, {}
    if isinstance(since := source.columns.get("since"), str):
        roles["since"] = rows.column(since)
    parent = area.parents.get(source.entity or "")
    if parent and isinstance(mapped := source.columns.get(parent), str):
        roles["parent"] = rows.column(mapped)
    elif parent and area.entities[parent] in rows.columns:
        roles["parent"] = rows.columns[area.entities[parent]]
    return roles


def _attributes(rows: Rows, roles: dict[str, Column], values: Values) -> str:
    taken = {rows.column(rows.source.key or "").sql, *(column.sql for column in roles.values())}
    declared = rows.source.properties
    kept = {n: (column, "TRUE") for n, column in rows.columns.items() if column.sql not in taken or n in declared}
    return rest(kept, values)


def _set_aside(rows: Rows, values: Values) -> str:
    source: Source = rows.source
    lost = (
        f"({rows.columns[name].sql} IS NOT NULL AND {typed(rows.columns[name], declared.type, source.time, values)} IS NULL)"
        for name, declared in source.properties.items()
        if name in rows.columns
    )
    return " + ".join(f"{one}::INTEGER" for one in lost) or "0"
