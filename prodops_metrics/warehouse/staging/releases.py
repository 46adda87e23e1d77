"""Raw rows as staged releases: id, when it was shipped, when it was taken back, and every other column as JSON."""

from prodops_metrics.warehouse.staging.area import StagingArea, Values
from prodops_metrics.warehouse.staging.events import header_repeated
from prodops_metrics.warehouse.staging.expressions import identifier, instant, rest
from prodops_metrics.warehouse.staging.record_columns import declared_misfits, given, optional
from prodops_metrics.warehouse.staging.rows import Column, Rows

_STAGE = """
INSERT INTO temp.arrived_releases BY NAME
WITH read AS (
    SELECT {id} AS release_id, {shipped} AS shipped, {back} AS back, {attributes} AS attributes,
        ({set_aside})::USMALLINT AS lost, {header} AS is_header, load_id, ordinal
    FROM {relation})
SELECT load_id, $source AS source, release_id AS id, shipped AS ts, back AS rolled_back_at, attributes,
    lost AS set_aside, ordinal,
    CASE WHEN is_header THEN 'header' WHEN release_id IS NULL THEN 'id' WHEN shipped IS NULL THEN 'time'
        WHEN shipped > {latest}::TIMESTAMP THEN 'future' END AS fault
FROM read
"""


def stage(area: StagingArea, rows: Rows) -> None:
    """Stages every row of a file of releases.

    Raises:
        ExportError: the file lacks a column that the source maps, or times have no declared unit.
    """
    source = rows.source
    values = Values({**rows.parameters, "source": source.id})
    back = optional(rows, "rolled_back_at")
    moment = _taken_back(back, rows, area, values) if back else "NULL::TIMESTAMP"
    unread = f"coalesce({given(back, source, values)} AND ({moment}) IS NULL, FALSE)" if back else "FALSE"
    taken = {rows.column(str(source.columns[role])).sql for role in ("id", "time")}
    kept = {name: (column, "TRUE") for name, column in rows.columns.items() if column.sql not in taken}
    kept |= {name: (back, unread) for name, column in rows.columns.items() if back and column.sql == back.sql}
    sql = _STAGE.format(
        id=identifier(rows.column(str(source.columns["id"])), ("", *source.null_values), values),
        shipped=instant(rows.column(str(source.columns["time"])), source.time, values),
        back=moment,
        attributes=rest(kept, values),
        set_aside=" + ".join((declared_misfits(rows, source, values), f"({unread})::INTEGER")),
        header=header_repeated(rows, values) if rows.kind == "text" else "FALSE",
        relation=rows.relation,
        latest=values.bind(area.latest),
    )
    area.connection.execute(sql, values.bound)


def _taken_back(column: Column, rows: Rows, area: StagingArea, values: Values) -> str:
    """When a release was taken back; NULL where it was not, or where the text is no moment that has been."""
    source = rows.source
    moment, latest = instant(column, source.time, values), values.bind(area.latest)
    return f"CASE WHEN {given(column, source, values)} AND ({moment}) <= {latest}::TIMESTAMP THEN {moment} END"
